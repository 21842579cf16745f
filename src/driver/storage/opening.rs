//! Opening the database: creating it, and other pages in the way.

use std::cell::Cell;
use std::rc::Rc;

use futures::channel::oneshot;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;
use gloo_timers::future::TimeoutFuture;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::spawn_local;
use web_sys::{IdbDatabase, IdbOpenDbRequest};
use yewdux_socket_core::error::StorageError;

use super::database::{Database, NAME, STORES};
use super::record;
use super::request::{refusal, result, unavailable};

/// The version of the schema. The next one migrates in `create_stores`.
const VERSION: u32 = 1;
/// How long an older page may take to give way: it lets a transaction end, and closing takes the browser a moment.
const GRACE_MILLIS: u32 = 2_000;
/// The pauses before a request that the browser gave up is made again.
const PAUSES_MILLIS: [u32; 4] = [100, 200, 400, 800];

impl Database {
    /// Opens the database, and creates it if there is none. `lost` is called if the browser takes it away.
    pub(super) async fn open(lost: Rc<dyn Fn()>) -> Result<Self, StorageError> {
        let (sender, receiver) = oneshot::channel();
        // On its own: if it were dropped half-way, the browser would finish without the object stores, or
        // leave a connection open that blocks a newer page.
        spawn_local(open(sender, lost));
        receiver.await.unwrap_or_else(|_| Err(unavailable("opening the database was given up")))
    }
}

async fn open(sender: oneshot::Sender<Result<Database, StorageError>>, lost: Rc<dyn Fn()>) {
    let sender = Rc::new(Cell::new(Some(sender)));
    let answer = move |answer| {
        if let Some(sender) = sender.take() {
            // Nobody waits any more: then the connection is closed by its drop.
            drop(sender.send(answer));
        }
    };
    let mut pauses = PAUSES_MILLIS.into_iter();
    loop {
        let request = match request_open() {
            Ok(request) => request,
            Err(error) => return answer(Err(error)),
        };
        let opened = opened(&request, answer.clone(), &lost).await;
        match pauses.next().filter(|_| opened.is_err() && is_aborted(&request)) {
            Some(pause) => TimeoutFuture::new(pause).await,
            None => return answer(opened),
        }
    }
}

/// Waits until the database is open. `answer` is told if an older page is too long in the way; it is waited for
/// all the same.
async fn opened(
    request: &IdbOpenDbRequest,
    answer: impl FnOnce(Result<Database, StorageError>) + 'static,
    lost: &Rc<dyn Fn()>,
) -> Result<Database, StorageError> {
    let _upgrade = {
        let request = request.clone();
        EventListener::once(&request.clone(), "upgradeneeded", move |_| create_stores(&request))
    };
    // Held here, so that it is over with this function.
    let grace = Rc::new(Cell::new(None));
    let _blocked = {
        let grace = grace.clone();
        EventListener::once(request, "blocked", move |_| {
            let give_up = move || answer(Err(StorageError::Blocked));
            grace.set(Some(Timeout::new(GRACE_MILLIS, give_up)));
        })
    };
    result(Ok(request.clone().into())).await.and_then(|database| {
        let database = Database::new(database.unchecked_into(), lost);
        if database.is_ours() {
            Ok(database)
        } else {
            Err(unavailable("the database lacks its object stores"))
        }
    })
}

/// Whether the browser gave the request up: it is taking the database away, and will have a new one soon.
fn is_aborted(request: &IdbOpenDbRequest) -> bool {
    matches!(request.error(), Ok(Some(error)) if error.name() == "AbortError")
}

fn request_open() -> Result<IdbOpenDbRequest, StorageError> {
    web_sys::window()
        .ok_or_else(|| unavailable("there is no window"))?
        .indexed_db()
        .map_err(|error| refusal(&error))?
        .ok_or_else(|| unavailable("there is no IndexedDB"))?
        .open_with_u32(NAME, VERSION)
        .map_err(|error| refusal(&error))
}

/// Creates the object stores. Should it fail, their absence is noticed when the database is open.
fn create_stores(request: &IdbOpenDbRequest) {
    let Ok(database) = request.result() else { return };
    let database: IdbDatabase = database.unchecked_into();
    let created = STORES.map(|name| database.create_object_store(name));
    let indexed = created[0].clone().and_then(|records| {
        records.create_index_with_str(record::EXPIRY, record::EXPIRY).map(drop)
    });
    if let Err(error) = created.into_iter().collect::<Result<Vec<_>, _>>().and(indexed) {
        tracing::warn!(code = refusal(&error).code(), "the object stores could not be created");
    }
}
