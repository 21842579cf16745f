//! A token source that answers when the test says so.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use yewdux_socket::{TokenError, TokenRequest, TokenSource};

use super::{TOKEN, until};

type Answer = Result<String, TokenError>;

/// A token source and the requests that it got. Clones are the same one.
#[derive(Clone, Default)]
pub struct Tokens(Rc<RefCell<Vec<Request>>>);

struct Request {
    fresh: bool,
    answer: Option<oneshot::Sender<Answer>>,
}

impl Tokens {
    pub fn source(&self) -> impl TokenSource + use<> {
        let requests = self.0.clone();
        move |request: TokenRequest| {
            let (answer, answered) = oneshot::channel();
            requests.borrow_mut().push(Request { fresh: request.fresh, answer: Some(answer) });
            async move {
                match answered.await {
                    Ok(answer) => answer,
                    // The test is over.
                    Err(_) => std::future::pending().await,
                }
            }
        }
    }

    /// The requests so far, each for a fresh token or not.
    pub fn requests(&self) -> Vec<bool> {
        self.0.borrow().iter().map(|request| request.fresh).collect()
    }

    /// Waits for so many requests, those before included.
    pub async fn asked(&self, times: usize) {
        until("the token source is asked", || self.requests().len() >= times).await;
    }

    /// Gives the token that was asked for at this place. Who asked may have gone meanwhile.
    pub fn give(&self, index: usize) {
        self.answer(index, Ok(TOKEN.to_owned()));
    }

    /// Has no token for the request at this place.
    pub fn deny(&self, index: usize, retryable: bool) {
        let reason = "signed out elsewhere".to_owned();
        self.answer(index, Err(TokenError { reason, retryable }));
    }

    fn answer(&self, index: usize, answer: Answer) {
        let sender = self.0.borrow_mut()[index].answer.take().expect("it was not answered yet");
        // An error means that the request was given up.
        let _ = sender.send(answer);
    }
}
