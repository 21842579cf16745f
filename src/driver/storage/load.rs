//! What an earlier page left: read, checked, and removed where it is refused.

use std::rc::Rc;

use wasm_bindgen::JsValue;
use web_sys::CryptoKey;
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{Loaded, UserId};

use super::cipher::{self, Cipher};
use super::database::Database;
use super::hold::Hold;
use super::record::{self, Owner};
use super::signed_out;
use super::worker::{AT_ONCE, Worker};
use crate::driver::clock;

/// Refusals that are named. The number of the others is in the log only.
const NAMED_REFUSALS: usize = 100;

impl Worker {
    /// Takes the outbox and loads it.
    pub(super) async fn load(self: &Rc<Self>, user: &UserId) -> Result<Loaded, StorageError> {
        let has_held = self.has_held(user);
        let taken = async {
            let cipher = Cipher::new()?;
            let (owner, lock) = self.take(&cipher, user).await?;
            Ok((cipher, owner, lock))
        };
        let (error, held) = match taken.await {
            Ok((cipher, owner, lock)) => match self.read_all(&cipher, &owner).await {
                Ok((loaded, key)) => {
                    *self.hold.borrow_mut() = Some(Hold::Held { owner, lock, key });
                    return Ok(loaded);
                }
                Err(error) => (error, has_held.then_some((owner, lock))),
            },
            Err(error) => (error, None),
        };
        if error != StorageError::HeldElsewhere {
            tracing::warn!(code = error.code(), "the stored outbox cannot be used");
            self.refuse(user, &error, held);
        }
        Err(error)
    }

    /// What is stored, and the key that it was encrypted with. Without a key, none was needed yet.
    async fn read_all(
        self: &Rc<Self>,
        cipher: &Cipher,
        owner: &Owner,
    ) -> Result<(Loaded, Option<CryptoKey>), StorageError> {
        let database = self.database().await?;
        for signed_out in signed_out::owners() {
            database.erase(&signed_out).await?;
            signed_out::forget(&signed_out);
        }
        let key = cipher::usable(database.key(&owner.tag).await?);
        let loaded = self.read(cipher, &database, owner, key.as_ref()).await?;
        if let Err(error) = database.sweep(&owner.tag, clock::now().wall).await {
            tracing::warn!(
                code = error.code(),
                "what others left and is over could not be removed"
            );
        }
        Ok((loaded, key))
    }

    /// Reads page by page, so that what is found cannot fill the memory, unless it is the user's own.
    async fn read(
        &self,
        cipher: &Cipher,
        database: &Database,
        owner: &Owner,
        key: Option<&CryptoKey>,
    ) -> Result<Loaded, StorageError> {
        let now = clock::now().wall;
        let mut loaded = Loaded::default();
        let mut last = None;
        // Nobody waits for the rest once this has ended.
        while !self.ended.get() {
            let page = database.records(&owner.tag, last.as_ref()).await?;
            let Some((place, _)) = page.last() else { break };
            last = Some(place.clone());
            let mut refused = Refused::default();
            for entries in page.chunks(AT_ONCE) {
                let begin = |entry| record::unseal(cipher, key, owner, entry);
                let begun: Vec<_> = entries.iter().map(begin).collect();
                for ((place, _), unsealing) in entries.iter().zip(begun) {
                    let result = match unsealing {
                        Some(unsealing) => unsealing.event(cipher, owner, now).await,
                        None => Err(StorageError::Damaged),
                    };
                    match result {
                        Ok(event) => {
                            loaded.events.push(event);
                            refused.interrupted = true;
                        }
                        Err(error) => {
                            name(&mut loaded.refused, error);
                            refused.push(place.clone());
                        }
                    }
                }
            }
            refused.remove(database).await;
        }
        Ok(loaded)
    }
}

/// Each kind is named, however many of another kind there are.
fn name(refused: &mut Vec<StorageError>, error: StorageError) {
    if refused.len() < NAMED_REFUSALS || !refused.contains(&error) {
        refused.push(error);
    }
}

/// Where refused records are, as ranges of neighbours: a flood of them is removed at a stroke.
#[derive(Default)]
struct Refused {
    count: usize,
    ranges: Vec<(JsValue, JsValue)>,
    /// Whether a good record came after the last range.
    interrupted: bool,
}

impl Refused {
    fn push(&mut self, place: JsValue) {
        self.count += 1;
        match self.ranges.last_mut() {
            Some((_, last)) if !self.interrupted => *last = place,
            _ => self.ranges.push((place.clone(), place)),
        }
        self.interrupted = false;
    }

    /// Removes them. Should that fail, they are refused again the next time.
    async fn remove(self, database: &Database) {
        if self.count == 0 {
            return;
        }
        tracing::warn!(count = self.count, "stored events were refused");
        if let Err(error) = database.delete(&self.ranges).await {
            tracing::warn!(code = error.code(), "what was refused could not be removed");
        }
    }
}
