//! The marks and accessible names of the components.

use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::error::ConnectionError;
use yewdux_socket::event::UserOnline;
use yewdux_socket::wire::close;
use yewdux_socket::{
    ConnectionStatus, EventFeed, OfflineBanner, OutboxStatus, PresenceList, Status,
};

use crate::common::{
    InPageServer, Page, connected, event, event_at, next_frame, offline, online, organization,
    patient_updated, presence, until, update, welcome,
};

#[wasm_bindgen_test]
async fn connection_status_marks_each_state_and_names_it() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), html! { <ConnectionStatus /> }).await;
    let shows = |status: &str, words: &str| {
        page.attribute("[role=status]", "data-status").as_deref() == Some(status)
            && page.text("[role=status]").starts_with(words)
    };
    until("it is connecting", || shows("connecting", "Connecting")).await;
    server.welcome(welcome(&["north"])).await;
    until("it is connected", || shows("connected", "Connected")).await;
    page.manager().disconnect();
    until("it is disconnected", || shows("disconnected", "Disconnected")).await;
}

#[wasm_bindgen_test]
async fn connection_status_and_banner_say_the_error_and_what_can_be_done() {
    let server = InPageServer::default();
    let children = html! {
        <>
            <ConnectionStatus />
            <OfflineBanner />
        </>
    };
    let page = Page::mount(server.options(), children).await;
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    next_frame().await;
    assert_eq!(page.attribute(".ys-status", "data-error"), None);
    assert_eq!(page.attribute(".ys-status", "title"), None);

    link.close(close::FORBIDDEN);
    until("it is an error", || page.find(".ys-banner").is_some()).await;
    next_frame().await;
    let error = ConnectionError::Forbidden { code: close::FORBIDDEN };
    assert_eq!(page.attribute(".ys-status", "data-error").as_deref(), Some(error.code()));
    let both = format!("{error} {}", error.remedy());
    assert_eq!(page.attribute(".ys-status", "title").as_deref(), Some(&*both));
    assert_eq!(page.text(".ys-banner__text"), both);
    assert_eq!(page.text(".ys-banner__remedy"), error.remedy());

    page.manager().disconnect();
    until("it is no error any more", || page.status() == Status::Disconnected).await;
    next_frame().await;
    assert!(page.find(".ys-banner__remedy").is_none(), "on purpose there is nothing to remedy");
    assert_eq!(page.attribute(".ys-status", "data-error"), None);
}

#[wasm_bindgen_test]
async fn presence_list_names_itself_and_marks_its_users() {
    let (_server, link, page) = connected(html! {
        <>
            <PresenceList organization={organization("north")} />
            <PresenceList organization={organization("south")} label="In the south" />
        </>
    })
    .await;
    link.events(&[online("north", "ben"), online("north", "ana"), online("south", "cy")]);
    until("all are shown", || page.attributes("li", "data-user-id").len() == 3).await;
    let north = "ul[data-organization=north]";
    assert_eq!(page.attribute(north, "aria-label").as_deref(), Some("Online now"));
    assert_eq!(page.attributes(&format!("{north} li"), "data-user-id"), ["ana", "ben"]);
    assert!(page.text(&format!("{north} [data-user-id=ana]")).contains("(you)"));
    assert!(!page.text(&format!("{north} [data-user-id=ben]")).contains("(you)"));
    let south = "ul[data-organization=south]";
    assert_eq!(page.attribute(south, "aria-label").as_deref(), Some("In the south"));
    assert_eq!(page.attributes(&format!("{south} li"), "data-user-id"), ["cy"]);

    link.event(&offline("north", "ben"));
    until("ben is gone", || page.attributes("li", "data-user-id") == ["ana", "cy"]).await;
}

