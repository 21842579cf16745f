//! What the routes share.

use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use tokio::sync::Semaphore;

use super::attempts::Attempts;
use super::origin::AllowedOrigins;
use crate::auth::Passwords;
use crate::connection::Service;

/// The server, as the routes see it.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) service: Arc<Service>,
    pub(crate) origins: AllowedOrigins,
    /// One permit for each connection that may be open.
    pub(crate) connections: Arc<Semaphore>,
    pub(crate) dev: bool,
    pub(crate) passwords: Option<Arc<Passwords>>,
    pub(crate) token_ttl: Duration,
    /// The one load that may run; none but on a development server.
    pub(super) loads: Option<Arc<Semaphore>>,
    pub(super) attempts: Attempts,
    /// Passwords that are checked at the same time: each takes a core and 19 MiB.
    pub(super) hashing: Arc<Semaphore>,
}

impl App {
    pub(crate) fn new(
        service: Arc<Service>,
        origins: AllowedOrigins,
        connections: Arc<Semaphore>,
        dev: bool,
        passwords: Option<Passwords>,
        token_ttl: Duration,
    ) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            service,
            origins,
            connections,
            dev,
            passwords: passwords.map(Arc::new),
            token_ttl,
            loads: dev.then(|| Arc::new(Semaphore::new(1))),
            attempts: Attempts::default(),
            hashing: Arc::new(Semaphore::new(cores)),
        }
    }
}

/// The body of every answer that is not a success.
#[derive(Debug, Serialize)]
struct Problem {
    code: &'static str,
    message: &'static str,
}

/// An answer that is not a success.
pub(super) fn problem(status: StatusCode, code: &'static str, message: &'static str) -> Response {
    (status, Json(Problem { code, message })).into_response()
}
