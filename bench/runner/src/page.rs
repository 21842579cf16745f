//! A contender's page in a real browser.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, ensure};
use fantoccini::Client;
use fantoccini::wd::{Capabilities, TimeoutConfiguration};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::{Failure, cdp};

use crate::contender::Contender;
use crate::load::Frames;
use crate::server::{Link, Pace, Server};
use crate::trace;

/// How long a page may take to connect.
const CONNECT: Duration = Duration::from_secs(30);
/// How long a page may take to get through what it is sent.
const WORK: Duration = Duration::from_mins(5);
/// What `DevTools` reads the main thread's tasks and the marks from.
const TASKS: &str = "disabled-by-default-devtools.timeline,blink.user_timing";
/// Stands in the trace where what is measured begins.
const MARK: &str = "bench";

/// Waits for the page to have counted so far, and for what it shows of it to be drawn.
const UNTIL: &str = "
    const [target, done] = arguments;
    const wait = () => window.bench
        ? bench.until(target).then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))
        : setTimeout(wait, 10);
    wait();
";

/// What the browser counted of the page since its beginning.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Metrics {
    /// Seconds that the main thread has been busy.
    pub task_seconds: f64,
    /// Bytes of the JavaScript heap in use.
    pub heap_bytes: f64,
    /// Listeners of events.
    pub listeners: f64,
    /// Nodes of the document, those that were not collected yet included.
    pub nodes: f64,
}

/// A page in a browser of its own.
#[derive(Debug)]
pub struct Page {
    client: Client,
    // Ends with its browser when it is dropped.
    _driver: Driver,
}

/// A contender's page, and how it is fed.
#[derive(Debug)]
pub struct Fed {
    /// The page.
    pub page: Page,
    /// Its connection.
    pub link: Link,
}

impl Fed {
    /// Opens a contender's page and waits until it is connected.
    pub async fn open(server: &mut Server, contender: Contender) -> Result<Self> {
        Self::open_with(server, contender, Capabilities::new()).await
    }

    /// [`Fed::open`] in a browser that keeps a trace of the main thread's tasks.
    pub async fn open_traced(server: &mut Server, contender: Contender) -> Result<Self> {
        let mut more = Capabilities::new();
        more.insert("goog:loggingPrefs".to_owned(), json!({ "performance": "ALL" }));
        let trace =
            json!({ "enableNetwork": false, "enablePage": false, "traceCategories": TASKS });
        more.insert("goog:chromeOptions".to_owned(), json!({ "perfLoggingPrefs": trace }));
        Self::open_with(server, contender, more).await
    }

    async fn open_with(
        server: &mut Server,
        contender: Contender,
        more: Capabilities,
    ) -> Result<Self> {
        let address = server.address();
        let socket = match contender {
            Contender::Ours => format!("ws://{address}/ws"),
            Contender::Socketio => format!("ws://{address}"),
            _ => format!("ws://{address}/plain"),
        };
        let name = contender.name();
        let page = format!("http://{address}/{name}/?server={socket}&token=bench");
        let page = Page::open(&page, more).await?;
        let link = timeout(CONNECT, server.link())
            .await
            .with_context(|| format!("{name} does not connect"))?
            .context("the server has ended")?;
        Ok(Self { page, link })
    }

    /// Sends frames, and waits until the page has counted to `target`. Answers when each was sent.
    pub async fn work(&self, frames: &Arc<Frames>, pace: Pace, target: usize) -> Result<Vec<f64>> {
        let sent = self.link.send(frames, 0..frames.frames.len(), pace).await?;
        self.page.until(target).await?;
        Ok(sent)
    }
}

impl Page {
    /// Opens a browser at an address.
    pub async fn at(address: &str) -> Result<Self> {
        Self::open(address, Capabilities::new()).await
    }

    async fn open(address: &str, more: Capabilities) -> Result<Self> {
        let driver = Driver::new();
        let client = driver.browser_with(more).await.map_err(failed)?;
        let timeouts = TimeoutConfiguration::new(Some(WORK), Some(CONNECT), None);
        client.update_timeouts(timeouts).await?;
        client.goto(address).await?;
        let page = Self { client, _driver: driver };
        page.devtools("Performance.enable", json!({})).await?;
        Ok(page)
    }

