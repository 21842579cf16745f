//! Where the server is.
//!
//! The page may be served by the server itself, or by another one while it is being developed. It therefore
//! has up to two places to look, and takes the first at which a server answers:
//!
//! 1. the host that the page came from, which is right for every deployment;
//! 2. the address in the page's head, `<meta name="ward-board-server" content="ws://…">`, unless it is empty
//!    or `auto`.
//!
//! A page on this very machine may name another address, as in `/?server=ws%3A%2F%2F127.0.0.1%3A9100%2Fws`;
//! then only that is tried. Elsewhere the parameter is ignored: a link must not be able to send a clinic's
//! users to a stranger's server.
//!
//! An address that is not encrypted counts only if both it and the page are on this machine. The library refuses to open a
//! socket to other such addresses; here they are left out, so that no password goes there either.

use std::net::Ipv4Addr;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::{UrlSearchParams, window};

/// The address of a server: its WebSocket, and the HTTP half beside it. Encrypted, or on this machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Address {
    /// `ws://host/ws` or `wss://host/ws`.
    pub(crate) socket: Rc<str>,
    /// `http://host` or `https://host`.
    pub(crate) http: Rc<str>,
}

impl Address {
    /// The address of a WebSocket; `None` if that is none, or one to which nothing secret may be sent.
    fn parse(socket: &str) -> Option<Self> {
        let (scheme, rest) = socket.split_once("://")?;
        let host = rest.split(['/', '?', '#']).next()?;
        // What stands before an `@` is no host, however much it looks like one.
        if host.is_empty() || host.contains('@') {
            return None;
        }
        let http = match scheme {
            "wss" => "https",
            "ws" if is_loopback(without_port(host)) => "http",
            _ => return None,
        };
        Some(Self { socket: socket.into(), http: format!("{http}://{host}").into() })
    }

    fn is_encrypted(&self) -> bool {
        self.socket.starts_with("wss:")
    }

    /// The host, for people.
    pub(crate) fn host(&self) -> &str {
        self.http.split_once("://").map_or(&*self.http, |(_, host)| host)
    }
}

/// What the page says about where it is.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Page {
    secure: bool,
    host: String,
    hostname: String,
    configured: Option<String>,
    server: Option<String>,
    /// Who is to be signed in at once, from `?user=`.
    pub(crate) user: Option<String>,
}

impl Page {
    /// Reads the page's address and head.
    pub(crate) fn read() -> Self {
        let Some(window) = window() else { return Self::default() };
        let location = window.location();
        let query = UrlSearchParams::new_with_str(&location.search().unwrap_or_default()).ok();
        let parameter = |name: &str| {
            query.as_ref().and_then(|query| query.get(name)).filter(|value| !value.is_empty())
        };
        Self {
            secure: location.protocol().is_ok_and(|protocol| protocol == "https:"),
            host: location.host().unwrap_or_default(),
            hostname: location.hostname().unwrap_or_default(),
            configured: window
                .document()
                .and_then(|document| {
                    document.query_selector("meta[name=ward-board-server]").ok().flatten()
                })
                .and_then(|meta| meta.get_attribute("content")),
            server: parameter("server"),
            user: parameter("user"),
        }
    }

    /// The addresses at which the server may be, in the order in which to try them.
    pub(crate) fn addresses(&self) -> Vec<Address> {
        if let Some(server) = self.server.as_deref().filter(|_| self.is_on_loopback()) {
            return Address::parse(server).into_iter().collect();
        }
        let own = format!("{}://{}/ws", if self.secure { "wss" } else { "ws" }, self.host);
        let configured =
            self.configured.as_deref().map(str::trim).filter(|address| *address != "auto");
        let mut addresses: Vec<_> = [Some(&*own), configured]
            .into_iter()
            .flatten()
            .filter_map(Address::parse)
            .filter(|address| address.is_encrypted() || self.is_on_loopback())
            .collect();
        addresses.dedup();
        addresses
    }

    /// Whether the page came from this very machine.
    pub(crate) fn is_on_loopback(&self) -> bool {
        is_loopback(&self.hostname)
    }
}

