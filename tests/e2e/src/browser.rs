//! A real browser, driven over WebDriver: Chromium, or Firefox if `E2E_BROWSER` says so.

use std::sync::{Mutex, PoisonError};

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};

use crate::Failure;
use crate::process::Process;

/// Which browser the tests run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Browser {
    /// Chromium, with chromedriver.
    Chromium,
    /// Firefox, with geckodriver.
    Firefox,
}

impl Browser {
    /// The one that `E2E_BROWSER` names; Chromium if it names none.
    ///
    /// # Panics
    /// If it names something else: a test in another browser than asked for would say nothing.
    pub fn chosen() -> Self {
        match std::env::var("E2E_BROWSER").as_deref() {
            Err(_) | Ok("" | "chromium") => Self::Chromium,
            Ok("firefox") => Self::Firefox,
            Ok(other) => panic!("E2E_BROWSER is chromium or firefox, not {other}"),
        }
    }

    /// The capabilities of a session that shares nothing with others.
    fn capabilities(self) -> Capabilities {
        let (name, arguments, program) = match self {
            Self::Chromium => (
                "goog:chromeOptions",
                &[
                    "--headless",
                    "--no-sandbox",
                    "--disable-gpu",
                    "--disable-quic",
                    "--no-first-run",
                    "--disable-background-networking",
                    "--disable-component-update",
                    "--disable-sync",
                    "--window-size=1440,900",
                ][..],
                "CHROMIUM",
            ),
            Self::Firefox => (
                "moz:firefoxOptions",
                &["-headless", "--width=1440", "--height=900"][..],
                "FIREFOX",
            ),
        };
        let mut options = json!({ "args": arguments });
        if let Ok(binary) = std::env::var(program) {
            options["binary"] = binary.into();
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert(name.to_owned(), options);
        capabilities
    }
}

/// The browsers of a test. They end, with their drivers, when this is dropped.
#[derive(Debug)]
pub struct Driver {
    browser: Browser,
    processes: Mutex<Vec<Process>>,
}

impl Driver {
    /// No browser yet.
    pub fn new() -> Self {
        Self { browser: Browser::chosen(), processes: Mutex::default() }
    }

    /// Opens a browser of its own, with a driver of its own: geckodriver serves only one.
    pub async fn browser(&self) -> Result<Client, Failure> {
        self.browser_with(Capabilities::new()).await
    }

    /// [`Driver::browser`] with further capabilities, and with further options in those that it has.
    pub async fn browser_with(&self, more: Capabilities) -> Result<Client, Failure> {
        let mut capabilities = self.browser.capabilities();
        for (name, value) in more {
            match (capabilities.get_mut(&name), value) {
                (Some(Value::Object(known)), Value::Object(further)) => known.extend(further),
                (_, value) => drop(capabilities.insert(name, value)),
            }
        }
        let process = Process::start(self.browser).await?;
        let address = format!("http://127.0.0.1:{}", process.port());
        self.processes.lock().unwrap_or_else(PoisonError::into_inner).push(process);
        Ok(ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&address)
            .await?)
    }
}

impl Default for Driver {
    fn default() -> Self {
        Self::new()
    }
}
