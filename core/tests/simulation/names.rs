//! Who and what there is: organizations, users, kinds of events.

use std::sync::LazyLock;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use yewdux_socket_core::event::{DEFAULT_TIME_TO_LIVE, Lane, Scope, SocketEvent};
use yewdux_socket_core::{
    EventRegistry, OrganizationId, PermissionPolicy, ReceivedEvent, Rule, UserId,
};

/// The index of an organization.
pub(crate) type Organization = usize;
/// The index of a user.
pub(crate) type User = usize;

pub(crate) const ORGANIZATIONS: [&str; 3] = ["north", "south", "east"];
/// The last one never connects: it is a ghost in a corrupted presence.
pub(crate) const USERS: [&str; 4] = ["ana", "ben", "cleo", "ghost"];
pub(crate) const GHOST: User = 3;
/// Everybody has two organizations of their own and one that is foreign.
pub(crate) const HOMES: [Organizations; 4] =
    [Organizations(0b011), Organizations(0b101), Organizations(0b110), Organizations(0)];

static IDS: LazyLock<[OrganizationId; 3]> =
    LazyLock::new(|| ORGANIZATIONS.map(OrganizationId::from));
static USER_IDS: LazyLock<[UserId; 4]> = LazyLock::new(|| USERS.map(UserId::from));

pub(crate) fn organization_id(organization: Organization) -> OrganizationId {
    IDS[organization].clone()
}

pub(crate) fn organization(id: &OrganizationId) -> Option<Organization> {
    IDS.iter().position(|known| known == id)
}

pub(crate) fn user_id(user: User) -> UserId {
    USER_IDS[user].clone()
}

pub(crate) fn user(name: &str) -> Option<User> {
    USERS.iter().position(|known| *known == name)
}

/// A set of organizations.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Organizations(pub(crate) u8);

impl Organizations {
    pub(crate) const ALL: Self = Self(0b111);

    pub(crate) fn contains(self, organization: Organization) -> bool {
        self.0 & (1 << organization) != 0
    }

    pub(crate) fn with(self, organization: Organization, member: bool) -> Self {
        let bit = 1 << organization;
        Self(if member { self.0 | bit } else { self.0 & !bit })
    }

    pub(crate) fn and(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(crate) fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    pub(crate) fn iter(self) -> impl Iterator<Item = Organization> {
        (0..ORGANIZATIONS.len()).filter(move |organization| self.contains(*organization))
    }

    pub(crate) fn ids(self) -> Vec<OrganizationId> {
        self.iter().map(organization_id).collect()
    }

    pub(crate) fn of<'a>(ids: impl IntoIterator<Item = &'a OrganizationId>) -> Self {
        ids.into_iter()
            .filter_map(organization)
            .fold(Self::default(), |all, organization| all.with(organization, true))
    }
}

/// A kind of event that clients emit.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    pub(crate) scope: Scope,
    pub(crate) lane: Lane,
    pub(crate) time_to_live: Duration,
    pub(crate) volatile: bool,
}

const NOTE: Kind = Kind {
    name: "note",
    scope: Scope::Organization,
    lane: Lane::Normal,
    time_to_live: Duration::from_mins(1),
    volatile: false,
};

pub(crate) const KINDS: [Kind; 6] = [
    NOTE,
    Kind { name: "alarm", lane: Lane::High, time_to_live: Duration::from_secs(20), ..NOTE },
    Kind { name: "flash", time_to_live: Duration::from_secs(3), ..NOTE },
    Kind { name: "trace", lane: Lane::Low, time_to_live: DEFAULT_TIME_TO_LIVE, ..NOTE },
    Kind { name: "notice", scope: Scope::Global, ..NOTE },
    Kind { name: "cursor", volatile: true, ..NOTE },
];

/// What all of these events carry: a change of one entry of the organization's state. `serial` is the server's
/// own count, so that order can be judged where events carry no position.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Change<const KIND: usize> {
    pub(crate) key: u64,
    pub(crate) value: String,
    #[serde(default)]
    pub(crate) serial: u64,
}

impl<const KIND: usize> SocketEvent for Change<KIND> {
    const TYPE: &'static str = KINDS[KIND].name;
    const SCOPE: Scope = KINDS[KIND].scope;
    const VOLATILE: bool = KINDS[KIND].volatile;

    fn time_to_live() -> Duration {
        KINDS[KIND].time_to_live
    }

    fn lane() -> Lane {
        KINDS[KIND].lane
    }
}

/// Key, value and serial of a received event, if it is one of these.
pub(crate) fn change(event: &ReceivedEvent) -> Option<(u64, &str, u64)> {
    fn read<const KIND: usize>(event: &ReceivedEvent) -> Option<(u64, &str, u64)> {
        let change = event.payload::<Change<KIND>>()?;
        Some((change.key, change.value.as_str(), change.serial))
    }
    read::<0>(event)
        .or_else(|| read::<1>(event))
        .or_else(|| read::<2>(event))
        .or_else(|| read::<3>(event))
        .or_else(|| read::<4>(event))
        .or_else(|| read::<5>(event))
}

/// Everybody may do everything: which roles may what is not what is simulated.
pub(crate) fn permissions() -> PermissionPolicy {
    let mut policy = PermissionPolicy::builtin();
    for kind in registry().kinds() {
        policy.receive(&kind.event_type, Rule::Member).emit(&kind.event_type, Rule::Member);
    }
    policy
}

pub(crate) fn registry() -> EventRegistry {
    let mut registry = EventRegistry::builtin();
    registry.register::<Change<0>>().expect("the names differ");
    registry.register::<Change<1>>().expect("the names differ");
    registry.register::<Change<2>>().expect("the names differ");
    registry.register::<Change<3>>().expect("the names differ");
    registry.register::<Change<4>>().expect("the names differ");
    registry.register::<Change<5>>().expect("the names differ");
    registry
}
