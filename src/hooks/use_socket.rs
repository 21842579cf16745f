//! The connection.

use std::rc::Rc;
use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket_core::{ConnectionState, Principal, Status, UserId};

use super::{use_manager, use_slice};
use crate::manager::SocketManager;
use crate::slices::SocketSlice;

/// What [`use_socket`] returns.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct UseSocket {
    /// The manager: connect, disconnect, emit.
    pub manager: SocketManager,
    /// Where the connection stands.
    pub connection: Rc<ConnectionState>,
    /// Who is signed in and where, once the server said so.
    pub principal: Option<Arc<Principal>>,
}

impl UseSocket {
    /// The status of the connection.
    pub fn status(&self) -> Status {
        self.connection.status
    }
}

/// The connection of the nearest [`SocketProvider`](crate::SocketProvider), and the manager to use it
/// with. Renders again at every change of the connection, among them its latency and the events that wait. For less,
/// there are [`use_manager`](crate::use_manager) and [`use_slice`](crate::use_slice).
///
/// Without a provider above, the connection is `disconnected` and every call on the manager answers with
/// an error; the mistake is logged.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::use_socket;
///
/// #[component]
/// fn Cut() -> Html {
///     let socket = use_socket();
///     let onclick = {
///         let manager = socket.manager.clone();
///         move |_| manager.disconnect()
///     };
///     html! { <button {onclick}>{ socket.status().as_str() }</button> }
/// }
/// ```
///
/// # Server-side rendering
/// `disconnected`.
#[hook]
pub fn use_socket() -> UseSocket {
    let manager = use_manager();
    let slice =
        use_slice(|slice: &SocketSlice| (slice.connection.clone(), slice.principal.clone()));
    UseSocket { manager, connection: slice.0, principal: slice.1 }
}

/// The signed-in user's id. Renders again only when somebody else signs in.
#[hook]
pub(crate) fn use_own_id() -> Option<UserId> {
    use_slice(|slice: &SocketSlice| {
        slice.principal.as_ref().map(|principal| principal.user_id.clone())
    })
}
