//! What the server offers in `$welcome`.

use yewdux_socket_core::wire::capability;

/// All that the server can do.
const ALL: [&str; 9] = [
    capability::BINARY,
    capability::COALESCE,
    capability::RESUME,
    capability::SNAPSHOT,
    capability::ACK,
    capability::PRESENCE,
    capability::REFRESH,
    capability::DIGEST,
    capability::AUDIT,
];

/// The capabilities that are offered. What is not among them is not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Offer(Vec<&'static str>);

impl Offer {
    /// Offers what was chosen, or everything. Fails with the first name that is no capability.
    pub(crate) fn new(chosen: Option<&[String]>) -> Result<Self, String> {
        let Some(chosen) = chosen else { return Ok(Self(ALL.into())) };
        if let Some(unknown) = chosen.iter().find(|name| !ALL.contains(&name.as_str())) {
            return Err(unknown.clone());
        }
        Ok(Self(
            ALL.into_iter().filter(|name| chosen.iter().any(|chosen| chosen == name)).collect(),
        ))
    }

    /// Whether a capability is offered.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

    /// The names, as `$welcome` lists them.
    pub(crate) fn names(&self) -> Vec<String> {
        self.0.iter().copied().map(str::to_owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everything_is_offered_unless_less_was_chosen() {
        assert_eq!(Offer::new(None).unwrap().names(), ALL);
        let some = Offer::new(Some(&["snapshot".into(), "ack".into(), "ack".into()])).unwrap();
        assert_eq!(some.names(), ["snapshot", "ack"]);
        assert!(some.has(capability::ACK) && !some.has(capability::RESUME));
        assert_eq!(Offer::new(Some(&[])).unwrap().names(), [""; 0]);
        assert_eq!(Offer::new(Some(&["snapshots".into()])), Err("snapshots".into()));
    }
}
