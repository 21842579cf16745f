//! Who is signed in at a client and what may be seen there, worked out from what the client was told.

use std::time::Duration;

use yewdux_socket_core::SocketId;

use crate::action::Limits;
use crate::link::Meaning;
use crate::names::{Organizations, User};

pub(crate) struct Sight {
    /// How many sign-ins have ended.
    pub(crate) sign_in: u32,
    pub(crate) user: Option<User>,
    /// Whose events are emitted: who is signed in or expected.
    pub(crate) owner: Option<User>,
    /// Whose it was since the last step began.
    pub(crate) owners: Vec<User>,
    persists: bool,
    /// Whose stored outbox must go, since the sign-in ended for good.
    pub(crate) erase: Option<User>,
    said: Organizations,
    narrowed: Option<Organizations>,
    pub(crate) wanted: Option<Organizations>,
    /// The socket that counts.
    pub(crate) socket: Option<SocketId>,
    pub(crate) is_live: bool,
    /// What the last `$welcome` allowed.
    pub(crate) limits: Limits,
    /// When it came, on the steady clock.
    pub(crate) welcomed: Duration,
    /// Before when the server does not want to see the client, once the connection is lost.
    retry_at: Option<Duration>,
    /// The same, of a lost connection.
    pub(crate) not_before: Option<Duration>,
}

impl Sight {
    pub(crate) fn new(limits: Limits, persists: bool) -> Self {
        Self {
            sign_in: 0,
            user: None,
            owner: None,
            owners: Vec::new(),
            persists,
            erase: None,
            said: Organizations::default(),
            narrowed: None,
            wanted: None,
            socket: None,
            is_live: false,
            limits,
            welcomed: Duration::ZERO,
            retry_at: None,
            not_before: None,
        }
    }

    /// The organizations whose events may be delivered.
    pub(crate) fn visible(&self) -> Organizations {
        if self.user.is_none() {
            return Organizations::default();
        }
        let narrowed = self.narrowed.unwrap_or(Organizations::ALL);
        self.said.and(narrowed).and(self.wanted.unwrap_or(Organizations::ALL))
    }

    /// A sign-in ends for good, and what is stored of the user with it.
    pub(crate) fn end_sign_in(&mut self) {
        self.erase = self.owner.filter(|_| self.persists);
        self.end_page();
    }

    /// What the page holds of a sign-in ends, and with it what the application narrowed.
    pub(crate) fn end_page(&mut self) {
        self.sign_in += 1;
        self.user = None;
        self.owner = None;
        self.said = Organizations::default();
        self.narrowed = None;
    }

    /// What the next page begins with.
    pub(crate) fn of_next_page(&self) -> Self {
        Self { sign_in: self.sign_in + 1, ..Self::new(self.limits, self.persists) }
    }

    /// Something is about to happen.
    pub(crate) fn begin_step(&mut self) {
        self.owners.clear();
        self.owners.extend(self.owner);
    }

    /// The application says whom it expects.
    pub(crate) fn expect(&mut self, user: User) {
        if self.user.is_none() {
            self.own(user);
        }
    }

    /// Events are this user's from now on. Those of another one wait for another time.
    fn own(&mut self, user: User) {
        if self.owner.is_some_and(|owner| owner != user) {
            self.end_page();
        }
        self.owner = Some(user);
        self.owners.push(user);
    }

    pub(crate) fn narrow(&mut self, organizations: Organizations) {
        self.narrowed = Some(organizations);
    }

    /// A frame comes in.
    pub(crate) fn frame(&mut self, socket: SocketId, meanings: &[Meaning], steady: Duration) {
        for meaning in meanings {
            if self.socket != Some(socket) {
                return;
            }
            match *meaning {
                Meaning::Welcome { user, organizations, limits } if !self.is_live => {
                    if self.user.is_some_and(|former| former != user) {
                        self.end_sign_in();
                    }
                    self.own(user);
                    (self.user, self.said) = (Some(user), organizations);
                    (self.is_live, self.limits, self.welcomed) = (true, limits, steady);
                    self.retry_at = None;
                    self.not_before = None;
                }
                Meaning::Membership(organizations) if self.is_live => self.said = organizations,
                Meaning::Revoked => {
                    self.end_sign_in();
                    self.lost();
                }
                Meaning::Unreadable if !self.is_live => self.lost(),
                Meaning::TooLarge => self.lost(),
                Meaning::RetryAfter(wait) => {
                    self.retry_at = Some(steady + Duration::from_millis(wait));
                }
                _ => {}
            }
        }
    }

    /// A socket closes.
    pub(crate) fn closed(&mut self, socket: SocketId, code: u16) {
        if self.socket == Some(socket) {
            if code == 4002 {
                self.end_sign_in();
            }
            self.lost();
        }
    }

    /// The socket counts no longer.
    pub(crate) fn lost(&mut self) {
        self.socket = None;
        self.is_live = false;
        self.not_before = self.retry_at.take();
    }

    /// The application asks for a connection, whatever the server wanted.
    pub(crate) fn wish(&mut self) {
        self.retry_at = None;
        self.not_before = None;
    }
}
