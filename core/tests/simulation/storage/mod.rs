//! The browsers' storage: what is kept of each user, and which of a browser's tabs holds it.
//!
//! - `disk`: what is kept. `tab`: what a page wants done to it, in order.
//! - `keep`: what must hold about it.
//!
//! It does what `src/driver/storage` of the browser package does, on simulated disks.

mod disk;
mod keep;
mod tab;

use std::time::Duration;

use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{EventId, Input, StoredEvent, Timestamp};

pub(crate) use tab::{Extent, Operation};

use crate::action::StorageTrouble;
use crate::book::Book;
use crate::control::Breach;
use crate::names::{USERS, User, user_id};
use crate::watch::{Check, Watch};
use disk::{Change, Disk};
use tab::{Hold, Tab};

/// The store of a user in a browser.
pub(crate) type Place = (usize, User);

#[derive(Default)]
pub(crate) struct Storage {
    browsers: Vec<[Disk; USERS.len()]>,
    /// One for each device.
    tabs: Vec<Tab>,
    breach: Option<Breach>,
}

impl Storage {
    pub(crate) fn new(breach: Option<Breach>) -> Self {
        Self { breach, ..Self::default() }
    }

    /// Another device, with a browser of its own or that of an earlier one.
    pub(crate) fn add(&mut self, browser: usize) {
        self.browsers.push(Default::default());
        self.tabs.push(Tab::new(browser));
    }

    pub(crate) fn disk(&self, (browser, user): Place) -> &Disk {
        &self.browsers[browser][user]
    }

    fn disk_of(&mut self, device: usize, user: User) -> &mut Disk {
        &mut self.browsers[self.tabs[device].browser][user]
    }

    /// The other tabs of a device's browser.
    pub(crate) fn other_tabs(&self, device: usize) -> Vec<usize> {
        let browser = self.tabs[device].browser;
        let tabs = self.tabs.iter().enumerate();
        let others = tabs.filter(|(tab, of)| *tab != device && of.browser == browser);
        others.map(|(tab, _)| tab).collect()
    }

    /// Whose outbox a page has to itself.
    pub(crate) fn holds(&self, device: usize) -> Option<User> {
        match self.tabs[device].hold {
            Hold::Held(user) => Some(user),
            _ => None,
        }
    }

    /// The browser forgets all that it keeps.
    pub(crate) fn take_away(&mut self, device: usize, book: &mut Book) {
        for user in 0..USERS.len() {
            let place = self.place(device, user);
            book.taken(place, self.disk(place).ids());
            self.disk_of(device, user).clear();
        }
    }

    pub(crate) fn place(&self, device: usize, user: User) -> Place {
        (self.tabs[device].browser, user)
    }

    /// How it does from now on.
    pub(crate) fn set(
        &mut self,
        device: usize,
        delay: Duration,
        is_full: bool,
        trouble: StorageTrouble,
    ) {
        let tab = &mut self.tabs[device];
        (tab.delay, tab.is_full, tab.trouble) = (delay, is_full, trouble);
    }

    /// Ends all faults.
    pub(crate) fn recover(&mut self, now: Duration) {
        for device in 0..self.tabs.len() {
            self.set(device, Duration::ZERO, false, StorageTrouble::None);
            self.tabs[device].hurry(now);
        }
    }

    /// When a page's next operation is due.
    pub(crate) fn next(&self, device: usize) -> Option<Duration> {
        self.tabs[device].next()
    }

    /// A page wants something done.
    pub(crate) fn tell(&mut self, device: usize, now: Duration, operation: Operation) {
        // What is held is let go when the erasing is done.
        if let Operation::Erase { user, .. } = operation
            && matches!(self.tabs[device].hold, Hold::Waiting(held) | Hold::Granted(held) if held == user)
        {
            self.let_go(device, now);
        }
        self.tabs[device].tell(now, operation);
    }

    /// Carries out the operation that is next. Returns the answer, if there is one.
    pub(crate) fn carry_out(
        &mut self,
        device: usize,
        (now, wall): (Duration, Timestamp),
        book: &mut Book,
        watch: &mut Watch,
    ) -> Check<Option<Input>> {
        let Some(operation) = self.tabs[device].take() else { return Ok(None) };
        watch.note(|| format!("    storage of {device}: {operation:?}"));
        match operation {
            Operation::Load { operation, user } => {
                let result = self.load(device, user, (now, wall), book, watch)?;
                return Ok(Some(Input::Loaded { operation, result }));
            }
            Operation::Store { operation, user, event } => {
                let result = self.store(device, user, event, book, watch);
                return Ok(Some(Input::Stored { operation, result }));
            }
            Operation::Remove { user, id } => self.remove(device, user, id),
            Operation::Erase { user, extent } => {
                self.erase(device, (user, extent), now, book, watch)?;
            }
            Operation::Released { user } => {
                watch.count("storage: released");
                return Ok(Some(Input::StorageReleased(user_id(user))));
            }
        }
        Ok(None)
    }

