//! The provider owns its socket.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::{ConnectionStatus, PresenceList, SocketManager, SocketProvider, Status};

use crate::common::{
    InPageServer, Log, Page, PatientsProbe, PresenceProbe, SocketProbe, UpdatesProbe, connected,
    next_frame, online, organization, until, update, welcome,
};

#[wasm_bindgen_test]
async fn mounting_connects_and_unmounting_closes() {
    let (server, link, page) = connected(Html::default()).await;
    assert_eq!(server.count(), 1);
    let manager = page.manager();
    page.unmount().await;
    assert_eq!(link.closed_with(), Some(1000));
    next_frame().await;
    assert_eq!(server.count(), 1, "nothing comes back");
    assert_eq!(manager.connection_status().status, Status::Disconnected);
    assert!(manager.reconnect().await.is_err());
}

#[wasm_bindgen_test]
async fn unmounting_while_connecting_closes_the_socket() {
    let server = InPageServer::default();
    server.set_opening(crate::common::Opening::Hangs);
    let page = Page::mount(server.options(), Html::default()).await;
    until("a socket is opened", || server.count() == 1).await;
    page.unmount().await;
    assert!(server.latest().is_closed());
}

#[wasm_bindgen_test]
async fn two_providers_on_one_page_do_not_meet() {
    let (first, first_link, first_page) =
        connected(html! { <PresenceList organization={organization("north")} /> }).await;
    let (second, second_link, second_page) =
        connected(html! { <PresenceList organization={organization("north")} /> }).await;
    first_link.events(&[update("north", "p1", "Ida"), online("north", "ben")]);
    until("the first has it", || first_page.patients("north") == ["Ida"]).await;
    next_frame().await;
    assert!(second_page.patients("north").is_empty() && second_page.find("li").is_none());
    assert_eq!(first_page.attributes("li", "data-user-id"), ["ben"]);

    first_page.manager().disconnect();
    until("the first is closed", || first_link.is_closed()).await;
    assert!(!second_link.is_closed() && second_page.is_connected());
    assert_eq!((first.count(), second.count()), (1, 1));
    assert!(first_page.manager() != second_page.manager());
}

#[wasm_bindgen_test]
async fn a_nested_provider_is_the_nearest_for_what_is_below_it() {
    let (outer, inner) = (InPageServer::default(), InPageServer::default());
    let options = inner.options();
    let page = Page::mount(
        outer.options(),
        html! {
            <>
                <SocketProvider {options}><div id="inner"><ConnectionStatus /></div></SocketProvider>
                <div id="outer"><ConnectionStatus /></div>
            </>
        },
    )
    .await;
    outer.welcome(welcome(&["north"])).await;
    inner.connecting().await;
    until("the outer is connected", || {
        page.attribute("#outer [data-status]", "data-status").as_deref() == Some("connected")
    })
    .await;
    assert_eq!(
        page.attribute("#inner [data-status]", "data-status").as_deref(),
        Some("connecting")
    );
}

#[wasm_bindgen_test]
async fn other_options_make_another_socket_and_close_the_former() {
    let (former, latter) = (InPageServer::default(), InPageServer::default());
    let log = Log::default();
    let probes = || {
        html! {
            <>
                <UpdatesProbe log={log.clone()} />
                <PresenceList organization={organization("north")} />
            </>
        }
    };
    let mut page = Page::mount(former.options(), probes()).await;
    let old = former.welcome(welcome(&["north"])).await;
    old.event(&online("north", "ben"));
    until("ben is shown", || page.find("[data-user-id=ben]").is_some()).await;

    page.update(latter.options(), probes()).await;
    assert!(old.is_closed());
    let new = latter.welcome(welcome(&["north"])).await;
    until("the new one is connected", || page.is_connected()).await;
    assert!(page.find("li").is_none(), "nothing of the former socket is shown");

    old.event(&update("north", "p1", "from the former"));
    new.events(&[update("north", "p1", "from the latter"), online("north", "cy")]);
    until("it is handled", || log.len() > 0 && page.find("li").is_some()).await;
    next_frame().await;
    assert_eq!(log.entries(), ["from the latter"]);
    assert_eq!(page.attributes("li", "data-user-id"), ["cy"]);
    assert_eq!((former.count(), latter.count()), (1, 1));
}

