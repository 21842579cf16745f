//! The process of a WebDriver server.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::Failure;
use crate::browser::Browser;

/// How often a driver that ends at once is started.
const STARTS: u32 = 3;
/// How long a driver may take to end with its browser.
const GRACE: Duration = Duration::from_secs(5);

/// A running driver. It ends, with its browser, when this is dropped.
#[derive(Debug)]
pub(crate) struct Process {
    browser: Browser,
    child: Child,
    port: u16,
}

impl Process {
    /// Starts the driver of a browser on a free port. chromedriver takes one for IPv4, then wants the same for IPv6, and
    /// ends if that is taken: then it is started again.
    pub(crate) async fn start(browser: Browser) -> Result<Self, Failure> {
        for _ in 1..STARTS {
            if let Ok(process) = Self::start_once(browser).await {
                return Ok(process);
            }
        }
        Self::start_once(browser).await
    }

    async fn start_once(browser: Browser) -> Result<Self, Failure> {
        let (variable, name) = match browser {
            Browser::Chromium => ("CHROMEDRIVER", "chromedriver"),
            Browser::Firefox => ("GECKODRIVER", "geckodriver"),
        };
        let program = std::env::var(variable).unwrap_or_else(|_| name.to_owned());
        let errors = match browser {
            Browser::Chromium => Stdio::inherit(),
            // Firefox reports trouble of its own windows there, at each start and end.
            Browser::Firefox => Stdio::null(),
        };
        let mut child = Command::new(&program)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(errors)
            .kill_on_drop(true)
            .spawn()
            .map_err(|error| {
                format!("{program} does not start ({error}); `cargo xtask test` installs it")
            })?;
        let output = child.stdout.take().ok_or("the driver has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut said = String::new();
        while let Some(line) = lines.next_line().await? {
            if let Some(port) = port(&line) {
                // Read on, so that the driver never blocks on a full pipe.
                tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
                return Ok(Self { browser, child, port });
            }
            said = line;
        }
        Err(format!("{program} ended before it said its port; at last it said: {said}").into())
    }

    /// Where it listens.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Asks the driver to end.
    fn ask(&self) -> std::io::Result<()> {
        match self.browser {
            Browser::Chromium => {
                let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
                stream.set_read_timeout(Some(GRACE))?;
                stream.write_all(
                    b"GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
                )?;
                stream.read_to_end(&mut Vec::new()).map(drop)
            }
            Browser::Firefox => {
                let Some(id) = self.child.id() else { return Ok(()) };
                Ok(kill(Pid::from_raw(id.cast_signed()), Signal::SIGTERM)?)
            }
        }
    }
}

/// The port in what a driver prints when it is ready.
fn port(line: &str) -> Option<u16> {
    let chromedriver = line.strip_prefix("ChromeDriver was started successfully on port ");
    let geckodriver = || line.split_once("Listening on 127.0.0.1:").map(|(_, port)| port);
    chromedriver.or_else(geckodriver)?.trim_end_matches('.').parse().ok()
}

/// A driver that is killed leaves its browser behind; one that is asked to end takes it along. A test that
/// failed has not closed it.
impl Drop for Process {
    fn drop(&mut self) {
        // The driver may be gone already, and the test has its own result to tell.
        let _ = self.ask();
        let asked = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) && asked.elapsed() < GRACE {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::port;

    #[test]
    fn drivers_say_their_port_in_words_of_their_own() {
        assert_eq!(port("ChromeDriver was started successfully on port 35271."), Some(35271));
        assert_eq!(
            port("1795405103541\tgeckodriver\tINFO\tListening on 127.0.0.1:45391"),
            Some(45391)
        );
        assert_eq!(port("Starting ChromeDriver 156.0.8078.79 on port 0"), None);
    }
}