#[wasm_bindgen_test]
async fn event_feed_shows_the_latest_first_with_their_marks() {
    let (_server, link, page) = connected(html! {
        <>
            <div id="all"><EventFeed limit={2} /></div>
            <div id="south"><EventFeed organization={organization("south")} /></div>
        </>
    })
    .await;
    link.events(&[
        update("north", "p1", "Ida"),
        update("south", "p1", "Bo"),
        online("north", "ben"),
    ]);
    until("it is shown", || page.find("#all [data-event-type]").is_some()).await;
    assert_eq!(page.attributes("#all li", "data-event-type"), ["user_online", "patient_updated"]);
    assert_eq!(page.attributes("#all li", "data-organization"), ["north", "south"]);
    assert_eq!(page.attributes("#south li", "data-organization"), ["south"]);
    assert!(page.attribute("#all ol", "aria-label").is_some());
    assert_eq!(page.attributes("#all time", "datetime").len(), 2);
}

#[wasm_bindgen_test]
async fn event_feed_tells_events_apart_that_look_the_same() {
    let (_server, link, page) = connected(html! { <EventFeed /> }).await;
    let twin = update("north", "p1", "Ida");
    let restarted = event_at("north", 1, &patient_updated("p1", "Ida"));
    let again = restarted.as_str().replace(r#""epoch":"epoch""#, r#""epoch":"another""#);
    link.frame(format!("[{0},{0},{1}]", twin.as_str(), restarted.as_str()));
    link.frame(again);
    until("all are shown", || page.attributes("li", "data-event-type").len() == 4).await;
}

#[wasm_bindgen_test]
async fn outbox_status_counts_what_waits_and_what_is_in_flight() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), html! { <OutboxStatus /> }).await;
    let mark = |name: &str| page.attribute("p[role=status]", name).unwrap();
    let marks = || (mark("data-queued"), mark("data-in-flight"));
    let are = |queued: &str, in_flight: &str| marks() == (queued.to_owned(), in_flight.to_owned());
    assert!(are("0", "0"));
    assert_eq!(page.text("p[role=status]"), "All changes sent");

    let manager = page.manager();
    for name in ["one", "two"] {
        drop(manager.emit(&organization("north"), &patient_updated("p1", name)).unwrap());
    }
    until("two wait", || are("2", "0")).await;
    let mut narrow = welcome(&["north"]);
    narrow.max_in_flight = Some(1);
    let link = server.welcome(narrow).await;
    until("one is in flight", || are("1", "1")).await;
    link.ack(&link.emits()[0]);
    until("the other follows", || are("0", "1")).await;
    link.ack(&link.emits()[1]);
    until("none waits", || are("0", "0")).await;
}

#[wasm_bindgen_test]
async fn offline_banner_says_what_waits_and_is_announced() {
    let (_server, _link, page) = connected(html! { <OfflineBanner /> }).await;
    let manager = page.manager();
    assert!(page.find(".ys-banner").is_none());
    manager.disconnect();
    until("it is shown", || page.find(".ys-banner").is_some()).await;
    assert!(
        page.find("[aria-live=polite] .ys-banner").is_some(),
        "the live region was there before"
    );
    assert_eq!(page.attribute(".ys-banner", "data-status").as_deref(), Some("disconnected"));
    assert!(page.text(".ys-banner").contains("working offline"));
    assert_eq!(page.text(".ys-banner button"), "Connect now");

    for (name, text) in [
        ("one", "1 change is waiting. Keep this page open."),
        ("two", "2 changes are waiting. Keep this page open."),
    ] {
        drop(manager.emit(&organization("north"), &patient_updated("p1", name)).unwrap());
        until(text, || page.text(".ys-banner").contains(text)).await;
    }
}

#[cfg(feature = "persist")]
#[wasm_bindgen_test]
async fn what_is_kept_over_a_reload_is_marked_and_said() {
    let server = InPageServer::default();
    let options = server.options().persist().user("kept");
    let children = html! {
        <>
            <OutboxStatus />
            <OfflineBanner />
        </>
    };
    let page = Page::mount(options, children).await;
    let durable = || page.attribute("p.ys-outbox", "data-durable").unwrap();
    assert_eq!(durable(), "0");
    drop(page.manager().emit(&organization("north"), &patient_updated("p1", "Ida")).unwrap());
    until("it is kept", || durable() == "1").await;
    assert_eq!(page.attribute("p.ys-outbox", "data-queued").as_deref(), Some("1"));

    let mut welcome = welcome(&["north"]);
    welcome.user_id = "kept".into();
    let link = server.welcome(welcome).await;
    until("it is in flight", || link.emits().len() == 1).await;
    page.manager().disconnect();
    let said = "1 change is waiting, kept on this device.";
    until("the banner says so", || page.html().contains(said)).await;
    page.manager().sign_out();
    until("nothing is left", || durable() == "0" && page.queued() == 0).await;
}

