//! What the page's address says: `?server=ws://127.0.0.1:9000/ws&user=ana`, and for some tests
//! `&backoff=10-200&stable=100`, in milliseconds, `&persist` and
//! `&patients`.

use std::time::Duration;

use web_sys::{UrlSearchParams, window};

/// What the page's address says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The WebSocket's address.
    pub(crate) server: String,
    /// Who is to be signed in.
    pub(crate) user: String,
    /// The shortest wait before an attempt to connect, and its largest cap, if not the library's.
    pub(crate) backoff: Option<(Duration, Duration)>,
    /// How long a connection must last to count as stable, if not the library's.
    pub(crate) stable_after: Option<Duration>,
    /// Whether unsent events outlive the page.
    pub(crate) persist: bool,
    /// Whether the page keeps patients.
    pub(crate) patients: bool,
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
            user: parameter("user").unwrap_or_default(),
            backoff: parameter("backoff").and_then(|range| {
                let (min, max) = range.split_once('-')?;
                Some((millis(min)?, millis(max)?))
            }),
            stable_after: parameter("stable").and_then(|value| millis(&value)),
            persist: parameter("persist").is_some(),
            patients: parameter("patients").is_some(),
        }
    }

    /// The HTTP half of the server.
    pub(crate) fn http(&self) -> String {
        let host = self.server.split("://").nth(1).unwrap_or_default();
        format!("http://{}", host.split('/').next().unwrap_or_default())
    }
}

fn millis(text: &str) -> Option<Duration> {
    text.parse().ok().map(Duration::from_millis)
}
