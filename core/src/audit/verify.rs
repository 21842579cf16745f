//! Whether a file is what was recorded: canonical, unbroken, and long enough for the heads that the server has.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::entry::{AuditAction, AuditEntry, Discarded, OutcomeCode, encode};
use super::export::HeadLine;
use super::hash::AuditHash;
use crate::id::AuditChainId;
use crate::wire::AuditHead;

/// A head that is known from elsewhere, as text `SEQUENCE:HASH`: what the server has stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredHead {
    /// How many entries the chain has at least.
    pub sequence: u64,
    /// The hash of the last of them.
    pub hash: AuditHash,
}

impl fmt::Display for StoredHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.sequence, self.hash)
    }
}

/// The text is no head.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a head is SEQUENCE:HASH, a number from 1 and 64 lower-case hexadecimal digits")]
pub struct InvalidHead;

impl FromStr for StoredHead {
    type Err = InvalidHead;

    fn from_str(text: &str) -> Result<Self, InvalidHead> {
        let (sequence, hash) = text.split_once(':').ok_or(InvalidHead)?;
        let sequence = sequence.parse().ok().filter(|sequence| *sequence > 0).ok_or(InvalidHead)?;
        Ok(Self { sequence, hash: hash.parse().map_err(|_| InvalidHead)? })
    }
}

/// What an intact file holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditReport {
    /// Its chain.
    pub chain: AuditChainId,
    /// The first entry in the file. Later than 1 if those before were no longer in memory.
    pub first: u64,
    /// The last entry.
    pub last: StoredHead,
    /// How many entries from 1 to the last are not in the file. Each is accounted for by an entry that is.
    pub missing: u64,
    /// The head in the last line, which the server countersigned. That its signature is the server's, the server alone
    /// can say.
    pub head: Option<AuditHead>,
    /// Up to which entry a head vouches for the chain, 0 if none does. What is behind it could be cut off unseen.
    pub anchored: u64,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {flaw}")]
pub struct AuditFlaw {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong there.
    pub flaw: Flaw,
}

/// What can be wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Flaw {
    /// There is no entry.
    #[error("there is no entry")]
    Empty,
    /// The line is neither an entry nor a head.
    #[error("it is neither an entry nor a head")]
    Unreadable,
    /// The line says the same as an entry, but is not written as one.
    #[error("it is not in canonical form")]
    NotCanonical,
    /// Something follows the line of the head.
    #[error("it follows the head, which is the last line")]
    BehindHead,
    /// The entry is of another chain than the first.
    #[error("the entry is of another chain")]
    OtherChain,
    /// The hash of the entry is not that of what it says.
    #[error("the entry was altered: its hash is another one")]
    Altered,
    /// The entry does not follow the one before.
    #[error("entry {found} stands where entry {expected} belongs")]
    Order {
        /// The sequence that comes next.
        expected: u64,
        /// The one that is there.
        found: u64,
    },
    /// The entry names another previous hash than the entry before has.
    #[error("the entry before is not the one that this entry was chained to")]
    Broken,
    /// Entries are missing, and no entry says why.
    #[error("entries {from} to {to} are missing, and no entry says why")]
    Missing {
        /// The first of them.
        from: u64,
        /// The last of them.
        to: u64,
    },
    /// The chain is shorter than a head.
    #[error("the file ends at entry {last}, the head is of entry {sequence}: it was cut off")]
    Truncated {
        /// The last entry in the file.
        last: u64,
        /// The sequence of the head.
        sequence: u64,
    },
    /// The entry that a head is of is no longer in the file, so that the head says nothing.
    #[error("entry {sequence}, which the head is of, is not in the file any more")]
    HeadGone {
        /// The sequence of the head.
        sequence: u64,
    },
    /// The entry that a head is of is another one.
    #[error("entry {sequence} is not the one that the head is of")]
    OtherHead {
        /// The sequence of the head.
        sequence: u64,
    },
}

/// Verifies an export: JSON Lines, and the countersigned head in the last line, if it has one. A file that a sink wrote is
/// one too, if it holds one chain.
///
/// Only the head of another place tells whether the end was cut off, or the whole chain made anew; so `stored` should be
/// what the server has.
///
/// # Errors
/// The first [`AuditFlaw`].
pub fn verify(export: &str, stored: Option<StoredHead>) -> Result<AuditReport, AuditFlaw> {
    let mut chain = Chain::default();
    let mut head = None;
    for (line, text) in export.split_terminator('\n').enumerate().map(|(at, text)| (at + 1, text)) {
        let flaw = |flaw| AuditFlaw { line, flaw };
        if head.is_some() {
            return Err(flaw(Flaw::BehindHead));
        }
        match read(text).map_err(flaw)? {
            Line::Entry(entry) => chain.push(line, *entry).map_err(flaw)?,
            Line::Head(found) => head = Some((line, found)),
        }
    }
    let missing = chain.account_for_gaps()?;
    let line = chain.lines.last().map_or(1, |(line, _)| *line);
    let (Some((_, first)), Some((_, last))) = (chain.lines.first(), chain.lines.last()) else {
        return Err(AuditFlaw { line, flaw: Flaw::Empty });
    };
    let head = head.and_then(|(line, head)| Some((line, head?)));
    let mut anchored = 0;
    if let Some((line, head)) = &head {
        let flaw = |flaw| AuditFlaw { line: *line, flaw };
        if head.chain != first.chain {
            return Err(flaw(Flaw::OtherChain));
        }
        let hash = head.hash.parse().map_err(|_| flaw(Flaw::Unreadable))?;
        if chain.reaches(StoredHead { sequence: head.sequence, hash }).map_err(flaw)? {
            anchored = head.sequence;
        }
    }
    if let Some(stored) = stored {
        let StoredHead { sequence, .. } = stored;
        let flaw = |flaw| AuditFlaw { line, flaw };
        if !chain.reaches(stored).map_err(flaw)? {
            return Err(flaw(Flaw::HeadGone { sequence }));
        }
        anchored = anchored.max(sequence);
    }
    Ok(AuditReport {
        chain: first.chain.clone(),
        first: first.sequence,
        last: StoredHead { sequence: last.sequence, hash: last.hash },
        missing,
        head: head.map(|(_, head)| head),
        anchored,
    })
}

