//! One organization's history on the server, which is also what deliveries are held against.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use yewdux_socket_core::event::{Position, User};
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{OrganizationId, PresenceDigest, StreamEpoch, Timestamp, UserPresence};

use crate::names::{self, Organization, USERS, organization_id, user_id};

/// An organization's state: the last value of each key.
pub(crate) type Entries = BTreeMap<u64, String>;
/// How many sockets each user has open in an organization.
pub(crate) type Sockets = [u32; USERS.len()];

/// A fingerprint of a state, which a single change moves by a subtraction and an addition.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Fingerprint(u64);

impl Fingerprint {
    pub(crate) fn of(entries: &Entries) -> Self {
        entries.iter().fold(Self::default(), |sum, (key, value)| sum.plus(*key, value))
    }

    pub(crate) fn plus(self, key: u64, value: &str) -> Self {
        Self(self.0.wrapping_add(hash(key, value)))
    }

    pub(crate) fn minus(self, key: u64, value: &str) -> Self {
        Self(self.0.wrapping_sub(hash(key, value)))
    }
}

fn hash(key: u64, value: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (key, value).hash(&mut hasher);
    hasher.finish()
}

/// What happens in a stream.
pub(crate) enum Entry {
    Change { kind: &'static str, key: u64, value: String },
    Presence { user: names::User },
    Unknown,
    Broken,
}

#[derive(Debug)]
struct Placed {
    text: String,
    change: Option<(u64, String)>,
    deliverable: bool,
    fingerprint: Fingerprint,
    sockets: Sockets,
}

/// One incarnation of the history.
#[derive(Debug)]
struct Era {
    epoch: StreamEpoch,
    base: Entries,
    base_fingerprint: Fingerprint,
    base_sockets: Sockets,
    placed: Vec<Placed>,
}

#[derive(Debug)]
pub(crate) struct Stream {
    organization: Organization,
    eras: Vec<Era>,
    pub(crate) entries: Entries,
    fingerprint: Fingerprint,
    pub(crate) sockets: Sockets,
    /// The oldest offset that can be replayed.
    oldest: u64,
    serial: u64,
}

impl Stream {
    pub(crate) fn new(organization: Organization) -> Self {
        let mut stream = Self {
            organization,
            eras: Vec::new(),
            entries: Entries::new(),
            fingerprint: Fingerprint::default(),
            sockets: [0; USERS.len()],
            oldest: 1,
            serial: 0,
        };
        stream.lose_history();
        stream
    }

    /// The state stays, its history is gone.
    pub(crate) fn lose_history(&mut self) {
        let name = format!("{}{}", names::ORGANIZATIONS[self.organization], self.eras.len());
        self.oldest = 1;
        self.eras.push(Era {
            epoch: StreamEpoch::from(name.as_str()),
            base: self.entries.clone(),
            base_fingerprint: self.fingerprint,
            base_sockets: self.sockets,
            placed: Vec::new(),
        });
    }

    /// Nobody is connected any more, and no event says so.
    pub(crate) fn forget_presence(&mut self) {
        self.sockets = Sockets::default();
        if let Some(era) = self.eras.last_mut() {
            // What lags behind lags behind the server as it is now.
            era.base_sockets = self.sockets;
            for placed in &mut era.placed {
                placed.sockets = self.sockets;
            }
        }
    }

    /// What was said so far can no longer be replayed.
    pub(crate) fn truncate(&mut self) {
        self.oldest = self.head().offset + 1;
    }

    fn era(&self) -> &Era {
        self.eras.last().expect("there is always one")
    }

    pub(crate) fn head(&self) -> Position {
        let era = self.era();
        Position { epoch: era.epoch.clone(), offset: era.placed.len() as u64 }
    }

