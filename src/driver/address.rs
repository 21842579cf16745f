//! Which addresses the browser's WebSocket may be opened to: encrypted ones, and those on this very machine.

use web_sys::{Url, window};

/// Whether a WebSocket to this address would carry the token in the clear over a network.
///
/// The browser reads the address here as it does when it opens the socket, so that both see the same host. An address that
/// it cannot read is not insecure: no socket can be opened to it.
pub(super) fn is_insecure(address: &str) -> bool {
    let base = window().and_then(|window| window.location().href().ok()).unwrap_or_default();
    Url::new_with_base(address, &base)
        .is_ok_and(|url| is_plain(&url.protocol()) && !is_loopback(&url.hostname()))
}

/// Browsers take `http:` in the address of a WebSocket for `ws:`.
fn is_plain(scheme: &str) -> bool {
    matches!(scheme, "ws:" | "http:")
}

/// Whether a host, as browsers write it, is this very machine. Names below `localhost` are: browsers resolve them themselves.
/// A host of digits and dots is an address of four numbers: browsers take no other.
fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || (host.starts_with("127.") && host.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_has_several_names() {
        for host in ["localhost", "ward.localhost", "127.0.0.1", "127.255.255.254", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "ward.example",
            "localhost.example",
            "notlocalhost",
            "127.0.0.1.example",
            "128.0.0.1",
            "10.0.0.1",
            "0.0.0.0",
            "[::]",
            "[::2]",
            "[::ffff:7f00:1]",
            "::1",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn what_is_not_encrypted_is_plain() {
        assert!(["ws:", "http:"].iter().all(|scheme| is_plain(scheme)));
        assert!(!["wss:", "https:", "ftp:", ""].iter().any(|scheme| is_plain(scheme)));
    }
}
