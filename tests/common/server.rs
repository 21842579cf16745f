//! A server within the page: the wire, and nothing else, is replaced.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen_futures::spawn_local;
use yewdux_socket::event::Patient;
use yewdux_socket::transport::{
    AddressError, FrameLimits, Transport, TransportEvents, TransportSocket,
};
use yewdux_socket::wire::{ServerMessage, Welcome};
use yewdux_socket::{EntitySlice, Rule, SocketEvent as _, SocketOptions, TokenError, TokenRequest};

use super::link::{Link, Socket};
use super::{Announcement, TOKEN, until};

/// What becomes of the next sockets.
#[derive(Debug, Clone, Default)]
pub enum Opening {
    /// They open.
    #[default]
    Opens,
    /// They neither open nor close.
    Hangs,
    /// They close with this code before they are open.
    Closes(u16),
    /// Their address is no address.
    Invalid(&'static str),
}

/// Accepts the client's sockets and remembers what came over them.
#[derive(Clone, Default)]
pub struct InPageServer(Rc<Inner>);

#[derive(Default)]
struct Inner {
    opening: RefCell<Opening>,
    links: RefCell<Vec<Rc<Link>>>,
    token_requests: RefCell<Vec<TokenRequest>>,
}

impl InPageServer {
    /// Options of a client of this server: it has a token, hardly waits between attempts, keeps
    /// patients, and knows [`Announcement`]s.
    pub fn options(&self) -> SocketOptions {
        let server = self.clone();
        self.options_without_token().token(move |request: TokenRequest| {
            server.0.token_requests.borrow_mut().push(request);
            async { Ok::<_, TokenError>(TOKEN.to_owned()) }
        })
    }

    /// The same for a client that connects only when it is told to.
    pub fn options_without_token(&self) -> SocketOptions {
        SocketOptions::new("ws://in-page.test/ws")
            .transport(self.clone())
            .configure(|config| {
                config.backoff.min = Duration::from_millis(1);
                config.backoff.max = Duration::from_millis(1);
                config.backoff.prompt = Duration::from_millis(1);
                config.grace = Duration::ZERO;
            })
            .builtin_events()
            .slice::<EntitySlice<Patient>>()
            .event::<Announcement>()
            .unwrap()
            .permissions(|policy| {
                policy
                    .receive(Announcement::TYPE, Rule::Member)
                    .emit(Announcement::TYPE, Rule::Member);
            })
    }

    pub fn set_opening(&self, opening: Opening) {
        *self.0.opening.borrow_mut() = opening;
    }

    /// The token source was asked so often, each time for a fresh token or not.
    pub fn token_requests(&self) -> Vec<bool> {
        self.0.token_requests.borrow().iter().map(|request| request.fresh).collect()
    }

    /// How many sockets the client has opened so far.
    pub fn count(&self) -> usize {
        self.0.links.borrow().len()
    }

    /// The socket that was opened last.
    pub fn latest(&self) -> Rc<Link> {
        self.0.links.borrow().last().expect("a socket was opened").clone()
    }

    /// Waits for the `$connect` on a socket that has had no answer yet.
    pub async fn connecting(&self) -> Rc<Link> {
        let waiting = || {
            let links = self.0.links.borrow();
            links.last().filter(|link| link.connect().is_some() && !link.is_answered()).cloned()
        };
        until("the client says $connect", || waiting().is_some()).await;
        let link = waiting().unwrap();
        link.answered();
        link
    }

    /// Answers the next `$connect` with `$welcome`.
    pub async fn welcome(&self, welcome: Welcome) -> Rc<Link> {
        let link = self.connecting().await;
        link.send(&ServerMessage::Welcome(welcome));
        link
    }
}

impl Transport for InPageServer {
    fn open(
        &self,
        address: &str,
        limits: FrameLimits,
        events: TransportEvents,
    ) -> Result<Box<dyn TransportSocket>, AddressError> {
        let opening = self.0.opening.borrow().clone();
        if let Opening::Invalid(reason) = opening {
            return Err(AddressError { reason: reason.to_owned() });
        }
        let link = Rc::new(Link::new(address, limits, events.clone()));
        self.0.links.borrow_mut().push(link.clone());
        // As in a browser, nothing happens before the task that opened the socket is over.
        spawn_local(async move {
            match opening {
                Opening::Opens => events.opened(),
                Opening::Closes(code) => events.closed(code),
                Opening::Hangs | Opening::Invalid(_) => {}
            }
        });
        Ok(Box::new(Socket::new(link)))
    }
}
