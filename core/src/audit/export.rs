//! The log as a file: JSON Lines, an entry a line, and in the last line the head that the server countersigned.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entry::{AuditEntry, encode};
use crate::wire::AuditHead;

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeadLine {
    pub(super) head: Option<AuditHead>,
}

/// The entries and the head. A head of `null` says that the server has countersigned none.
pub(crate) fn export<'a>(
    entries: impl IntoIterator<Item = &'a Arc<AuditEntry>>,
    head: Option<&AuditHead>,
) -> String {
    let mut text = String::new();
    for entry in entries {
        text.push_str(&entry.canonical());
        text.push('\n');
    }
    text.push_str(&encode(&HeadLine { head: head.cloned() }));
    text.push('\n');
    text
}
