//! Which pages may connect.
//!
//! Browsers let any page open a WebSocket to any server and say whose page it is in `Origin`. Without this
//! check a page that a nurse happens to visit could talk to the server.

use std::collections::BTreeSet;
use std::net::SocketAddr;

use axum::http::{HeaderMap, header};

use crate::config::Origin;

/// The origins that may connect, as browsers write them.
#[derive(Debug, Clone)]
pub(crate) struct AllowedOrigins(BTreeSet<Origin>);

impl AllowedOrigins {
    /// The configured origins, and the server's own if it serves a page itself.
    ///
    /// The own origin is that of the address listened on, and `localhost` if that is a loopback one. It is
    /// not taken from the `Host` header: a foreign name that resolves to this server (DNS rebinding) would
    /// then be its own.
    pub(crate) fn new(configured: &[Origin], own: Option<SocketAddr>) -> Self {
        let mut origins: BTreeSet<_> = configured.iter().cloned().collect();
        if let Some(own) = own {
            let mut hosts = vec![own.to_string()];
            if own.ip().is_loopback() {
                hosts.push(format!("localhost:{}", own.port()));
            }
            origins.extend(hosts.iter().filter_map(|host| format!("http://{host}").parse().ok()));
        }
        Self(origins)
    }

    /// Whether a request comes from an allowed page. One that does not say where it comes from is refused.
    pub(crate) fn admit(&self, headers: &HeaderMap) -> bool {
        let mut origins = headers.get_all(header::ORIGIN).iter();
        match (origins.next().map(|origin| origin.to_str()), origins.next()) {
            (Some(Ok(origin)), None) => self.iter().any(|allowed| allowed.as_str() == origin),
            _ => false,
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Origin> {
        self.0.iter()
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_allowed_pages_are_admitted() {
        let configured = ["https://ward.example".parse().unwrap()];
        let origins = AllowedOrigins::new(&configured, Some(([127, 0, 0, 1], 9000).into()));
        let admit = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(header::ORIGIN, HeaderValue::from_static(value));
            }
            origins.admit(&headers)
        };
        for good in ["https://ward.example", "http://127.0.0.1:9000", "http://localhost:9000"] {
            assert!(admit(&[good]), "{good}");
        }
        for bad in [
            &[][..],
            &["null"],
            &["https://ward.example.evil.example"],
            &["http://ward.example"],
            &["https://ward.example:8443"],
            &["http://127.0.0.1:9001"],
            &["https://ward.example", "https://evil.example"],
        ] {
            assert!(!admit(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_server_without_a_page_has_no_own_origin() {
        assert_eq!(AllowedOrigins::new(&[], None).iter().count(), 0);
    }
}
