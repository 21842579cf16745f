//! Randomness of the browser.

/// 32 bytes from WebCrypto. Idempotency keys are made from them.
#[cfg(target_arch = "wasm32")]
pub(crate) fn entropy() -> [u8; 32] {
    let mut bytes = [0; 32];
    let filled = web_sys::window()
        .and_then(|window| window.crypto().ok())
        .is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if !filled {
        // Every browser since 2015 has it. Without it keys would only be hard to guess, not impossible.
        tracing::error!("WebCrypto is missing; idempotency keys are weak");
        for chunk in bytes.chunks_exact_mut(8) {
            chunk.copy_from_slice(&js_sys::Math::random().to_le_bytes());
        }
    }
    bytes
}

/// Without a browser nothing is ever sent, so nothing needs to be random.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn entropy() -> [u8; 32] {
    [0; 32]
}
