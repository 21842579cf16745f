//! The owner of a socket in the component tree.

use yew::prelude::*;

use crate::manager::{SocketHandle, SocketManager};
use crate::options::SocketOptions;

/// Properties of [`SocketProvider`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct SocketProviderProps {
    /// What the socket is made from. Other options make another socket.
    pub options: SocketOptions,
    /// What is below may use the hooks and components.
    #[prop_or_default]
    pub children: Html,
}

/// Makes a socket and provides it to what is below. If the options have a token source it connects when
/// it is mounted; when it is unmounted, everything that it started ends.
///
/// Several providers on one page do not meet: each has its own connection and its own slices, and hooks
/// read the nearest one. The stores of the application are not affected.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::{ConnectionStatus, SocketOptions, SocketProvider, TokenError, TokenRequest};
///
/// #[component]
/// fn App() -> Html {
///     let options = use_memo((), |()| {
///         SocketOptions::new("wss://ward.example/ws")
///             .token(|_: TokenRequest| async { Ok::<_, TokenError>("token".to_owned()) })
///     });
///     html! {
///         <SocketProvider options={(*options).clone()}>
///             <ConnectionStatus />
///         </SocketProvider>
///     }
/// }
/// ```
///
/// # Panics
/// As [`SocketHandle::new`] does, if two types claim one name.
///
/// # Server-side rendering
/// Renders what is below in the state `disconnected` and starts nothing.
#[component]
pub fn SocketProvider(props: &SocketProviderProps) -> Html {
    let handle = use_memo(props.options.clone(), SocketHandle::new);
    let manager = handle.manager().clone();
    use_effect_with(handle, |handle| {
        handle.manager().connect_as_configured();
        let owned = handle.clone();
        // Effects are undone before the memo is dropped: the socket ends with the last of both.
        move || drop(owned)
    });
    html! {
        <ContextProvider<SocketManager> context={manager}>
            { props.children.clone() }
        </ContextProvider<SocketManager>>
    }
}
