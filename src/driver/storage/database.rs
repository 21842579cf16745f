//! The database: one store for records, one for keys. It knows nothing of what is in them.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{
    CryptoKey, IdbDatabase, IdbKeyRange, IdbObjectStore, IdbTransaction, IdbTransactionMode,
};
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{EventId, Timestamp};

use super::record;
use super::request::{finished, refusal, result};

pub(super) const NAME: &str = "yewdux-socket";
/// All object stores.
pub(super) const STORES: [&str; 2] = [RECORDS, KEYS];
/// Records by owner's tag and idempotency key.
const RECORDS: &str = "records";
/// Keys by owner's tag.
const KEYS: &str = "keys";
/// Records that are read at once. More come in further steps, so that what a page finds on the disk cannot
/// fill its memory.
const PAGE: u32 = 1_000;

/// A record's key in the database, and the record.
pub(super) type Entry = (JsValue, JsValue);

/// An open connection. Closed when dropped.
#[derive(Debug)]
pub(super) struct Database {
    connection: IdbDatabase,
    open: Rc<Cell<bool>>,
    _listeners: [EventListener; 2],
}

impl Database {
    pub(super) fn new(connection: IdbDatabase, lost: &Rc<dyn Fn()>) -> Self {
        let open = Rc::new(Cell::new(true));
        // `versionchange`: a newer page wants to upgrade, or someone to delete. `close`: the browser took it away.
        let listeners = ["versionchange", "close"].map(|name| {
            let (closing, open, lost) = (connection.clone(), open.clone(), lost.clone());
            EventListener::once(&connection, name, move |_| {
                if open.replace(false) {
                    closing.close();
                    lost();
                }
            })
        });
        Self { connection, open, _listeners: listeners }
    }

    /// Whether it is a database of ours.
    pub(super) fn is_ours(&self) -> bool {
        let stores = self.connection.object_store_names();
        STORES.iter().all(|store| stores.contains(store))
    }

    /// Whether the connection still serves.
    pub(super) fn is_open(&self) -> bool {
        self.open.get()
    }

    fn begin(&self, mode: IdbTransactionMode) -> Result<IdbTransaction, StorageError> {
        let stores = Array::of2(&RECORDS.into(), &KEYS.into());
        self.connection
            .transaction_with_str_sequence_and_mode(&stores, mode)
            .map_err(|error| refusal(&error))
    }

    /// The key of an owner, whatever it is.
    pub(super) async fn key(&self, owner: &str) -> Result<JsValue, StorageError> {
        let transaction = self.begin(IdbTransactionMode::Readonly)?;
        let request = store(&transaction, KEYS)?.get(&owner.into());
        result(&request.map_err(|error| refusal(&error))?).await
    }

    /// Some records of an owner: those after the given key. None are left if this is empty.
    pub(super) async fn records(
        &self,
        owner: &str,
        after: Option<&JsValue>,
    ) -> Result<Vec<Entry>, StorageError> {
        let transaction = self.begin(IdbTransactionMode::Readonly)?;
        let records = store(&transaction, RECORDS)?;
        let range = range(owner, after)?;
        let keys = records.get_all_keys_with_key_and_limit(&range, PAGE);
        let values = records.get_all_with_key_and_limit(&range, PAGE);
        let keys = keys.map_err(|error| refusal(&error))?;
        let values = values.map_err(|error| refusal(&error))?;
        let (keys, values) = futures::try_join!(result(&keys), result(&values))?;
        let (keys, values): (Array, Array) = (keys.unchecked_into(), values.unchecked_into());
        Ok(keys.iter().zip(values.iter()).collect())
    }

    /// Keeps and removes records, all or none, and keeps the key with them: records without it would be lost.
    pub(super) async fn write(
        &self,
        owner: &str,
        key: Option<&CryptoKey>,
        changes: &[(EventId, Option<JsValue>)],
    ) -> Result<(), StorageError> {
        let transaction = self.begin(IdbTransactionMode::Readwrite)?;
        let write = || {
            if let Some(key) = key {
                store(&transaction, KEYS)?
                    .put_with_key(key, &owner.into())
                    .map_err(|error| refusal(&error))?;
            }
            let records = store(&transaction, RECORDS)?;
            for (id, record) in changes {
                let key = record_key(owner, id);
                let request = match record {
                    Some(record) => records.put_with_key(record, &key),
                    None => records.delete(&key),
                };
                request.map_err(|error| refusal(&error))?;
            }
            Ok(())
        };
        complete(&transaction, write()).await
    }

