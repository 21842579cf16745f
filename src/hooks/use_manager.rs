//! The manager.

use yew::prelude::*;

use crate::manager::{SocketHandle, SocketManager};
use crate::options::SocketOptions;

/// The manager of the nearest [`SocketProvider`](crate::SocketProvider) alone, for components that emit and show nothing of
/// the connection: unlike [`use_socket`](crate::use_socket), it renders again only if another socket takes the place of this one.
///
/// Without a provider above, every call on the manager answers with an error; the mistake is logged.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::use_manager;
///
/// #[component]
/// fn SignOut() -> Html {
///     let manager = use_manager();
///     html! { <button onclick={move |_| manager.sign_out()}>{ "Sign out" }</button> }
/// }
/// ```
///
/// # Server-side rendering
/// Its calls answer with an error.
#[hook]
pub fn use_manager() -> SocketManager {
    use_context().unwrap_or_else(orphan)
}

/// What stands in where there is no provider. Its handle is dropped at once, so it has ended before it is used.
fn orphan() -> SocketManager {
    thread_local! {
        static ORPHAN: SocketManager = {
            tracing::error!("a socket hook is used outside a SocketProvider");
            SocketHandle::new(&SocketOptions::new("")).manager().clone()
        };
    }
    ORPHAN.with(SocketManager::clone)
}
