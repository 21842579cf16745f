//! What a page leaves to the next one of the same user, and what becomes of it.

use yewdux_socket_core::{EventId, StoredEvent};

use super::{Book, Record, Writing};
use crate::names::{KINDS, User};
use crate::storage::Place;
use crate::watch::{Check, ensure, rule};

impl Record {
    /// What is one user's is never another's.
    pub(super) fn belongs_to(&mut self, id: &EventId, user: Option<User>) -> Check {
        let (owner, user) = (self.user, user.or(self.user));
        ensure!(
            owner.is_none() || owner == user,
            rule::END,
            "{id} of {owner:?} is used as {user:?}'s"
        );
        self.user = user;
        Ok(())
    }
}

impl Book {
    /// The client hands an event to storage.
    pub(crate) fn handed(&mut self, event: &StoredEvent, at: Writing) -> Check {
        let record = self.record(&event.id)?;
        record.belongs_to(&event.id, at.user)?;
        ensure!(
            (record.device, record.sign_in) == (at.device, at.sign_in) && record.outcome.is_none(),
            rule::END,
            "{} is stored, which does not wait here",
            event.id
        );
        record.handed = true;
        Ok(())
    }

    /// The client says that an event is kept over a reload.
    pub(crate) fn said_durable(&mut self, id: &EventId, place: Place, is_kept: bool) -> Check {
        let record = self.record(id)?;
        ensure!(
            is_kept || record.erased || record.lost,
            rule::DURABILITY,
            "{id} is said to be durable and is not kept"
        );
        if is_kept && record.durable.replace(place) != Some(place) {
            self.durable.entry(place).or_default().insert(id.clone());
        }
        Ok(())
    }

    /// The client wants an event kept no longer.
    pub(crate) fn unkept(&mut self, id: &EventId) -> Check {
        let place = self.record(id)?.durable.take();
        if let Some(ids) = place.and_then(|place| self.durable.get_mut(&place)) {
            ids.remove(id);
        }
        Ok(())
    }

    /// An event is stored.
    pub(crate) fn kept(&mut self, id: &EventId) {
        if let Some(record) = self.records.get_mut(id) {
            (record.erased, record.lost) = (false, false);
        }
    }

    /// Whether an event that waits at a page with storage should be stored there. Without room it is only if it was
    /// before.
    pub(crate) fn is_to_be_kept(&self, id: &EventId, has_room: bool) -> bool {
        self.records.get(id).is_some_and(|record| {
            let is_gone = record.erased || record.lost;
            !KINDS[record.kind].volatile && !is_gone && (has_room || record.handed)
        })
    }

