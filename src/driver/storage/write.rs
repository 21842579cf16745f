//! Changes that followed each other, in one transaction.

use std::rc::Rc;

use web_sys::CryptoKey;
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{EventId, Input, UserId};

use super::cipher::Cipher;
use super::hold::Hold;
use super::queue::Change;
use super::record;
use super::worker::{AT_ONCE, Worker};

impl Worker {
    /// Writes all changes or none, and answers those that want an answer.
    pub(super) async fn write(self: &Rc<Self>, user: &UserId, changes: Vec<Change>) {
        let result = self.try_write(user, &changes).await;
        if let Err(error) = &result {
            tracing::warn!(code = error.code(), changes = changes.len(), "nothing could be stored");
        }
        for change in changes {
            if let Change::Store { operation, .. } = change {
                self.answer(Input::Stored { operation, result: result.clone() });
            }
        }
    }

    async fn try_write(
        self: &Rc<Self>,
        user: &UserId,
        changes: &[Change],
    ) -> Result<(), StorageError> {
        let (owner, key) = match &*self.hold.borrow() {
            Some(Hold::Held { owner, key, .. }) if owner.user == *user => {
                (owner.clone(), key.clone())
            }
            Some(Hold::Refused { user: refused, error, .. }) if refused == user => {
                return Err(error.clone());
            }
            _ => return Err(StorageError::HeldElsewhere),
        };
        let database = match self.database().await {
            Ok(database) => database,
            Err(error) => {
                let held = self.take_granted();
                self.refuse(user, &error, held);
                return Err(error);
            }
        };
        let written = async {
            let cipher = Cipher::new()?;
            let key = match key {
                Some(key) => key,
                None => self.new_key(&cipher).await?,
            };
            let mut records = Vec::with_capacity(changes.len());
            for changes in changes.chunks(AT_ONCE) {
                let mut begun = Vec::with_capacity(changes.len());
                for change in changes {
                    begun.push(match change {
                        Change::Store { event, .. } => {
                            let sealing = record::seal(&cipher, &key, &owner, event).await?;
                            (event.id.clone(), Some(sealing))
                        }
                        Change::Remove(id) => (id.clone(), None),
                    });
                }
                for (id, sealing) in begun {
                    let record = match sealing {
                        Some(sealing) => Some(sealing.record().await?),
                        None => None,
                    };
                    records.push((id, record));
                }
            }
            database.write(&owner.tag, Some(&key), &records).await
        };
        let written = written.await;
        if written.is_err() {
            // Where there is no room, there must be a way to make some.
            let removals: Vec<_> =
                changes.iter().filter_map(removed).map(|id| (id.clone(), None)).collect();
            database.write(&owner.tag, None, &removals).await?;
        }
        written.map(drop)
    }

    /// A key for what is stored from now on. It reaches the disk together with the first record.
    async fn new_key(&self, cipher: &Cipher) -> Result<CryptoKey, StorageError> {
        let new = cipher.generate_key().await?;
        if let Some(Hold::Held { key, .. }) = &mut *self.hold.borrow_mut() {
            *key = Some(new.clone());
        }
        Ok(new)
    }
}

fn removed(change: &Change) -> Option<&EventId> {
    match change {
        Change::Remove(id) => Some(id),
        Change::Store { .. } => None,
    }
}
