//! What must hold after every step of a client.

use std::time::Duration;

use yewdux_socket_core::error::ConnectionError;
use yewdux_socket_core::{Error, Status};

use crate::book::Book;
use crate::device::Device;
use crate::names::{ORGANIZATIONS, Organizations, organization_id};
use crate::server::Server;
use crate::watch::{Check, ensure, rule};
use crate::world::Memory;

impl Device {
    /// What `$welcome` allows is kept to.
    pub(crate) fn check_limits(&mut self, now: Duration, bytes: usize) -> Check {
        let limits = self.sight.limits;
        ensure!(
            limits.in_flight.is_none_or(|most| self.in_flight.len() <= most),
            rule::BOUNDS,
            "{} events in flight, {:?} are allowed",
            self.in_flight.len(),
            limits.in_flight
        );
        ensure!(
            limits.frame_bytes.is_none_or(|most| bytes <= most),
            rule::BOUNDS,
            "a frame of {bytes} bytes, {:?} are allowed",
            limits.frame_bytes
        );
        self.writes_since_welcome += 1;
        if let Some((per_second, burst)) = limits.rate {
            let passed = self.clock.read(now).monotonic.saturating_sub(self.sight.welcomed);
            let most = f64::from(burst) + f64::from(per_second) * passed.as_secs_f64();
            let exceeds = self.writes_since_welcome as f64 > most + 0.01;
            ensure!(
                !exceeds,
                rule::BOUNDS,
                "{} events written in {passed:?}",
                self.writes_since_welcome
            );
        }
        Ok(())
    }

    /// What must hold after every step.
    pub(crate) fn check(&self, book: &Book) -> Check {
        let visible = self.sight.visible();
        let client = &self.client;
        ensure!(
            !self.sight.rests || self.socket.is_none(),
            rule::END,
            "a socket is open that nobody wants"
        );
        let seen =
            Server::organizations(&client.tenant_filter().visible().cloned().collect::<Vec<_>>());
        ensure!(seen == visible, rule::ISOLATION, "{seen:?} is visible, not {visible:?}");
        let held = self.folds.held().without(visible);
        ensure!(held.0 == 0, rule::END, "state of {held:?} is still held");
        for (organization, name) in ORGANIZATIONS.iter().enumerate() {
            let online = client.presence().online_count(&organization_id(organization));
            ensure!(
                online == 0 || visible.contains(organization),
                rule::END,
                "presence of {name} is still held"
            );
        }
        for (id, record) in book.pending(self.index) {
            ensure!(
                record.sign_in == self.sight.sign_in,
                rule::END,
                "{id} of sign-in {} has no outcome",
                record.sign_in
            );
        }
        let state = client.connection_state();
        let queued = &state.queued_events;
        ensure!(
            queued.len() == book.pending_count(self.index),
            rule::OUTCOME,
            "{} events are queued, {} have no outcome",
            queued.len(),
            book.pending_count(self.index)
        );
        let bytes: usize = queued.iter().map(|event| event.payload.as_str().len()).sum();
        // What earlier pages left comes on top.
        let most = if self.memory == Memory::Page { 1 } else { 2 };
        ensure!(
            queued.len() <= most * self.bounds.0 && bytes <= most * self.bounds.1,
            rule::BOUNDS,
            "{} events of {bytes} bytes are queued",
            queued.len()
        );
        ensure!(
            client.refused_records() == self.outbox.refused,
            rule::OUTCOME,
            "{} records are said to be refused, {} were",
            client.refused_records(),
            self.outbox.refused
        );
        ensure!(client.recent_errors().len() <= 20, rule::BOUNDS, "too many errors are kept");
        Ok(())
    }

    /// A sign-out in another tab ends the connection too, and says so.
    pub(crate) fn check_signed_out(&self) -> Check {
        let state = self.client.connection_state();
        let error = state.error.as_ref().map(|report| &*report.error);
        let expected = Error::from(ConnectionError::SignedOutElsewhere);
        ensure!(
            state.status == Status::Error && error == Some(&expected),
            rule::END,
            "{:?} because of {error:?} after a sign-out in another tab",
            state.status
        );
        Ok(())
    }

    /// Nothing that was emitted to a lost organization still waits.
    pub(crate) fn check_lost(&self, lost: Organizations, book: &Book) -> Check {
        let waiting = book.pending(self.index).find(|(_, record)| {
            record.organization.is_some_and(|organization| lost.contains(organization))
        });
        ensure!(
            waiting.is_none(),
            rule::END,
            "{:?} of {lost:?}, which are lost, has no outcome",
            waiting.map(|(id, _)| id)
        );
        Ok(())
    }
}
