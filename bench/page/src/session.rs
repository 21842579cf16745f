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
            if let Some(token) = settings.token {
                return Ok(Token::from(token));
            }
            sign_in(&settings)
                .await
                .map_err(|error| TokenError { reason: error.to_string(), retryable: true })
        }
    }
}

async fn sign_in(settings: &Settings) -> Result<Token, gloo_net::Error> {
    #[derive(Serialize)]
    struct Body<'a> {
        user: &'a str,
    }
    #[derive(Deserialize)]
    struct SignedIn {
        token: Token,
    }
    let request = Request::post(&format!("{}/sign-in", settings.http()))
        .json(&Body { user: &settings.user })?;
    let signed_in: SignedIn = request.send().await?.json().await?;
    Ok(signed_in.token)
}
