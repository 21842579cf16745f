//! What an event is: its envelope, the trait that makes a type an event, the built-in events, and the
//! registry in which an application registers its own.

pub(crate) mod builtin;
mod envelope;
mod locate;
mod registry;

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use builtin::{
    Organization, OrganizationUpdated, Patient, PatientEdited, PatientStatus, PatientUpdated, User,
    UserOffline, UserOnline, UserUpdated,
};
pub use envelope::{Envelope, Position, RESERVED_KEYS};
pub use registry::{EventKind, EventRegistry, ReceivedEvent, RegisterError};
pub(crate) use registry::{Payload, scope_of_unknown};
pub use yewdux_socket_macros::SocketEvent;

use crate::error::ValidationError;
use crate::id::UserId;
use crate::rate_limit::Rate;

/// To whom an event belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Scope {
    /// To one organization, named in the envelope. Without that name the event is refused.
    Organization,
    /// To everybody who is signed in. The envelope names no organization.
    Global,
}

/// Which way events of a type may travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the server only; emitting one is not permitted.
    Inbound,
    /// To the server only; receiving one is not permitted.
    Outbound,
    /// Both ways.
    Both,
}

impl Direction {
    /// Whether a client may receive events of this direction.
    pub fn allows_receiving(self) -> bool {
        self != Self::Outbound
    }

    /// Whether a client may emit events of this direction.
    pub fn allows_emitting(self) -> bool {
        self != Self::Inbound
    }
}

/// The priority of an event type in the outbox. Order is kept within an organization's lane; a higher
/// lane goes first.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize,
)]
#[serde(rename_all = "camelCase")]
pub enum Lane {
    /// Before all others: alarms, orders.
    High,
    /// What people do.
    #[default]
    Normal,
    /// What can wait: telemetry, read marks.
    Low,
}

/// Time to live of event types that do not choose their own.
pub const DEFAULT_TIME_TO_LIVE: Duration = Duration::from_hours(24);

/// Makes an application's type an event: the payload beside the envelope.
///
/// The fields of the type stand beside `type`, `timestamp` and `organizationId` in one JSON object. They may
/// therefore not take the names in [`RESERVED_KEYS`].
///
/// `#[derive(SocketEvent)]` implements it by what an attribute says; by hand it is
///
/// ```
/// use serde::{Deserialize, Serialize};
/// use yewdux_socket_core::error::ValidationError;
/// use yewdux_socket_core::event::SocketEvent;
///
/// #[derive(Serialize, Deserialize)]
/// struct BedAssigned {
///     bed: u16,
/// }
///
/// impl SocketEvent for BedAssigned {
///     const TYPE: &'static str = "bed_assigned";
///
///     fn validate(&self) -> Result<(), ValidationError> {
///         if self.bed == 0 { Err(ValidationError::value("bed", "beds are numbered from 1")) } else { Ok(()) }
///     }
/// }
/// ```
pub trait SocketEvent: Serialize + DeserializeOwned + Send + Sync + 'static {
    /// The `type` in the envelope. May not begin with `$`, which is kept for the protocol.
    const TYPE: &'static str;
    /// To whom events of this type belong.
    const SCOPE: Scope = Scope::Organization;
    /// Which way events of this type may travel.
    const DIRECTION: Direction = Direction::Both;
    /// Whether an emitted event of this type is written at once or not at all, and never twice: cursor
    /// positions, typing marks. One that cannot be written at once has the outcome
    /// [`Discarded`](crate::Outcome::Discarded).
    const VOLATILE: bool = false;

    /// The names of the payload's fields, as JSON has them: what is wrong is told by them, since other keys are data.
    /// The derive macro fills them in.
    const FIELDS: &'static [&'static str] = &[];
    /// The paths, from the payload on, of the [`Sensitive`](crate::Sensitive) fields, which only those see whom
    /// [`PermissionPolicy::see`](crate::PermissionPolicy::see) names: `patient.diagnosis`.
    const SENSITIVE: &'static [&'static str] = &[];

    /// How fast events of this type may be emitted on one connection. `None`: as fast as all of them together.
    fn emit_rate() -> Option<Rate> {
        None
    }

    /// How long an emitted event is worth delivering. After it the event is never sent again.
    fn time_to_live() -> Duration {
        DEFAULT_TIME_TO_LIVE
    }

    /// The lane in which emitted events of this type wait.
    fn lane() -> Lane {
        Lane::Normal
    }

    /// The user whom an event is about, for rules that let users act on their own data.
    fn subject(&self) -> Option<&UserId> {
        None
    }

    /// Checks the values, after serde checked the structure. Runs for received and for emitted events.
    fn validate(&self) -> Result<(), ValidationError> {
        Ok(())
    }
}
