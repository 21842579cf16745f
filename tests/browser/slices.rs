//! All slices show the same batch, wherever one looks.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux::Context;
use yewdux_socket::event::{EventRegistry, Patient, PatientUpdated, User, UserOnline, UserUpdated};
use yewdux_socket::wire::{RawJson, Resync, ServerMessage};
use yewdux_socket::{Config, EntitySlice, EventQueueSlice, PresenceSlice, SocketSlice, use_slice};

use crate::common::{
    InPageServer, Log, LogProps, Page, UpdatesProbe, connected, event, event_at, membership,
    next_frame, online, organization, patient, patient_updated, presence, snapshot, until, update,
    welcome, welcome_with_snapshots,
};

/// What the slices say of `north`: errors, users online, patients, received events.
fn seen(context: &Context) -> String {
    let north = organization("north");
    format!(
        "{} {} {} {}",
        context.get::<SocketSlice>().recent_errors.len(),
        context.get::<PresenceSlice>().presence.online_count(&north),
        context.get::<EntitySlice<Patient>>().organization(&north).len(),
        context.get::<EventQueueSlice>().received().count(),
    )
}

/// A frame that changes all slices.
fn frame() -> String {
    let items = [
        update("north", "p1", "Ida"),
        update("foreign", "p1", "Eve"),
        online("north", "ben"),
        update("north", "p2", "Bo"),
    ];
    format!("[{}]", items.map(|item| item.as_str().to_owned()).join(","))
}

#[wasm_bindgen_test]
async fn handlers_see_all_slices_after_the_whole_batch() {
    let (_server, link, page) = connected(Html::default()).await;
    let log = Log::default();
    let manager = page.manager();
    let context = manager.context().clone();
    let _updates = manager.on({
        let (log, context) = (log.clone(), context.clone());
        move |_: &PatientUpdated, _| log.add(seen(&context))
    });
    let _presence = manager.on({
        let log = log.clone();
        move |_: &UserOnline, _| log.add(seen(&context))
    });
    link.frame(frame());
    until("all are handled", || log.len() == 3).await;
    assert_eq!(log.entries(), ["1 1 2 3"; 3]);
}

#[wasm_bindgen_test]
async fn renders_see_all_slices_after_the_whole_batch() {
    #[component]
    fn All(props: &LogProps) -> Html {
        let errors = use_slice(|slice: &SocketSlice| slice.recent_errors.len());
        let users =
            use_slice(|slice: &PresenceSlice| slice.presence.online_count(&organization("north")));
        let patients = use_slice(|slice: &EntitySlice<Patient>| {
            slice.organization(&organization("north")).len()
        });
        let received = use_slice(|slice: &EventQueueSlice| slice.received().count());
        props.log.add(format!("{errors} {users} {patients} {received}"));
        Html::default()
    }
    let log = Log::default();
    let (_server, link, _page) = connected(html! { <All log={log.clone()} /> }).await;
    next_frame().await;
    log.take();
    link.frame(frame());
    until("it rendered", || log.len() > 0).await;
    next_frame().await;
    assert_eq!(log.entries(), ["1 1 2 3"], "one render, and no half of a batch in it");
}

#[wasm_bindgen_test]
async fn a_snapshot_comes_first_and_held_events_follow_it() {
    let server = InPageServer::default();
    let log = Log::default();
    let page = Page::mount(server.options(), html! { <UpdatesProbe log={log.clone()} /> }).await;
    let link = server.welcome(welcome_with_snapshots(&["north"])).await;
    until("a snapshot is asked for", || link.snapshot_requests().len() == 1).await;
    let request = link.snapshot_requests()[0].clone();
    assert_eq!(request.topics, ["presence", "patients"]);

    link.event(&event_at("north", 7, &patient_updated("p1", "part of the snapshot")));
    link.event(&event_at("north", 8, &patient_updated("p2", "newer")));
    next_frame().await;
    assert_eq!((page.patients("north").len(), log.len()), (0, 0), "events are held");

    let patients = ["p1", "p2", "p3"].map(|id| RawJson::of(&patient(id, "snapshot")).unwrap());
    let users = vec![RawJson::of(&presence("ben", &["north"])).unwrap()];
    link.send(&snapshot(&request, 7, &[("patients", patients.into()), ("presence", users)]));
    until("it is applied", || page.patients("north").len() == 3).await;
    assert_eq!(page.patients("north"), ["snapshot", "newer", "snapshot"]);
    assert_eq!(page.online("north"), ["ben"]);
    assert_eq!(log.entries(), ["newer"], "what the snapshot holds is not handled again");

    link.event(&event_at("north", 9, &patient_updated("p3", "next")));
    link.event(&event_at("north", 9, &patient_updated("p3", "doubled")));
    until("the difference is applied", || page.patients("north")[2] == "next").await;
    next_frame().await;
    assert_eq!(log.entries(), ["newer", "next"]);
}

