//! The audit log's way out of the page: to the application's sink, and into a file.

use std::sync::Arc;

use wasm_bindgen_futures::spawn_local;
use yewdux_socket_core::Input;
use yewdux_socket_core::audit::AuditEntry;
use yewdux_socket_core::error::AuditError;

use super::{Caller, Driver, clock};
use crate::audit_sink::AuditSinkError;

impl Driver {
    /// Hands entries of the audit log to the sink. After the end of the page's part nothing can be tried again.
    pub(super) fn hand_to_sink(&self, operation: u64, entries: Vec<Arc<AuditEntry>>) {
        let Some(sink) = self.parts.audit.clone() else { return };
        let this = self.this.clone();
        spawn_local(async move {
            let count = entries.len();
            let result = sink.take(entries).await;
            let driver = this.upgrade().filter(|driver| !driver.ended.get());
            match (driver, result) {
                (Some(driver), result) => {
                    let not_taken =
                        |error: AuditSinkError| AuditError::NotTaken { reason: error.reason };
                    let result = result.map_err(not_taken);
                    driver.happened(Input::Audited { operation, result });
                }
                (None, Ok(())) => {}
                (None, Err(_)) => {
                    tracing::error!(count, "the last entries of the audit log were not taken");
                }
            }
        });
    }

    /// The audit log as a file. That it was exported is its last entry.
    pub(crate) fn export_audit(&self) -> String {
        let export = self.client.borrow_mut().export_audit(clock::now());
        self.carry_out(Caller::Application);
        export
    }
}
