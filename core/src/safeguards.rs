//! Safeguards that a simulation can take out, to see that it would notice.

/// A safeguard of the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Safeguard {
    /// Events of organizations that the user may not see are dropped.
    TenantFilter,
    /// Events that came before are dropped.
    Deduplication,
    /// A gap in a stream is answered by a snapshot, and nothing newer applies before it.
    Resume,
    /// Delays before a reconnection are spread.
    Jitter,
    /// Events are sent in the order of their emission.
    Order,
    /// The end of a sign-in or a membership takes along what was held of it.
    Purge,
    /// An event that has outlived its time is not sent.
    Expiry,
}

/// Which safeguards are in force: all, unless the crate was built for a simulation that took one out.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Safeguards {
    #[cfg(feature = "controls")]
    removed: Option<Safeguard>,
}

impl Safeguards {
    #[cfg(feature = "controls")]
    pub(crate) fn without(removed: Safeguard) -> Self {
        Self { removed: Some(removed) }
    }

    /// Whether a safeguard is in force.
    #[cfg(feature = "controls")]
    pub(crate) fn hold(self, safeguard: Safeguard) -> bool {
        self.removed != Some(safeguard)
    }

    /// Whether a safeguard is in force.
    #[cfg(not(feature = "controls"))]
    #[expect(clippy::unused_self, reason = "the same call in both builds")]
    pub(crate) fn hold(self, _: Safeguard) -> bool {
        true
    }
}