#[wasm_bindgen_test]
async fn a_resync_replaces_what_was_held_of_the_organization() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), Html::default()).await;
    let link = server.welcome(welcome_with_snapshots(&["north"])).await;
    until("a snapshot is asked for", || link.snapshot_requests().len() == 1).await;
    let old = vec![RawJson::of(&patient("p1", "old")).unwrap()];
    link.send(&snapshot(&link.snapshot_requests()[0], 3, &[("patients", old)]));
    until("it is applied", || page.patients("north") == ["old"]).await;

    let resync =
        Resync { organization_id: organization("north"), epoch: "epoch".into(), offset: 9 };
    link.send(&ServerMessage::Resync(resync));
    until("another is asked for", || link.snapshot_requests().len() == 2).await;
    until("the page says so", || page.synchronizing() == ["north"]).await;
    assert_eq!(page.patients("north"), ["old"], "nothing is lost before it comes");
    let new = vec![RawJson::of(&patient("p2", "new")).unwrap()];
    link.send(&snapshot(&link.snapshot_requests()[1], 9, &[("patients", new)]));
    until("it is applied", || page.patients("north") == ["new"]).await;
    assert!(page.synchronizing().is_empty());
    assert!(page.recent_errors().contains(&"resynchronized"));
}

#[wasm_bindgen_test]
async fn an_entry_of_a_snapshot_that_cannot_be_read_is_left_out_and_reported() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), Html::default()).await;
    let link = server.welcome(welcome_with_snapshots(&["north"])).await;
    until("a snapshot is asked for", || link.snapshot_requests().len() == 1).await;
    let entries =
        vec![RawJson::of(&patient("p1", "Ida")).unwrap(), RawJson::parse("{}".to_owned()).unwrap()];
    link.send(&snapshot(&link.snapshot_requests()[0], 1, &[("patients", entries)]));
    until("it is reported", || page.recent_errors().contains(&"invalid_structure")).await;
    assert_eq!(page.patients("north").len(), 1);
}

#[wasm_bindgen_test]
async fn a_slice_follows_its_event_whether_it_is_named_before_or_after_the_registry_is_replaced() {
    let server = InPageServer::default();
    let presence_only = |config: &mut Config| config.registry = EventRegistry::presence();
    let plain = || server.options();
    for options in [
        plain().slice::<EntitySlice<User>>().configure(presence_only),
        plain().configure(presence_only).slice::<EntitySlice<User>>(),
    ] {
        let page = Page::mount(options, Html::default()).await;
        let link = server.welcome(welcome(&["north"])).await;
        let user = presence("ben", &["north"]).user;
        link.event(&event("north", &UserUpdated { user: user.into() }));
        link.event(&update("north", "p1", "Ida"));
        until("both are there", || {
            let users = page.slice::<EntitySlice<User>>().organization(&organization("north"));
            users.len() == 1 && page.patients("north") == ["Ida"]
        })
        .await;
        assert!(page.recent_errors().is_empty());
    }
}

#[wasm_bindgen_test]
async fn a_lost_organization_is_purged_from_all_slices_in_one_commit() {
    let (_server, link, page) = connected(Html::default()).await;
    link.events(&[
        update("north", "p1", "Ida"),
        online("north", "ben"),
        update("south", "p1", "Bo"),
    ]);
    until("it is there", || page.received().len() == 3).await;
    next_frame().await;

    let log = Log::default();
    let manager = page.manager();
    let _listener = manager.context().subscribe_silent({
        let (log, context) = (log.clone(), manager.context().clone());
        // The queue is the last slice to be written.
        move |_: std::rc::Rc<EventQueueSlice>| log.add(seen(&context))
    });
    link.send(&membership(&["south"]));
    until("it is gone", || page.received().len() == 1).await;
    assert_eq!(log.entries(), ["0 0 0 1"]);
    assert_eq!(page.patients("south"), ["Bo"], "the other organization stays");
}

#[wasm_bindgen_test]
async fn events_and_the_purge_of_their_organization_in_one_batch_leave_nothing() {
    let log = Log::default();
    let (_server, link, page) = connected(html! { <UpdatesProbe log={log.clone()} /> }).await;
    // Two frames of one batch, and the second takes back what the first allowed.
    let clock = crate::common::Clock::stop();
    link.event(&update("south", "p1", "at once"));
    link.event(&update("north", "p1", "taken back"));
    link.send(&membership(&["south"]));
    drop(clock);
    next_frame().await;
    assert!(page.patients("north").is_empty());
    assert!(!log.entries().contains(&"taken back".to_owned()), "{:?}", log.entries());
    assert_eq!(page.received(), ["patient_updated"], "that of the south");
}

#[wasm_bindgen_test]
async fn another_user_begins_with_nothing_of_the_former() {
    let (server, link, page) = connected(Html::default()).await;
    link.events(&[update("north", "p1", "Ida"), online("north", "ben")]);
    until("it is there", || page.patients("north").len() == 1).await;
    link.close(1006);
    let mut other = welcome(&["north"]);
    other.user_id = "eve".into();
    server.welcome(other).await;
    until("eve is signed in", || {
        page.slice::<SocketSlice>()
            .principal
            .as_ref()
            .is_some_and(|user| user.user_id.as_str() == "eve")
    })
    .await;
    assert!(page.patients("north").is_empty() && page.online("north").is_empty());
    assert!(page.received().is_empty());
}