#[wasm_bindgen_test]
async fn several_instances_of_all_hooks_work_side_by_side() {
    let logs: Vec<_> = (0..3).map(|_| (Log::default(), Log::default(), Log::default())).collect();
    let children = logs.iter().map(|(updates, patients, users)| {
        html! {
            <>
                <UpdatesProbe log={updates.clone()} />
                <PatientsProbe log={patients.clone()} organization="north" />
                <PresenceProbe log={users.clone()} organization="north" />
            </>
        }
    });
    let (_server, link, _page) = connected(html! { <>{ for children }</> }).await;
    link.events(&[update("north", "p1", "Ida"), online("north", "ben")]);
    let last = |log: &Log| log.entries().last().cloned().unwrap_or_default();
    for (updates, patients, users) in &logs {
        until("each shows it", || last(patients) == "Ida" && last(users) == "1: ben").await;
        assert_eq!(updates.entries(), ["Ida"]);
    }
}

#[wasm_bindgen_test]
async fn an_unmounted_component_hears_nothing_while_the_provider_lives_on() {
    let (log, renders) = (Log::default(), Log::default());
    let server = InPageServer::default();
    let options = server.options();
    let mut page = Page::mount(
        options.clone(),
        html! {
            <>
                <UpdatesProbe log={log.clone()} />
                <SocketProbe log={renders.clone()} />
            </>
        },
    )
    .await;
    let link = server.welcome(welcome(&["north"])).await;
    page.update(options, Html::default()).await;
    log.take();
    renders.take();
    link.event(&update("north", "p1", "Ida"));
    until("the slice has it", || page.patients("north") == ["Ida"]).await;
    page.manager().disconnect();
    until("it is disconnected", || page.status() == Status::Disconnected).await;
    assert_eq!((log.take(), renders.take()), (vec![], vec![]));
}

#[wasm_bindgen_test]
async fn a_component_that_appears_later_shows_the_present_state() {
    let server = InPageServer::default();
    let options = server.options();
    let mut page = Page::mount(options.clone(), Html::default()).await;
    let link = server.welcome(welcome(&["north"])).await;
    link.events(&[update("north", "p1", "Ida"), online("north", "ben")]);
    until("it is there", || page.online("north") == ["ben"]).await;

    let log = Log::default();
    page.update(
        options,
        html! {
            <>
                <PatientsProbe log={log.clone()} organization="north" />
                <PresenceProbe log={log.clone()} organization="north" />
                <SocketProbe log={log.clone()} />
            </>
        },
    )
    .await;
    assert_eq!(log.sorted(), ["1: ben", "Ida", "connected ana"], "right from the first render");
}

#[wasm_bindgen_test]
async fn the_manager_chooses_and_narrows_organizations() {
    use yewdux_socket::wire::{ClientMessage, OrganizationList};
    let (_server, link, page) = connected(Html::default()).await;
    link.events(&[update("north", "p1", "Ida"), update("south", "p1", "Bo")]);
    until("both are there", || page.received().len() == 2).await;
    let manager: SocketManager = page.manager();

    manager.update_subscriptions(Some(vec![organization("south")]));
    until("north is purged", || page.patients("north").is_empty()).await;
    let list = OrganizationList { organizations: vec![organization("north")] };
    assert!(link.received().contains(&ClientMessage::Unsubscribe(list)));
    link.event(&update("north", "p1", "unwanted"));
    next_frame().await;
    assert!(page.patients("north").is_empty());

    manager.update_user_organizations(vec![organization("north"), organization("foreign")]);
    until("south is purged", || page.patients("south").is_empty()).await;
}
