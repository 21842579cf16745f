//! What survives a restart.
//!
//! The hub holds all state in memory and reads it from there. A store only takes down the changes, those that
//! belong together in one transaction, and gives everything back at the next start.

mod memory;
mod redb;
mod stored;

use std::path::Path;

pub(crate) use self::stored::{Change, KeyRecord, StoreError, Stored, StoredAccount, StoredHead};

use self::redb::RedbStore;
use crate::seed::Seed;

/// Where changes are taken down.
#[derive(Debug)]
pub(crate) enum Store {
    /// Nowhere.
    Memory,
    /// In an embedded database.
    Redb(RedbStore),
}

impl Store {
    /// Opens the store in a directory, or the one in memory, and reads what it holds. One that holds nothing
    /// yet begins with the seed.
    pub(crate) fn open(
        directory: Option<&Path>,
        seed: &Seed,
    ) -> Result<(Self, Stored), StoreError> {
        match directory {
            None => Ok((Self::Memory, memory::begin(seed))),
            Some(directory) => {
                let (store, stored) = RedbStore::open(directory, seed)?;
                Ok((Self::Redb(store), stored))
            }
        }
    }

    /// Takes down the changes, all or none. When this returns they survive a crash.
    pub(crate) fn commit(&self, changes: &[Change]) -> Result<(), StoreError> {
        match self {
            Self::Memory => Ok(()),
            Self::Redb(store) => store.commit(changes),
        }
    }
}
