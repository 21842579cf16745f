//! Tokens of a development server, which takes everybody at their word.

use std::cell::RefCell;
use std::rc::Rc;

use gloo_net::http::Request;
use serde::{Deserialize, Serialize};
use yewdux_socket::{Token, TokenError, TokenRequest, TokenSource};

use crate::settings::Settings;

/// A source of tokens that keeps the one it has until the server refuses it.
pub(crate) fn tokens(settings: Settings) -> impl TokenSource {
    let kept = Rc::new(RefCell::new(None::<Token>));
    move |request: TokenRequest| {
        let (kept, settings) = (kept.clone(), settings.clone());
        async move {
            if let Some(token) = kept.borrow().clone().filter(|_| !request.fresh) {
                return Ok(token);
            }
            let token = sign_in(&settings)
                .await
                .map_err(|error| TokenError { reason: error.to_string(), retryable: true })?;
            *kept.borrow_mut() = Some(token.clone());
            Ok(token)
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
