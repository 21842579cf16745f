//! What time it is.

use std::time::SystemTime;

use yewdux_socket_core::Timestamp;

/// The server's clock.
pub(crate) fn now() -> Timestamp {
    let millis = SystemTime::UNIX_EPOCH.elapsed().map_or(0, |elapsed| elapsed.as_millis());
    Timestamp::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// How many milliseconds are left until then.
pub(crate) fn until(then: Timestamp) -> u64 {
    u64::try_from(then.since(now()).as_millis()).unwrap_or(u64::MAX)
}
