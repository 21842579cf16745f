//! Takes a user's outbox, or waits until another tab lets it go.

use std::rc::Rc;

use wasm_bindgen_futures::spawn_local;
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{Input, UserId};

use super::cipher::Cipher;
use super::database;
use super::hold::Hold;
use super::lock::{self, Lock, Patience};
use super::record::Owner;
use super::worker::Worker;

impl Worker {
    /// Takes the outbox, unless another tab has it: then it is waited for.
    pub(super) async fn take(
        self: &Rc<Self>,
        cipher: &Cipher,
        user: &UserId,
    ) -> Result<(Rc<Owner>, Lock), StorageError> {
        // Another user's is let go. What is waited for stays so.
        self.hold.borrow_mut().take_if(|hold| {
            hold.user() != user || matches!(hold, Hold::Refused { held: None, .. })
        });
        if let Some(taken) = self.take_granted() {
            return Ok(taken);
        }
        let owner = Rc::new(Owner::new(cipher, &self.server, user.clone()).await?);
        *self.owner.borrow_mut() = Some(owner.clone());
        if let Some(lock) = lock::take(&lock_name(&owner)).await? {
            return Ok((owner, lock));
        }
        // It may have come free to the request that waits, meanwhile.
        if let Some(taken) = self.take_granted() {
            return Ok(taken);
        }
        self.wait(owner)?;
        Err(StorageError::HeldElsewhere)
    }

    /// What this tab has already.
    pub(super) fn take_granted(&self) -> Option<(Rc<Owner>, Lock)> {
        let mut hold = self.hold.borrow_mut();
        match hold.take_if(|hold| !matches!(hold, Hold::Waiting { .. }))? {
            Hold::Granted { owner, lock } | Hold::Held { owner, lock, .. } => Some((owner, lock)),
            Hold::Refused { held, .. } => held,
            Hold::Waiting { .. } => None,
        }
    }

    /// Waits for the other tab to let the outbox go: one request, until this is about another user.
    fn wait(self: &Rc<Self>, owner: Rc<Owner>) -> Result<(), StorageError> {
        if self.ended.get() || self.hold.borrow().is_some() {
            return Ok(());
        }
        let patience = Patience::new()?;
        let waiting = patience.wait(lock_name(&owner));
        *self.hold.borrow_mut() = Some(Hold::Waiting { owner: owner.clone(), _patience: patience });
        let worker = Rc::downgrade(self);
        spawn_local(async move {
            // `None`: it was given up, and with it whatever the answer would be about.
            let (Some(lock), Some(worker)) = (waiting.await, worker.upgrade()) else { return };
            let user = owner.user.clone();
            *worker.hold.borrow_mut() = Some(Hold::Granted { owner, lock });
            (worker.report)(Input::StorageReleased(user));
        });
        Ok(())
    }

    /// The outbox cannot be used. A tab that never had it lets it go: another one, of a newer version perhaps, may
    /// fare better.
    pub(super) fn refuse(
        &self,
        user: &UserId,
        error: &StorageError,
        held: Option<(Rc<Owner>, Lock)>,
    ) {
        let (user, error) = (user.clone(), error.clone());
        *self.hold.borrow_mut() = Some(Hold::Refused { user, error, held });
    }

    /// Whether this tab has loaded the user's outbox, now or before.
    pub(super) fn has_held(&self, user: &UserId) -> bool {
        match &*self.hold.borrow() {
            Some(Hold::Held { owner, .. } | Hold::Refused { held: Some((owner, _)), .. }) => {
                owner.user == *user
            }
            _ => false,
        }
    }
}

/// The name under which tabs of a user meet.
fn lock_name(owner: &Owner) -> String {
    format!("{}/{}", database::NAME, owner.tag)
}
