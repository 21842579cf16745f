//! An unrelated small application that embeds yewdux-socket.

use yew::prelude::*;
use yewdux_socket::{
    ConnectionStatus, OrganizationId, PresenceList, SocketOptions, SocketProvider, TokenError,
    TokenRequest,
};

/// Asks your own back end for a sign-in token; here a placeholder that every server refuses.
async fn token(_: TokenRequest) -> Result<String, TokenError> {
    Ok("a token from your back end".to_owned())
}

#[component]
fn App() -> Html {
    let options = use_memo((), |()| SocketOptions::new("ws://127.0.0.1:9000/ws").token(token));
    html! {
        <SocketProvider options={(*options).clone()}>
            <h1>{ "My application" }</h1>
            <ConnectionStatus />
            <PresenceList organization={OrganizationId::from("north-clinic")} />
        </SocketProvider>
    }
}

fn main() {
    yew::Renderer::<App>::new().render();
}
