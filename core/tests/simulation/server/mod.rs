//! The server: streams, accounts, sessions and connections, on true time.
//!
//! - `session`: from `$connect` to the end of a connection.
//! - `subscriptions`: who hears what.
//! - `hear`: what a client says.
//! - `faults`: what a server should not do, or does on a bad day.

mod faults;
mod hear;
mod session;
mod subscriptions;

pub(crate) use faults::TOO_LARGE;
pub(crate) use hear::TOPIC;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

use yewdux_socket_core::wire::{Ack, ServerMessage, SnapshotPart, encode_server};
use yewdux_socket_core::{EventId, OrganizationId, Timestamp};

use crate::action::{Happening, Limits, Setup};
use crate::link::{Down, LinkId, Meaning};
use crate::names::{HOMES, Organization, Organizations, USERS, User};
use crate::stream::{Entry, Stream};

/// How much longer than it says the server knows idempotency keys: what was written in time may be long under way.
const GRACE: Duration = Duration::from_mins(1);
/// How often `$resync` is said again.
const RESYNC_INTERVAL: Duration = Duration::from_secs(3);
/// How many of the last messages can be repeated.
const REMEMBERED: usize = 6;
/// The server's clock at the beginning, in milliseconds since the epoch.
pub(crate) const START: i64 = 1_795_424_400_000;

#[derive(Default)]
pub(crate) struct Account {
    pub(crate) member: Organizations,
    roles: u64,
    /// Tokens of earlier generations are worthless.
    pub(crate) generation: u64,
    keys: BTreeMap<EventId, Key>,
}

/// An accepted event.
struct Key {
    body: String,
    known_until: Option<Duration>,
}

struct Session {
    user: User,
    link: Option<LinkId>,
}

#[derive(Default)]
struct Connection {
    /// Who is there, once `$connect` was accepted.
    user: Option<User>,
    session: u64,
    /// The organizations asked for; `None` means all.
    wanted: Option<Organizations>,
    unwanted: Organizations,
    subscribed: Organizations,
    digests: bool,
    /// How long keys are known, as `$welcome` said.
    dedupe: Option<Duration>,
    expires_at: Option<Duration>,
    /// Organizations whose missed events cannot be replayed, and when that is said again.
    resync: BTreeMap<Organization, Duration>,
    parts: VecDeque<(Duration, SnapshotPart)>,
    events: VecDeque<String>,
    acks: VecDeque<Ack>,
    /// How many of the next events are not sent.
    skipped: u64,
}

pub(crate) struct Server {
    pub(crate) setup: Setup,
    pub(crate) streams: [Stream; 3],
    pub(crate) accounts: [Account; USERS.len()],
    pub(crate) limits: Limits,
    sessions: BTreeMap<u64, Session>,
    next_session: u64,
    connections: BTreeMap<LinkId, Connection>,
    /// When it is there again.
    up_at: Duration,
    rejects: u64,
    /// Rejected keys. One that is accepted when it is repeated would take effect out of its order.
    rejected: BTreeSet<EventId>,
    refused_tokens: u64,
    /// How many snapshots are answered from a state that lags behind, and by how much.
    lagging: (u64, u64),
    /// The latest heads of audit chains.
    #[cfg(feature = "audit")]
    pub(crate) heads:
        BTreeMap<(User, yewdux_socket_core::AuditChainId), yewdux_socket_core::wire::AuditHead>,
    /// What goes out.
    pub(crate) out: Vec<(LinkId, Down)>,
    pub(crate) now: Duration,
}

impl Server {
    pub(crate) fn new(setup: &Setup) -> Self {
        Self {
            setup: setup.clone(),
            streams: [0, 1, 2].map(Stream::new),
            accounts: HOMES.map(|member| Account { member, ..Account::default() }),
            limits: setup.limits,
            sessions: BTreeMap::new(),
            next_session: 0,
            connections: BTreeMap::new(),
            up_at: Duration::ZERO,
            #[cfg(feature = "audit")]
            heads: BTreeMap::new(),
            rejects: 0,
            rejected: BTreeSet::new(),
            refused_tokens: 0,
            lagging: (0, 0),
            out: Vec::new(),
            now: Duration::ZERO,
        }
    }