/// Whether a host is this very machine.
fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
}

fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        // The colons of an IPv6 address stand within its brackets.
        Some((name, port)) if !port.ends_with(']') => name,
        _ => host,
    }
}

/// Takes the user out of the page's address, for a reload to ask who it is. The rest of the address stays.
pub(crate) fn forget_named_user() {
    // A browser that refuses signs the user in again at the next reload.
    let _ = replace_address();
}

fn replace_address() -> Result<(), JsValue> {
    let Some(window) = window() else { return Ok(()) };
    let location = window.location();
    let query = UrlSearchParams::new_with_str(&location.search()?)?;
    if query.get("user").is_none() {
        return Ok(());
    }
    query.delete("user");
    let query = String::from(query.to_string());
    let mark = if query.is_empty() { "" } else { "?" };
    let address = format!("{}{mark}{query}{}", location.pathname()?, location.hash()?);
    let history = window.history()?;
    history.replace_state_with_url(&history.state()?, "", Some(&address))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(origin: &str, configured: &str, server: Option<&str>) -> Vec<String> {
        let (scheme, host) = origin.split_once("://").unwrap();
        let page = Page {
            secure: scheme == "https",
            host: host.to_owned(),
            hostname: without_port(host).to_owned(),
            configured: Some(configured.to_owned()),
            server: server.map(ToOwned::to_owned),
            ..Page::default()
        };
        page.addresses().iter().map(|address| address.socket.to_string()).collect()
    }

    #[test]
    fn the_own_host_comes_before_the_configured_one() {
        let configured = "ws://127.0.0.1:9000/ws";
        assert_eq!(
            page("http://127.0.0.1:8080", configured, None),
            ["ws://127.0.0.1:8080/ws", configured]
        );
        assert_eq!(page("http://127.0.0.1:9000", configured, None), [configured]);
        for nothing in ["auto", ""] {
            assert_eq!(page("https://ward.example", nothing, None), ["wss://ward.example/ws"]);
        }
    }

    #[test]
    fn an_address_that_is_not_encrypted_counts_on_this_machine_only() {
        for plain in ["ws://10.0.0.1:9000/ws", "ws://127.0.0.1:9000/ws"] {
            assert!(page("http://ward.example", plain, None).is_empty());
            assert_eq!(page("https://ward.example", plain, None), ["wss://ward.example/ws"]);
        }
        let encrypted = "wss://ward.example/ws";
        assert_eq!(page("http://10.0.0.1", encrypted, None), [encrypted]);
        for host in ["[::1]", "[::1]:9000", "localhost", "ward.localhost:9000", "127.0.0.2"] {
            assert!(Address::parse(&format!("ws://{host}/ws")).is_some(), "{host}");
        }
        for host in [
            "[::2]:9000",
            "localhost.example",
            "127.0.0.1.example:9000",
            "127.0.0.1@evil.example",
            "127.0.0.1:80@evil.example",
        ] {
            assert!(Address::parse(&format!("ws://{host}/ws")).is_none(), "{host}");
        }
    }

    #[test]
    fn only_a_page_on_this_machine_may_be_sent_elsewhere() {
        let other = "ws://127.0.0.1:9100/ws";
        assert_eq!(page("http://[::1]:8080", "auto", Some(other)), [other]);
        assert_eq!(page("http://localhost:8080", "auto", Some(other)), [other]);
        assert_eq!(
            page("https://ward.example", "auto", Some("wss://evil.example/ws")),
            ["wss://ward.example/ws"]
        );
        assert_eq!(
            page("https://127.0.0.1.evil.example", "auto", Some(other)),
            ["wss://127.0.0.1.evil.example/ws"]
        );
        assert!(page("http://localhost:8080", "auto", Some("http://127.0.0.1")).is_empty());
    }

    #[test]
    fn the_http_half_is_on_the_same_host() {
        let address = Address::parse("wss://ward.example:8443/live/ws").unwrap();
        assert_eq!(
            (&*address.http, address.host()),
            ("https://ward.example:8443", "ward.example:8443")
        );
    }
}
