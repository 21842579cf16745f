//! What can happen. An action holds all its random choices, so that the others keep their meaning when one is
//! taken out of a schedule.

use yewdux_socket_core::Signal;

use crate::names::{Organization, Organizations, User};

/// The index of a device; those beyond the last wrap around.
pub(crate) type DeviceIndex = usize;

macro_rules! actions {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $kind:ty),* })*) => {
        #[derive(Debug, Clone, PartialEq)]
        pub(crate) enum Action {
            $($(#[$doc])* $name { $($field: $kind),* },)*
        }

        impl Action {
            /// The names of all actions.
            pub(crate) const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            pub(crate) fn name(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => stringify!($name),)*
                }
            }
        }
    };
}

actions! {
    /// The application wants to be connected.
    Connect { device: DeviceIndex }
    /// The application wants no connection for a while.
    Disconnect { device: DeviceIndex, back_ms: u64 }
    Reconnect { device: DeviceIndex }
    /// The application emits some events of one kind, the values padded to a size.
    Emit { device: DeviceIndex, organization: Organization, kind: usize, key: u64, count: u64, padding: usize }
    /// Something happens on the server itself.
    Happen { organization: Organization, what: Happening, key: u64, count: u64 }
    /// The line breaks. So many messages that are under way still come through; the client hears of it after a
    /// time or never, the server always.
    Cut { device: DeviceIndex, up: usize, down: usize, client_hears_ms: Option<u64>, server_hears_ms: u64 }
    /// Nothing gets through for a time, then all at once.
    Stall { device: DeviceIndex, up_ms: u64, down_ms: u64 }
    /// How long messages are under way, and in what rhythm the server flushes them: what waits shares a frame.
    Latency { device: DeviceIndex, ms: u64, flush_ms: u64 }
    /// The server forgets to send the next events to a connection.
    Skip { device: DeviceIndex, count: u64 }
    /// The server says things again.
    Repeat { device: DeviceIndex, events: usize, acks: usize }
    /// The server goes away and comes back.
    Restart { down_ms: u64, loses_history: bool, forgets_sessions: bool, code: u16 }
    /// What was said so far can no longer be replayed.
    Truncate { organization: Organization }
    /// The server says that something was missed, whether it was or not.
    Resync { device: DeviceIndex, organization: Organization }
    /// The machine sleeps: the steady clock stands still, the wall clock goes on.
    Sleep { device: DeviceIndex, ms: u64, signal: Option<Signal> }
    SetWallClock { device: DeviceIndex, by_ms: i64 }
    /// The page's timers are late from now on.
    LateTimers { device: DeviceIndex, ms: u64 }
    /// All tokens of a user are worthless from now on, open connections included.
    ExpireTokens { user: User }
    /// The server refuses the next tokens, whatever they are.
    RefuseTokens { count: u64 }
    TokenSource { device: DeviceIndex, trouble: TokenTrouble, delay_ms: u64 }
    Membership { user: User, organization: Organization, member: bool, role: u64 }
    Narrow { device: DeviceIndex, organizations: Organizations }
    Subscribe { device: DeviceIndex, organizations: Option<Organizations> }
    /// The user signs out; later this user signs in.
    SignOut { device: DeviceIndex, next: User, back_ms: u64 }
    /// Another user takes over without a sign-out.
    SwitchUser { device: DeviceIndex, user: User }
    Revoke { device: DeviceIndex, how: Revocation }
    Close { device: DeviceIndex, code: u16, retry_after_ms: Option<u64> }
    /// The server rejects the next emitted events.
    Reject { count: u64 }
    Hear { device: DeviceIndex, signal: Signal }
    Offline { device: DeviceIndex, ms: u64, told: bool }
    Garble { device: DeviceIndex, what: Garbage }
    /// The server sends things of an organization that the connection did not subscribe.
    Foreign { device: DeviceIndex, organization: Organization, what: Foreign }
    /// The next snapshots are answered from a state that lags behind.
    Lag { answers: u64, by: u64 }
    /// The server's presence changes without a word.
    Corrupt { organization: Organization, sockets: u32 }
    /// The page ends and is loaded again. Of what it wanted stored so many changes are made, in order.
    Reload { device: DeviceIndex, end: PageEnd, stored: usize, back_ms: u64 }
    /// How the browser's storage does from now on.
    Storage { device: DeviceIndex, delay_ms: u64, full: bool, trouble: StorageTrouble }
    /// The browser takes away all that its pages keep; those that hold something hear of it later.
    TakeAway { device: DeviceIndex, heard_ms: u64 }
    ServerPing { device: DeviceIndex }
    /// What `$welcome` allows from now on.
    Limits { limits: Limits }
}

