//! The audit log: a hash-chained list of security-relevant events (45 CFR 164.312(b); OWASP ASVS 5.0, 16.2).
//!
//! Each [`AuditEntry`] holds the hash of the one before, so that none can be altered, taken out or moved without the
//! chain breaking at that place. Only its end could be cut off unseen; so the server keeps the chain's latest *head* and
//! countersigns it ([`AuditHead`](crate::wire::AuditHead)). [`verify()`] checks an export.
//!
//! A chain is that of one page and one sign-in. So no export holds what another user did on the same device, two tabs of a
//! user do not overwrite each other's heads, and hashes of foreign organizations cannot be compared between chains.
//!
//! # Layout
//!
//! - `entry`: an entry and its canonical form. `hash`: SHA-256.
//! - `log`: the chain in memory. `tally`: what is counted before it becomes an entry.
//! - `handover`: what waits for the sink. `heads`: what the server has countersigned.
//! - `export`: the log as a file. `verify`: whether a file is what was recorded.

mod entry;
mod export;
mod handover;
mod hash;
mod heads;
mod log;
mod tally;
#[cfg(test)]
mod tests;
mod verify;

pub use entry::{
    AuditAction, AuditAgent, AuditEntity, AuditEntry, AuditOutcome, Discarded, EntityKind,
    OutcomeCode,
};
pub use hash::{AuditHash, InvalidHash};
pub use verify::{AuditFlaw, AuditReport, Flaw, InvalidHead, StoredHead, verify};

pub(crate) use export::export;
pub(crate) use handover::Handover;
pub(crate) use heads::Heads;
pub(crate) use log::{Draft, Log, Tenant};
pub(crate) use tally::Tally;
