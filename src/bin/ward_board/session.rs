//! Who is signed in, and where fresh tokens come from.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use yewdux_socket::{TokenError, TokenRequest};

use crate::server::{Problem, Server, SignedIn, sign_in};

/// A token is not used any more when it has less than this left to live.
const MARGIN_MS: f64 = 30_000.0;

/// One sign-in. Clones are the same one. The token is kept in memory and nowhere else.
#[derive(Clone)]
pub(crate) struct Session(Rc<Inner>);

struct Inner {
    server: Server,
    user: String,
    name: String,
    token: RefCell<CachedToken>,
}

struct CachedToken {
    token: String,
    /// By `Date.now()`.
    good_until: f64,
}

impl From<SignedIn> for CachedToken {
    fn from(answer: SignedIn) -> Self {
        Self {
            token: answer.token,
            good_until: js_sys::Date::now() + answer.expires_in_ms - MARGIN_MS,
        }
    }
}

impl Session {
    /// Signs in.
    pub(crate) async fn begin(
        server: &Server,
        user: &str,
        password: Option<&str>,
    ) -> Result<Self, Problem> {
        let answer = sign_in(&server.address, user, password).await?;
        tracing::info!(user, "signed in");
        Ok(Self(Rc::new(Inner {
            server: server.clone(),
            user: user.to_owned(),
            name: answer.name.clone(),
            token: RefCell::new(answer.into()),
        })))
    }

    /// The server that signed the user in.
    pub(crate) fn server(&self) -> &Server {
        &self.0.server
    }

    /// The id of the user.
    pub(crate) fn user(&self) -> &str {
        &self.0.user
    }

    /// The name of the user.
    pub(crate) fn name(&self) -> &str {
        &self.0.name
    }

    /// Where the socket gets its tokens: the one at hand while it is good, else a new one. Only a development
    /// server gives one without asking the user for the password, which is not kept.
    pub(crate) fn token_source(&self) -> impl Fn(TokenRequest) -> TokenFuture + 'static + use<> {
        let session = self.clone();
        move |request| {
            let session = session.clone();
            Box::pin(async move { session.token(request.fresh).await })
        }
    }

    async fn token(&self, fresh: bool) -> Result<String, TokenError> {
        let Inner { server, user, token, .. } = &*self.0;
        if !fresh && js_sys::Date::now() < token.borrow().good_until {
            return Ok(token.borrow().token.clone());
        }
        if !server.dev {
            let reason = "it is time to sign in again.".to_owned();
            return Err(TokenError { reason, retryable: false });
        }
        let answer = sign_in(&server.address, user, None).await.map_err(|problem| TokenError {
            reason: problem.to_string(),
            retryable: matches!(problem, Problem::Unreachable { .. }),
        })?;
        let answer = CachedToken::from(answer);
        let value = answer.token.clone();
        token.replace(answer);
        Ok(value)
    }
}

/// A token on its way.
pub(crate) type TokenFuture = std::pin::Pin<Box<dyn Future<Output = Result<String, TokenError>>>>;

/// Two sessions are equal if they are the same sign-in.
impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
