//! The server with the built page.

use std::net::SocketAddr;
use std::path::PathBuf;

use yewdux_socket_server::{Config, Running, Server};

use crate::Failure;

/// The server of a test. It can be stopped and started again at the same address.
#[derive(Debug)]
pub struct Ward {
    config: Config,
    running: Option<Running>,
    address: SocketAddr,
}

impl Ward {
    /// Starts a development server on a free port that serves the built page, everything in memory.
    pub async fn open() -> Result<Self, Failure> {
        Self::open_with(|_| ()).await
    }

    /// [`Ward::open`] with other settings.
    pub async fn open_with(configure: impl FnOnce(&mut Config)) -> Result<Self, Failure> {
        Self::serve("WARD_BOARD_DIST", configure).await
    }

    /// [`Ward::open_with`] the page in the directory that a variable of the environment names.
    pub async fn serve(
        variable: &str,
        configure: impl FnOnce(&mut Config),
    ) -> Result<Self, Failure> {
        let dist = std::env::var_os(variable)
            .map(PathBuf::from)
            .filter(|dist| dist.join("index.html").is_file())
            .ok_or_else(|| {
                format!(
                    "{variable} must name the built page; `cargo xtask test --only e2e` builds it"
                )
            })?;
        let mut config = Config::default();
        config.dev = true;
        config.dist = Some(dist);
        configure(&mut config);
        let running = Server::start(config.clone()).await?;
        let address = running.addr();
        config.listen = address;
        Ok(Self { config, running: Some(running), address })
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where the page is.
    pub fn page(&self) -> String {
        format!("http://{}/", self.address)
    }

    /// The running server.
    ///
    /// # Panics
    /// If it is stopped.
    pub fn server(&self) -> &Running {
        #[expect(clippy::expect_used, reason = "a test that asks a stopped server is wrong")]
        self.running.as_ref().expect("the server is stopped")
    }

    /// Stops the server as an operator would.
    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            running.shutdown().await;
        }
    }

    /// Starts it again at the same address.
    pub async fn start_again(&mut self) -> Result<(), Failure> {
        self.stop().await;
        self.running = Some(Server::start(self.config.clone()).await?);
        Ok(())
    }
}
