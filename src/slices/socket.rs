//! The connection as components see it.

use std::rc::Rc;
use std::sync::Arc;

use yewdux::Store;
use yewdux_socket_core::{Client, ConnectionState, ErrorReport, OrganizationId, Principal};

/// The connection, who is signed in, and the latest errors.
#[derive(Debug, Clone, PartialEq, Default, Store)]
#[non_exhaustive]
pub struct SocketSlice {
    /// Status, latency, last error and the rest of `ConnectionState` in the design document.
    pub connection: Rc<ConnectionState>,
    /// Who is signed in and where, once the server said so.
    pub principal: Option<Arc<Principal>>,
    /// Organizations whose state is being fetched: what the slices hold of them is out of date.
    pub synchronizing: Rc<[OrganizationId]>,
    /// The latest errors of any class, oldest first, at most 20 by default.
    pub recent_errors: Rc<[ErrorReport]>,
}

impl SocketSlice {
    pub(crate) fn of(client: &Client) -> Self {
        Self {
            connection: Rc::new(client.connection_state().clone()),
            principal: client.principal().cloned(),
            synchronizing: client.synchronizing().cloned().collect(),
            recent_errors: client.recent_errors().cloned().collect(),
        }
    }
}
