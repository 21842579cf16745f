//! Tokens: the one in the page's address, or one of a development server.

use gloo_net::http::Request;
use serde::{Deserialize, Serialize};
use yewdux_socket::{Token, TokenError, TokenRequest, TokenSource};

use crate::settings::Settings;

/// A source of tokens.
pub(crate) fn tokens(settings: Settings) -> impl TokenSource {
    move |_: TokenRequest| {
        let settings = settings.clone();
        async move {
            let server = settings.http().ok_or_else(|| {
                let reason = "`server` is to be an address that begins with ws:// or wss://, and names no user.";
                TokenError { reason: reason.to_owned(), retryable: false }
            })?;
            match settings.token {
                Some(token) => Ok(Token::from(token)),
                None => sign_in(&server, &settings.user).await,
            }
        }
    }
}

async fn sign_in(server: &str, user: &str) -> Result<Token, TokenError> {
    #[derive(Serialize)]
    struct Body<'a> {
        user: &'a str,
    }
    #[derive(Deserialize)]
    struct SignedIn {
        token: Token,
    }
    let not_reached =
        |error: gloo_net::Error| TokenError { reason: error.to_string(), retryable: true };
    let request =
        Request::post(&format!("{server}/sign-in")).json(&Body { user }).map_err(not_reached)?;
    let response = request.send().await.map_err(not_reached)?;
    if !response.ok() {
        let status = response.status();
        let reason = format!("The server does not sign `{user}` in: {status}.");
        return Err(TokenError { reason, retryable: status >= 500 });
    }
    let signed_in: SignedIn = response.json().await.map_err(not_reached)?;
    Ok(signed_in.token)
}
