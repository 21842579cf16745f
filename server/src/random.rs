//! Randomness from the operating system.

/// So many random bytes.
///
/// # Panics
/// If the operating system has no randomness to give. Ids and keys that can be guessed are worse than a
/// server that does not answer.
#[expect(clippy::expect_used, reason = "there is no way to go on without randomness")]
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    bytes
}

/// A fresh id: 128 random bits in hexadecimal.
pub(crate) fn id() -> String {
    format!("{:032x}", u128::from_le_bytes(bytes()))
}

/// A random number in `low..=high`, to spread what would otherwise happen all at once.
pub(crate) fn between(low: u64, high: u64) -> u64 {
    low + u64::from_le_bytes(bytes()) % (high - low + 1)
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;

    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing to a `String` cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_long_and_differ() {
        assert_eq!(id().len(), 32);
        assert_ne!(id(), id());
        assert_eq!(hex(&[0, 255]), "00ff");
        assert!(
            (0..100).map(|_| between(500, 2_000)).all(|jitter| (500..=2_000).contains(&jitter))
        );
    }
}
