//! The connection as components see it.

use std::rc::Rc;
use std::sync::Arc;

use yewdux::Store;
use yewdux_socket_core::{
    Client, ConnectionHealth, ConnectionState, ErrorReport, OrganizationId, Principal, Quarantined,
    StorageState, SwitchedOff,
};

/// The connection, who is signed in, and the latest errors.
#[derive(Debug, Clone, PartialEq, Default, Store)]
#[non_exhaustive]
pub struct SocketSlice {
    /// Status, latency, last error, and when the next attempt comes.
    pub connection: Rc<ConnectionState>,
    /// Who is signed in and where, once the server said so.
    pub principal: Option<Arc<Principal>>,
    /// Organizations whose state is being fetched: what the slices hold of them is out of date.
    pub synchronizing: Rc<[OrganizationId]>,
    /// How well the connection does.
    pub health: ConnectionHealth,
    /// Whether unsent events outlive a reload of the page.
    pub storage: StorageState,
    /// Abilities that are not made use of, because the settings or the server say so.
    pub switched_off: Rc<[SwitchedOff]>,
    /// What the browser says about the network, where it says anything.
    pub network: Option<NetworkInformation>,
    /// The latest errors of any class, oldest first, at most 20 by default.
    pub recent_errors: Arc<Vec<ErrorReport>>,
    /// What came in and could not be used, oldest first, at most 100 by default: what was wrong with it, and nothing of
    /// what it said.
    pub quarantine: Arc<[Arc<Quarantined>]>,
}

/// What the browser says about the network connection (the Network Information API). Not every browser does.
#[derive(Debug, Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct NetworkInformation {
    /// The class of the connection by its speed: `slow-2g`, `2g`, `3g` or `4g`.
    pub effective_type: Option<String>,
    /// Bandwidth in megabits a second, rounded.
    pub downlink: Option<f64>,
    /// Round-trip time in milliseconds, rounded to 25.
    pub rtt: Option<f64>,
    /// Whether the user asked for less data.
    pub save_data: Option<bool>,
}

impl SocketSlice {
    /// What a client says now. What it said before stays the very same. Of the network it says nothing.
    pub(crate) fn of(client: &Client, before: &Self) -> Self {
        let connection = client.connection_state();
        let switched_off = client.switched_off();
        Self {
            connection: if *before.connection == *connection {
                before.connection.clone()
            } else {
                Rc::new(connection.clone())
            },
            principal: client.principal().cloned(),
            synchronizing: if before.synchronizing.iter().eq(client.synchronizing()) {
                before.synchronizing.clone()
            } else {
                client.synchronizing().cloned().collect()
            },
            health: client.health(),
            storage: client.storage_state().clone(),
            switched_off: if *before.switched_off == *switched_off {
                before.switched_off.clone()
            } else {
                switched_off.into()
            },
            network: before.network.clone(),
            recent_errors: client.recent_errors().clone(),
            quarantine: client.quarantine().clone(),
        }
    }
}
