//! The server of the load: it serves the pages, and sends each that connects what the run says.

mod feed;
mod handshake;

use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;

use axum::Router;
use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::response::Response;
use axum::routing::get;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::mpsc;
use tokio::task::AbortHandle;
use tower_http::services::ServeDir;

pub use self::feed::{Link, Pace};
use crate::load::Dialect;

/// The server. Dropping it ends it, with its connections.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    links: mpsc::UnboundedReceiver<Link>,
    serving: AbortHandle,
}

impl Server {
    /// Serves the pages in a directory, on a free port.
    pub async fn start(pages: &Path) -> anyhow::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (sender, links) = mpsc::unbounded_channel();
        let socket = |dialect: Dialect| {
            get(move |State(sender): State<Links>, upgrade: WebSocketUpgrade| async move {
                open(upgrade, dialect, sender)
            })
        };
        let routes = Router::new()
            .route("/ws", socket(Dialect::V1))
            .route("/plain", socket(Dialect::Plain))
            .route("/socket.io/", socket(Dialect::SocketIo))
            .fallback_service(ServeDir::new(pages))
            .with_state(sender);
        // As our own server does it. Otherwise what is sent at a steady pace waits for the acknowledgement of what was sent
        // before, or for 64 KiB, with each page that has sent something of its own.
        let listener = listener.tap_io(|tcp| {
            // It works without, only later.
            let _ = tcp.set_nodelay(true);
        });
        let serving = tokio::spawn(async move { axum::serve(listener, routes).await });
        Ok(Self { address, links, serving: serving.abort_handle() })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The next page that has connected.
    pub async fn link(&mut self) -> Option<Link> {
        self.links.recv().await
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

type Links = mpsc::UnboundedSender<Link>;

fn open(upgrade: WebSocketUpgrade, dialect: Dialect, links: Links) -> Response {
    upgrade.on_upgrade(move |socket| async move {
        // A page that goes away ends its connection; whoever runs it waits for it and will say so.
        drop(feed::feed(socket, dialect, &links).await);
    })
}
