//! What the page's address says.

use web_sys::{UrlSearchParams, window};

/// What the page's address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The WebSocket's address.
    pub(crate) server: String,
    /// The token, if the address has one.
    pub(crate) token: Option<String>,
    /// Who is to be signed in, if it has none.
    pub(crate) user: String,
}

impl Settings {
    /// Reads the page's address.
    pub(crate) fn read() -> Self {
        let query = window()
            .and_then(|window| window.location().search().ok())
            .and_then(|search| UrlSearchParams::new_with_str(&search).ok());
        let parameter = |name: &str| query.as_ref().and_then(|query| query.get(name));
        Self {
            server: parameter("server").unwrap_or_default(),
            token: parameter("token"),
            user: parameter("user").unwrap_or_default(),
        }
    }

    /// The HTTP half of the server, as safe as its WebSocket. `None` if that has no address of one, or one that names a user.
    pub(crate) fn http(&self) -> Option<String> {
        let (scheme, rest) = self.server.split_once("://")?;
        let scheme = match scheme {
            "wss" => "https",
            "ws" => "http",
            _ => return None,
        };
        let host = rest.split(['/', '?']).next()?;
        let is_one = !host.is_empty() && !host.contains('@');
        is_one.then(|| format!("{scheme}://{host}"))
    }
}