#[cfg(feature = "persist")]
#[wasm_bindgen_test]
async fn outbox_status_says_what_was_kept_and_cannot_be_read() {
    let options = || InPageServer::default().options().persist().user("refused");
    let emit = |page: &Page, name: &str| {
        drop(page.manager().emit(&organization("north"), &patient_updated("p1", name)).unwrap());
    };
    let mark = |page: &Page, name: &str| page.attribute("p.ys-outbox", name).unwrap();
    let page = Page::mount(options(), html! { <OutboxStatus /> }).await;
    emit(&page, "Ida");
    emit(&page, "Bo");
    until("both are kept", || mark(&page, "data-durable") == "2").await;
    assert_eq!(mark(&page, "data-refused"), "0");
    assert_eq!(page.text("p.ys-outbox"), "2 waiting to be sent, kept on this device");
    page.unmount().await;
    assert!(damage_stored_records().await >= 2.0);

    let page = Page::mount(options(), html! { <OutboxStatus /> }).await;
    until("it is said", || mark(&page, "data-refused") == "2").await;
    let lost = "2 stored changes could not be read and will not be sent. \
        Look whether the change is there, and make it again if it is not.";
    assert_eq!(page.text("p.ys-outbox"), lost);
    emit(&page, "Cy");
    until("it is kept", || mark(&page, "data-durable") == "1").await;
    let both = format!("1 waiting to be sent, kept on this device. {lost}");
    assert_eq!(page.text("p.ys-outbox"), both);
    page.manager().sign_out();
    until("it is another user's business", || mark(&page, "data-refused") == "0").await;
    assert_eq!(page.text("p.ys-outbox"), "All changes sent");
}

/// Empties the ciphertext of all that is kept in the browser, as a bad disk might. Returns of how many records.
#[cfg(feature = "persist")]
async fn damage_stored_records() -> f64 {
    const DAMAGE: &str = r#"
        const opening = indexedDB.open("yewdux-socket");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
            const writing = opening.result.transaction("records", "readwrite");
            let damaged = 0;
            writing.objectStore("records").openCursor().onsuccess = ({ target }) => {
                const cursor = target.result;
                if (cursor === null) return;
                cursor.update({ ...cursor.value, ciphertext: new Uint8Array() });
                damaged += 1;
                cursor.continue();
            };
            writing.oncomplete = () => { opening.result.close(); resolve(damaged); };
            writing.onabort = () => reject(writing.error);
        };
    "#;
    let damage = js_sys::Function::new_with_args("resolve, reject", DAMAGE);
    let done = js_sys::Promise::new(&mut |resolve, reject| {
        damage.call2(&wasm_bindgen::JsValue::NULL, &resolve, &reject).unwrap();
    });
    wasm_bindgen_futures::JsFuture::from(done).await.unwrap().as_f64().unwrap()
}

#[wasm_bindgen_test]
async fn offline_banner_does_not_flicker_within_the_grace_time() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| {
        config.grace = std::time::Duration::from_hours(1);
    });
    let page = Page::mount(options, html! { <OfflineBanner /> }).await;
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    server.set_opening(crate::common::Opening::Hangs);
    link.close(1006);
    until("the connection is lost", || page.status() == Status::Reconnecting).await;
    next_frame().await;
    assert!(page.find(".ys-banner").is_none());
}

#[wasm_bindgen_test]
async fn what_comes_over_the_wire_is_text_and_no_markup() {
    let (_server, link, page) =
        connected(html! { <PresenceList organization={organization("north")} /> }).await;
    let mut user = presence("ben", &["north"]);
    "<img src=x onerror=alert(1)>".clone_into(&mut user.user.name);
    link.event(&event("north", &UserOnline { user_id: user.user_id.clone(), user }));
    until("it is shown", || page.find("li").is_some()).await;
    assert!(page.find("img").is_none());
    assert!(page.text("li").contains("<img"));
}
