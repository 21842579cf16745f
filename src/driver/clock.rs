//! Both clocks of the browser.

use yewdux_socket_core::Now;

/// Reads `performance.now()` and `Date.now()`. Without a browser both stand still.
#[cfg(target_arch = "wasm32")]
pub(crate) fn now() -> Now {
    use std::time::Duration;

    use yewdux_socket_core::Timestamp;

    let monotonic =
        web_sys::window().and_then(|window| window.performance()).map_or(0.0, |clock| clock.now());
    #[expect(
        clippy::cast_possible_truncation,
        reason = "milliseconds since 1970 fit for 290 million years"
    )]
    let wall = js_sys::Date::now() as i64;
    Now {
        monotonic: Duration::from_secs_f64(monotonic.max(0.0) / 1_000.0),
        wall: Timestamp::from_millis(wall),
    }
}

/// Without a browser both clocks stand still.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn now() -> Now {
    Now { monotonic: std::time::Duration::ZERO, wall: yewdux_socket_core::Timestamp::default() }
}
