//! Where the audit log goes.

use std::future::Future;
use std::sync::Arc;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use thiserror::Error;
use yewdux_socket_core::audit::AuditEntry;

/// The sink did not take entries.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct AuditSinkError {
    /// Why, in words that a user may read. It must not hold a secret.
    pub reason: String,
}

/// Keeps the audit log: a back end, or whatever outlives the page.
///
/// Entries come in their order, a batch at a time. A batch that was not taken, or not within 30 s, comes again; so an entry
/// may come twice, and is the same if chain and sequence are. At the end of a sign-in everything that is left comes at
/// once. Several chains may come to one sink: one for each sign-in and page.
///
/// Every `Fn(Vec<Arc<AuditEntry>>) -> Future<Output = Result<(), AuditSinkError>>` is one:
///
/// ```
/// use std::sync::Arc;
///
/// use gloo_net::http::Request;
/// use yewdux_socket::audit::AuditEntry;
/// use yewdux_socket::{AuditSinkError, SocketOptions};
///
/// /// Appends the entries to the log that the application's own back end keeps.
/// async fn keep(entries: Vec<Arc<AuditEntry>>) -> Result<(), AuditSinkError> {
///     let failed = |reason: String| AuditSinkError { reason };
///     let lines: Vec<_> = entries.iter().map(|entry| entry.canonical()).collect();
///     let request = Request::post("/audit").body(lines.join("\n"));
///     let request = request.map_err(|error| failed(error.to_string()))?;
///     let answer = request.send().await.map_err(|error| failed(error.to_string()))?;
///     if answer.ok() { Ok(()) } else { Err(failed(format!("status {}", answer.status()))) }
/// }
/// # let _ = SocketOptions::new("wss://example.org/ws").audit(keep);
/// ```
pub trait AuditSink: 'static {
    /// Takes entries.
    fn take(
        &self,
        entries: Vec<Arc<AuditEntry>>,
    ) -> LocalBoxFuture<'static, Result<(), AuditSinkError>>;
}

impl<F, Taken> AuditSink for F
where
    F: Fn(Vec<Arc<AuditEntry>>) -> Taken + 'static,
    Taken: Future<Output = Result<(), AuditSinkError>> + 'static,
{
    fn take(
        &self,
        entries: Vec<Arc<AuditEntry>>,
    ) -> LocalBoxFuture<'static, Result<(), AuditSinkError>> {
        self(entries).boxed_local()
    }
}
