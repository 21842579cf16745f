//! From a configuration to a server that listens.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use axum::serve::ListenerExt;
use thiserror::Error;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};

use crate::auth::{PasswordError, Passwords, Signer};
use crate::capabilities::Offer;
use crate::config::Config;
use crate::connection::Service;
use crate::http::{self, AllowedOrigins, App};
use crate::hub::{Hub, Setup, State};
use crate::running::Running;
use crate::store::{Store, StoreError};

/// The server could not be started.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on: it is in use, or not this machine's.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why not.
        source: std::io::Error,
    },
    /// The file of password hashes is not usable.
    #[error(transparent)]
    Passwords(#[from] PasswordError),
    /// The data directory is not usable: another server has it open, it belongs to another version, or the
    /// disk fails.
    #[error("the data directory is not usable: {0}")]
    Data(#[source] Box<dyn std::error::Error + Send + Sync>),
    /// [`Config::capabilities`] names one that there is not.
    #[error("there is no capability `{0}`")]
    Capability(String),
    /// The directory of the page does not exist.
    #[error("there is no directory {0} to serve")]
    Dist(PathBuf),
    /// The operating system gives no thread.
    #[error("no thread can be started: {0}")]
    Thread(#[source] std::io::Error),
}

impl From<StoreError> for StartError {
    fn from(error: StoreError) -> Self {
        Self::Data(Box::new(error))
    }
}

/// The reference server. See [`Server::start`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Server;

impl Server {
    /// Starts a server and returns once it listens. It runs on the present tokio runtime, and on a thread of
    /// its own, until [`Running::shutdown`] or until the [`Running`] is dropped.
    ///
    /// # Errors
    /// A [`StartError`] if the address, a file or a directory of the configuration cannot be used. Nothing is
    /// left running then.
    pub async fn start(config: Config) -> Result<Running, StartError> {
        if let Some(dist) = config.dist.as_ref().filter(|dist| !dist.is_dir()) {
            return Err(StartError::Dist(dist.clone()));
        }
        let offer = Offer::new(config.capabilities.as_deref()).map_err(StartError::Capability)?;
        let listen = |source| StartError::Listen { addr: config.listen, source };
        let listener = TcpListener::bind(config.listen).await.map_err(listen)?;
        let addr = listener.local_addr().map_err(listen)?;
        if config.dev && !addr.ip().is_loopback() {
            tracing::warn!(%addr, "a development server takes everybody at their word, and others can reach this one");
        }
        let Config { passwords, data, seed, limits, registry, .. } = config;
        let opened = tokio::task::spawn_blocking(move || {
            let passwords = passwords.map(|path| Passwords::read(&path)).transpose()?;
            let (store, stored) = Store::open(data.as_deref(), &seed)?;
            Ok::<_, StartError>((passwords, store, stored))
        });
        let (passwords, store, stored) =
            opened.await.map_err(|error| StartError::Thread(error.into()))??;

        let registry = Arc::new(registry);
        let signer = Signer::new(&stored.signing_key);
        let state = State::new(Setup {
            limits: limits.clone(),
            offer: offer.clone(),
            registry: registry.clone(),
            permissions: config.permissions,
            signer: signer.clone(),
            store,
            stored,
        });
        let hub = Hub::start(state).map_err(StartError::Thread)?;
        let connections = Arc::new(Semaphore::new(limits.connections));
        let service = Arc::new(Service {
            hub,
            signer,
            registry,
            offer,
            limits,
            connections: AtomicU64::new(1),
            refused_tokens: AtomicU64::new(0),
        });
        let origins =
            AllowedOrigins::new(&config.allowed_origins, config.dist.as_ref().map(|_| addr));
        let app = App::new(
            service.clone(),
            origins,
            connections.clone(),
            config.dev,
            passwords,
            config.token_ttl,
        );
        let router = http::router(app, config.dist.as_deref(), &config.connect_origins);

        let (stop, mut stopped) = watch::channel(false);
        // Events are small and must not wait for more of them.
        let listener = listener.tap_io(|tcp| {
            if let Err(error) = tcp.set_nodelay(true) {
                tracing::debug!(%error, "no TCP_NODELAY");
            }
        });
        let serving = tokio::spawn(async move {
            let until_stopped = async move { drop(stopped.wait_for(|stopped| *stopped).await) };
            if let Err(error) =
                axum::serve(listener, router).with_graceful_shutdown(until_stopped).await
            {
                tracing::error!(%error, "the server stopped listening");
            }
        });
        tracing::info!("listening on http://{addr}");
        Ok(Running::new(addr, service, connections, stop, serving))
    }
}
