//! How often components render: for what they show, and for nothing else.

use std::sync::Arc;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::event::{Patient, UserOnline};
use yewdux_socket::wire::RawJson;
use yewdux_socket::{
    EventFeed, PresenceList, ReceivedEvent, SocketSlice, UsePresenceOptions, UserPresence,
    use_entities, use_manager,
};

use crate::common::{
    Log, LogProps, Page, PatientsProbe, PresenceProbe, SocketProbe, connected, dispatch, event,
    next_frame, online, organization, patient_updated, presence, until, update,
};

/// Logs that it rendered, and does nothing but emit.
#[component]
fn ManagerProbe(props: &LogProps) -> Html {
    let _manager = use_manager();
    props.log.add("rendered");
    Html::default()
}

/// The logs of one component of each kind, all of the north.
#[derive(Default)]
struct Probes {
    patients: Log,
    presence: Log,
    first_two: Log,
    socket: Log,
    manager: Log,
    rows: Log,
    feed: Log,
}

impl Probes {
    fn html(&self) -> Html {
        let row = {
            let log = self.rows.clone();
            Callback::from(move |user: Arc<UserPresence>| {
                log.add(user.user_id.to_string());
                Html::default()
            })
        };
        let entry = {
            let log = self.feed.clone();
            Callback::from(move |event: Arc<ReceivedEvent>| {
                log.add(&*event.envelope.event_type);
                Html::default()
            })
        };
        html! {
            <>
                <PatientsProbe log={self.patients.clone()} organization="north" />
                <PresenceProbe log={self.presence.clone()} organization="north" />
                <PresenceProbe
                    log={self.first_two.clone()}
                    organization="north"
                    options={UsePresenceOptions::default().limit(2)}
                />
                <SocketProbe log={self.socket.clone()} />
                <ManagerProbe log={self.manager.clone()} />
                <PresenceList organization={organization("north")} describe={Some(row)} />
                <EventFeed organization={organization("north")} describe={Some(entry)} />
            </>
        }
    }

    /// What rendered since the last time, one frame from now.
    async fn rendered(&self) -> Vec<(&'static str, usize)> {
        next_frame().await;
        let logs = [
            ("patients", &self.patients),
            ("presence", &self.presence),
            ("first two", &self.first_two),
            ("socket", &self.socket),
            ("manager", &self.manager),
            ("row", &self.rows),
            ("feed", &self.feed),
        ];
        let counted = logs.into_iter().map(|(name, log)| (name, log.take().len()));
        counted.filter(|(_, renders)| *renders > 0).collect()
    }
}

#[wasm_bindgen_test]
async fn a_component_renders_for_what_it_shows_and_for_nothing_else() {
    let probes = Probes::default();
    let (_server, link, page) = connected(probes.html()).await;
    let users = ["ana", "ben", "cy"].map(|user| online("north", user));
    link.events(&users);
    link.events(&[update("north", "p1", "Ida"), update("north", "p2", "Bo")]);
    until("all are there", || page.received().len() == 5).await;
    probes.rendered().await;

    link.event(&online("south", "dora"));
    link.event(&update("south", "p1", "Cy"));
    until("it is in the slices", || page.patients("south") == ["Cy"]).await;
    assert_eq!(probes.rendered().await, [], "another organization's presence and patients");

    link.event(&update("foreign", "p1", "Eve"));
    link.frame("{");
    until("it is reported", || page.recent_errors().len() == 2).await;
    assert_eq!(probes.rendered().await, [], "what is dropped, and what is counted of it");

    link.event(&online("north", "ben"));
    until("it came", || page.received().len() == 8).await;
    assert_eq!(probes.rendered().await, [("feed", 1)], "a user who is there as before");

    link.event(&update("north", "p1", "Ida"));
    until("it came", || page.received().len() == 9).await;
    assert_eq!(probes.rendered().await, [("feed", 1)], "a patient who is as before");

    link.event(&update("north", "p1", "Ida Holm"));
    until("it came", || page.patients("north")[0] == "Ida Holm").await;
    assert_eq!(probes.rendered().await, [("patients", 1), ("feed", 1)]);

    let mut changed = presence("cy", &["north"]);
    changed.socket_count = 2;
    link.event(&event("north", &UserOnline { user_id: "cy".into(), user: changed }));
    until("it came", || page.received().len() == 11).await;
    assert_eq!(
        probes.rendered().await,
        [("presence", 1), ("row", 1), ("feed", 1)],
        "the third user: not among the first two, and one row of three"
    );

    drop(page.manager().emit(&organization("north"), &patient_updated("p1", "Ida")).unwrap());
    until("it waits for its ack", || page.queued() == 1).await;
    assert_eq!(probes.rendered().await, [("socket", 1)], "the connection has an event queued");

    dispatch("online");
    until("a ping is written", || link.pings() > 0).await;
    link.pong();
    until("there is a latency", || page.slice::<SocketSlice>().connection.latency.is_some()).await;
    assert_eq!(probes.rendered().await, [("socket", 1)], "the latency");
}