/// What happens on the server itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Happening {
    /// A change of the organization's state.
    Change,
    /// An event of a type that the clients do not know.
    Unknown,
    /// An event whose payload is not what its type says.
    Broken,
    /// A global event.
    Notice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TokenTrouble {
    None,
    /// It fails once, and may be asked again.
    Fails,
    /// It fails once, and asking again does not help.
    FailsForGood,
    /// It does not answer the next time.
    Silent,
}

/// How a page ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PageEnd {
    /// Without a word. So many messages that are under way still come through, and the server hears of it later.
    Crash { up: usize, server_hears_ms: u64 },
    /// The application ends it, and what is to be stored is stored.
    Closed,
}

/// What is wrong with storage, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum StorageTrouble {
    #[default]
    None,
    LoadFails,
    StoreFails,
    /// The next load is answered late.
    Hangs {
        ms: u64,
    },
    /// The records at the places with a bit cannot be read by the next load.
    Damage {
        which: u8,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Revocation {
    Message,
    Close,
    Both,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Garbage {
    Truncated,
    NotJson,
    NotUtf8,
    Empty,
    MixedArray,
    UnknownWord,
    WrongFields,
    DoubledKey,
    HalfPosition,
    TooLarge,
    UnaskedSnapshot,
    UnaskedAck,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Foreign {
    Event,
    Online,
    Snapshot,
    Resync,
}

/// What `$welcome` allows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Limits {
    pub(crate) in_flight: Option<usize>,
    pub(crate) frame_bytes: Option<usize>,
    pub(crate) dedupe_ms: Option<u64>,
    /// Events per second and at once.
    pub(crate) rate: Option<(u32, u32)>,
}

/// What the server can do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is an ability of its own")]
pub(crate) struct Abilities {
    /// Events carry their place in the stream.
    pub(crate) positions: bool,
    pub(crate) resume: bool,
    pub(crate) snapshot: bool,
    pub(crate) ack: bool,
    pub(crate) digest: bool,
    pub(crate) refresh: bool,
}

/// How things are before the first step.
#[derive(Debug, Clone, PartialEq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a setting of its own")]
pub(crate) struct Setup {
    pub(crate) abilities: Abilities,
    pub(crate) devices: usize,
    pub(crate) limits: Limits,
    /// How long tokens live.
    pub(crate) token_life_ms: Option<u64>,
    /// Entries in one part of a snapshot, and the time between the parts.
    pub(crate) part_entries: usize,
    pub(crate) part_gap_ms: u64,
    /// The bounds of the clients' outboxes.
    pub(crate) outbox_events: usize,
    pub(crate) outbox_bytes: usize,
    /// Events that a client accepts at once.
    pub(crate) emit_burst: u32,
    /// Whether clients keep their outbox over reloads.
    pub(crate) persists: bool,
    /// Whether applications say whom they expect to be signed in.
    pub(crate) expects: bool,
    /// Whether the third device is another tab of the first one's browser.
    pub(crate) tabs: bool,
    /// After what time a tab hears of a sign-out in another one.
    pub(crate) tabs_hear_ms: u64,
    /// Whether clients recover by a strategy that does less than the default.
    pub(crate) careless: bool,
}

/// One step: time passes, then something happens.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) after_ms: u64,
    pub(crate) action: Action,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Schedule {
    pub(crate) seed: u64,
    pub(crate) setup: Setup,
    pub(crate) steps: Vec<Step>,
}

impl Action {
    /// The device whose page it happens to.
    pub(crate) fn device(&self) -> Option<DeviceIndex> {
        match self {
            Self::Connect { device }
            | Self::Disconnect { device, .. }
            | Self::Reconnect { device }
            | Self::Emit { device, .. }
            | Self::Sleep { device, .. }
            | Self::SetWallClock { device, .. }
            | Self::LateTimers { device, .. }
            | Self::TokenSource { device, .. }
            | Self::Narrow { device, .. }
            | Self::Subscribe { device, .. }
            | Self::SignOut { device, .. }
            | Self::SwitchUser { device, .. }
            | Self::Hear { device, .. }
            | Self::Reload { device, .. }
            | Self::Storage { device, .. }
            | Self::TakeAway { device, .. }
            | Self::Offline { device, .. } => Some(*device),
            _ => None,
        }
    }
}
