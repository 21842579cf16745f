//! Who is online, as components see it.

use yewdux::Store;
use yewdux_socket_core::{Client, PresenceState};

/// Who is online in each organization.
#[derive(Debug, Clone, PartialEq, Default, Store)]
#[non_exhaustive]
pub struct PresenceSlice {
    /// Who is online, and how many, by organization.
    pub presence: PresenceState,
}

impl PresenceSlice {
    pub(crate) fn of(client: &Client) -> Self {
        Self { presence: client.presence().clone() }
    }
}