#[wasm_bindgen_test]
async fn one_patient_of_many_renders_one_row() {
    #[derive(Properties, PartialEq)]
    struct RowProps {
        patient: Arc<Patient>,
        log: Log,
    }
    #[component]
    fn Row(props: &RowProps) -> Html {
        props.log.add(&*props.patient.id);
        Html::default()
    }
    #[component]
    fn Rows(props: &LogProps) -> Html {
        let patients = use_entities::<Patient>(&organization("north"));
        let row = |patient: &Arc<Patient>| {
            html! { <Row key={&*patient.id} patient={patient.clone()} log={props.log.clone()} /> }
        };
        html! { { for patients.iter().map(row) } }
    }
    let log = Log::default();
    let (_server, link, page) = connected(html! { <Rows log={log.clone()} /> }).await;
    let patients: Vec<RawJson> =
        (0..500).map(|id| update("north", &format!("p{id}"), "Ida")).collect();
    link.events(&patients);
    until("all are there", || page.patients("north").len() == 500).await;
    next_frame().await;
    assert_eq!(log.take().len(), 500);

    link.event(&update("north", "p77", "Bo"));
    until("it rendered", || log.len() > 0).await;
    next_frame().await;
    assert_eq!(log.take(), ["p77"]);
}

#[wasm_bindgen_test]
async fn an_event_renders_one_entry_of_the_feed() {
    let probes = Probes::default();
    let (_server, link, page) = connected(probes.html()).await;
    let ten: Vec<_> = (0..10).map(|id| update("north", &format!("p{id}"), "Ida")).collect();
    link.events(&ten);
    until("all are there", || page.attributes(".ys-feed li", "data-event-type").len() == 10).await;
    assert_eq!(probes.feed.take().len(), 10);
    link.event(&online("north", "ben"));
    until("it is shown", || page.attributes(".ys-feed li", "data-event-type").len() == 11).await;
    next_frame().await;
    assert_eq!(probes.feed.take(), ["user_online"]);
}

#[wasm_bindgen_test]
async fn what_is_passed_down_anew_but_is_the_same_renders_no_row() {
    let probes = Probes::default();
    let server = crate::common::InPageServer::default();
    let options = server.options();
    let (rows, feed) = (probes.rows.clone(), probes.feed.clone());
    let mut page = Page::mount(options.clone(), probes.html()).await;
    let link = server.welcome(crate::common::welcome(&["north"])).await;
    link.event(&online("north", "ben"));
    until("it is shown", || rows.len() == 1 && feed.len() == 1).await;
    next_frame().await;
    // Other callbacks: these may say something else.
    page.update(options, probes.html()).await;
    next_frame().await;
    assert_eq!((rows.take().len(), feed.take().len()), (2, 2));
}
