//! The lab: a server that takes marks, and the page that emits and records them.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use fantoccini::Client;
use fantoccini::wd::WindowHandle;
use serde_json::{Value, json};
use yewdux_socket_core::{EventRegistry, Rule, SocketEvent};
use yewdux_socket_server::Config;

use crate::Failure;
use crate::browser::Driver;
use crate::cdp;
use crate::mark::LabMark;
use crate::page::Page;
use crate::proxy::Proxy;
use crate::ward::Ward;

/// The organization in which ana and ben work.
pub const NORTH: &str = "north-clinic";

/// Looks into the database, without making one if there is none.
const STORED: &str = "new Promise(resolve => {
    const request = indexedDB.open('yewdux-socket');
    request.onupgradeneeded = () => request.transaction.abort();
    request.onerror = () => resolve([0, 0]);
    request.onsuccess = () => {
        const database = request.result;
        const transaction = database.transaction(['records', 'keys']);
        const [records, keys] = ['records', 'keys'].map(name => transaction.objectStore(name).count());
        transaction.oncomplete = () => { database.close(); resolve([records.result, keys.result]); };
    };
})";

/// Opens the server of a lab, with other settings on top of these: it takes marks, and as many as the tests emit.
/// Rates, window, history and the memory of keys are larger than the defaults, which protect a server from pages like
/// this one.
pub async fn open_with(more: impl FnOnce(&mut Config)) -> Result<Ward, Failure> {
    let mut registry = EventRegistry::builtin();
    registry.register::<LabMark>()?;
    Ward::serve("LAB_DIST", |config| {
        config.registry = registry;
        config.permissions.receive(LabMark::TYPE, Rule::Member).emit(LabMark::TYPE, Rule::Member);
        config.limits.emit_rate.per_second = 100_000.0;
        config.limits.emit_rate.burst = 100_000;
        config.limits.max_in_flight = 1_000;
        config.limits.history_events = 100_000;
        config.limits.dedupe_keys = 100_000;
        more(config);
    })
    .await
}

/// Opens the server of a lab.
pub async fn open() -> Result<Ward, Failure> {
    open_with(|_| ()).await
}

/// Milliseconds since 1970, by the clock that the pages have too.
pub fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1_000.0
}

/// A user's lab page.
#[derive(Debug)]
pub struct LabPage {
    page: Page,
    user: &'static str,
}

impl LabPage {
    /// Opens the page of a user who reaches the server through a proxy, and waits until it is connected.
    /// `settings` are more parameters of the page's address, such as `&backoff=10-200`.
    pub async fn open(
        driver: &Driver,
        ward: &Ward,
        proxy: &Proxy,
        user: &'static str,
        settings: &str,
    ) -> Result<Self, Failure> {
        let address =
            format!("{}?server=ws://{}/ws&user={user}{settings}", ward.page(), proxy.address());
        let lab = Self { page: Page::at(driver, &address).await?, user };
        lab.reconnected(0).await?;
        Ok(lab)
    }

    /// The browser.
    pub fn client(&self) -> &Client {
        self.page.client()
    }

    /// The page as any page.
    pub fn page(&self) -> &Page {
        &self.page
    }

    /// Opens the page once more, in another tab of the same browser, goes there, and waits until it is connected.
    pub async fn open_another_tab(&self) -> Result<WindowHandle, Failure> {
        let tab = self.page.open_another_tab().await?;
        self.reconnected(0).await?;
        Ok(tab)
    }

    /// How many events, and how many keys, are in the browser's database.
    pub async fn stored(&self) -> Result<(u64, u64), Failure> {
        Ok(serde_json::from_value(self.page.read(STORED, &[]).await?)?)
    }

    /// Waits until so many events and keys are in the browser's database.
    pub async fn until_stored(&self, records: u64, keys: u64) -> Result<(), Failure> {
        let condition = format!("{STORED}.then(stored => stored.join() === '{records},{keys}')");
        self.page.until(&condition, &[]).await
    }

    /// The slices and counts, as `window.lab.state()` tells them.
    pub async fn state(&self) -> Result<Value, Failure> {
        self.json("lab.state()", &[]).await
    }

    async fn json(&self, expression: &str, arguments: &[Value]) -> Result<Value, Failure> {
        let text = self.page.read(expression, arguments).await?;
        Ok(serde_json::from_str(text.as_str().ok_or("the lab answers with text")?)?)
    }

    /// Waits until an expression of `state` is true.
    pub async fn until(&self, condition: &str) -> Result<(), Failure> {
        let expression =
            format!("(state => ({condition}) === true)(JSON.parse(window.lab?.state() ?? '{{}}'))");
        let waited = self.page.until(&expression, &[]).await;
        match waited {
            Ok(()) => Ok(()),
            Err(error) => {
                let state = self.state().await.unwrap_or_default();
                Err(format!("{}: {error}; its state: {state}", self.user).into())
            }
        }
    }

    /// How often the page has connected.
    pub async fn connections(&self) -> Result<u64, Failure> {
        self.state().await?["connections"].as_u64().ok_or_else(|| "a count is a number".into())
    }

    /// Waits until the page has connected once more than `before` times, and still is.
    pub async fn reconnected(&self, before: u64) -> Result<(), Failure> {
        let condition = format!("state.connections > {before} && state.status === 'connected'");
        self.until(&condition).await
    }

    /// When a status came first, after a time. `status` is a condition on it.
    pub async fn when(&self, after: f64, status: &str) -> Result<f64, Failure> {
        let expression = "JSON.parse(lab.state()).statuses";
        let first = format!(
            "{expression}.find(([at, status]) => at >= {} && ({status}))?.[0]",
            after.floor()
        );
        let at = self.page.read(&first, &[]).await?;
        at.as_f64()
            .ok_or_else(|| format!("{}: there was no status with {status}", self.user).into())
    }

    /// Emits marks, numbered from `first`.
    pub async fn emit(&self, first: u64, count: u64) -> Result<(), Failure> {
        let arguments = [json!(NORTH), json!(self.user), json!(first), json!(count)];
        let emit = "lab.emit(arguments[0], arguments[1], arguments[2], arguments[3])";
        self.page.read(emit, &arguments).await.map(drop)
    }

    /// The sequence numbers that came in, in their order.
    pub async fn received(&self) -> Result<Vec<u64>, Failure> {
        Ok(serde_json::from_value(self.json("lab.received(arguments[0])", &[json!(NORTH)]).await?)?)
    }

    /// The emitted sequence numbers by what became of them.
    pub async fn outcomes(&self) -> Result<BTreeMap<String, Vec<u64>>, Failure> {
        Ok(serde_json::from_value(self.json("lab.outcomes()", &[]).await?)?)
    }

    /// Waits until another user has exactly one socket, as this page sees it.
    pub async fn sees_one_socket_of(&self, user: &str) -> Result<(), Failure> {
        let condition = format!(
            "state.presence?.onlineUsers?.['{NORTH}']?.find(({{ userId }}) => userId === '{user}')?.socketCount === 1"
        );
        self.until(&condition).await
    }

    /// Executes a command of the `DevTools` protocol. Chromium only.
    pub async fn devtools(&self, method: &str, params: Value) -> Result<Value, Failure> {
        cdp::execute(self.page.client(), method, params).await
    }

    /// Ends the session; see [`Page::close`].
    pub async fn close(self) -> Result<(), Failure> {
        self.page.close().await
    }
}

/// The time between two readings of [`now`].
pub fn between(start: f64, end: f64) -> Duration {
    Duration::from_secs_f64((end - start).max(0.0) / 1_000.0)
}