    /// Puts an event at the end of the stream. Returns its text.
    pub(crate) fn append(&mut self, entry: Entry, at: &str, positions: bool) -> String {
        self.serial += 1;
        let mut deliverable = true;
        let (kind, fields, change) = match entry {
            Entry::Change { kind, key, value } => {
                let old = self.entries.insert(key, value.clone());
                self.fingerprint =
                    old.map_or(self.fingerprint, |old| self.fingerprint.minus(key, &old));
                self.fingerprint = self.fingerprint.plus(key, &value);
                let serial = self.serial;
                let fields = format!(r#""key":{key},"value":"{value}","serial":{serial}"#);
                (kind, fields, Some((key, value)))
            }
            Entry::Presence { user } if self.sockets[user] == 0 => {
                ("user_offline", format!(r#""userId":"{}""#, USERS[user]), None)
            }
            Entry::Presence { user } => {
                let presence = self.presence_text(user, at);
                let fields = format!(r#""userId":"{}","user":{presence}"#, USERS[user]);
                ("user_online", fields, None)
            }
            Entry::Unknown => {
                deliverable = false;
                ("weather", r#""wind":3"#.to_owned(), None)
            }
            Entry::Broken => {
                deliverable = false;
                ("note", r#""key":"no number""#.to_owned(), None)
            }
        };
        let head = self.head();
        let position = if positions {
            format!(r#","epoch":"{}","offset":{}"#, head.epoch, head.offset + 1)
        } else {
            String::new()
        };
        let name = names::ORGANIZATIONS[self.organization];
        let text = format!(
            r#"{{"type":"{kind}","organizationId":"{name}","timestamp":"{at}"{position},{fields}}}"#
        );
        let placed = Placed {
            text: text.clone(),
            change,
            deliverable,
            fingerprint: self.fingerprint,
            sockets: self.sockets,
        };
        self.eras.last_mut().expect("there is always one").placed.push(placed);
        text
    }

    /// An entry of presence as it stands in events and snapshots.
    pub(crate) fn presence_text(&self, user: names::User, at: &str) -> String {
        presence_text(self.organization, user, self.sockets[user], at)
    }

    /// Whether everything after a position can be said again.
    pub(crate) fn can_replay(&self, from: &Position) -> bool {
        let head = self.head();
        from.epoch == head.epoch && from.offset + 1 >= self.oldest && from.offset <= head.offset
    }

    /// The events after an offset of the present era.
    pub(crate) fn after(&self, offset: u64) -> impl Iterator<Item = &str> {
        self.era().placed.iter().skip(offset as usize).map(|placed| placed.text.as_str())
    }

    /// The last event, if there is one.
    pub(crate) fn last(&self) -> Option<&str> {
        self.era().placed.last().map(|placed| placed.text.as_str())
    }

    /// State and presence as they were some events ago.
    pub(crate) fn lagging(&self, by: u64) -> (Position, Entries, Sockets) {
        let Position { epoch, offset } = self.head();
        if by == 0 || offset == 0 {
            return (Position { epoch, offset }, self.entries.clone(), self.sockets);
        }
        let (era, offset) = (self.era(), offset.saturating_sub(by));
        let past = &era.placed[..offset as usize];
        let mut entries = era.base.clone();
        entries.extend(past.iter().filter_map(|placed| placed.change.clone()));
        let sockets = past.last().map_or(era.base_sockets, |placed| placed.sockets);
        (Position { epoch, offset }, entries, sockets)
    }

    fn era_of(&self, epoch: &StreamEpoch) -> Option<&Era> {
        self.eras.iter().find(|era| era.epoch == *epoch)
    }

    /// The fingerprint of the state at a position, if there ever was such a position.
    pub(crate) fn fingerprint_at(&self, position: &Position) -> Option<Fingerprint> {
        let era = self.era_of(&position.epoch)?;
        match position.offset {
            0 => Some(era.base_fingerprint),
            offset => era.placed.get(offset as usize - 1).map(|placed| placed.fingerprint),
        }
    }

    /// The offset of the first event after a position that a client can use.
    pub(crate) fn next_deliverable(&self, after: &Position) -> Option<u64> {
        let placed = &self.era_of(&after.epoch)?.placed;
        let skipped =
            placed.iter().skip(after.offset as usize).position(|placed| placed.deliverable)?;
        Some(after.offset + 1 + skipped as u64)
    }

    /// How many users are online, and the fingerprint of who they are.
    pub(crate) fn presence_digest(&self) -> (usize, PresenceDigest) {
        let online: Vec<_> = online(&self.sockets)
            .map(|(user, socket_count)| UserPresence {
                user_id: user_id(user),
                user: User {
                    id: user_id(user),
                    name: String::new(),
                    email: String::new(),
                    first_name: String::new(),
                },
                last_seen: Timestamp::default(),
                socket_count,
                organizations: Vec::<OrganizationId>::new(),
            })
            .collect();
        (online.len(), PresenceDigest::of(&online))
    }

    pub(crate) fn id(&self) -> OrganizationId {
        organization_id(self.organization)
    }
}

/// Who is online, with how many sockets.
pub(crate) fn online(sockets: &Sockets) -> impl Iterator<Item = (names::User, u32)> {
    sockets.iter().copied().enumerate().filter(|(_, count)| *count > 0)
}

pub(crate) fn presence_text(
    organization: Organization,
    user: names::User,
    sockets: u32,
    at: &str,
) -> String {
    let (name, organization) = (USERS[user], names::ORGANIZATIONS[organization]);
    format!(
        r#"{{"userId":"{name}","user":{{"id":"{name}","name":"{name}"}},"lastSeen":"{at}","socketCount":{sockets},"organizations":["{organization}"]}}"#
    )
}

/// An entry of the organization's state as it stands in snapshots.
pub(crate) fn entry_json(key: u64, value: &str) -> RawJson {
    RawJson::parse(format!(r#"{{"key":{key},"value":"{value}"}}"#)).expect("it is JSON")
}
