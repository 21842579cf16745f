//! What all connections share.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use yewdux_socket_core::EventRegistry;

use crate::auth::Signer;
use crate::capabilities::Offer;
use crate::config::Limits;
use crate::hub::Hub;

/// What all connections share.
#[derive(Debug)]
pub(crate) struct Service {
    pub(crate) hub: Hub,
    pub(crate) signer: Signer,
    pub(crate) registry: Arc<EventRegistry>,
    pub(crate) offer: Offer,
    pub(crate) limits: Limits,
    pub(crate) connections: AtomicU64,
    /// Tokens that were not good since the server started.
    pub(crate) refused_tokens: AtomicU64,
}
