//! What is written down about a run: violations of the guarantees, counts, and the trace.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::{DefaultHasher, Hasher as _};

/// A guarantee that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Violation {
    /// Which guarantee; a shrunk schedule violates the same one.
    pub(crate) rule: &'static str,
    pub(crate) what: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)
    }
}

pub(crate) type Check<T = ()> = Result<T, Violation>;

/// Returns a [`Violation`] unless a condition holds.
macro_rules! ensure {
    ($condition:expr, $rule:expr, $($what:tt)+) => {
        if !$condition {
            return Err($crate::watch::Violation { rule: $rule, what: format!($($what)+) });
        }
    };
}
pub(crate) use ensure;

pub(crate) mod rule {
    pub(crate) const ISOLATION: &str = "1 isolation";
    pub(crate) const END: &str = "2 end of a sign-in or membership";
    pub(crate) const INBOUND: &str = "3 inbound";
    pub(crate) const OUTBOUND: &str = "4 outbound";
    pub(crate) const OUTCOME: &str = "4 outcome";
    pub(crate) const DURABILITY: &str = "4 durability";
    pub(crate) const BOUNDS: &str = "5 bounds";
    #[cfg(feature = "audit")]
    pub(crate) const AUDIT: &str = "audit";
    pub(crate) const PROTOCOL: &str = "protocol";
    pub(crate) const CONVERGENCE: &str = "convergence";
    pub(crate) const PANIC: &str = "panic";
}

/// How much of a run is written down.
#[derive(Debug, Clone)]
pub(crate) enum Trace {
    Off,
    Hash(DefaultHasher),
    Lines,
}

/// Counts by name, and the trace.
pub(crate) struct Watch {
    pub(crate) counts: BTreeMap<&'static str, u64>,
    trace: Trace,
}

impl Watch {
    pub(crate) fn new(trace: Trace) -> Self {
        Self { counts: BTreeMap::new(), trace }
    }

    pub(crate) fn count(&mut self, name: &'static str) {
        self.add(name, 1);
    }

    pub(crate) fn add(&mut self, name: &'static str, number: u64) {
        *self.counts.entry(name).or_default() += number;
    }

    pub(crate) fn note(&mut self, line: impl FnOnce() -> String) {
        match &mut self.trace {
            Trace::Off => {}
            Trace::Hash(hasher) => hasher.write(line().as_bytes()),
            Trace::Lines => println!("{}", line()),
        }
    }

    /// The hash of the trace.
    pub(crate) fn hash(&self) -> u64 {
        match &self.trace {
            Trace::Hash(hasher) => hasher.finish(),
            Trace::Off | Trace::Lines => 0,
        }
    }
}
