//! The server with the built page.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use tokio::net::TcpListener;
use yewdux_socket_server::{Config, Running, Server};

use crate::Failure;
use crate::proxy::Proxy;

/// As many links as a test needs.
const LINKS: usize = 2;

/// The server of a test. It can be stopped and started again at the same address.
#[derive(Debug)]
pub struct Ward {
    config: Config,
    running: Option<Running>,
    address: SocketAddr,
    /// Where links will be. The page's policy names them, so they are known before the server starts.
    links: Mutex<Vec<TcpListener>>,
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
        let mut links = Vec::new();
        for _ in 0..LINKS {
            let link = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            config.connect_origins.push(format!("http://{}", link.local_addr()?).parse()?);
            links.push(link);
        }
        configure(&mut config);
        let running = Server::start(config.clone()).await?;
        let address = running.addr();
        config.listen = address;
        Ok(Self { config, running: Some(running), address, links: Mutex::new(links) })
    }

    /// Where the server listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// A proxy in front of a server, to which the page of this one may connect.
    pub fn link_to(&self, server: SocketAddr) -> Result<Proxy, Failure> {
        let mut links = self.links.lock().unwrap_or_else(PoisonError::into_inner);
        Proxy::at(links.pop().ok_or("a test needs more links than there are")?, server)
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
