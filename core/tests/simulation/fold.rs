//! What an application makes of the deliveries: the state of each organization, held against the server's.

use serde::Deserialize;
use yewdux_socket_core::event::Position;
use yewdux_socket_core::{Client, Error, Inbound, ReceivedEvent, Snapshot};

use crate::action::Abilities;
use crate::names::{self, Organization, Organizations, change};
use crate::server::TOPIC;
use crate::stream::{Entries, Fingerprint, Stream};
use crate::watch::{Check, Watch, ensure, rule};

#[derive(Default)]
pub(crate) struct Fold {
    pub(crate) position: Option<Position>,
    pub(crate) entries: Entries,
    fingerprint: Fingerprint,
    /// The server's count of the last change.
    serial: u64,
}

/// What there is to compare with.
pub(crate) struct Truth<'a> {
    pub(crate) streams: &'a [Stream; 3],
    pub(crate) abilities: Abilities,
    pub(crate) visible: Organizations,
}

#[derive(Default)]
pub(crate) struct Folds {
    organizations: [Option<Fold>; 3],
}

impl Folds {
    pub(crate) fn get(&self, organization: Organization) -> Option<&Fold> {
        self.organizations[organization].as_ref()
    }

    /// The organizations of which something is held.
    pub(crate) fn held(&self) -> Organizations {
        let held = self.organizations.iter().enumerate();
        held.fold(Organizations::default(), |all, (organization, fold)| {
            all.with(organization, fold.is_some())
        })
    }

    /// Takes in a delivery.
    pub(crate) fn deliver(
        &mut self,
        inbound: &Inbound,
        truth: &Truth<'_>,
        client: &Client,
        watch: &mut Watch,
    ) -> Check {
        match inbound {
            Inbound::Event(event) => {
                watch.count("delivered: event");
                self.event(event, truth, client)
            }
            Inbound::Snapshot(snapshot) => {
                watch.count("delivered: snapshot");
                self.snapshot(snapshot, truth)
            }
            Inbound::Purge(organization) => {
                watch.count("delivered: purge");
                if let Some(organization) = names::organization(organization) {
                    self.organizations[organization] = None;
                }
                Ok(())
            }
            Inbound::PurgeAll => {
                watch.count("delivered: purge of everything");
                *self = Self::default();
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn event(&mut self, event: &ReceivedEvent, truth: &Truth<'_>, client: &Client) -> Check {
        let envelope = &event.envelope;
        let Some(id) = &envelope.organization else {
            ensure!(
                client.principal().is_some(),
                rule::ISOLATION,
                "a global event came while nobody was signed in"
            );
            return Ok(());
        };
        let organization =
            names::organization(id).filter(|organization| truth.visible.contains(*organization));
        let Some(organization) = organization else {
            ensure!(
                false,
                rule::ISOLATION,
                "an event of {id} came, {:?} is visible",
                truth.visible
            );
            return Ok(());
        };
        let stream = &truth.streams[organization];
        let fold = &mut self.organizations[organization];
        if truth.abilities.snapshot {
            ensure!(fold.is_some(), rule::INBOUND, "an event of {id} came before its snapshot");
        }
        let fold = fold.get_or_insert_default();
        if truth.abilities.positions {
            let Some(position) = envelope.position.clone() else {
                ensure!(false, rule::INBOUND, "an event of {id} came from nowhere");
                return Ok(());
            };
            if let Some(last) = &fold.position {
                let next = stream.next_deliverable(last);
                let follows = last.epoch == position.epoch && next == Some(position.offset);
                let told = !truth.abilities.snapshot
                    && is_after(last, &position)
                    && told_of_gap(client, id);
                ensure!(follows || told, rule::INBOUND, "{position:?} of {id} came after {last:?}");
            }
            fold.position = Some(position);
        }
        if let Some((key, value, serial)) = change(event) {
            ensure!(
                serial > fold.serial,
                rule::INBOUND,
                "change {serial} of {id} came after {}",
                fold.serial
            );
            fold.serial = serial;
            if let Some(old) = fold.entries.insert(key, value.to_owned()) {
                fold.fingerprint = fold.fingerprint.minus(key, &old);
            }
            fold.fingerprint = fold.fingerprint.plus(key, value);
        }
        if let (true, Some(position)) = (truth.abilities.snapshot, &fold.position) {
            ensure!(
                stream.fingerprint_at(position) == Some(fold.fingerprint),
                rule::INBOUND,
                "the state of {id} at {position:?} is not the server's"
            );
        }
        Ok(())
    }

    fn snapshot(&mut self, snapshot: &Snapshot, truth: &Truth<'_>) -> Check {
        #[derive(Deserialize)]
        struct Entry {
            key: u64,
            value: String,
        }
        let (id, position) = (&snapshot.organization, &snapshot.position);
        let organization =
            names::organization(id).filter(|organization| truth.visible.contains(*organization));
        let Some(organization) = organization else {
            ensure!(
                false,
                rule::ISOLATION,
                "a snapshot of {id} came, {:?} is visible",
                truth.visible
            );
            return Ok(());
        };
        if let Some(last) = self.get(organization).and_then(|fold| fold.position.as_ref()) {
            ensure!(
                last.epoch != position.epoch || last.offset <= position.offset,
                rule::INBOUND,
                "a snapshot takes {id} back from {last:?} to {position:?}"
            );
        }
        let topic = snapshot.topics.get(TOPIC).map(Vec::as_slice).unwrap_or_default();
        let entries = topic.iter().map(|entry| {
            let Entry { key, value } = entry.read().expect("the server wrote it");
            (key, value)
        });
        let entries: Entries = entries.collect();
        let fingerprint = Fingerprint::of(&entries);
        ensure!(
            truth.streams[organization].fingerprint_at(position) == Some(fingerprint),
            rule::INBOUND,
            "the snapshot of {id} at {position:?} is not the server's state"
        );
        let position = Some(position.clone());
        self.organizations[organization] = Some(Fold { position, entries, fingerprint, serial: 0 });
        Ok(())
    }
}

fn is_after(last: &Position, next: &Position) -> bool {
    last.epoch != next.epoch || last.offset < next.offset
}

/// Whether the client said that events of an organization are missing. What it says is bounded, so it may have
/// said it before.
fn told_of_gap(client: &Client, id: &yewdux_socket_core::OrganizationId) -> bool {
    use yewdux_socket_core::error::PerformanceError;
    let missed = Error::from(PerformanceError::EventsMissed { organization: id.clone() });
    let errors = client.recent_errors();
    errors.len() >= 20 || client.recent_errors().iter().any(|report| *report.error == missed)
}