    fn clock(&self) -> Timestamp {
        Timestamp::from_millis(START + self.now.as_millis() as i64)
    }

    pub(crate) fn send(&mut self, link: LinkId, message: &ServerMessage) {
        self.send_meaning(link, message, Meaning::Other);
    }

    fn send_meaning(&mut self, link: LinkId, message: &ServerMessage, meaning: Meaning) {
        let text = encode_server(message);
        self.out.push((link, Down::Message { text, meaning }));
    }

    fn send_text(&mut self, link: LinkId, text: String) {
        self.out.push((link, Down::Message { text, meaning: Meaning::Other }));
    }

    /// Ends a connection from this side.
    fn close(&mut self, link: LinkId, code: u16) {
        if self.connections.contains_key(&link) {
            self.out.push((link, Down::Close(code)));
            self.gone(link);
        }
    }

    /// Puts an event at the end of an organization's stream and tells who subscribed it.
    fn publish(&mut self, organization: Organization, entry: Entry) {
        let (at, positions) = (self.clock().to_string(), self.setup.abilities.positions);
        let text = self.streams[organization].append(entry, &at, positions);
        for (link, connection) in &mut self.connections {
            if !connection.subscribed.contains(organization) {
                continue;
            }
            if connection.skipped > 0 {
                connection.skipped -= 1;
                continue;
            }
            if connection.events.len() == REMEMBERED {
                connection.events.pop_front();
            }
            connection.events.push_back(text.clone());
            self.out.push((*link, Down::Message { text: text.clone(), meaning: Meaning::Other }));
        }
    }

    /// A global event, to everybody who is signed in.
    fn broadcast(&mut self, key: u64, value: &str) {
        let at = self.clock();
        let text = format!(
            r#"{{"type":"notice","timestamp":"{at}","key":{key},"value":"{value}","serial":0}}"#
        );
        let signed_in = self.connections.iter().filter(|(_, connection)| connection.user.is_some());
        let links: Vec<_> = signed_in.map(|(link, _)| *link).collect();
        for link in links {
            self.send_text(link, text.clone());
        }
    }

    /// Something happens on the server itself.
    pub(crate) fn happen(
        &mut self,
        organization: Organization,
        what: Happening,
        key: u64,
        value: String,
    ) {
        let entry = match what {
            Happening::Change => Entry::Change { kind: "note", key, value },
            Happening::Unknown => Entry::Unknown,
            Happening::Broken => Entry::Broken,
            Happening::Notice => return self.broadcast(key, &value),
        };
        self.publish(organization, entry);
    }

    pub(crate) fn is_up(&self) -> bool {
        self.now >= self.up_at
    }

    /// When the server does something by itself.
    pub(crate) fn deadline(&self) -> Option<Duration> {
        let due = |connection: &Connection| {
            let part = connection.parts.front().map(|(at, _)| *at);
            let resync = connection.resync.values().min().copied();
            [part, resync, connection.expires_at].into_iter().flatten().min()
        };
        self.connections.values().filter_map(due).min()
    }

    /// Does what is due.
    pub(crate) fn tick(&mut self) {
        let links: Vec<_> = self.connections.keys().copied().collect();
        for link in links {
            self.say_parts(link);
            self.say_resyncs(link);
            let expires_at =
                self.connections.get(&link).and_then(|connection| connection.expires_at);
            if expires_at.is_some_and(|at| at <= self.now) {
                self.close(link, 4001);
            }
        }
    }

    /// The organizations of a connection whose state was not fetched yet although the server said so.
    pub(crate) fn unfetched(&self, link: LinkId) -> Organizations {
        let connection = self.connections.get(&link);
        let told = connection.into_iter().flat_map(|connection| connection.resync.keys());
        told.fold(Organizations::default(), |all, organization| all.with(*organization, true))
    }

    /// Whether a connection is open on this side.
    pub(crate) fn knows(&self, link: LinkId) -> bool {
        self.connections.contains_key(&link)
    }

    pub(crate) fn organizations(ids: &[OrganizationId]) -> Organizations {
        Organizations::of(ids)
    }
}
