//! News of the page, and what the connection makes of it.

use std::time::Duration;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::Html;
use yewdux_socket::{SocketSlice, Status};

use crate::common::{
    Clock, Hidden, InPageServer, Ledger, Network, Opening, Page, connected, dispatch,
    dispatch_at_document, next_frame, page_is_shown, until, update, welcome,
};

/// Everything after which a link is in doubt.
const NEWS: [(&str, fn()); 7] = [
    ("pageshow", || page_is_shown(true)),
    ("resume", || dispatch_at_document("resume")),
    ("online", || dispatch("online")),
    ("offline", || dispatch("offline")),
    ("focus", || dispatch("focus")),
    ("visibilitychange", || dispatch_at_document("visibilitychange")),
    ("change of the network", || Network::take().change("rtt", &25.into())),
];

#[wasm_bindgen_test]
async fn each_signal_probes_a_live_link_at_once() {
    let (server, link, page) = connected(Html::default()).await;
    for (name, happens) in NEWS {
        let before = link.pings();
        happens();
        assert_eq!(link.pings(), before + 1, "a ping in the task of {name}");
        happens();
        assert_eq!(link.pings(), before + 1, "one ping is enough until something comes in");
        link.pong();
    }
    assert!(page.is_connected());
    assert_eq!(server.count(), 1);
}

#[wasm_bindgen_test]
async fn what_is_no_news_probes_nothing() {
    let (_server, link, _page) = connected(Html::default()).await;
    page_is_shown(false);
    {
        let _hidden = Hidden::hide();
        dispatch_at_document("visibilitychange");
    }
    assert_eq!(link.pings(), 0);
}

#[wasm_bindgen_test]
async fn a_link_that_does_not_answer_a_probe_is_made_anew() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| {
        config.heartbeat.probe_timeout = Duration::from_millis(10);
    });
    let page = Page::mount(options, Html::default()).await;
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    page_is_shown(true);
    server.welcome(welcome(&["north"])).await;
    until("the slice says why", || page.recent_errors() == ["heartbeat_timeout"]).await;
    until("it is connected again", || page.is_connected()).await;
    assert!(link.is_closed());
    assert_eq!(server.count(), 2);
}

#[wasm_bindgen_test]
async fn a_signal_cuts_the_wait_for_the_next_attempt_short() {
    for (name, happens) in NEWS.into_iter().filter(|(name, _)| *name != "offline") {
        let server = InPageServer::default();
        server.set_opening(Opening::Closes(1006));
        let options = server.options().configure(|config| {
            config.backoff.min = Duration::from_hours(1);
            config.backoff.max = config.backoff.min;
        });
        let page = Page::mount(options, Html::default()).await;
        until("it failed once", || page.status() == Status::Reconnecting).await;
        server.set_opening(Opening::Opens);
        dispatch("offline");
        next_frame().await;
        assert_eq!(server.count(), 1, "being offline is no reason to try");
        happens();
        server.welcome(welcome(&["north"])).await;
        until(&format!("{name} brings it back"), || page.is_connected()).await;
    }
}

#[wasm_bindgen_test]
async fn no_signal_revives_what_was_ended_on_purpose() {
    for sign_out in [false, true] {
        let (server, link, page) = connected(Html::default()).await;
        if sign_out {
            page.manager().sign_out();
        } else {
            page.manager().disconnect();
        }
        let ledger = Ledger::open();
        for (_, happens) in NEWS {
            happens();
        }
        next_frame().await;
        assert_eq!((server.count(), link.pings(), ledger.timers()), (1, 0, 0));
        assert_eq!(page.status(), Status::Disconnected);
    }
}

#[wasm_bindgen_test]
async fn before_the_page_is_frozen_what_waits_is_committed() {
    let (_server, link, page) = connected(Html::default()).await;
    next_frame().await;
    let clock = Clock::stop();
    clock.advance(1_000.0);
    link.event(&update("north", "p1", "at once"));
    link.event(&update("north", "p1", "at the next frame"));
    assert_eq!(page.patients("north"), ["at once"]);
    dispatch_at_document("freeze");
    assert_eq!(page.patients("north"), ["at the next frame"], "in the task of the event");
}

#[wasm_bindgen_test]
async fn a_hidden_page_commits_in_the_task_of_the_message() {
    let (_server, link, page) = connected(Html::default()).await;
    next_frame().await;
    let clock = Clock::stop();
    clock.advance(1_000.0);
    let hidden = Hidden::hide();
    for name in ["one", "two", "three"] {
        link.event(&update("north", "p1", name));
        assert_eq!(page.patients("north"), [name], "there are no frames to wait for");
    }
    drop((hidden, clock));
}

#[wasm_bindgen_test]
async fn the_slice_says_what_the_browser_says_of_the_network() {
    let (_server, link, page) = connected(Html::default()).await;
    let network = Network::take();
    let said = page.slice::<SocketSlice>().network.clone().expect("Chromium says something");
    assert_eq!(said.effective_type, network.says("effectiveType").as_string());
    assert_eq!(said.downlink, network.says("downlink").as_f64());
    assert_eq!(said.rtt, network.says("rtt").as_f64());
    assert_eq!(said.save_data, network.says("saveData").as_bool());
    assert!(said.effective_type.is_some() && said.save_data.is_some(), "{said:?}");

    network.change("effectiveType", &"slow-2g".into());
    network.change("saveData", &true.into());
    link.pong();
    let says = || page.slice::<SocketSlice>().network.clone().unwrap();
    until("the slice says so too", || says().save_data == Some(true)).await;
    assert_eq!(says().effective_type.as_deref(), Some("slow-2g"));
}