    /// Waits until the page has counted to `target`.
    pub async fn until(&self, target: usize) -> Result<()> {
        let waited = self.client.execute_async(UNTIL, vec![json!(target)]).await;
        if let Err(error) = waited {
            let count: Value = self.read("window.bench?.count()").await?;
            let shown: Value = self.read("document.body.innerText").await?;
            let console = cdp::console(&self.client).await.map_err(failed)?;
            return Err(anyhow!(
                "waited for {target}, and the page is at {count}: {error}; it shows {shown}; its console has {console:?}"
            ));
        }
        Ok(())
    }

    /// Waits for a text to be in the document: since when it is, in milliseconds since 1970.
    pub async fn sees(&self, text: &str) -> Result<f64> {
        // The page's program may be about to start.
        let seen = format!(
            "(async () => {{
                while (!window.bench) await new Promise((after) => setTimeout(after, 10));
                return bench.sees({});
            }})()",
            json!(text)
        );
        timeout(WORK, self.read(&seen)).await.with_context(|| format!("{text} is not shown"))?
    }

    /// The value of a JavaScript expression, or of the promise that it is. By value: the answer of a WebDriver's script
    /// stays in the page's heap until the browser is closed, and the heap is what is looked at.
    pub async fn read<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let parameters =
            json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.devtools("Runtime.evaluate", parameters).await?;
        let thrown = &answer["exceptionDetails"];
        ensure!(thrown.is_null(), "{expression} throws {thrown}");
        Ok(serde_json::from_value(answer["result"]["value"].take())?)
    }

    /// What the browser counted so far.
    pub async fn metrics(&self) -> Result<Metrics> {
        #[derive(Deserialize)]
        struct Metric {
            name: String,
            value: f64,
        }
        let mut answer = self.devtools("Performance.getMetrics", json!({})).await?;
        let metrics: Vec<Metric> = serde_json::from_value(answer["metrics"].take())?;
        let value = |name: &str| {
            let found = metrics.iter().find(|metric| metric.name == name);
            found
                .map(|metric| metric.value)
                .with_context(|| format!("the browser does not tell {name}"))
        };
        Ok(Metrics {
            task_seconds: value("TaskDuration")?,
            heap_bytes: value("JSHeapUsedSize")?,
            listeners: value("JSEventListeners")?,
            nodes: value("Nodes")?,
        })
    }

    /// The browser and its version.
    pub fn browser(&self) -> String {
        let capabilities = self.client.capabilities();
        let text = |name: &str| {
            let value = capabilities.and_then(|capabilities| capabilities.get(name));
            value.and_then(Value::as_str).unwrap_or("unknown").to_owned()
        };
        format!("{} {}", text("browserName"), text("browserVersion"))
    }

    /// Collects the garbage of the page, so that what is left is in use.
    pub async fn collect_garbage(&self) -> Result<()> {
        self.devtools("HeapProfiler.collectGarbage", json!({})).await.map(drop)
    }

    /// From here on [`Page::longest_task`] counts.
    pub async fn mark(&self) -> Result<()> {
        let mark = format!("performance.mark('{MARK}').name");
        self.read::<String>(&mark).await.map(drop)
    }

    /// Milliseconds of the longest task since the mark, of a page that was opened for it.
    pub async fn longest_task(&self) -> Result<f64> {
        let log = cdp::log(&self.client, "performance").await.map_err(failed)?;
        let messages = log.iter().filter_map(|entry| entry["message"].as_str());
        let events = messages.map(|message| {
            let mut message: Value = serde_json::from_str(message)?;
            Ok(message["message"]["params"].take())
        });
        trace::longest_task(&events.collect::<Result<Vec<_>>>()?, MARK)
    }

    async fn devtools(&self, method: &str, parameters: Value) -> Result<Value> {
        cdp::execute(&self.client, method, parameters).await.map_err(failed)
    }

    /// Closes the browser.
    pub async fn close(self) -> Result<()> {
        Ok(self.client.close().await?)
    }
}

fn failed(error: Failure) -> anyhow::Error {
    anyhow::Error::from_boxed(error).context("the browser")
}