    fn load(
        &mut self,
        device: usize,
        user: User,
        (now, wall): (Duration, Timestamp),
        book: &mut Book,
        watch: &mut Watch,
    ) -> Check<Result<yewdux_socket_core::Loaded, StorageError>> {
        let hold = &self.tabs[device].hold;
        if hold.user() != Some(user) {
            self.let_go(device, now);
        }
        let has_held = self.tabs[device].hold.has_loaded();
        let trouble = std::mem::take(&mut self.tabs[device].trouble);
        if trouble == StorageTrouble::LoadFails {
            watch.count("storage: load failed");
            if !has_held {
                self.let_go(device, now);
            }
            self.tabs[device].hold = Hold::Refused(user, StorageError::Blocked, has_held);
            return Ok(Err(StorageError::Blocked));
        }
        let disk = self.disk_of(device, user);
        if disk.holder.is_some_and(|holder| holder != device) {
            watch.count("storage: held elsewhere");
            self.tabs[device].hold = Hold::Waiting(user);
            return Ok(Err(StorageError::HeldElsewhere));
        }
        disk.holder = Some(device);
        let damaged = if let StorageTrouble::Damage { which } = trouble { which } else { 0 };
        self.tabs[device].hold = Hold::Held(user);
        let breach = self.breach;
        let (loaded, refused) = self.disk_of(device, user).read(wall, damaged, breach);
        watch.count("storage: loaded");
        watch.add("storage: records refused", refused.len() as u64);
        let place = self.place(device, user);
        book.read(place, loaded.events.iter().map(|event| &event.id), &refused)?;
        Ok(Ok(loaded))
    }

    fn store(
        &mut self,
        device: usize,
        user: User,
        event: StoredEvent,
        book: &mut Book,
        watch: &mut Watch,
    ) -> Result<(), StorageError> {
        let tab = &mut self.tabs[device];
        match &tab.hold {
            Hold::Held(holder) if *holder == user => {}
            Hold::Refused(refused, error, _) if *refused == user => return Err(error.clone()),
            _ => return Err(StorageError::HeldElsewhere),
        }
        if tab.is_full {
            watch.count("storage: full");
            return Err(StorageError::Full);
        }
        if tab.trouble == StorageTrouble::StoreFails {
            tab.trouble = StorageTrouble::None;
            watch.count("storage: store failed");
            return Err(StorageError::Unavailable { reason: "no storage today".to_owned() });
        }
        watch.count("storage: stored");
        book.kept(&event.id);
        let breach = self.breach;
        self.disk_of(device, user).apply(Change::Store(event), breach);
        Ok(())
    }

    fn remove(&mut self, device: usize, user: User, id: EventId) {
        if self.tabs[device].hold == Hold::Held(user) {
            let breach = self.breach;
            self.disk_of(device, user).apply(Change::Remove(id), breach);
        }
    }

    /// Whoever holds it: who signs out leaves nothing. A tab that was told of it leaves what others keep.
    fn erase(
        &mut self,
        device: usize,
        (user, extent): (User, Extent),
        now: Duration,
        book: &mut Book,
        watch: &mut Watch,
    ) -> Check {
        let place = self.place(device, user);
        let hold = &self.tabs[device].hold;
        let is_held = hold.user() == Some(user) && hold.has_loaded();
        if extent == Extent::Held {
            watch.count(if is_held { "storage: erased as held" } else { "storage: not held" });
        }
        if extent == Extent::All || is_held {
            watch.count("storage: erased");
            if extent == Extent::Held {
                book.may_erase(device, self.disk(place).ids())?;
            }
            book.erased(place, self.disk(place).ids());
            let breach = self.breach;
            self.disk_of(device, user).apply(Change::Erase, breach);
        }
        book.forgotten(device, user);
        if self.tabs[device].hold.user() == Some(user) {
            self.let_go(device, now);
        }
        Ok(())
    }

    /// A page lets go what it has, and another tab that waits for it gets it.
    fn let_go(&mut self, device: usize, now: Duration) {
        let hold = std::mem::take(&mut self.tabs[device].hold);
        let Some(user) = hold.user().filter(|_| hold.is_locked()) else { return };
        self.disk_of(device, user).holder = None;
        let browser = self.tabs[device].browser;
        let waits = |tab: &Tab| tab.browser == browser && tab.hold == Hold::Waiting(user);
        if let Some(next) = self.tabs.iter().position(waits) {
            self.disk_of(next, user).holder = Some(next);
            self.tabs[next].hold = Hold::Granted(user);
            self.tabs[next].tell(now, Operation::Released { user });
        }
    }

    /// A page ends. So many of the changes that it wanted are made, in order; the others are not.
    pub(crate) fn page_ends(
        &mut self,
        device: usize,
        most: usize,
        now: Duration,
        book: &mut Book,
        watch: &mut Watch,
    ) -> Check {
        let mut made = 0;
        while let Some(operation) = self.tabs[device].take() {
            if matches!(operation, Operation::Load { .. } | Operation::Released { .. }) {
                continue;
            }
            if made == most {
                watch.count("storage: lost with the page");
                break;
            }
            made += 1;
            match operation {
                Operation::Store { user, event, .. } => {
                    // Nobody hears whether it was.
                    let _ = self.store(device, user, event, book, watch);
                }
                Operation::Remove { user, id } => self.remove(device, user, id),
                Operation::Erase { user, extent } => {
                    self.erase(device, (user, extent), now, book, watch)?;
                }
                Operation::Load { .. } | Operation::Released { .. } => {}
            }
        }
        while self.tabs[device].take().is_some() {}
        self.let_go(device, now);
        Ok(())
    }
}
