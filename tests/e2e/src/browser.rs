//! A real Chromium, driven over WebDriver.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use fantoccini::wd::Capabilities;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::json;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Failure;

/// The driver of the browser. It ends, with all its browsers, when this is dropped.
#[derive(Debug)]
pub struct Driver {
    _process: Child,
    port: u16,
}

impl Driver {
    /// Starts chromedriver on a free port.
    pub async fn start() -> Result<Self, Failure> {
        let program = std::env::var("CHROMEDRIVER").unwrap_or_else(|_| "chromedriver".to_owned());
        let mut process = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                format!("{program} does not start ({error}); `cargo xtask test` installs it")
            })?;
        let output = process.stdout.take().ok_or("chromedriver has no output")?;
        let mut lines = BufReader::new(output).lines();
        while let Some(line) = lines.next_line().await? {
            if let Some(port) = line.strip_prefix("ChromeDriver was started successfully on port ")
            {
                let port = port.trim_end_matches('.').parse()?;
                // Read on, so that the driver never blocks on a full pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { _process: process, port });
            }
        }
        Err("chromedriver ended before it said its port".into())
    }

    /// Opens a browser of its own: nothing is shared with the other ones.
    pub async fn browser(&self) -> Result<Client, Failure> {
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1440,900",
        ];
        let mut options = json!({ "args": arguments });
        if let Ok(binary) = std::env::var("CHROMIUM") {
            options["binary"] = binary.into();
        }
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        Ok(ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await?)
    }
}

/// A driver that is killed leaves its browsers behind; one that is asked to shut down takes them along. A
/// test that failed has not closed them.
impl Drop for Driver {
    fn drop(&mut self) {
        let shut_down = || -> std::io::Result<()> {
            let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(
                b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
            )?;
            stream.read_to_end(&mut Vec::new()).map(drop)
        };
        // The driver may be gone already, and the test has its own result to tell.
        let _ = shut_down();
    }
}
