//! Which safeguard is taken out of the clients, to see that the simulation notices.

use yewdux_socket_core::Config;
#[cfg(feature = "controls")]
use yewdux_socket_core::safeguards::Safeguard;

#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Control {
    #[cfg(feature = "controls")]
    pub(crate) without: Option<Safeguard>,
}

impl Control {
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
