//! What the extension Redux DevTools is shown, and what it can do.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux::{Context, Store};
use yewdux_socket::error::ValidationError;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::wire::RawJson;
use yewdux_socket::{
    OrganizationId, RealtimeSlice, ReceivedEvent, Rule, Sensitive, SocketEvent, SocketOptions,
};

use crate::common::{
    FakeDevTools, InPageServer, Link, Page, TOKEN, event, next_frame, online, organization,
    patient, patient_updated, script, until, update, welcome,
};

const SECRET: &str = "canary-of-what-is-secret";

/// A sensitive field that nobody has declared in `SENSITIVE`.
#[derive(Serialize, Deserialize)]
struct Note {
    title: String,
    text: Sensitive<String>,
}

impl SocketEvent for Note {
    const TYPE: &'static str = "note";
}

/// Shows what it must not, and counts how often it is asked.
#[derive(Clone, Default)]
struct Careless;

thread_local! {
    static ASKED: Cell<usize> = const { Cell::new(0) };
}

impl Store for Careless {
    fn new(_: &Context) -> Self {
        Self
    }

    fn should_notify(&self, _: &Self) -> bool {
        false
    }
}

impl RealtimeSlice for Careless {
    const TOPIC: Option<&'static str> = None;
    const SENSITIVE: &'static [&'static str] = &["pin"];

    fn apply(&mut self, _: &[Arc<ReceivedEvent>]) {}

    fn replace(&mut self, _: &OrganizationId, _: &[RawJson]) -> Result<(), ValidationError> {
        Ok(())
    }

    fn purge(&mut self, _: Option<&OrganizationId>) {}

    fn inspect(&self, most: usize) -> Option<RawJson> {
        ASKED.set(ASKED.get() + 1);
        let note =
            Note { title: format!("{most} at most"), text: Sensitive::new(SECRET.to_owned()) };
        RawJson::of(&serde_json::json!({ "entries": [{ "pin": SECRET, "note": note }] })).ok()
    }
}

fn options(server: &InPageServer) -> SocketOptions {
    server.options().slice::<Careless>().event::<Note>().unwrap().permissions(|policy| {
        policy
            .receive(Note::TYPE, Rule::Member)
            .see(PatientUpdated::TYPE, "patient.diagnosis", Rule::Member)
            .see("patients", "diagnosis", Rule::Member);
    })
}

/// A connected page whose extension is not looked at yet.
async fn page(server: &InPageServer) -> (Rc<Link>, Page) {
    let page = Page::mount(options(server), Html::default()).await;
    let link = server.welcome(welcome(&["north", "south"])).await;
    until("it is connected", || page.is_connected()).await;
    next_frame().await;
    (link, page)
}