enum Line {
    Entry(Box<AuditEntry>),
    Head(Option<AuditHead>),
}

fn read(text: &str) -> Result<Line, Flaw> {
    let canonical = |is_canonical| if is_canonical { Ok(()) } else { Err(Flaw::NotCanonical) };
    if let Ok(HeadLine { head }) = serde_json::from_str(text) {
        let line = HeadLine { head };
        canonical(encode(&line) == text)?;
        return Ok(Line::Head(line.head));
    }
    let entry: AuditEntry = serde_json::from_str(text).map_err(|_| Flaw::Unreadable)?;
    canonical(entry.canonical() == text)?;
    if entry.true_hash() != entry.hash {
        return Err(Flaw::Altered);
    }
    Ok(Line::Entry(Box::new(entry)))
}

/// Entries that are not there, between two that are.
struct Gap {
    /// The line behind it.
    line: usize,
    from: u64,
    to: u64,
    /// The hash of the entry before it.
    before: AuditHash,
}

/// The entries of a file, with their lines.
#[derive(Default)]
struct Chain {
    lines: Vec<(usize, AuditEntry)>,
    gaps: Vec<Gap>,
}

impl Chain {
    fn push(&mut self, line: usize, entry: AuditEntry) -> Result<(), Flaw> {
        let (expected, before) = match self.lines.last() {
            Some((_, last)) if last.chain != entry.chain => return Err(Flaw::OtherChain),
            Some((_, last)) => (last.sequence.saturating_add(1), last.hash),
            None => (1, AuditHash::NONE),
        };
        let found = entry.sequence;
        if found < expected {
            return Err(Flaw::Order { expected, found });
        }
        if found > expected {
            self.gaps.push(Gap { line, from: expected, to: found - 1, before });
        } else if entry.previous != before {
            return Err(Flaw::Broken);
        }
        self.lines.push((line, entry));
        Ok(())
    }

    /// Each entry that is missing must be in a range that an entry of the same chain declares gone, and that range must
    /// be tied to what is there before the gap. How many are missing.
    fn account_for_gaps(&self) -> Result<u64, AuditFlaw> {
        let mut missing = 0;
        for Gap { line, from, to, before } in &self.gaps {
            let mut next = *from;
            while next <= *to {
                let is_tied = |gone: &&Discarded| next != *from || gone.link == *before;
                let begin_here = self.declared().filter(|gone| gone.from == next).filter(is_tied);
                let Some(end) = begin_here.map(|gone| gone.to).max().filter(|end| *end >= next)
                else {
                    let flaw = Flaw::Missing { from: next, to: *to };
                    return Err(AuditFlaw { line: *line, flaw });
                };
                next = end.saturating_add(1);
            }
            missing += to - from + 1;
        }
        Ok(missing)
    }

    /// What entries of the chain declare gone. From memory only the beginning goes, so elsewhere nothing but a loss
    /// explains a gap.
    fn declared(&self) -> impl Iterator<Item = &Discarded> {
        let of_this = |entry: &AuditEntry| {
            let gone = entry.discarded.as_ref()?;
            let is_loss = entry.outcome.code == OutcomeCode::Failure;
            let counts = entry.action == AuditAction::Discard
                && gone.chain.is_none()
                && (is_loss || gone.from == 1);
            counts.then_some(())
        };
        let declaring = self.lines.iter().filter(move |(_, entry)| of_this(entry).is_some());
        declaring.filter_map(|(_, entry)| entry.discarded.as_ref())
    }

    /// Holds the chain against a head. Whether the entry that it is of could be compared.
    fn reaches(&self, head: StoredHead) -> Result<bool, Flaw> {
        let StoredHead { sequence, hash } = head;
        let last = self.lines.last().map_or(0, |(_, entry)| entry.sequence);
        if sequence > last {
            return Err(Flaw::Truncated { last, sequence });
        }
        match self.hash_of(sequence) {
            Some(known) if known == hash => Ok(true),
            Some(_) => Err(Flaw::OtherHead { sequence }),
            None => Ok(false),
        }
    }

    /// The hash of an entry, as it says itself, or as the next one says of it.
    fn hash_of(&self, sequence: u64) -> Option<AuditHash> {
        let at = self.lines.partition_point(|(_, entry)| entry.sequence < sequence);
        let (_, found) = self.lines.get(at)?;
        if found.sequence == sequence {
            return Some(found.hash);
        }
        (found.sequence - 1 == sequence).then_some(found.previous)
    }
}
