//! Who is signed in, and where fresh tokens come from.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;

use yew::Callback;
use yewdux_socket::{Token, TokenError, TokenRequest};

use crate::config::Address;
use crate::remembered::KnownUser;
use crate::server::{Problem, Server, SignedIn, find, sign_in};

/// A token is not used any more when it has less than this left to live.
const MARGIN_MS: f64 = 30_000.0;

/// One sign-in. Clones are the same one. The token is kept in memory and nowhere else.
#[derive(Clone)]
pub(crate) struct Session(Rc<Inner>);

struct Inner {
    address: Address,
    /// Whether the server gives tokens without a password.
    dev: bool,
    /// Where the server may be, if it has not been seen yet.
    candidates: Vec<Address>,
    user: RefCell<KnownUser>,
    /// None before the first sign-in.
    token: RefCell<Option<CachedToken>>,
}

struct CachedToken {
    token: Token,
    /// By `Date.now()`.
    good_until: f64,
}

impl Session {
    /// Signs in.
    pub(crate) async fn begin(
        server: &Server,
        user: &str,
        password: Option<&str>,
    ) -> Result<Self, Problem> {
        let answer = sign_in(&server.address, user, password).await?;
        let session = Self(Rc::new(Inner {
            address: server.address.clone(),
            dev: server.dev,
            candidates: Vec::new(),
            user: RefCell::new(KnownUser::named(user)),
            token: RefCell::default(),
        }));
        session.signed_in(answer);
        Ok(session)
    }

    /// Signs a known user in as soon as a server answers at one of these addresses, where none does now; the last of
    /// them is taken to be its own. `None` if there is no address.
    pub(crate) fn expected(candidates: Vec<Address>, user: KnownUser) -> Option<Self> {
        let address = candidates.last()?.clone();
        Some(Self(Rc::new(Inner {
            address,
            dev: true,
            candidates,
            user: RefCell::new(user),
            token: RefCell::default(),
        })))
    }

    /// Where the server is.
    pub(crate) fn address(&self) -> &Address {
        &self.0.address
    }

    /// Who it is. Before the first sign-in the name may be out of date.
    pub(crate) fn user(&self) -> KnownUser {
        self.0.user.borrow().clone()
    }

    /// Whether the server is a development server, as far as is known.
    pub(crate) fn is_for_development(&self) -> bool {
        self.0.dev
    }

    /// A token that is good now, for a request beside the socket.
    pub(crate) async fn token_now(&self) -> Result<Token, TokenError> {
        self.token(false, &Callback::noop()).await
    }

    /// Where the socket gets its tokens: the one at hand while it is good, else a new one. Only a development
    /// server gives one without asking the user for the password, which is not kept.
    ///
    /// `ask_the_user` is called if the server has come back and wants more of the user than to be known.
    pub(crate) fn token_source(
        &self,
        ask_the_user: Callback<()>,
    ) -> impl Fn(TokenRequest) -> TokenFuture + 'static + use<> {
        let session = self.clone();
        move |request| {
            let (session, ask_the_user) = (session.clone(), ask_the_user.clone());
            Box::pin(async move { session.token(request.fresh, &ask_the_user).await })
        }
    }

    async fn token(&self, fresh: bool, ask_the_user: &Callback<()>) -> Result<Token, TokenError> {
        if let Some(token) = self.token_at_hand().filter(|_| !fresh) {
            return Ok(token);
        }
        let Inner { address, dev, candidates, user, token } = &*self.0;
        let is_first = token.borrow().is_none();
        if is_first {
            let server = find(candidates).await.map_err(|problem| unavailable(&problem))?;
            if !server.dev || server.address != *address {
                ask_the_user.emit(());
                return Err(ended());
            }
        }
        if !dev {
            return Err(ended());
        }
        let id = user.borrow().id.clone();
        match sign_in(address, &id, None).await {
            Ok(answer) => Ok(self.signed_in(answer)),
            Err(problem) => {
                if is_first && matches!(problem, Problem::Refused { .. }) {
                    ask_the_user.emit(());
                }
                Err(unavailable(&problem))
            }
        }
    }

    fn token_at_hand(&self) -> Option<Token> {
        let token = self.0.token.borrow();
        let token = token.as_ref().filter(|token| js_sys::Date::now() < token.good_until)?;
        Some(token.token.clone())
    }

    /// Keeps what the server said, and returns the token.
    fn signed_in(&self, answer: SignedIn) -> Token {
        let mut user = self.0.user.borrow_mut();
        user.name = answer.name;
        tracing::info!(user = user.id, "signed in");
        self.0.token.replace(Some(CachedToken {
            token: answer.token.clone(),
            good_until: js_sys::Date::now() + answer.expires_in_ms - MARGIN_MS,
        }));
        answer.token
    }
}

fn unavailable(problem: &Problem) -> TokenError {
    TokenError {
        retryable: matches!(problem, Problem::Unreachable { .. }),
        reason: problem.to_string(),
    }
}

/// There is no token without the user.
fn ended() -> TokenError {
    TokenError { reason: "it is time to sign in again.".to_owned(), retryable: false }
}

/// A token on its way.
pub(crate) type TokenFuture = std::pin::Pin<Box<dyn Future<Output = Result<Token, TokenError>>>>;

/// Two sessions are equal if they are the same sign-in.
impl PartialEq for Session {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}
