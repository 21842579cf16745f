//! Both clocks of the browser.

use yewdux_socket_core::Now;

/// Reads `performance.now()` and `Date.now()`. Without a browser both stand still.
#[cfg(target_arch = "wasm32")]
pub(crate) fn now() -> Now {
    use yewdux_socket_core::Timestamp;

    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 fit for 290 million years"
    )]
    let wall = js_sys::Date::now() as i64;
    Now { monotonic: monotonic(), wall: Timestamp::from_millis(wall) }
}

/// Reads `performance.now()`.
#[cfg(target_arch = "wasm32")]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "`as` saturates, and microseconds since the page began fit for half a million years"
)]
pub(crate) fn monotonic() -> std::time::Duration {
    thread_local! {
        // To ask the window for it costs more than to read it.
        static CLOCK: Option<web_sys::Performance> =
            web_sys::window().and_then(|window| window.performance());
    }
    let millis = CLOCK.with(|clock| clock.as_ref().map_or(0.0, web_sys::Performance::now));
    // As fine as browsers tell.
    std::time::Duration::from_micros((millis * 1_000.0) as u64)
}

/// Without a browser both clocks stand still.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn now() -> Now {
    Now { monotonic: monotonic(), wall: yewdux_socket_core::Timestamp::default() }
}

/// Without a browser it stands still.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn monotonic() -> std::time::Duration {
    std::time::Duration::ZERO
}
