//! The database: one store for records, one for keys. It knows nothing of what is in them.

use std::cell::Cell;
use std::rc::Rc;

use gloo_events::EventListener;
use js_sys::Array;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{CryptoKey, IdbDatabase, IdbKeyRange, IdbTransaction, IdbTransactionMode};
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::{EventId, Timestamp};

use super::record;
use super::request::{Pending, finished, refusal, result};

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

    fn begin(&self, mode: IdbTransactionMode) -> Result<IdbTransaction, JsValue> {
        let stores = Array::of2(&RECORDS.into(), &KEYS.into());
        self.connection.transaction_with_str_sequence_and_mode(&stores, mode)
    }

    fn change(&self, ask: impl FnOnce(&IdbTransaction) -> Result<(), JsValue>) -> Pending {
        finished(self.begin(IdbTransactionMode::Readwrite), ask)
    }

    /// The key of an owner, whatever it is.
    pub(super) fn key(&self, owner: &str) -> Pending {
        let keys = self.begin(IdbTransactionMode::Readonly).and_then(|it| it.object_store(KEYS));
        result(keys.and_then(|keys| keys.get(&owner.into())))
    }

    /// Some records of an owner: those after the given key. None are left if this is empty.
    pub(super) async fn records(
        &self,
        owner: &str,
        after: Option<&JsValue>,
    ) -> Result<Vec<Entry>, StorageError> {
        let ask = || {
            let records = self.begin(IdbTransactionMode::Readonly)?.object_store(RECORDS)?;
            let range = range(owner, after)?;
            let keys = records.get_all_keys_with_key_and_limit(&range, PAGE)?;
            Ok((keys, records.get_all_with_key_and_limit(&range, PAGE)?))
        };
        let (keys, values) = ask().map_err(|error: JsValue| refusal(&error))?;
        let (keys, values) = (result(Ok(keys)), result(Ok(values)));
        let (keys, values): (Array, Array) =
            (keys.await?.unchecked_into(), values.await?.unchecked_into());
        Ok(keys.iter().zip(values.iter()).collect())
    }

    /// Keeps and removes records, all or none, and keeps the key with them: records without it would be lost.
    pub(super) fn write(
        &self,
        owner: &str,
        key: Option<&CryptoKey>,
        changes: &[(EventId, Option<JsValue>)],
    ) -> Pending {
        self.change(|transaction| {
            if let Some(key) = key {
                transaction.object_store(KEYS)?.put_with_key(key, &owner.into())?;
            }
            let records = transaction.object_store(RECORDS)?;
            for (id, record) in changes {
                let key = record_key(owner, id);
                match record {
                    Some(record) => records.put_with_key(record, &key)?,
                    None => records.delete(&key)?,
                };
            }
            Ok(())
        })
    }

    /// Removes all records from one key of the database to another.
    pub(super) fn delete(&self, ranges: &[(JsValue, JsValue)]) -> Pending {
        self.change(|transaction| {
            let records = transaction.object_store(RECORDS)?;
            for (first, last) in ranges {
                let range: JsValue = IdbKeyRange::bound(first, last)?.into();
                records.delete(&range)?;
            }
            Ok(())
        })
    }

    /// Removes others' records whose time was over by then: they may never come back to do it. As many as are read at
    /// once; the next load sees to the rest.
    pub(super) async fn sweep(&self, owner: &str, now: Timestamp) -> Result<(), StorageError> {
        let transaction = self.begin(IdbTransactionMode::Readwrite);
        let expired = transaction.clone().and_then(|transaction| {
            let range = IdbKeyRange::upper_bound(&record::milliseconds(now).into())?;
            let index = transaction.object_store(RECORDS)?.index(record::EXPIRY)?;
            index.get_all_keys_with_key_and_limit(&range, PAGE)
        });
        let expired: Array = result(expired).await?.unchecked_into();
        let own = JsValue::from(owner);
        let is_own = |place: &JsValue| place.dyn_ref::<Array>().is_some_and(|it| it.get(0) == own);
        let remove = |transaction: &IdbTransaction| {
            let records = transaction.object_store(RECORDS)?;
            let mut others = expired.iter().filter(|place| !is_own(place));
            others.try_for_each(|place| records.delete(&place).map(drop))
        };
        finished(transaction, remove).await.map(drop)
    }

    /// Removes all of an owner, the key included.
    pub(super) fn erase(&self, owner: &str) -> Pending {
        self.change(|transaction| erase(transaction, owner))
    }

    /// The same, without waiting for the end: it is asked for in this turn, and the page may go with the next.
    #[expect(deprecated, reason = "web-sys says so, the standard does not")]
    pub(super) fn erase_at_once(&self, owner: &str) -> Result<(), StorageError> {
        let begin = self.begin(IdbTransactionMode::Readwrite);
        let erased = begin.and_then(|transaction| {
            erase(&transaction, owner)?;
            transaction.commit()
        });
        erased.map_err(|error| refusal(&error))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.connection.close();
    }
}

fn erase(transaction: &IdbTransaction, owner: &str) -> Result<(), JsValue> {
    transaction.object_store(RECORDS)?.delete(&range(owner, None)?)?;
    transaction.object_store(KEYS)?.delete(&owner.into())?;
    Ok(())
}

/// The key of a record in the database.
fn record_key(owner: &str, id: &EventId) -> JsValue {
    Array::of2(&owner.into(), &id.as_str().into()).into()
}

/// All keys that begin with an owner.
fn range(owner: &str, after: Option<&JsValue>) -> Result<JsValue, JsValue> {
    let lower = after.cloned().unwrap_or_else(|| Array::of1(&owner.into()).into());
    // The least string after the owner's.
    let upper = Array::of1(&format!("{owner}\0").into()).into();
    IdbKeyRange::bound_with_lower_open_and_upper_open(&lower, &upper, after.is_some(), true)
        .map(Into::into)
}
