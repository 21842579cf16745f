//! The chain in memory: bounded, and what goes from it is an entry of its own.

use std::sync::Arc;

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};

use super::entry::{
    AuditAction, AuditAgent, AuditEntity, AuditEntry, AuditOutcome, Discarded, EntityKind,
    OutcomeCode,
};
use super::hash::AuditHash;
use crate::id::{AuditChainId, OrganizationId, SessionId};
use crate::time::Now;

/// Fewer entries than these make no log.
const LEAST_ENTRIES: usize = 8;
/// The stream of the generator that is the log's own, so that what the client draws is the same with and without it.
const STREAM: u64 = 1;

/// The organization of an entry.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tenant {
    /// It is about none.
    None,
    /// One of the user's.
    Own(OrganizationId),
    /// None of the user's, so it is not named.
    Foreign(AuditHash),
}

/// What an entry says; the log adds its place, its time and who it was.
#[derive(Debug, Clone)]
pub(crate) struct Draft {
    pub(crate) action: AuditAction,
    pub(crate) outcome: AuditOutcome,
    pub(crate) tenant: Tenant,
    pub(crate) entity: AuditEntity,
    pub(crate) count: Option<u64>,
    discarded: Option<Discarded>,
}

impl Draft {
    /// Something that was done.
    pub(crate) fn success(action: AuditAction, kind: EntityKind) -> Self {
        Self {
            action,
            outcome: AuditOutcome { code: OutcomeCode::Success, detail: None },
            tenant: Tenant::None,
            entity: AuditEntity { kind, what: None },
            count: None,
            discarded: None,
        }
    }

    /// Something that was refused, with the code of the reason.
    pub(crate) fn failure(action: AuditAction, kind: EntityKind, detail: &str) -> Self {
        let outcome = AuditOutcome { code: OutcomeCode::Failure, detail: None };
        Self { outcome, ..Self::success(action, kind) }.because(detail)
    }

    /// Entries that the sink never took.
    pub(super) fn lost(discarded: Discarded) -> Self {
        let lost = Self::failure(AuditAction::Discard, EntityKind::AuditLog, "audit_lost");
        Self { discarded: Some(discarded), ..lost }
    }

    pub(crate) fn because(mut self, detail: &str) -> Self {
        self.outcome.detail = Some(detail.to_owned());
        self
    }

    pub(crate) fn of(self, tenant: Tenant) -> Self {
        Self { tenant, ..self }
    }

    pub(crate) fn times(self, count: u64) -> Self {
        Self { count: Some(count), ..self }
    }
}

/// The chain of the present sign-in.
#[derive(Debug)]
pub(crate) struct Log {
    rng: ChaCha8Rng,
    max_entries: usize,
    chain: AuditChainId,
    /// Goes into the hashes of foreign organizations and never leaves.
    secret: [u8; 32],
    sequence: u64,
    last: AuditHash,
    entries: Vec<Arc<AuditEntry>>,
}

impl Log {
    pub(crate) fn new(entropy: [u8; 32], max_entries: usize) -> Self {
        let mut rng = ChaCha8Rng::from_seed(entropy);
        rng.set_stream(STREAM);
        let mut log = Self {
            rng,
            max_entries: max_entries.max(LEAST_ENTRIES),
            chain: AuditChainId::from_bits(0),
            secret: [0; 32],
            sequence: 0,
            last: AuditHash::NONE,
            entries: Vec::new(),
        };
        log.begin_anew();
        log
    }

    /// Forgets the chain and begins another one, which has nothing in common with it.
    pub(crate) fn begin_anew(&mut self) {
        let bits = (u128::from(self.rng.next_u64()) << 64) | u128::from(self.rng.next_u64());
        self.chain = AuditChainId::from_bits(bits);
        self.rng.fill_bytes(&mut self.secret);
        self.sequence = 0;
        self.last = AuditHash::NONE;
        self.entries.clear();
    }

    /// Appends an entry. Returns it, with the one behind it if older entries had to go from memory.
    pub(crate) fn append(
        &mut self,
        now: Now,
        agent: &AuditAgent,
        draft: Draft,
    ) -> Vec<Arc<AuditEntry>> {
        let mut appended = vec![self.push(now, agent.clone(), draft)];
        if self.entries.len() > self.max_entries {
            let gone = self.forget_oldest();
            appended.push(self.push(now, agent.clone(), gone));
        }
        appended
    }

    fn push(&mut self, now: Now, agent: AuditAgent, draft: Draft) -> Arc<AuditEntry> {
        self.sequence += 1;
        let (organization, organization_hash) = match draft.tenant {
            Tenant::None => (None, None),
            Tenant::Own(organization) => (Some(organization), None),
            Tenant::Foreign(hash) => (None, Some(hash)),
        };
        let mut entry = AuditEntry {
            sequence: self.sequence,
            chain: self.chain.clone(),
            recorded: now.wall,
            monotonic_ms: u64::try_from(now.monotonic.as_millis()).unwrap_or(u64::MAX),
            action: draft.action,
            outcome: draft.outcome,
            agent,
            organization,
            organization_hash,
            entity: draft.entity,
            count: draft.count,
            discarded: draft.discarded,
            previous: self.last,
            hash: AuditHash::NONE,
        };
        entry.hash = entry.true_hash();
        self.last = entry.hash;
        let entry = Arc::new(entry);
        self.entries.push(entry.clone());
        entry
    }

    /// Makes room: the oldest quarter goes. A quarter, so that a full log does not note the loss of its notes.
    fn forget_oldest(&mut self) -> Draft {
        self.entries.drain(..self.max_entries / 4);
        let to = self.entries.first().map_or(0, |first| first.sequence.saturating_sub(1));
        let discarded = Discarded { chain: None, from: 1, to, link: AuditHash::NONE };
        let gone = Draft::success(AuditAction::Discard, EntityKind::AuditLog);
        Draft { discarded: Some(discarded), ..gone }
    }

    /// The latest entries, oldest first.
    pub(crate) fn entries(&self) -> &[Arc<AuditEntry>] {
        &self.entries
    }

    pub(crate) fn chain(&self) -> &AuditChainId {
        &self.chain
    }

    /// How many entries the chain has, and the hash of the last.
    pub(crate) fn head(&self) -> (u64, AuditHash) {
        (self.sequence, self.last)
    }

    /// What stands for an organization that is none of the user's.
    pub(crate) fn foreign(&self, organization: &OrganizationId) -> Tenant {
        Tenant::Foreign(AuditHash::of(&[&self.secret, organization.as_str().as_bytes()]))
    }

    /// What stands for a session.
    pub(crate) fn session(&self, session: &SessionId) -> AuditHash {
        AuditHash::of(&[self.chain.as_str().as_bytes(), session.as_str().as_bytes()])
    }
}
