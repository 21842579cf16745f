//! A server that sends the page everything, while its user switches from one organization to another: nothing foreign is
//! in any slice, handler, error, or in the page.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::{
    EntitySlice, Envelope, EventFeed, EventQueueSlice, SocketSlice, use_entities, use_socket_event,
};

use crate::common::{
    InPageServer, Page, Slot, event, next_frame, organization, patient, until, welcome,
};

const EVENTS: usize = 100_000;
const SWITCHES: usize = 100;
const EVENTS_PER_FRAME: usize = 50;
const OWN: [&str; 4] = ["north", "south", "east", "west"];
const FOREIGN: [&str; 2] = ["research", "elsewhere"];
/// In every field of what is foreign that is shown to anybody.
const CANARY: &str = "canary";

#[derive(Clone, PartialEq, Properties)]
struct BoardProps {
    current: Slot<UseStateHandle<String>>,
    seen: Slot<Rc<RefCell<Vec<String>>>>,
}

/// Shows one organization, as an application with a switch does.
#[component]
fn Board(props: &BoardProps) -> Html {
    let current = use_state_eq(|| "north".to_owned());
    props.current.set(current.clone());
    let patients = use_entities::<Patient>(&organization(&current));
    let seen = props.seen.get();
    use_socket_event(move |event: &PatientUpdated, envelope: &Envelope| {
        let of = envelope.organization.as_ref().map(ToString::to_string).unwrap_or_default();
        if !OWN.contains(&of.as_str()) || event.patient.name.contains(CANARY) {
            seen.borrow_mut().push(format!("{of}: {}", event.patient.name));
        }
    });
    html! {
        <>
            <ul>{ for patients.iter().map(|patient| html! { <li>{ &patient.name }</li> }) }</ul>
            <EventFeed />
        </>
    }
}

/// A frame of events: a third of them foreign, one in a hundred malformed.
fn frame(first: usize) -> String {
    let events: Vec<_> = (first..first + EVENTS_PER_FRAME)
        .map(|number| {
            let is_foreign = number % 3 == 0;
            let of = if is_foreign { FOREIGN[number % 2] } else { OWN[number % 4] };
            let name =
                if is_foreign { format!("{CANARY} {number}") } else { format!("{of} {number}") };
            let patient = patient(&format!("p{}", number % 20), &name);
            let event = event(of, &PatientUpdated { patient: patient.into() });
            if number % 100 == 7 {
                event.as_str().replace(r#""heartRate":72"#, &format!(r#""heartRate":"{CANARY}""#))
            } else {
                event.as_str().to_owned()
            }
        })
        .collect();
    format!("[{}]", events.join(","))
}

#[wasm_bindgen_test]
async fn nothing_foreign_is_anywhere_while_the_user_switches() {
    let server = InPageServer::default();
    let props = BoardProps { current: Slot::default(), seen: Slot::default() };
    props.seen.set(Rc::default());
    let page = Page::mount(server.options(), html! { <Board ..props.clone() /> }).await;
    let link = server.welcome(welcome(&OWN)).await;
    until("the slice says connected", || page.is_connected()).await;

    let sent = Cell::new(0);
    for switch in 0..SWITCHES {
        let current = OWN[switch % OWN.len()];
        page.manager().update_subscriptions(Some(vec![organization(current)]));
        props.current.get().set(current.to_owned());
        for _ in 0..EVENTS / SWITCHES / EVENTS_PER_FRAME {
            link.frame(frame(sent.get()));
            sent.set(sent.get() + EVENTS_PER_FRAME);
        }
        next_frame().await;
        yew::scheduler::flush().await;
        let html = page.html();
        assert!(!html.contains(CANARY), "{html}");
        for other in OWN.iter().filter(|other| **other != current) {
            assert!(!html.contains(&format!(">{other} ")), "{other} is not {current}: {html}");
        }
        assert!(html.contains(&format!(">{current} ")), "{current} is shown: {html}");
    }
    assert_eq!(sent.get(), EVENTS);

    assert_eq!(*props.seen.get().borrow(), [""; 0], "handlers");
    let patients = page.slice::<EntitySlice<Patient>>();
    assert!(FOREIGN.iter().all(|foreign| !patients.holds(&organization(foreign))), "domain slice");
    let queue = page.slice::<EventQueueSlice>();
    let is_own = |of: &yewdux_socket::OrganizationId| OWN.contains(&of.as_str());
    assert!(queue.received().all(|event| event.envelope.organization.as_ref().is_some_and(is_own)));
    let socket = page.slice::<SocketSlice>();
    assert!(!socket.quarantine.is_empty(), "what was malformed");
    assert!(socket.quarantine.iter().all(|entry| entry.organization.as_ref().is_none_or(is_own)));
    assert!(!format!("{socket:?}").contains(CANARY), "quarantine and errors");

    let metrics = page.manager().performance_metrics();
    let dropped = metrics.dropped_foreign + metrics.dropped_invalid;
    assert_eq!(metrics.events_delivered + dropped, EVENTS as u64, "{metrics:?}");
    assert!(
        metrics.dropped_foreign > EVENTS as u64 / 3,
        "what is not subscribed counts as foreign too"
    );
}
