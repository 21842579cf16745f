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
    pub(crate) fn new(limits: Limits) -> Self {
        Self {
            sign_in: 0,
            user: None,
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

    /// A sign-in ends, and with it what the application narrowed.
    pub(crate) fn end_sign_in(&mut self) {
        self.sign_in += 1;
        self.user = None;
        self.said = Organizations::default();
        self.narrowed = None;
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
