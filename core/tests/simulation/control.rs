//! Which safeguard is taken out of the clients, or what is wrong with storage, to see that the simulation notices.

use yewdux_socket_core::Config;
#[cfg(feature = "controls")]
use yewdux_socket_core::safeguards::Safeguard;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Control {
    #[cfg(feature = "controls")]
    pub(crate) without: Option<Safeguard>,
    pub(crate) breach: Option<Breach>,
}

/// What storage must not do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breach {
    /// A record that was kept is not there.
    LosesRecord,
    /// Events come back in another order.
    Renumbers,
    /// What was removed is still there.
    KeepsRemoved,
    /// What was erased is still there.
    KeepsErased,
}

impl Breach {
    pub(crate) const ALL: [Self; 4] =
        [Self::LosesRecord, Self::Renumbers, Self::KeepsRemoved, Self::KeepsErased];
}

impl Control {
    /// Clients as they are, on storage that breaks its word.
    pub(crate) fn of_storage(breach: Breach) -> Self {
        Self {
            #[cfg(feature = "controls")]
            without: None,
            breach: Some(breach),
        }
    }

    #[cfg(feature = "controls")]
    pub(crate) fn apply(self, config: Config) -> Config {
        match self.without {
            Some(safeguard) => config.without(safeguard),
            None => config,
        }
    }

    #[cfg(not(feature = "controls"))]
    #[expect(clippy::unused_self, reason = "the same call in both builds")]
    pub(crate) fn apply(self, config: Config) -> Config {
        config
    }
}
