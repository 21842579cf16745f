//! What is switched on: by the configuration, and by what the server offers.

use serde::Serialize;

use crate::wire::capability;

/// The abilities that a client makes use of where the server offers them. All are on by default; one that is
/// switched off works as if the server lacked it. The tenant filter is none of them: it cannot be switched off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Capabilities {
    /// Binary frames, which reach the page without transcoding. Off: text.
    pub binary: bool,
    /// Several messages in a frame. Off: one message a frame.
    pub coalesce: bool,
    /// Missed events are replayed after a reconnection. Off: state is fetched anew.
    pub resume: bool,
    /// State is fetched by snapshots. Off: events apply from where the connection begins, and what was missed
    /// is reported as missed.
    pub snapshot: bool,
    /// Emitted events are acknowledged and repeated until they are. Off: each is written once, and its outcome
    /// is `Unconfirmed`.
    pub ack: bool,
    /// Who is online is kept. Off: nobody is known to be.
    pub presence: bool,
    /// The sign-in is renewed on the open connection. Off: by a reconnection.
    pub refresh: bool,
    /// Presence is compared with the server's fingerprint. Off: it is not.
    pub digest: bool,
    /// The server countersigns the head of the audit chain. Off: it does not, and a chain that is cut short goes
    /// unnoticed. It is known only with the feature `audit`.
    pub audit: bool,
}

impl Default for Capabilities {
    fn default() -> Self {
        Self {
            binary: true,
            coalesce: true,
            resume: true,
            snapshot: true,
            ack: true,
            presence: true,
            refresh: true,
            digest: true,
            audit: true,
        }
    }
}

impl Capabilities {
    fn switches(self) -> impl Iterator<Item = (&'static str, bool)> {
        let all = [
            (capability::BINARY, self.binary),
            (capability::COALESCE, self.coalesce),
            (capability::RESUME, self.resume),
            (capability::SNAPSHOT, self.snapshot),
            (capability::ACK, self.ack),
            (capability::PRESENCE, self.presence),
            (capability::REFRESH, self.refresh),
            (capability::DIGEST, self.digest),
            (capability::AUDIT, self.audit),
        ];
        // What is not built in can neither be used nor missed.
        all.into_iter().filter(|(name, _)| cfg!(feature = "audit") || *name != capability::AUDIT)
    }

    /// What the client tells the server that it can do.
    pub(crate) fn offered(self) -> Vec<String> {
        let on = self.switches().filter(|(_, on)| *on);
        on.map(|(name, _)| name.to_owned()).collect()
    }

    /// Whether an ability is switched on here.
    pub(crate) fn allow(self, capability: &str) -> bool {
        self.switches().any(|(name, on)| on && name == capability)
    }

    /// What is off, given what the server offers.
    pub(crate) fn switched_off(self, server: &[String]) -> Vec<SwitchedOff> {
        let off = self.switches().filter_map(|(capability, on)| {
            let offered = server.iter().any(|name| name == capability);
            let by = match (on, offered) {
                (true, true) => return None,
                (false, _) => SwitchedOffBy::Configuration,
                (true, false) => SwitchedOffBy::Server,
            };
            Some(SwitchedOff { capability, by })
        });
        off.collect()
    }
}

/// An ability that is not made use of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct SwitchedOff {
    /// Its name, one of [`capability`].
    pub capability: &'static str,
    /// Who switched it off.
    pub by: SwitchedOffBy,
}

/// Who switched an ability off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum SwitchedOffBy {
    /// The application, in [`Config::capabilities`](crate::Config::capabilities).
    Configuration,
    /// The server, which does not offer it.
    Server,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_either_side_lacks_is_off_and_it_is_said_whose_doing_it_is() {
        let capabilities = Capabilities { resume: false, ..Capabilities::default() };
        let server: Vec<_> = [capability::RESUME, capability::ACK].map(str::to_owned).into();
        let off = capabilities.switched_off(&server);
        let by = |name| off.iter().find(|off| off.capability == name).map(|off| off.by);
        assert_eq!(by(capability::RESUME), Some(SwitchedOffBy::Configuration));
        assert_eq!(by(capability::ACK), None);
        assert_eq!(by(capability::SNAPSHOT), Some(SwitchedOffBy::Server));
        assert!(!capabilities.allow(capability::RESUME) && capabilities.allow(capability::ACK));
        assert!(!capabilities.offered().contains(&capability::RESUME.to_owned()));
    }
}
