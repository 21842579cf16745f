//! A contender's page in a real browser.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow};
use fantoccini::Client;
use fantoccini::wd::TimeoutConfiguration;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::time::timeout;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::{Failure, cdp};

use crate::contender::Contender;
use crate::load::Frames;
use crate::server::{Link, Pace, Server};

/// How long a page may take to connect.
const CONNECT: Duration = Duration::from_secs(30);
/// How long a page may take to get through what it is sent.
const WORK: Duration = Duration::from_secs(10);

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
    /// How it is fed.
    pub link: Link,
    // Ends with its browser when it is dropped.
    _driver: Driver,
}

impl Page {
    /// Opens a contender's page and waits until it is connected.
    pub async fn open(server: &mut Server, contender: Contender) -> Result<Self> {
        let address = server.address();
        let socket = match contender {
            Contender::Ours => format!("ws://{address}/ws"),
            Contender::Socketio => format!("ws://{address}"),
            _ => format!("ws://{address}/plain"),
        };
        let page = format!("http://{address}/{}/?server={socket}&token=bench", contender.name());
        let driver = Driver::new();
        let client = driver.browser().await.map_err(failed)?;
        let timeouts = TimeoutConfiguration::new(Some(WORK), Some(CONNECT), None);
        client.update_timeouts(timeouts).await?;
        client.goto(&page).await?;
        let link = timeout(CONNECT, server.link())
            .await
            .with_context(|| format!("{} does not connect", contender.name()))?
            .context("the server has ended")?;
        let page = Self { client, link, _driver: driver };
        page.devtools("Performance.enable", json!({})).await?;
        Ok(page)
    }

    /// Sends all frames as fast as the page takes them, and waits until it has counted to `target`. Answers when the
    /// first was sent.
    pub async fn work(&self, frames: &Arc<Frames>, pace: Pace, target: usize) -> Result<Vec<f64>> {
        let sent = self.link.send(frames, 0..frames.frames.len(), pace).await?;
        self.until(target).await?;
        Ok(sent)
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

    /// The value of a JavaScript expression.
    pub async fn read<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let value = self.client.execute(&format!("return {expression}"), vec![]).await?;
        Ok(serde_json::from_value(value)?)
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

    /// Collects the garbage of the page, so that what is left is in use.
    pub async fn collect_garbage(&self) -> Result<()> {
        self.devtools("HeapProfiler.collectGarbage", json!({})).await.map(drop)
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
    anyhow!("the browser: {error}")
}
