//! Who is signed in at a client and what may be seen there, worked out from what the client was told.

use std::collections::VecDeque;
use std::time::Duration;

use yewdux_socket_core::SocketId;

use crate::action::Limits;
use crate::link::Meaning;
use crate::names::{Organizations, User};
use crate::storage::Extent;

/// What a client has to do because a sign-in ended for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
    /// The other tabs are told.
    Tell(User),
    /// What is stored is erased.
    Erase(User, Extent),
}

pub(crate) struct Sight {
    /// How many sign-ins have ended.
    pub(crate) sign_in: u32,
    pub(crate) user: Option<User>,
    /// Who is signed in or expected.
    pub(crate) expected: Option<User>,
    /// Whose outbox was kept over reloads since the last step began.
    pub(crate) owners: Vec<User>,
    persists: bool,
    /// What is still to be done, with the sign-in that ended.
    owed: VecDeque<(Farewell, u32)>,
    /// Whether the application wants no connection, or must ask again for one.
    pub(crate) rests: bool,
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
            expected: None,
            owners: Vec::new(),
            persists,
            owed: VecDeque::new(),
            rests: true,
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

    /// Whose outbox is kept over reloads. Nobody's without that setting.
    pub(crate) fn owner(&self) -> Option<User> {
        self.expected.filter(|_| self.persists)
    }

    /// A sign-in ends for good, and what is stored of the user with it. The other tabs are told.
    pub(crate) fn end_sign_in(&mut self) {
        let told = self.expected.map(Farewell::Tell);
        self.owed.extend(told.map(|told| (told, self.sign_in)));
        self.end_stored(Extent::All);
    }

    /// A sign-in of this user ended in another tab. Returns whether it was the one here.
    pub(crate) fn end_elsewhere(&mut self, user: User) -> bool {
        let is_ours = self.expected == Some(user);
        if is_ours {
            self.end_stored(Extent::Held);
            self.rest();
        }
        is_ours
    }

    fn end_stored(&mut self, extent: Extent) {
        let erased = self.owner().map(|user| Farewell::Erase(user, extent));
        self.owed.extend(erased.map(|erased| (erased, self.sign_in)));
        self.end_page();
    }

    /// What is owed next. Returns it with the sign-in that ended.
    pub(crate) fn pay(&mut self) -> Option<(Farewell, u32)> {
        self.owed.pop_front()
    }

    /// What the page holds of a sign-in ends, and with it what the application narrowed.
    pub(crate) fn end_page(&mut self) {
        self.sign_in += 1;
        self.user = None;
        self.expected = None;
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
        self.owners.extend(self.owner());
    }

    /// The application says whom it expects.
    pub(crate) fn expect(&mut self, user: User) {
        if self.user.is_none() {
            self.own(user);
        }
    }

    /// Events are this user's from now on. Those of another one wait for another time.
    fn own(&mut self, user: User) {
        if self.expected.is_some_and(|expected| expected != user) {
            self.end_page();
        }
        self.expected = Some(user);
        self.owners.extend(self.owner());
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
                    self.rest();
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
                self.rests = true;
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

    /// There is no connection until the application asks for one.
    pub(crate) fn rest(&mut self) {
        self.rests = true;
        self.lost();
    }

    /// The application asks for a connection or for none, whatever the server wanted.
    pub(crate) fn wish(&mut self, connection: bool) {
        self.rests = !connection;
        self.retry_at = None;
        self.not_before = None;
    }
}
