//! The hooks, one a file. All read the nearest [`SocketProvider`](crate::SocketProvider).

mod use_emit;
mod use_entities;
mod use_manager;
#[cfg(feature = "monitor")]
mod use_performance;
mod use_presence;
mod use_slice;
mod use_socket;
mod use_socket_event;
mod use_unsaved_guard;

pub use use_emit::{EmitState, UseEmit, use_emit};
pub use use_entities::use_entities;
pub use use_manager::use_manager;
#[cfg(feature = "monitor")]
pub use use_performance::use_performance;
pub use use_presence::{UsePresence, UsePresenceOptions, use_presence, use_presence_with_options};
pub use use_slice::use_slice;
pub use use_socket::{UseSocket, use_socket};
pub use use_socket_event::{
    UseSocketEventOptions, use_socket_event, use_socket_event_with_options,
};
pub use use_unsaved_guard::use_unsaved_guard;

#[cfg(feature = "components")]
pub(crate) use use_presence::Online;
pub(crate) use use_socket::use_own_id;
