//! The log as a file: JSON Lines, an entry a line, and in the last line the head that the server countersigned.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::entry::AuditEntry;
use crate::wire::AuditHead;

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeadLine {
    pub(super) head: Option<AuditHead>,
}

/// The entries and the head. A head of `null` says that the server has countersigned none.
#[expect(clippy::expect_used, reason = "a head is strings and numbers")]
pub(crate) fn export<'a>(
    entries: impl IntoIterator<Item = &'a Arc<AuditEntry>>,
    head: Option<&AuditHead>,
) -> String {
    let mut text = String::new();
    for entry in entries {
        text.push_str(&entry.canonical());
        text.push('\n');
    }
    let line = serde_json::to_string(&HeadLine { head: head.cloned() });
    text.push_str(&line.expect("a head is JSON"));
    text.push('\n');
    text
}
