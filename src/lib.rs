#![doc = include_str!("../docs/library.md")]

#[cfg(feature = "audit")]
mod audit_sink;
#[cfg(feature = "components")]
mod components;
mod delivery;
mod driver;
mod hooks;
mod listen;
mod manager;
mod options;
mod slices;
mod subscription;
mod token;
pub mod transport;

/// Errors in four classes, with their codes.
pub use yewdux_socket_core::error;
/// Event types: the trait, the built-in events, the registry.
pub use yewdux_socket_core::event;
/// The protocol's messages as types, for tests and for servers in Rust.
pub use yewdux_socket_core::wire;

/// The audit log: its entries, and how an export is verified.
#[cfg(feature = "audit")]
pub use yewdux_socket_core::audit;
pub use yewdux_socket_core::config;
/// The performance monitor: what it measures, and how it judges.
#[cfg(feature = "monitor")]
pub use yewdux_socket_core::monitor;
pub use yewdux_socket_core::monitor::PerformanceMetrics;
/// Which roles may send and receive what.
pub use yewdux_socket_core::permission;
/// What is done about errors: the strategy and its decisions.
pub use yewdux_socket_core::recovery;
/// Text that people read, without what misleads.
pub use yewdux_socket_core::text;
pub use yewdux_socket_core::{
    Capabilities, Config, ConnectOptions, ConnectionHealth, ConnectionState, EmitError, Envelope,
    Error, ErrorClass, ErrorReport, EventId, EventRegistry, Membership, OrganizationId, Outcome,
    PermissionPolicy, PresenceDigest, PresenceState, Principal, Quarantined, QueuedEvent,
    ReceivedEvent, Rule, Sensitive, SessionId, SocketEvent, Status, StorageState, SwitchedOff,
    SwitchedOffBy, TenantFilter, Timestamp, UserId, UserPresence,
};

#[cfg(feature = "audit")]
pub use audit_sink::{AuditSink, AuditSinkError};
#[cfg(all(feature = "audit", feature = "components"))]
pub use components::{AuditLog, AuditLogProps};
#[cfg(feature = "components")]
pub use components::{
    ConnectionStatus, ConnectionStatusProps, EventFeed, EventFeedProps, OfflineBanner,
    OfflineBannerProps, OutboxStatus, OutboxStatusProps, PresenceList, PresenceListProps,
    SocketProvider, SocketProviderProps,
};
#[cfg(all(feature = "monitor", feature = "components"))]
pub use components::{PerformancePanel, PerformancePanelProps};
pub use delivery::{Delivery, DeliveryStatus};
#[cfg(feature = "monitor")]
pub use hooks::use_performance;
pub use hooks::{
    EmitState, UseEmit, UsePresence, UsePresenceOptions, UseSocket, UseSocketEventOptions,
    use_emit, use_entities, use_manager, use_presence, use_presence_with_options, use_slice,
    use_socket, use_socket_event, use_socket_event_with_options, use_unsaved_guard,
};
pub use manager::{Connecting, SocketHandle, SocketManager};
pub use options::SocketOptions;
#[cfg(feature = "audit")]
pub use slices::AuditSlice;
pub use slices::{
    Entities, Entity, EntityChange, EntitySlice, EventQueueSlice, NetworkInformation,
    PresenceSlice, RealtimeSlice, SocketSlice,
};
pub use subscription::{Subscription, SubscriptionId};
pub use token::{Token, TokenError, TokenRequest, TokenSource};

/// The code of `docs/migration.md` is compiled and run with the documentation's.
#[cfg(doctest)]
#[doc = include_str!("../docs/migration.md")]
mod migration {}
