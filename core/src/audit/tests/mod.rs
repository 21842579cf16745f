//! The chain and its verification.

mod handover;
mod log;
mod mutations;
mod verify;

use std::sync::Arc;
use std::time::Duration;

use super::*;
use crate::id::{AuditChainId, OrganizationId, SessionId, UserId};
use crate::time::{Now, Timestamp};
use crate::wire::AuditHead;

fn now(second: u64) -> Now {
    let millis = i64::try_from(second * 1_000).unwrap();
    Now {
        monotonic: Duration::from_secs(second),
        wall: Timestamp::from_millis(1_763_856_000_000 + millis),
    }
}

/// A log that records all kinds of things until it has a number of entries.
fn log_of(entries: u64, max_entries: usize) -> Log {
    let mut log = Log::new([7; 32], max_entries);
    while log.head().0 < entries {
        append(&mut log);
    }
    log
}

/// Appends one entry of another kind than the one before.
fn append(log: &mut Log) -> Vec<Arc<AuditEntry>> {
    let (number, _) = log.head();
    let agent = AuditAgent {
        who: Some(UserId::from("ana")),
        session_hash: Some(log.session(&SessionId::from("s1"))),
    };
    let action = AuditAction::ALL[usize::try_from(number).unwrap() % 9];
    let tenant = match number % 3 {
        0 => Tenant::Own(OrganizationId::from("north-clinic")),
        1 => log.foreign(&OrganizationId::from("south-clinic")),
        _ => Tenant::None,
    };
    let draft = match number % 2 {
        0 => Draft::success(action, EntityKind::Organization),
        _ => Draft::failure(action, EntityKind::Event, "foreign_organization").times(number),
    };
    log.append(now(number), &agent, draft.of(tenant))
}

fn head_of(log: &Log) -> StoredHead {
    let (sequence, hash) = log.head();
    StoredHead { sequence, hash }
}

/// The head as the server answers it.
fn signed(log: &Log) -> AuditHead {
    let (sequence, hash) = log.head();
    let signature = Some("5161".to_owned());
    AuditHead { chain: log.chain().clone(), sequence, hash: hash.to_string(), signature }
}
