//! Pages that end and begin, and what must hold about what is kept over them.

use std::time::Duration;

use yewdux_socket_core::{Input, StorageState};

use super::Storage;
use crate::action::PageEnd;
use crate::names::User;
use crate::watch::{Check, ensure, rule};
use crate::world::{Memory, World};

/// An outbox that holds so many events is never full here.
const MOST_WAITING: usize = 1_000;

impl Storage {
    /// Whether a page has a user's outbox to itself.
    fn is_held(&self, device: usize, user: User) -> bool {
        self.holds(device) == Some(user)
    }
}

impl World {
    /// The browser does what a page wants stored.
    pub(crate) fn keep(&mut self, device: usize) -> Check {
        let wall = self.devices[device].clock.read(self.now).wall;
        let when = (self.now, wall);
        let answer = self.storage.carry_out(device, when, &mut self.book, &mut self.watch)?;
        match answer {
            Some(input) => self.step(device, input),
            None => Ok(()),
        }
    }

    /// A page ends and another one begins.
    pub(crate) fn reload(
        &mut self,
        device: usize,
        end: PageEnd,
        stored: usize,
        back: Duration,
    ) -> Check {
        let (mut stored, mut lost, mut server_hears) = (stored, usize::MAX, self.now);
        match end {
            PageEnd::Closed => {
                self.step(device, Input::End)?;
                stored = usize::MAX;
            }
            PageEnd::Crash { up, server_hears_ms } => {
                (lost, server_hears) = (up, self.now + Duration::from_millis(server_hears_ms));
            }
        }
        self.storage.page_ends(device, stored, self.now, &mut self.book, &mut self.watch)?;
        self.book.page_ends(device);
        for link in self.links.values_mut().filter(|link| link.device == device) {
            link.abandon(lost, server_hears);
        }
        let client = self.new_client(self.devices[device].memory);
        self.devices[device].begin_page(self.now, client, back);
        Ok(())
    }

    /// What must hold about storage after every step of a client.
    pub(crate) fn check_kept(&mut self, device: usize) -> Check {
        let page = &mut self.devices[device];
        if page.memory == Memory::Page {
            return Ok(());
        }
        for user in std::mem::take(&mut page.erased) {
            ensure!(
                self.storage.tabs[device].erases_in_the_end(user),
                rule::END,
                "the sign-in of user {user} ended, what is stored stays"
            );
        }
        let discarded = std::mem::take(&mut page.discarded);
        for user in 0..self.storage.browsers[0].len() {
            let place = self.storage.place(device, user);
            let disk = self.storage.disk(place);
            let tab = &self.storage.tabs[device];
            let kept = discarded.iter().find(|id| {
                let keeps = self.storage.is_held(device, user) && disk.keeps(id);
                tab.keeps_in_the_end(user, id, keeps)
            });
            ensure!(kept.is_none(), rule::OUTCOME, "{kept:?} has its outcome and stays stored");
        }
        let Some(user) = page.sight.owner() else { return Ok(()) };
        let place = self.storage.place(device, user);
        let disk = self.storage.disk(place);
        let queued = &page.client.connection_state().queued_events;
        for event in queued.iter().filter(|event| event.durable) {
            self.book.said_durable(&event.id, place, disk.keeps(&event.id))?;
        }
        let is_done = self.storage.tabs[device].next().is_none();
        if is_done && *page.client.storage_state() == StorageState::Durable {
            let has_room = page.bounds.0 >= MOST_WAITING;
            let unstored = queued.iter().filter(|event| !event.durable).find(|event| {
                !disk.keeps(&event.id) && self.book.is_to_be_kept(&event.id, has_room)
            });
            ensure!(unstored.is_none(), rule::DURABILITY, "{unstored:?} is not stored");
        }
        if page.outbox.is_loaded && self.storage.is_held(device, user) {
            let tab = &self.storage.tabs[device];
            let stays = disk.ids().find(|id| {
                !self.book.is_pending(device, id) && tab.keeps_in_the_end(user, id, true)
            });
            ensure!(stays.is_none(), rule::OUTCOME, "{stays:?} stays stored without waiting");
        }
        Ok(())
    }

    /// What the application was told is kept and has no outcome is there for another page.
    pub(crate) fn check_durable(&self) -> Check {
        let lost = self.book.durable().find(|(place, id)| !self.storage.disk(*place).keeps(id));
        ensure!(lost.is_none(), rule::DURABILITY, "{lost:?} was durable and is lost");
        Ok(())
    }
}
