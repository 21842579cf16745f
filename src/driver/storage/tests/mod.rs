//! Storage in a real browser. Each test has a user of its own; they share one database.

mod database;
mod erase;
mod hold;
mod missing;
mod round_trip;
mod tampering;
mod unusable;

use std::rc::Rc;

use futures::StreamExt;
use futures::channel::mpsc;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use yewdux_socket_core::error::StorageError;
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{EventId, Input, Loaded, OrganizationId, StoredEvent, Timestamp, UserId};

use super::Storage;
use super::cipher::Cipher;
use super::database::Database;
use super::record::Owner;
use crate::driver::clock;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);

/// What is in every payload, and must be nowhere on the disk.
const SECRET: &str = "Ida Brandt, ward 7";
/// Where events go.
const SERVER: &str = "wss://clinics.example/ws";
const MINUTE: i64 = 60_000;

/// One page: storage, and what it reported.
struct Tab {
    storage: Storage,
    inputs: mpsc::UnboundedReceiver<Input>,
}

impl Tab {
    fn open() -> Self {
        Self::of(SERVER)
    }

    fn of(server: &str) -> Self {
        let (sender, inputs) = mpsc::unbounded();
        let storage = Storage::new(server, move |input| sender.unbounded_send(input).unwrap());
        Self { storage, inputs }
    }

    /// A page that holds the outbox, and what it loaded.
    async fn holding(user: &UserId) -> (Self, Loaded) {
        let mut tab = Self::open();
        let loaded = match tab.load(user).await {
            // The browser takes a moment to let go what the page before held.
            Err(StorageError::HeldElsewhere) => {
                tab.released(user).await;
                tab.load(user).await
            }
            loaded => loaded,
        };
        let mut loaded = loaded.unwrap();
        // They come in any order; the sequence is what counts.
        loaded.events.sort_by_key(|event| event.sequence);
        (tab, loaded)
    }

    async fn next(&mut self) -> Input {
        self.inputs.next().await.unwrap()
    }

    async fn load(&mut self, user: &UserId) -> Result<Loaded, StorageError> {
        self.storage.load(7, user.clone());
        match self.next().await {
            Input::Loaded { operation: 7, result } => result,
            other => panic!("{other:?}"),
        }
    }

    async fn released(&mut self, user: &UserId) {
        match self.next().await {
            Input::StorageReleased(released) => assert_eq!(released, *user),
            other => panic!("{other:?}"),
        }
    }

    async fn lost(&mut self, user: &UserId) {
        match self.next().await {
            Input::StorageLost(lost) => assert_eq!(lost, *user),
            other => panic!("{other:?}"),
        }
    }

    async fn store(&mut self, user: &UserId, event: &StoredEvent) -> Result<(), StorageError> {
        self.storage.store(event.sequence, user.clone(), event.clone());
        self.stored(event.sequence).await
    }

    async fn stored(&mut self, operation: u64) -> Result<(), StorageError> {
        match self.next().await {
            Input::Stored { operation: answered, result } => {
                assert_eq!(answered, operation);
                result
            }
            other => panic!("{other:?}"),
        }
    }
}

/// A user of a test of its own, of whom nothing is left from an earlier run.
fn user(name: &str) -> UserId {
    UserId::from(format!("{name}-{}", js_sys::Math::random()).as_str())
}

fn now() -> i64 {
    clock::now().wall.as_millis()
}

fn event(sequence: u64) -> StoredEvent {
    StoredEvent {
        id: EventId::from_bits(u128::from(sequence)),
        sequence,
        event_type: "patient_edited".into(),
        organization_id: sequence.is_multiple_of(2).then(|| OrganizationId::from("north")),
        payload: RawJson::parse(format!("{{\"name\":\"{SECRET}\",\"n\":{sequence}}}")).unwrap(),
        timestamp: Timestamp::from_millis(now()),
        expires_at: Timestamp::from_millis(now() + 10 * MINUTE),
    }
}

fn events(count: u64) -> Vec<StoredEvent> {
    (1..=count).map(event).collect()
}

fn sequences(events: &[StoredEvent]) -> Vec<u64> {
    events.iter().map(|event| event.sequence).collect()
}

/// Leaves events as an earlier page would.
async fn leave(user: &UserId, events: &[StoredEvent]) {
    let (mut tab, _) = Tab::holding(user).await;
    for event in events {
        tab.storage.store(event.sequence, user.clone(), event.clone());
    }
    for event in events {
        tab.stored(event.sequence).await.unwrap();
    }
}

async fn owner(user: &UserId) -> Owner {
    Owner::new(&Cipher::new().unwrap(), SERVER, user.clone()).await.unwrap()
}

async fn database() -> Database {
    Database::open(Rc::new(|| {})).await.unwrap()
}

/// The records of a user, as they are on the disk.
async fn records(user: &UserId) -> Vec<(EventId, JsValue)> {
    let database = database().await;
    let entries = database.records(&owner(user).await.tag, None).await.unwrap();
    let id = |place: &JsValue| {
        let place: &js_sys::Array = place.unchecked_ref();
        EventId::from(place.get(1).as_string().unwrap().as_str())
    };
    entries.into_iter().map(|(place, record)| (id(&place), record)).collect()
}

/// Writes records past the library.
async fn write(user: &UserId, records: &[(EventId, Option<JsValue>)]) {
    let database = database().await;
    database.write(&owner(user).await.tag, None, records).await.unwrap();
}

async fn key(user: &UserId) -> JsValue {
    database().await.key(&owner(user).await.tag).await.unwrap()
}

fn get(record: &JsValue, field: &str) -> JsValue {
    Reflect::get(record, &field.into()).unwrap()
}

fn set(record: &JsValue, field: &str, value: impl Into<JsValue>) {
    Reflect::set(record, &field.into(), &value.into()).unwrap();
}

fn bytes(record: &JsValue, field: &str) -> Vec<u8> {
    get(record, field).unchecked_into::<Uint8Array>().to_vec()
}

/// Runs JavaScript.
fn run(code: &str) -> JsValue {
    js_sys::Function::new_no_args(code).call0(&JsValue::UNDEFINED).unwrap()
}

/// Waits for a promise that JavaScript gives.
async fn wait_for(code: &str) -> JsValue {
    let promise = run(code).unchecked_into::<js_sys::Promise>();
    wasm_bindgen_futures::JsFuture::from(promise).await.unwrap()
}

/// Changes the browser until it is dropped.
struct Changed(&'static str);

impl Changed {
    fn new(change: &str, undo: &'static str) -> Self {
        run(change);
        Self(undo)
    }
}

impl Drop for Changed {
    fn drop(&mut self) {
        run(self.0);
    }
}

/// Puts something in the place of a key: nothing, a text, or a key that scripts can read.
async fn plant_key(tag: &str, planted: Option<&str>) {
    let put = match planted {
        None => format!("keys.delete('{tag}')"),
        Some("readable") => format!("keys.put(key, '{tag}')"),
        Some(text) => format!("keys.put('{text}', '{tag}')"),
    };
    wait_for(&format!(
        "return crypto.subtle.generateKey({{ name: 'AES-GCM', length: 256 }}, true, ['encrypt', 'decrypt'])
            .then(key => new Promise((resolve, reject) => {{
                const open = indexedDB.open('yewdux-socket', 1);
                open.onsuccess = () => {{
                    const transaction = open.result.transaction('keys', 'readwrite');
                    const keys = transaction.objectStore('keys');
                    {put};
                    transaction.oncomplete = () => {{ open.result.close(); resolve(); }};
                    transaction.onabort = reject;
                }};
            }}));"
    ))
    .await;
}
