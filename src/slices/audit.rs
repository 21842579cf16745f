//! The audit log as components see it.

use std::rc::Rc;
use std::sync::Arc;

use yewdux::Store;
use yewdux_socket_core::Client;
use yewdux_socket_core::audit::AuditEntry;
use yewdux_socket_core::wire::AuditHead;

/// The latest entries of the audit log, those of the present sign-in, and what the server has countersigned of it.
#[derive(Debug, Clone, Default, Store)]
#[non_exhaustive]
pub struct AuditSlice {
    /// The entries, oldest first, at most `AuditConfig::max_entries`.
    pub entries: Rc<[Arc<AuditEntry>]>,
    /// The last head that the server has countersigned.
    pub head: Option<AuditHead>,
}

impl AuditSlice {
    /// The slice, unless it is as the log is.
    pub(crate) fn changed(&self, client: &Client) -> Option<Self> {
        let last = client.audit_entries().next_back();
        let is_same = last.map(Arc::as_ptr) == self.entries.last().map(Arc::as_ptr)
            && client.audit_head() == self.head.as_ref();
        let slice = || Self {
            entries: client.audit_entries().cloned().collect(),
            head: client.audit_head().cloned(),
        };
        (!is_same).then(slice)
    }
}

/// Equal if they hold the very same entries: what is appended changes the last of them.
impl PartialEq for AuditSlice {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.entries, &other.entries) && self.head == other.head
    }
}