#[wasm_bindgen_test]
async fn nothing_is_written_for_it_unless_somebody_looks() {
    // An earlier test's page may still be about to end.
    next_frame().await;
    ASKED.set(0);
    let server = InPageServer::default();
    let (link, shown) = page(&server).await;
    link.event(&update("north", "p1", "Ida"));
    until("it came", || shown.patients("north").len() == 1).await;
    assert_eq!(ASKED.get(), 0, "there is no extension");
    drop(shown);

    let tools = FakeDevTools::install();
    let server = InPageServer::default();
    let (link, page) = page(&server).await;
    link.event(&update("north", "p1", "Ida"));
    until("it came", || page.patients("north").len() == 1).await;
    assert_eq!((tools.count(), ASKED.get()), (1, 0), "its window is closed");

    tools.start(0);
    assert_eq!(tools.names(0), ["@@INIT"], "all that happened before");
    assert_eq!(tools.shown(0)[0]["state"]["patients"]["north"]["count"], 1);
    link.event(&update("north", "p2", "Bo"));
    until("it came", || page.patients("north").len() == 2).await;
    assert_eq!(tools.names(0), ["@@INIT", "patient_updated"]);
    assert_eq!(tools.shown(0)[1]["state"]["patients"]["north"]["entries"][1]["name"], "Bo");

    let asked = ASKED.get();
    tools.tell(0, r#"{"type":"STOP"}"#);
    link.event(&update("north", "p3", "Cy"));
    until("it came", || page.patients("north").len() == 3).await;
    assert_eq!((tools.shown(0).len(), ASKED.get()), (2, asked), "its window was closed");
}

#[wasm_bindgen_test]
async fn commits_are_named_by_what_is_in_them() {
    let tools = FakeDevTools::install();
    let server = InPageServer::default();
    let (link, page) = page(&server).await;
    tools.start(0);
    let last = || tools.names(0).pop().unwrap();
    link.events(&[
        update("north", "p1", "Ida"),
        update("south", "p1", "Bo"),
        online("north", "ben"),
    ]);
    until("a batch", || last() == "batch: 2 × patient_updated, 1 × user_online").await;
    let batch = tools.shown(0).pop().unwrap();
    let events = batch["action"]["events"].as_array().unwrap();
    assert_eq!(events.len(), 3);
    assert_eq!(events[1]["organizationId"], "south");
    assert_eq!(events[1]["payload"]["patient"]["name"], "Bo");
    next_frame().await;

    drop(page.manager().emit(&organization("north"), &patient_updated("p1", "Ida")).unwrap());
    until("what was emitted", || last() == "emit patient_updated").await;
    let emitted = tools.shown(0).pop().unwrap()["action"]["emitted"].clone();
    assert_eq!(emitted[0]["organizationId"], "north");
    assert_eq!(emitted[0]["id"].as_str(), Some(link.emits()[0].id.as_str()));
    link.ack(&link.emits()[0]);
    until("an outcome", || last() == "acknowledged").await;
    page.manager().disconnect();
    until("the connection", || last() == "connection: disconnected").await;
}

#[wasm_bindgen_test]
async fn nothing_secret_is_shown() {
    let tools = FakeDevTools::install();
    let server = InPageServer::default();
    let (link, page) = page(&server).await;
    tools.start(0);
    let mut ill: Patient = patient("p1", "Ida");
    ill.diagnosis = Sensitive::new(SECRET.to_owned());
    link.events(&[
        event("north", &PatientUpdated { patient: ill.into() }),
        event("north", &Note { title: "round".into(), text: Sensitive::new(SECRET.to_owned()) }),
        update(SECRET, "p1", "of an organization that is not the user's"),
    ]);
    let name = "batch: 1 × patient_updated, 1 × note";
    until("it came", || tools.names(0).last().is_some_and(|last| last == name)).await;
    let slice = page.slice::<yewdux_socket::EntitySlice<Patient>>();
    let held = slice.organization(&organization("north")).get("p1").unwrap().diagnosis.clone();
    assert_eq!(held.reveal().map(String::as_str), Some(SECRET), "the application has it");

    server.set_opening(crate::common::Opening::Hangs);
    link.close(1006);
    drop(page.manager().emit(&organization("north"), &patient_updated("p1", SECRET)).unwrap());
    let last = || tools.shown(0).pop().unwrap();
    until("it waits", || last()["state"]["eventQueue"]["count"] == 1).await;

    tools.tell(0, r#"{"type":"DISPATCH","payload":{"type":"COMMIT"}}"#);
    assert_eq!(last()["type"], "@@INIT");
    let all = Value::from(tools.shown(0)).to_string() + &tools.options(0).to_string();
    assert!(all.contains("round") && all.contains("50 at most"), "it is shown otherwise: {all}");
    assert!(!all.contains(SECRET), "{all}");
    assert!(!all.contains(TOKEN), "{all}");
}

#[wasm_bindgen_test]
async fn what_is_shown_is_bounded() {
    let tools = FakeDevTools::install();
    let server = InPageServer::default();
    let (link, page) = page(&server).await;
    tools.start(0);
    let name = "x".repeat(200);
    let patients: Vec<_> = (0..2_000).map(|id| update("north", &format!("p{id}"), &name)).collect();
    link.events(&patients);
    let users: Vec<_> = (0..2_000).map(|id| online("north", &format!("u{id}"))).collect();
    link.events(&users);
    until("all came", || page.online("north").len() == 2_000).await;
    next_frame().await;
    let messages = tools.shown(0);
    let first = &messages[1];
    assert_eq!(first["type"], "batch: 2000 × patient_updated");
    assert_eq!(first["action"]["events"].as_array().unwrap().len(), 20);
    assert_eq!(first["action"]["omittedEvents"], 1_980);
    let state = &messages.last().unwrap()["state"];
    assert_eq!(state["patients"]["north"]["count"], 2_000);
    assert_eq!(state["patients"]["north"]["entries"].as_array().unwrap().len(), 50);
    assert_eq!(state["presence"]["north"]["count"], 2_000);
    assert_eq!(state["presence"]["north"]["users"].as_array().unwrap().len(), 50);
    for message in &messages {
        let size = message.to_string().len();
        assert!(size < 100_000, "{size} bytes: {}", message["type"]);
    }
}

#[wasm_bindgen_test]
async fn its_commands_change_nothing() {
    let tools = FakeDevTools::install();
    let server = InPageServer::default();
    let (link, page) = page(&server).await;
    tools.start(0);
    link.event(&update("north", "p1", "Ida"));
    until("it came", || tools.names(0).len() == 2).await;
    next_frame().await;
    for message in [
        r#"{"type":"DISPATCH","payload":{"type":"JUMP_TO_STATE","actionId":0},"state":"{\"patients\":{}}"}"#,
        r#"{"type":"DISPATCH","payload":{"type":"TOGGLE_ACTION","id":1},"state":"{}"}"#,
        r#"{"type":"DISPATCH","payload":{"type":"ROLLBACK"},"state":"{}"}"#,
        r#"{"type":"DISPATCH","payload":{"type":"IMPORT_STATE","nextLiftedState":{}}}"#,
        r#"{"type":"ACTION","payload":"{\"type\":\"patient_updated\"}"}"#,
        r#"{"type":"DISPATCH"}"#,
        r#"{"type":7}"#,
        "null",
    ] {
        tools.tell(0, message);
    }
    next_frame().await;
    assert_eq!(page.patients("north"), ["Ida"]);
    assert_eq!(link.emits().len(), 0);
    assert_eq!(tools.names(0).len(), 2, "nor is there anything to show");
    assert_eq!(tools.options(0)["features"]["jump"], false);

    tools.tell(0, r#"{"type":"DISPATCH","payload":{"type":"PAUSE_RECORDING","status":true}}"#);
    link.event(&update("north", "p2", "Bo"));
    until("it came", || page.patients("north").len() == 2).await;
    assert_eq!(tools.names(0).len(), 2, "recording is paused");
    tools.tell(0, r#"{"type":"DISPATCH","payload":{"type":"PAUSE_RECORDING","status":false}}"#);
    assert_eq!(tools.names(0)[2..], ["@@INIT"]);
    assert_eq!(tools.shown(0)[2]["state"]["patients"]["north"]["count"], 2);
}

#[wasm_bindgen_test]
async fn each_socket_is_an_instance_with_a_name_and_ends_with_it() {
    let tools = FakeDevTools::install();
    let (first, second) = (InPageServer::default(), InPageServer::default());
    let (_first_link, first_page) = page(&first).await;
    let other = SocketOptions::new("ws://ana:secret@in-page.test/other?token=secret")
        .token(|_| async { Ok(TOKEN.to_owned()) })
        .transport(second.clone());
    let second_page = Page::mount(other, Html::default()).await;
    second.welcome(welcome(&["south"])).await;
    until("both are connected", || second_page.is_connected()).await;
    let name = |index| tools.options(index)["name"].as_str().unwrap().to_owned();
    assert_eq!(tools.count(), 2);
    assert!(name(0).ends_with(": ws://in-page.test/ws"), "{}", name(0));
    assert!(name(1).ends_with(": ws://in-page.test/other"), "{}", name(1));
    assert_ne!(name(0).split(':').next(), name(1).split(':').next());
    tools.start(1);
    assert_eq!((tools.shown(0).len(), tools.shown(1).len()), (0, 1));
    assert_eq!(tools.shown(1)[0]["state"]["socket"]["status"], "connected");

    first_page.unmount().await;
    assert_eq!((tools.listeners(0), tools.listeners(1)), (0, 1));
}

#[wasm_bindgen_test]
async fn an_extension_that_fails_stops_nothing() {
    let broken = [
        "{}",
        "{ connect() { throw new Error('broken'); } }",
        "{ connect() { return { subscribe() { throw new Error('broken'); } }; } }",
        "{ connect: () => ({ init() { throw 1; }, send() { throw 2; }, unsubscribe() { throw 3; },
            subscribe: listener => listener({ type: 'START' }) }) }",
    ];
    for broken in broken {
        let install = format!("window.__REDUX_DEVTOOLS_EXTENSION__ = {broken}");
        script("", &install).call0(&JsValue::NULL).unwrap();
        let server = InPageServer::default();
        let (link, page) = page(&server).await;
        link.event(&update("north", "p1", "Ida"));
        until("it came", || page.patients("north") == ["Ida"]).await;
        page.unmount().await;
    }
    script("", "delete window.__REDUX_DEVTOOLS_EXTENSION__").call0(&JsValue::NULL).unwrap();
}
