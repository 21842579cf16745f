//! The yewdux stores: connection, presence, event queue, and the application's own.

#[cfg(feature = "audit")]
mod audit;
mod entities;
mod entity;
mod entity_slice;
mod event_queue;
mod presence;
mod realtime;
mod shelf;
mod socket;

#[cfg(feature = "audit")]
pub use audit::AuditSlice;
pub use entities::Entities;
pub use entity::{Entity, EntityChange};
pub use entity_slice::EntitySlice;
pub use event_queue::EventQueueSlice;
pub use presence::PresenceSlice;
#[cfg(feature = "devtools")]
pub(crate) use realtime::Inspected;
pub use realtime::RealtimeSlice;
pub(crate) use realtime::{ErasedSlice, Registered, registered};
pub use socket::{NetworkInformation, SocketSlice};
