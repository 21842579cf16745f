//! The event type of this application.

use serde::{Deserialize, Serialize};
use yewdux_socket::SocketEvent;

/// A number that can be missed, doubled or out of order. The tests' server knows the type by its own
/// definition, as a back end would.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct LabMark {
    pub(crate) sequence: u64,
    pub(crate) from: String,
}

impl SocketEvent for LabMark {
    const TYPE: &'static str = "lab_mark";
}
