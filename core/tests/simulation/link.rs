//! One socket's line between a device and the server, with what is under way on it.

use std::collections::VecDeque;
use std::time::Duration;

use yewdux_socket_core::SocketId;
use yewdux_socket_core::wire::ClientMessage;

use crate::action::Limits;
use crate::names::{Organizations, User};

pub(crate) type LinkId = usize;

/// How many bytes of messages share a frame, give or take the last message.
const LARGEST: usize = 8_000;

/// What a message does to what a client may see, so that the simulation knows it without asking the client.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Meaning {
    Welcome {
        user: User,
        organizations: Organizations,
        limits: Limits,
    },
    Membership(Organizations),
    Revoked,
    /// It cannot be read, which ends an attempt that has not led to `$welcome`.
    Unreadable,
    /// It is over the limit for frames, which ends the connection.
    TooLarge,
    /// The server does not want to see the client before so many milliseconds have passed.
    RetryAfter(u64),
    Other,
}

/// From a device to the server.
pub(crate) enum Up {
    Message(ClientMessage),
    Closed,
}

/// From the server to a device.
pub(crate) enum Down {
    Message {
        text: String,
        meaning: Meaning,
    },
    /// A frame that is not one message.
    Raw {
        bytes: Vec<u8>,
        meaning: Meaning,
    },
    Close(u16),
}

/// A frame that arrives whole, or the end of the socket.
pub(crate) enum Arrival {
    Frame { bytes: Vec<u8>, meanings: Vec<Meaning> },
    Closed(u16),
}

pub(crate) struct Link {
    pub(crate) device: usize,
    /// The page's name for it, as long as there is that page.
    pub(crate) socket: Option<SocketId>,
    up: VecDeque<(Duration, Up)>,
    down: VecDeque<(Duration, Down)>,
    up_stalled: Duration,
    down_stalled: Duration,
    latency: Duration,
    flush: Duration,
    is_cut: bool,
    /// When the client hears that the line is cut.
    client_hears: Option<Duration>,
    server_hears: Option<Duration>,
    /// Whether the client's end is closed, by whomever.
    pub(crate) client_done: bool,
}

impl Link {
    pub(crate) fn new(
        device: usize,
        socket: SocketId,
        (latency, flush): (Duration, Duration),
    ) -> Self {
        Self {
            device,
            socket: Some(socket),
            up: VecDeque::new(),
            down: VecDeque::new(),
            up_stalled: Duration::ZERO,
            down_stalled: Duration::ZERO,
            latency,
            flush,
            is_cut: false,
            client_hears: None,
            server_hears: None,
            client_done: false,
        }
    }

    pub(crate) fn send_up(&mut self, now: Duration, up: Up) {
        if !self.is_cut {
            let ready = now + self.latency;
            let ready = self.up.back().map_or(ready, |(last, _)| ready.max(*last));
            self.up.push_back((ready, up));
        }
    }

    pub(crate) fn send_down(&mut self, now: Duration, down: Down) {
        if !self.is_cut && self.socket.is_some() {
            let mut ready = now + self.latency;
            if !self.flush.is_zero() {
                let rounds = ready.as_millis().div_ceil(self.flush.as_millis());
                ready = self.flush * rounds as u32;
            }
            let ready = self.down.back().map_or(ready, |(last, _)| ready.max(*last));
            self.down.push_back((ready, down));
        }
    }

    /// The line breaks. What is beyond the first messages under way is lost.
    pub(crate) fn cut(
        &mut self,
        (up, down): (usize, usize),
        client_hears: Option<Duration>,
        server_hears: Duration,
    ) {
        if !self.is_cut {
            self.is_cut = true;
            self.up.truncate(up);
            self.down.truncate(down);
            self.client_hears = client_hears;
            self.server_hears = Some(server_hears);
        }
    }

    /// The page is gone. So much of what it wrote still comes through, and then the server hears of it.
    pub(crate) fn abandon(&mut self, up: usize, server_hears: Duration) {
        self.socket = None;
        self.down.clear();
        if !self.client_done {
            self.cut((up, 0), None, server_hears);
            self.client_done = true;
        }
        self.client_hears = None;
    }

    pub(crate) fn stall(&mut self, up_until: Duration, down_until: Duration) {
        self.up_stalled = self.up_stalled.max(up_until);
        self.down_stalled = self.down_stalled.max(down_until);
    }

    pub(crate) fn set_latency(&mut self, (latency, flush): (Duration, Duration)) {
        (self.latency, self.flush) = (latency, flush);
    }

    /// Lets everything that waits go on.
    pub(crate) fn heal(&mut self, now: Duration, pace: (Duration, Duration)) {
        self.set_latency(pace);
        self.up_stalled = self.up_stalled.min(now);
        self.down_stalled = self.down_stalled.min(now);
        if self.is_cut && !self.client_done {
            self.client_hears.get_or_insert(now);
        }
    }

    pub(crate) fn next_up(&self) -> Option<Duration> {
        let ready = self.up.front().map(|(ready, _)| (*ready).max(self.up_stalled));
        ready.or(self.server_hears)
    }

    pub(crate) fn next_down(&self) -> Option<Duration> {
        let ready = self.down.front().map(|(ready, _)| (*ready).max(self.down_stalled));
        match (ready, self.client_hears) {
            (Some(ready), Some(hears)) => Some(ready.min(hears)),
            (ready, hears) => ready.or(hears),
        }
    }

    /// The next thing that reaches the server. Nothing follows a close.
    pub(crate) fn take_up(&mut self) -> Option<Up> {
        match self.up.pop_front() {
            Some((_, Up::Message(message))) => Some(Up::Message(message)),
            Some((_, Up::Closed)) => {
                self.server_hears = None;
                Some(Up::Closed)
            }
            None => self.server_hears.take().map(|_| Up::Closed),
        }
    }

    /// The next thing that reaches the device: one message, or all that are due in one frame.
    pub(crate) fn take_down(&mut self, now: Duration, coalesced: bool) -> Option<Arrival> {
        if self.client_hears.is_some_and(|at| at <= now) {
            self.client_hears = None;
            return Some(Arrival::Closed(1006));
        }
        let (mut texts, mut meanings, mut bytes) = (Vec::new(), Vec::new(), 0);
        while let Some((ready, down)) = self.down.pop_front() {
            match down {
                Down::Message { text, meaning } => {
                    bytes += text.len();
                    texts.push(text);
                    meanings.push(meaning);
                }
                Down::Raw { bytes, meaning } if texts.is_empty() => {
                    return Some(Arrival::Frame { bytes, meanings: vec![meaning] });
                }
                Down::Close(code) if texts.is_empty() => return Some(Arrival::Closed(code)),
                other => {
                    self.down.push_front((ready, other));
                    break;
                }
            }
            let next_is_due = self.down.front().is_some_and(|(ready, _)| *ready <= now);
            if !coalesced || !next_is_due || bytes > LARGEST {
                break;
            }
        }
        let text = match texts.len() {
            0 => return None,
            1 => texts.remove(0),
            _ => format!("[{}]", texts.join(",")),
        };
        Some(Arrival::Frame { bytes: text.into_bytes(), meanings })
    }

    /// Whether nothing is under way.
    pub(crate) fn is_quiet(&self) -> bool {
        self.next_up().is_none() && self.next_down().is_none()
    }
}
