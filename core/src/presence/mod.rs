//! Who is online, by organization: a snapshot first, then differences.
//!
//! Differences that arrive before the snapshot wait for it, because they may be older than it. A user
//! with several sockets is one entry that carries their number.

mod digest;
mod json;
mod roster;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::sync::Arc;

use litemap::LiteMap;
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::error::ValidationError;
use crate::event::{Envelope, Position, ReceivedEvent, UserOffline, UserOnline};
use crate::id::{OrganizationId, UserId};
use crate::scan::RawJson;
use crate::time::Timestamp;

pub use crate::event::builtin::UserPresence;
pub use digest::{InvalidDigest, PresenceDigest};
use roster::Roster;

/// Differences that wait for one organization's snapshot, at most. Beyond it another one must be asked for,
/// which they are part of.
const MAX_WAITING: usize = 4_096;

/// More differences came than may wait for a snapshot.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooManyWaiting;

/// Who is online. A clone shares everything.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct PresenceState {
    /// An organization's users are many and change one by one; organizations are few.
    online: Arc<LiteMap<OrganizationId, Roster>>,
    last_updated: Option<Timestamp>,
    user_organizations: Arc<[OrganizationId]>,
}

impl PresenceState {
    /// The users online in an organization, ordered by id. Empty for an organization that is not known.
    pub fn online_users(
        &self,
        organization: &OrganizationId,
    ) -> impl Iterator<Item = &Arc<UserPresence>> {
        self.online.get(organization).map(Roster::iter).unwrap_or_default()
    }

    /// How many users are online in an organization.
    pub fn online_count(&self, organization: &OrganizationId) -> usize {
        self.online.get(organization).map_or(0, Roster::len)
    }

    /// The presence of one user in an organization, if online.
    pub fn user(&self, organization: &OrganizationId, user: &UserId) -> Option<&Arc<UserPresence>> {
        self.online.get(organization)?.get(user)
    }

    /// Whether two states hold the very same users of an organization. Costs nothing where nothing changed.
    pub fn same_users(&self, other: &Self, organization: &OrganizationId) -> bool {
        self.online.get(organization) == other.online.get(organization)
    }

    /// When the state last changed, by the client's clock.
    pub fn last_updated(&self) -> Option<Timestamp> {
        self.last_updated
    }

    /// The organizations of the signed-in user.
    pub fn user_organizations(&self) -> &[OrganizationId] {
        &self.user_organizations
    }
}

/// As JSON: `onlineUsers`, `onlineCounts`, `lastUpdated`, `userOrganizations`.
impl Serialize for PresenceState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let users: BTreeMap<_, Vec<_>> = self
            .online
            .iter()
            .map(|(organization, users)| (organization, users.iter().collect()))
            .collect();
        let counts: BTreeMap<_, _> =
            self.online.iter().map(|(organization, users)| (organization, users.len())).collect();
        let mut map = serializer.serialize_map(Some(4))?;
        map.serialize_entry("onlineUsers", &users)?;
        map.serialize_entry("onlineCounts", &counts)?;
        map.serialize_entry("lastUpdated", &self.last_updated)?;
        map.serialize_entry("userOrganizations", &self.user_organizations)?;
        map.end()
    }
}

/// A change of one user's presence at a position.
#[derive(Debug)]
struct Difference {
    position: Option<Position>,
    change: Change,
}

#[derive(Debug)]
enum Change {
    Online(Arc<UserPresence>),
    Offline(UserId),
}

/// Keeps [`PresenceState`] up to date from snapshots and events.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    state: PresenceState,
    /// Organizations whose snapshot is on its way, with the differences that wait for it.
    waiting: LiteMap<OrganizationId, Vec<Difference>>,
    /// The position of each organization's snapshot; older differences are part of it.
    snapshots: LiteMap<OrganizationId, Position>,
    /// How many are online in each organization and their digest, kept beside the state.
    fingerprints: LiteMap<OrganizationId, Fingerprint>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Fingerprint {
    users: usize,
    digest: PresenceDigest,
}

impl Fingerprint {
    fn of(users: &Roster) -> Self {
        let digest = PresenceDigest::of(users.iter().map(|user| &**user));
        Self { users: users.len(), digest }
    }

    fn insert(&mut self, user: &UserPresence) {
        self.users += 1;
        self.digest.insert(&user.user_id, user.socket_count);
    }

    fn remove(&mut self, user: &UserPresence) {
        self.users -= 1;
        self.digest.remove(&user.user_id, user.socket_count);
    }
}

impl Presence {
    pub(crate) fn state(&self) -> &PresenceState {
        &self.state
    }

