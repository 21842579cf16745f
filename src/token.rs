//! Where sign-in tokens come from.

use std::future::Future;

use futures::FutureExt;
use futures::future::LocalBoxFuture;
use thiserror::Error;
pub use yewdux_socket_core::wire::Token;

/// What a connection needs of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct TokenRequest {
    /// Whether the server refused the last token, so that a cached one will not do.
    pub fresh: bool,
}

/// No token can be had.
///
/// The reason is shown, and no type can tell what is in it: never put a token, a password or the body of an
/// answer there. The status of an answer, or the library's own error, says enough.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{reason}")]
pub struct TokenError {
    /// Why, in words that a user may read. It must not hold a secret.
    pub reason: String,
    /// Whether asking again can help; it is done with backoff then.
    pub retryable: bool,
}

/// Gives the token for each connection. It is asked anew every time, so it may cache.
///
/// Every `Fn(TokenRequest) -> Future<Output = Result<T, TokenError>>` is one, where `T` is a [`Token`], a `String` or
/// anything else that is `Into<Token>`. A `Token` cannot be printed by mistake, so make one as soon as the token is there;
/// it can be deserialized, too.
///
/// ```
/// use gloo_net::http::Request;
/// use yewdux_socket::{TokenError, TokenRequest};
///
/// /// Asks the application's own back end, which knows the user by a cookie.
/// async fn token(request: TokenRequest) -> Result<String, TokenError> {
///     let unreachable =
///         |error: gloo_net::Error| TokenError { reason: error.to_string(), retryable: true };
///     // A back end that hands out a token again while it is good must not do so here.
///     let address = if request.fresh { "/token?fresh" } else { "/token" };
///     let answer = Request::post(address).send().await.map_err(unreachable)?;
///     if answer.ok() {
///         return answer.text().await.map_err(unreachable);
///     }
///     // 4xx: asking again does not help, signing in does.
///     let reason = format!("the sign-in was refused ({})", answer.status());
///     Err(TokenError { reason, retryable: answer.status() >= 500 })
/// }
/// # let _ = yewdux_socket::SocketOptions::new("wss://example.org/ws").token(token);
/// ```
pub trait TokenSource: 'static {
    /// Asks for a token.
    fn token(&self, request: TokenRequest) -> LocalBoxFuture<'static, Result<Token, TokenError>>;
}

impl<F, Answer, T> TokenSource for F
where
    F: Fn(TokenRequest) -> Answer + 'static,
    Answer: Future<Output = Result<T, TokenError>> + 'static,
    T: Into<Token>,
{
    fn token(&self, request: TokenRequest) -> LocalBoxFuture<'static, Result<Token, TokenError>> {
        self(request).map(|token| token.map(Into::into)).boxed_local()
    }
}