    /// The browser takes away all that is kept at a place.
    pub(crate) fn taken<'a>(&mut self, place: Place, ids: impl Iterator<Item = &'a EventId>) {
        let mut gone = self.durable.remove(&place).unwrap_or_default();
        gone.extend(ids.cloned());
        for id in &gone {
            if let Some(record) = self.records.get_mut(id) {
                (record.durable, record.lost) = (None, true);
            }
        }
    }

    /// A page is told that what it stored may be gone.
    pub(crate) fn told_of_loss(&mut self, device: usize) {
        for id in self.pending.get(&device).into_iter().flatten() {
            if let Some(record) = self.records.get_mut(id) {
                record.lost = false;
            }
        }
    }

    /// A sign-in ended for good: nothing that it stored may be read once a device's erasing was its turn.
    pub(crate) fn sign_in_ended(&mut self, device: usize, sign_in: u32) {
        let records = self.records.values_mut();
        for record in records.filter(|it| (it.device, it.sign_in) == (device, sign_in)) {
            record.doomed = record.handed;
        }
    }

    /// It was.
    pub(crate) fn forgotten(&mut self, device: usize, user: User) {
        let is_of = |record: &&mut Record| record.device == device && record.user == Some(user);
        for record in self.records.values_mut().filter(is_of) {
            record.erased |= std::mem::take(&mut record.doomed);
        }
    }

    /// A tab that was told of a sign-out erases. What waits in another one is of a later sign-in.
    pub(crate) fn may_erase<'a>(
        &self,
        device: usize,
        mut ids: impl Iterator<Item = &'a EventId>,
    ) -> Check {
        let waits = |id: &&EventId| {
            self.pending.iter().any(|(other, pending)| *other != device && pending.contains(*id))
        };
        let waiting = ids.find(waits);
        ensure!(waiting.is_none(), rule::DURABILITY, "{waiting:?} is erased by another tab");
        Ok(())
    }

    /// All that is kept at a place was erased, or is about to be.
    pub(crate) fn erased<'a>(&mut self, place: Place, ids: impl Iterator<Item = &'a EventId>) {
        let mut gone = self.durable.remove(&place).unwrap_or_default();
        gone.extend(ids.cloned());
        for id in &gone {
            if let Some(record) = self.records.get_mut(id) {
                record.durable = None;
                record.erased = true;
            }
        }
    }

    /// What is kept at a place was read. What the application was told is kept must be among it.
    pub(crate) fn read<'a>(
        &mut self,
        place: Place,
        events: impl Iterator<Item = &'a EventId>,
        refused: &[EventId],
    ) -> Check {
        for id in refused {
            self.unkept(id)?;
            // Whoever has it in memory needs no record.
            let waits = self.pending.values().any(|ids| ids.contains(id));
            self.record(id)?.refused = !waits;
        }
        let found: Vec<_> = events.collect();
        for id in &found {
            ensure!(!self.record(id)?.erased, rule::END, "{id} was erased and is read");
        }
        let durable = self.durable.get(&place).into_iter().flatten();
        let lost = durable.into_iter().find(|id| !found.contains(id));
        ensure!(lost.is_none(), rule::DURABILITY, "{lost:?} was durable and is lost");
        Ok(())
    }

    /// The client takes what an earlier page left in front of what its own page emitted.
    pub(crate) fn restored(&mut self, events: &[StoredEvent], at: Writing) -> Check {
        let mut left = Vec::new();
        for StoredEvent { id, .. } in events {
            let record = self.record(id)?;
            let rank = record.rank;
            // It got its outcome while it was read.
            let is_settled = (record.device, record.sign_in) == (at.device, at.sign_in)
                && record.outcome.is_some();
            if !is_settled && !self.pending.entry(at.device).or_default().contains(id) {
                left.push((rank, id.clone()));
            }
        }
        left.sort();
        let own = self.pending(at.device).map(|(id, record)| (record.rank, id.clone()));
        let mut own: Vec<_> = own.collect();
        own.sort();
        for (_, id) in &left {
            let number = self.number();
            let record = self.record(id)?;
            record.belongs_to(id, at.user)?;
            ensure!(!record.refused, rule::OUTBOUND, "{id} is restored, its record was refused");
            (record.doomed, record.lost) = (false, false);
            (record.device, record.sign_in) = (at.device, at.sign_in);
            (record.rank, record.joined, record.first_written) = (number, number, None);
            (record.restored, record.outcome) = (true, None);
        }
        for (_, id) in own {
            let number = self.number();
            self.record(&id)?.rank = number;
        }
        self.pending.entry(at.device).or_default().extend(left.into_iter().map(|(_, id)| id));
        Ok(())
    }

    /// A page ends without a word about what is waiting.
    pub(crate) fn page_ends(&mut self, device: usize) {
        self.pending.remove(&device);
    }

    /// What the application was told is kept, and where.
    pub(crate) fn durable(&self) -> impl Iterator<Item = (Place, &EventId)> {
        self.durable.iter().flat_map(|(place, ids)| ids.iter().map(|id| (*place, id)))
    }

    /// Whether an event waits at a device.
    pub(crate) fn is_pending(&self, device: usize, id: &EventId) -> bool {
        self.pending.get(&device).is_some_and(|ids| ids.contains(id))
    }
}