    pub(crate) fn set_organizations<'a>(
        &mut self,
        organizations: impl Iterator<Item = &'a OrganizationId>,
    ) {
        self.state.user_organizations = organizations.cloned().collect();
    }

    /// How many are online in an organization, and their digest. `None` while a snapshot is waited for, or if
    /// there never was one.
    pub(crate) fn fingerprint(
        &self,
        organization: &OrganizationId,
    ) -> Option<(usize, PresenceDigest)> {
        if self.waiting.contains_key(organization) || !self.snapshots.contains_key(organization) {
            return None;
        }
        let fingerprint = self.fingerprints.get(organization).copied().unwrap_or_default();
        Some((fingerprint.users, fingerprint.digest))
    }

    /// A snapshot was asked for. What came before is part of it; from now on, differences of the
    /// organization wait until [`Presence::replace`].
    pub(crate) fn expect_snapshot(&mut self, organization: &OrganizationId) {
        self.waiting.insert(organization.clone(), Vec::new());
    }

    /// The connection is gone, and with it the snapshots that were awaited.
    pub(crate) fn connection_lost(&mut self) {
        self.waiting.clear();
    }

    /// Whether an event is one of presence.
    pub(crate) fn concerns(event: &ReceivedEvent) -> bool {
        event.payload::<UserOnline>().is_some() || event.payload::<UserOffline>().is_some()
    }

    /// Folds an event in, if it is one of presence.
    pub(crate) fn apply(
        &mut self,
        event: &ReceivedEvent,
        now: Timestamp,
    ) -> Result<(), TooManyWaiting> {
        let Envelope { organization: Some(organization), position, .. } = &event.envelope else {
            return Ok(());
        };
        let change = if let Some(online) = event.payload::<UserOnline>() {
            Change::Online(Arc::new(online.user.clone()))
        } else if let Some(offline) = event.payload::<UserOffline>() {
            Change::Offline(offline.user_id.clone())
        } else {
            return Ok(());
        };
        let difference = Difference { position: position.clone(), change };
        if let Some(waiting) = self.waiting.get_mut(organization) {
            if waiting.len() == MAX_WAITING {
                return Err(TooManyWaiting);
            }
            waiting.push(difference);
            return Ok(());
        }
        let organization = organization.clone();
        self.fold(&organization, difference, now);
        Ok(())
    }

    fn fold(&mut self, organization: &OrganizationId, difference: Difference, now: Timestamp) {
        if let (Some(position), Some(snapshot)) =
            (&difference.position, self.snapshots.get(organization))
            && position.epoch == snapshot.epoch
            && position.offset <= snapshot.offset
        {
            return;
        }
        let online = Arc::make_mut(&mut self.state.online);
        let users = online.entry(organization.clone()).or_default();
        let fingerprint = self.fingerprints.entry(organization.clone()).or_default();
        let before = match difference.change {
            Change::Online(presence) => {
                fingerprint.insert(&presence);
                users.insert(presence)
            }
            Change::Offline(user) => users.remove(&user),
        };
        if let Some(before) = before {
            fingerprint.remove(&before);
        }
        self.state.last_updated = Some(now);
    }

    /// Replaces an organization's presence by a snapshot, then folds in what waited for it.
    ///
    /// # Errors
    /// That of the first entry which is not valid. The valid ones count nevertheless: those who left while
    /// nobody was connected must not be shown for ever because of it.
    pub(crate) fn replace(
        &mut self,
        organization: &OrganizationId,
        entries: &[RawJson],
        position: Position,
        now: Timestamp,
    ) -> Result<(), ValidationError> {
        let mut result = Ok(());
        let mut users = Roster::default();
        for entry in entries {
            let presence = entry.value().read::<UserPresence>().map_err(ValidationError::from);
            match presence.and_then(|presence| presence.validate().map(|()| presence)) {
                Ok(presence) => {
                    users.insert(Arc::new(presence));
                }
                Err(error) => result = result.and(Err(error)),
            }
        }
        let unchanged = self.state.online.get(organization) == Some(&users);
        if !unchanged {
            self.fingerprints.insert(organization.clone(), Fingerprint::of(&users));
            Arc::make_mut(&mut self.state.online).insert(organization.clone(), users);
            self.state.last_updated = Some(now);
        }
        self.snapshots.insert(organization.clone(), position);
        for difference in self.waiting.remove(organization).unwrap_or_default() {
            self.fold(organization, difference, now);
        }
        result
    }

    /// Forgets an organization.
    pub(crate) fn purge(&mut self, organization: &OrganizationId) {
        Arc::make_mut(&mut self.state.online).remove(organization);
        self.waiting.remove(organization);
        self.snapshots.remove(organization);
        self.fingerprints.remove(organization);
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }
}
