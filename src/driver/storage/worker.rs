//! Carries out the queue: one step after the other, in one task that ends when nothing is left.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{Input, UserId};

use super::cipher::Cipher;
use super::database::Database;
use super::hold::Hold;
use super::queue::{Extent, Queue, Work};
use super::record::Owner;
use super::signed_out;

/// Records that are encrypted or decrypted at once: the browser has more than one thread for it.
pub(super) const AT_ONCE: usize = 64;

pub(super) struct Worker {
    /// Where the events go. Users of several servers may have the same id.
    pub(super) server: String,
    pub(super) report: Box<dyn Fn(Input)>,
    queue: RefCell<Queue>,
    pub(super) hold: RefCell<Option<Hold>>,
    database: RefCell<Option<Rc<Database>>>,
    /// Whose outbox was asked for last.
    pub(super) owner: RefCell<Option<Rc<Owner>>>,
    /// Whose operation is being carried out, while its answer is wanted.
    answering: RefCell<Option<UserId>>,
    running: Cell<bool>,
    pub(super) ended: Cell<bool>,
}

impl Worker {
    pub(super) fn new(server: &str, report: Box<dyn Fn(Input)>) -> Rc<Self> {
        Rc::new(Self {
            server: server.to_owned(),
            report,
            queue: RefCell::default(),
            hold: RefCell::default(),
            database: RefCell::default(),
            owner: RefCell::default(),
            answering: RefCell::default(),
            running: Cell::new(false),
            ended: Cell::new(false),
        })
    }

    /// Puts something into the queue. It begins after the present turn, so that what comes in one turn is
    /// written in one transaction.
    pub(super) fn told(self: &Rc<Self>, put: impl FnOnce(&mut Queue)) {
        if !cfg!(target_arch = "wasm32") {
            return;
        }
        put(&mut self.queue.borrow_mut());
        if !self.running.replace(true) {
            spawn_local(self.clone().run());
        }
    }

    /// Answers nothing more that was asked for this user.
    pub(super) fn silence(&self, user: &UserId) {
        self.answering.borrow_mut().take_if(|answered| answered == user);
        // What is held is let go when the erasing is done.
        self.hold.borrow_mut().take_if(|hold| {
            hold.user() == user && matches!(hold, Hold::Waiting { .. } | Hold::Granted { .. })
        });
    }

    /// Reports nothing any more, and waits for nothing.
    pub(super) fn end(&self) {
        self.ended.set(true);
        self.queue.borrow_mut().withdraw_loads();
        // The rest goes with the last owner of this: the task, if there is one.
        self.hold.borrow_mut().take_if(|hold| !matches!(hold, Hold::Held { .. }));
    }

    async fn run(self: Rc<Self>) {
        loop {
            let next = self.queue.borrow_mut().next();
            let Some((user, work)) = next else { break };
            *self.answering.borrow_mut() = Some(user.clone());
            match work {
                Work::Load { operation } => {
                    let result = self.load(&user).await;
                    self.answer(Input::Loaded { operation, result });
                }
                Work::Write(changes) => self.write(&user, changes).await,
                Work::Erase(extent) => self.erase(user, extent).await,
            }
            *self.answering.borrow_mut() = None;
        }
        self.running.set(false);
    }

    /// Reports, without anything borrowed: what follows may call back.
    pub(super) fn answer(&self, input: Input) {
        if !self.ended.get() && self.answering.borrow().is_some() {
            (self.report)(input);
        }
    }

    /// The connection, which is opened if there is none.
    pub(super) async fn database(self: &Rc<Self>) -> Result<Rc<Database>, StorageError> {
        let open = self.database.borrow().clone().filter(|database| database.is_open());
        if let Some(database) = open {
            return Ok(database);
        }
        let worker = Rc::downgrade(self);
        let lost = move || {
            if let Some(worker) = worker.upgrade() {
                worker.lost();
            }
        };
        let database = Rc::new(Database::open(Rc::new(lost)).await?);
        *self.database.borrow_mut() = Some(database.clone());
        Ok(database)
    }

    /// The browser took the database away: what was in it may be gone.
    fn lost(&self) {
        let user = match &*self.hold.borrow() {
            Some(Hold::Held { owner, .. }) => owner.user.clone(),
            _ => return,
        };
        if !self.ended.get() {
            (self.report)(Input::StorageLost(user));
        }
    }

    /// Does what can be done before the page has a chance to go. The rest is done in its turn.
    pub(super) fn begin_to_erase(&self, user: &UserId) {
        let owner = self.owner.borrow().clone().filter(|owner| owner.user == *user);
        let Some(owner) = owner else { return };
        signed_out::note(&owner.tag);
        let database = self.database.borrow().clone().filter(|database| database.is_open());
        if let Some(database) = database
            && let Err(error) = database.erase_at_once(&owner.tag)
        {
            tracing::debug!(code = error.code(), "not at once");
        }
    }

    async fn erase(self: &Rc<Self>, user: UserId, extent: Extent) {
        if extent == Extent::All || self.has_held(&user) {
            let erased: Result<(), StorageError> = async {
                let owner = Owner::new(&Cipher::new()?, &self.server, user.clone()).await?;
                self.database().await?.erase(&owner.tag).await?;
                signed_out::forget(&owner.tag);
                Ok(())
            }
            .await;
            if let Err(error) = erased {
                tracing::warn!(code = error.code(), "what is stored could not be erased");
                // Where there never was any storage, nothing is left in it.
                if self.has_held(&user) || !matches!(error, StorageError::Unavailable { .. }) {
                    self.answer(Input::NotErased);
                }
            }
        }
        self.hold.borrow_mut().take_if(|hold| *hold.user() == user);
    }
}
