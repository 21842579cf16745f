//! Which roles see what: in the slices, in handlers, in the page.

use std::cell::RefCell;
use std::rc::Rc;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::config::UnknownEvents;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::wire::{Membership as MembershipMessage, RawJson, ServerMessage};
use yewdux_socket::{EntitySlice, Envelope, Sensitive, SocketSlice, use_entities};

use crate::common::{
    InPageServer, Page, connected, event, memberships, organization, patient, snapshot, until,
    update, welcome, welcome_with_snapshots,
};

fn with_diagnosis() -> Patient {
    Patient { diagnosis: Sensitive::new("influenza".to_owned()), ..patient("p1", "Ida") }
}

/// Shows everything that it gets, as careless components do.
#[component]
fn Careless() -> Html {
    let patients = use_entities::<Patient>(&organization("north"));
    let line = |patient: &Patient| {
        let diagnosis = patient.diagnosis.reveal().cloned().unwrap_or_default();
        html! { <li>{ format!("{} {diagnosis} {patient:?}", patient.name) }</li> }
    };
    html! { <ul>{ for patients.iter().map(|patient| line(patient)) }</ul> }
}

fn roles(names: &[&str], roles: &[&str]) -> ServerMessage {
    let mut organizations = memberships(names);
    for membership in &mut organizations {
        membership.roles = roles.iter().map(ToString::to_string).collect();
    }
    ServerMessage::Membership(MembershipMessage { organizations })
}

#[wasm_bindgen_test]
async fn a_sensitive_field_reaches_no_component_of_whom_it_is_not_for() {
    let (_server, link, page) = connected(html! { <Careless /> }).await;
    link.event(&event("north", &PatientUpdated { patient: with_diagnosis().into() }));
    until("a nurse sees it", || page.html().contains("influenza")).await;
    assert!(page.html().contains("Sensitive(…)"), "but not in what is printed");

    link.send(&roles(&["north", "south"], &["researcher"]));
    until("what was seen is forgotten", || !page.html().contains("Ida")).await;
    link.event(&event("north", &PatientUpdated { patient: with_diagnosis().into() }));
    until("the rest is seen", || page.html().contains("Ida")).await;
    assert!(!page.html().contains("influenza"));
    let slice = page.slice::<EntitySlice<Patient>>();
    let north = slice.organization(&organization("north"));
    assert!(north.get("p1").unwrap().diagnosis.is_redacted());
}

#[wasm_bindgen_test]
async fn nor_does_it_by_a_snapshot() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), html! { <Careless /> }).await;
    let mut welcome = welcome_with_snapshots(&["north"]);
    welcome.organizations[0].roles = vec!["researcher".to_owned()];
    let link = server.welcome(welcome).await;
    until("the state is asked for", || !link.snapshot_requests().is_empty()).await;
    let entries = vec![RawJson::of(&with_diagnosis()).unwrap()];
    link.send(&snapshot(&link.snapshot_requests()[0], 0, &[("patients", entries)]));
    until("the rest is seen", || page.html().contains("Ida")).await;
    assert!(!page.html().contains("influenza"));
}

#[wasm_bindgen_test]
async fn what_cannot_be_used_is_in_the_quarantine_without_what_it_said() {
    let (_server, link, page) = connected(Html::default()).await;
    let update = update("north", "p1", "Ida");
    let broken = update.as_str().replace(":72", r#":"hush""#);
    link.frame(broken.as_str());
    let quarantine = || page.slice::<SocketSlice>().quarantine.clone();
    until("it is there", || quarantine().len() == 1).await;
    let entry = &quarantine()[0];
    assert_eq!((entry.code, entry.path.as_deref()), ("invalid_structure", Some("patient")));
    assert_eq!(entry.bytes, broken.len());
    assert!(!format!("{entry:?}").contains("hush"));
    page.manager().update_user_organizations(vec![organization("south")]);
    until("it goes with its organization", || quarantine().is_empty()).await;
}

#[wasm_bindgen_test]
async fn unknown_events_reach_those_who_ask_for_them() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| config.unknown_events = UnknownEvents::Raw);
    let page = Page::mount(options, Html::default()).await;
    let link = server.welcome(welcome(&["north"])).await;
    until("the slice says connected", || page.is_connected()).await;
    let seen = Rc::new(RefCell::new(Vec::new()));
    let handler = {
        let seen = seen.clone();
        move |json: &RawJson, envelope: &Envelope| {
            seen.borrow_mut().push((envelope.event_type.to_string(), json.as_str().to_owned()));
        }
    };
    let subscription = page.manager().on_unknown(handler);
    let later = |organization: &str| {
        format!(
            r#"{{"type":"later","organizationId":"{organization}","timestamp":"2026-11-23T08:00:00Z","x":1}}"#
        )
    };
    link.frame(later("elsewhere"));
    link.event(&update("north", "p1", "Ida"));
    link.frame(later("north"));
    until("it came", || !seen.borrow().is_empty()).await;
    assert_eq!(*seen.borrow(), [("later".to_owned(), later("north"))], "and nothing else");
    drop(subscription);
    link.frame(later("north"));
    link.event(&update("north", "p2", "Noah"));
    until("what follows is there", || {
        page.slice::<EntitySlice<Patient>>()
            .organization(&organization("north"))
            .get("p2")
            .is_some()
    })
    .await;
    assert_eq!(seen.borrow().len(), 1, "nobody asks any more");
}

#[wasm_bindgen_test]
async fn an_entry_with_values_that_cannot_be_is_left_out() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), html! { <Careless /> }).await;
    let link = server.welcome(welcome_with_snapshots(&["north"])).await;
    until("the state is asked for", || !link.snapshot_requests().is_empty()).await;
    let entries = [
        Patient { heart_rate: 9_999, ..patient("p2", "Noah") },
        Patient { id: "p\u{202e}3".to_owned(), ..patient("p3", "Mira") },
        patient("p4", &"x".repeat(201)),
        patient("p1", "Ida"),
    ];
    let entries = entries.iter().map(|entry| RawJson::of(entry).unwrap()).collect();
    link.send(&snapshot(&link.snapshot_requests()[0], 0, &[("patients", entries)]));
    until("the rest is seen", || page.html().contains("Ida")).await;
    assert_eq!(page.patients("north"), ["Ida"]);
    assert!(page.recent_errors().contains(&"invalid_value"));
}