    /// Removes all records from one key of the database to another.
    pub(super) async fn delete(&self, ranges: &[(JsValue, JsValue)]) -> Result<(), StorageError> {
        let transaction = self.begin(IdbTransactionMode::Readwrite)?;
        let delete = || {
            let records = store(&transaction, RECORDS)?;
            for (first, last) in ranges {
                IdbKeyRange::bound(first, last)
                    .and_then(|range| records.delete(&range))
                    .map_err(|error| refusal(&error))?;
            }
            Ok(())
        };
        complete(&transaction, delete()).await
    }

    /// Removes others' records whose time was over by then: they may never come back to do it. As many as are read at
    /// once; the next load sees to the rest.
    pub(super) async fn sweep(&self, owner: &str, now: Timestamp) -> Result<(), StorageError> {
        let transaction = self.begin(IdbTransactionMode::Readwrite)?;
        let records = store(&transaction, RECORDS)?;
        let expired = IdbKeyRange::upper_bound(&record::milliseconds(now).into())
            .and_then(|range| {
                let index = records.index(record::EXPIRY)?;
                index.get_all_keys_with_key_and_limit(&range, PAGE)
            })
            .map_err(|error| refusal(&error))?;
        let expired: Array = result(&expired).await?.unchecked_into();
        let own = JsValue::from(owner);
        let is_own = |place: &JsValue| place.dyn_ref::<Array>().is_some_and(|it| it.get(0) == own);
        let removed = expired
            .iter()
            .filter(|place| !is_own(place))
            .try_for_each(|place| records.delete(&place).map(drop))
            .map_err(|error| refusal(&error));
        complete(&transaction, removed).await
    }

    /// Removes all of an owner, the key included.
    pub(super) async fn erase(&self, owner: &str) -> Result<(), StorageError> {
        let transaction = self.begin(IdbTransactionMode::Readwrite)?;
        complete(&transaction, erase(&transaction, owner)).await
    }

    /// The same, without waiting for the end: it is asked for in this turn, and the page may go with the next.
    #[expect(deprecated, reason = "web-sys says so, the standard does not")]
    pub(super) fn erase_at_once(&self, owner: &str) -> Result<(), StorageError> {
        let transaction = self.begin(IdbTransactionMode::Readwrite)?;
        erase(&transaction, owner)?;
        transaction.commit().map_err(|error| refusal(&error))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.connection.close();
    }
}

fn store(transaction: &IdbTransaction, name: &str) -> Result<IdbObjectStore, StorageError> {
    transaction.object_store(name).map_err(|error| refusal(&error))
}

fn erase(transaction: &IdbTransaction, owner: &str) -> Result<(), StorageError> {
    let range = range(owner, None)?;
    store(transaction, RECORDS)?.delete(&range).map_err(|error| refusal(&error))?;
    store(transaction, KEYS)?.delete(&owner.into()).map_err(|error| refusal(&error))?;
    Ok(())
}

/// Waits for the end of a transaction, or undoes it if a request could not even be made.
async fn complete(
    transaction: &IdbTransaction,
    made: Result<(), StorageError>,
) -> Result<(), StorageError> {
    if made.is_err() {
        // An error means that it is over already.
        let _ = transaction.abort();
        return made;
    }
    finished(transaction).await
}

/// The key of a record in the database.
fn record_key(owner: &str, id: &EventId) -> JsValue {
    Array::of2(&owner.into(), &id.as_str().into()).into()
}

/// All keys that begin with an owner.
fn range(owner: &str, after: Option<&JsValue>) -> Result<JsValue, StorageError> {
    let lower = after.cloned().unwrap_or_else(|| Array::of1(&owner.into()).into());
    // The least string after the owner's.
    let upper = Array::of1(&format!("{owner}\0").into()).into();
    IdbKeyRange::bound_with_lower_open_and_upper_open(&lower, &upper, after.is_some(), true)
        .map(Into::into)
        .map_err(|error| refusal(&error))
}
