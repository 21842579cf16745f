//! What the server has countersigned of the chain, and when it is told of more.

use std::time::Duration;

use super::hash::AuditHash;
use super::log::Log;
use crate::wire::AuditHead;

/// Longest signature that is kept, in bytes.
const MAX_SIGNATURE: usize = 512;

/// The heads of one chain.
#[derive(Debug, Default)]
pub(crate) struct Heads {
    signed: Option<AuditHead>,
    /// What waits for its signature.
    sent: Option<(u64, AuditHash)>,
    sent_at: Option<Duration>,
    /// Whether the server refused one on this connection. It will refuse the next one too.
    refused: bool,
}

impl Heads {
    /// The last head that was countersigned.
    pub(crate) fn signed(&self) -> Option<&AuditHead> {
        self.signed.as_ref()
    }

    /// When the head is to be sent, if the server does not have it.
    pub(crate) fn deadline(&self, log: &Log, interval: Duration) -> Option<Duration> {
        let known = self.signed.as_ref().map_or(0, |head| head.sequence);
        let is_wanted = log.head().0 > known && !self.refused;
        let next = |sent: Duration| sent.saturating_add(interval);
        is_wanted.then(|| self.sent_at.map_or(Duration::ZERO, next))
    }

    /// The head to be sent now.
    pub(crate) fn send(&mut self, log: &Log, now: Duration) -> AuditHead {
        let (sequence, hash) = log.head();
        self.sent = Some((sequence, hash));
        self.sent_at = Some(now);
        AuditHead { chain: log.chain().clone(), sequence, hash: hash.to_string(), signature: None }
    }

    /// The server's answer. One that is not about what was sent last is ignored.
    pub(crate) fn answered(&mut self, log: &Log, head: AuditHead) {
        let is_ours = head.chain == *log.chain()
            && self.sent.is_some_and(|(sequence, hash)| {
                head.sequence == sequence && head.hash == hash.to_string()
            });
        let has_signature = head.signature.as_ref().is_some_and(|text| text.len() <= MAX_SIGNATURE);
        if is_ours && has_signature {
            self.sent = None;
            self.signed = Some(head);
        }
    }

    /// The server does not take what was sent.
    pub(crate) fn refused(&mut self) {
        self.refused = true;
    }

    /// The next connection is another chance.
    pub(crate) fn connected(&mut self) {
        self.sent = None;
        self.refused = false;
    }
}
