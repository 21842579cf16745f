//! When a batch becomes visible.

use std::cell::Cell;
use std::rc::Rc;

use wasm_bindgen_test::wasm_bindgen_test;
use yew::Html;
use yewdux_socket::EntitySlice;
use yewdux_socket::event::Patient;

use crate::common::{Clock, connected, next_frame, online, until, update};

#[wasm_bindgen_test]
async fn the_first_event_after_quiet_is_there_at_once_and_a_burst_is_one_commit() {
    let (_server, link, page) = connected(Html::default()).await;
    next_frame().await;
    let commits = Rc::new(Cell::new(0));
    let _listener = page.manager().context().subscribe_silent({
        let commits = commits.clone();
        move |_: Rc<EntitySlice<Patient>>| commits.set(commits.get() + 1)
    });

    let clock = Clock::stop();
    clock.advance(1_000.0);
    link.event(&update("north", "p0", "first"));
    assert_eq!(page.patients("north"), ["first"], "in the very task of the message");
    assert_eq!(commits.get(), 1);

    for number in 1..=20 {
        link.event(&update("north", &format!("p{number:02}"), "burst"));
    }
    assert_eq!((page.patients("north").len(), commits.get()), (1, 1), "the burst waits");
    until("it is there", || page.patients("north").len() == 21).await;
    assert_eq!(commits.get(), 2);

    clock.advance(1_000.0);
    link.event(&update("north", "p0", "quiet again"));
    assert_eq!(commits.get(), 3);
}

#[wasm_bindgen_test]
async fn a_commit_that_changes_nothing_of_a_slice_does_not_notify_it() {
    let (_server, link, page) = connected(Html::default()).await;
    let commits = Rc::new(Cell::new(0));
    let _listener = page.manager().context().subscribe_silent({
        let commits = commits.clone();
        move |_: Rc<EntitySlice<Patient>>| commits.set(commits.get() + 1)
    });
    link.event(&online("north", "ben"));
    until("ben is online", || page.online("north") == ["ben"]).await;
    assert_eq!(commits.get(), 0);
}
