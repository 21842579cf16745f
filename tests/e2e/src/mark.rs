//! The lab's event type, as the server knows it.

use serde::{Deserialize, Serialize};
use yewdux_socket_core::SocketEvent;

/// A number that can be missed, doubled or out of order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LabMark {
    /// Its place among the marks of a test.
    pub sequence: u64,
    /// Who emitted it.
    pub from: String,
}

impl SocketEvent for LabMark {
    const TYPE: &'static str = "lab_mark";
}
