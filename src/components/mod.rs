//! The components, one a file: semantic HTML, usable by keyboard and screen reader, styled by the custom
//! properties of `styles/yewdux-socket.css`.

#[cfg(feature = "audit")]
mod audit_log;
mod connection_status;
mod event_feed;
mod offline_banner;
mod outbox_status;
#[cfg(feature = "monitor")]
mod performance_panel;
mod presence_list;
mod socket_provider;

#[cfg(feature = "audit")]
pub use audit_log::{AuditLog, AuditLogProps};
pub use connection_status::{ConnectionStatus, ConnectionStatusProps};
pub use event_feed::{EventFeed, EventFeedProps};
pub use offline_banner::{OfflineBanner, OfflineBannerProps};
pub use outbox_status::{OutboxStatus, OutboxStatusProps};
#[cfg(feature = "monitor")]
pub use performance_panel::{PerformancePanel, PerformancePanelProps};
pub use presence_list::{PresenceList, PresenceListProps};
pub use socket_provider::{SocketProvider, SocketProviderProps};
