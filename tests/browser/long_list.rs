//! Ten thousand users online: rows in view are in the page, the others are not, and nobody is out of reach.

use std::sync::Arc;

use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;
use yewdux_socket::event::UserOnline;
use yewdux_socket::wire::{RawJson, ServerMessage, SnapshotPart, SnapshotRequest};
use yewdux_socket::{PresenceList, UserPresence};

use crate::common::{
    InPageServer, Link, Log, Page, event, next_frame, offline, organization, presence, script,
    snapshot, until, welcome_with_snapshots,
};

const MANY: usize = 10_000;
/// Users in one frame of the snapshot.
const PART: usize = 2_500;

/// Ids sort as numbers do.
fn id(number: usize) -> String {
    format!("u{number:05}")
}

fn users(count: usize) -> Vec<RawJson> {
    (0..count).map(|number| RawJson::of(&presence(&id(number), &["north"])).unwrap()).collect()
}

/// All at once would be a frame of more than one mebibyte.
fn part_of_snapshot(request: &SnapshotRequest, users: &[RawJson], done: bool) -> ServerMessage {
    match snapshot(request, 1, &[("presence", users.to_vec())]) {
        ServerMessage::Snapshot(part) => ServerMessage::Snapshot(SnapshotPart { done, ..part }),
        other => other,
    }
}

/// A list of the north, its rows counted, with so many users online.
async fn list(count: usize) -> (InPageServer, std::rc::Rc<Link>, Page, Log) {
    let log = Log::default();
    let describe = {
        let log = log.clone();
        Callback::from(move |user: Arc<UserPresence>| {
            log.add(user.user_id.as_str());
            html! { <span>{ user.socket_count }{ " " }{ &user.user.name }</span> }
        })
    };
    let children =
        html! { <PresenceList organization={organization("north")} describe={Some(describe)} /> };
    let server = InPageServer::default();
    let page = Page::mount(server.options(), children).await;
    let link = server.welcome(welcome_with_snapshots(&["north"])).await;
    until("a snapshot is asked for", || link.snapshot_requests().len() == 1).await;
    let request = link.snapshot_requests()[0].clone();
    for part in users(count).chunks(PART) {
        link.send(&part_of_snapshot(&request, part, false));
    }
    link.send(&part_of_snapshot(&request, &[], true));
    until("they are online", || page.online("north").len() == count).await;
    settled(&page).await;
    (server, link, page, log)
}

/// Waits until what is in view was measured, and rendered.
async fn settled(page: &Page) {
    loop {
        let before = page.html();
        next_frame().await;
        if page.html() == before {
            return;
        }
    }
}

fn rows(page: &Page) -> Vec<String> {
    page.attributes("li", "data-user-id")
}

fn view(page: &Page) -> HtmlElement {
    page.element(".ys-presence-view").dyn_into().unwrap()
}

/// The ids of the rows that are really in view, by where the browser has laid them out.
fn in_view(page: &Page) -> Vec<String> {
    let view = view(page).get_bounding_client_rect();
    let items = page.element("ul").children();
    let is_seen = |item: &Element| {
        let item = item.get_bounding_client_rect();
        item.bottom() > view.top() && item.top() < view.bottom()
    };
    (0..items.length())
        .filter_map(|index| items.item(index))
        .filter(is_seen)
        .filter_map(|item| item.get_attribute("data-user-id"))
        .collect()
}

/// The height of so many rows, in pixels.
#[expect(clippy::cast_precision_loss, reason = "rows of a list")]
fn height_of(page: &Page, rows: usize) -> f64 {
    page.element("li").get_bounding_client_rect().height() * rows as f64
}

async fn scroll_to(page: &Page, row: usize) {
    let view = view(page);
    let list = page.element("ul").get_bounding_client_rect().top();
    // There is no style sheet: the list has a margin.
    let margin = list - view.get_bounding_client_rect().top() + f64::from(view.scroll_top());
    #[expect(clippy::cast_possible_truncation, reason = "pixels")]
    view.set_scroll_top((height_of(page, row) + margin).ceil() as i32);
    settled(page).await;
}

#[wasm_bindgen_test]
async fn rows_in_the_page_are_those_in_view_and_some_more() {
    let (_server, _link, page, log) = list(MANY).await;
    let shown = rows(&page);
    assert_eq!(shown[0], id(0));
    assert!(shown.len() < 100, "{} rows for {MANY} users", shown.len());
    assert!(log.len() < 200, "{} rows were rendered", log.len());
    assert!(in_view(&page).len() < shown.len());

    // The bar is as long as if all were there.
    let all = height_of(&page, MANY);
    let height = f64::from(page.element("ul").scroll_height());
    assert!((height - all).abs() < all / 100.0, "{height} instead of {all}");
    let (inner, outer) = (view(&page).scroll_height(), view(&page).client_height());
    assert!(f64::from(inner) >= height && outer < 1_000, "it scrolls by itself");
}

#[wasm_bindgen_test]
async fn wherever_it_is_scrolled_to_the_rows_are_there() {
    let (_server, _link, page, log) = list(MANY).await;
    for row in [1, 7, 25, 5_000, 4_990, 9_000] {
        scroll_to(&page, row).await;
        let seen = in_view(&page);
        assert_eq!(seen.first(), Some(&id(row)), "scrolled to {row}: {seen:?}");
        let filled = height_of(&page, seen.len());
        assert!(filled >= f64::from(view(&page).client_height()) - 1.0, "a gap at {row}: {seen:?}");
        assert!(rows(&page).len() < 100);
    }
    view(&page).set_scroll_top(i32::MAX);
    settled(&page).await;
    assert_eq!(in_view(&page).last(), Some(&id(MANY - 1)), "the end is reached");

    log.take();
    let before = rows(&page);
    scroll_to(&page, 9_000).await;
    let there = log.take();
    scroll_to(&page, 9_002).await;
    assert_eq!(log.take().len(), 0, "a few pixels render nothing");
    assert!(there.iter().all(|row| !before.contains(row)), "what is there already is left alone");
}

#[wasm_bindgen_test]
async fn one_user_of_ten_thousand_renders_one_row_or_none() {
    let (_server, link, page, log) = list(MANY).await;
    log.take();
    let change = |number: usize, sockets: u32| {
        let mut user = presence(&id(number), &["north"]);
        user.socket_count = sockets;
        link.event(&event("north", &UserOnline { user_id: user.user_id.clone(), user }));
    };
    change(3, 2);
    until("it is shown", || page.text(&format!("[data-user-id={}]", id(3))).starts_with('2')).await;
    next_frame().await;
    assert_eq!(log.take(), [id(3)]);

    change(7_000, 2);
    link.event(&offline("north", &id(9_999)));
    let counted = || page.attribute("li", "aria-setsize").as_deref() == Some("9999");
    until("the count is another one", counted).await;
    next_frame().await;
    assert_eq!(log.take(), [""; 0], "nobody in view changed");

    let shown = rows(&page).len();
    link.event(&offline("north", &id(0)));
    until("the first is gone", || rows(&page)[0] == id(1)).await;
    settled(&page).await;
    assert_eq!(log.take(), [id(shown)], "the row that came up at the end");
}

#[wasm_bindgen_test]
async fn it_can_be_used_by_keyboard_and_screen_reader() {
    let (_server, _link, page, _log) = list(MANY).await;
    let view = view(&page);
    assert_eq!(view.get_attribute("tabindex").as_deref(), Some("0"));
    assert_eq!(view.get_attribute("role").as_deref(), Some("group"));
    assert_eq!(view.get_attribute("aria-label").as_deref(), Some("Online now"));
    view.focus().unwrap();
    let focused = web_sys::window().unwrap().document().unwrap().active_element();
    assert_eq!(focused.as_ref(), Some(view.as_ref()), "keys scroll what has the focus");

    scroll_to(&page, 5_000).await;
    let positions = page.attributes("li", "aria-posinset");
    let expected: Vec<_> =
        rows(&page).iter().map(|id| (id[1..].parse::<usize>().unwrap() + 1).to_string()).collect();
    assert_eq!(positions, expected);
    assert!(page.attributes("li", "aria-setsize").iter().all(|size| size == "10000"));
    let focused = web_sys::window().unwrap().document().unwrap().active_element();
    assert_eq!(focused.as_ref(), Some(view.as_ref()), "scrolling takes the focus from nobody");
}

#[wasm_bindgen_test]
async fn a_short_list_is_a_plain_one_and_becomes_one_again() {
    let (_server, link, page, _log) = list(101).await;
    assert!(view(&page).has_attribute("tabindex"));
    link.event(&offline("north", &id(50)));
    until("all are in the page", || rows(&page).len() == 100).await;
    settled(&page).await;
    for name in ["tabindex", "role", "aria-label"] {
        assert!(!view(&page).has_attribute(name), "{name}");
    }
    assert_eq!(page.attributes("li", "aria-setsize").len(), 0);
    assert_eq!(view(&page).scroll_height(), view(&page).client_height(), "it does not scroll");
    assert_eq!(page.attribute("ul", "style").unwrap_or_default(), "");
    assert_eq!(page.attribute(".ys-presence-view", "style").unwrap_or_default(), "");
}

#[wasm_bindgen_test]
async fn a_list_that_shrinks_while_it_is_scrolled_shows_its_end() {
    let (_server, link, page, _log) = list(1_000).await;
    scroll_to(&page, 900).await;
    let gone: Vec<_> = (0..850).map(|number| offline("north", &id(number))).collect();
    link.events(&gone);
    until("they are gone", || page.online("north").len() == 150).await;
    settled(&page).await;
    assert!(!in_view(&page).is_empty(), "{:?}", rows(&page));
    view(&page).set_scroll_top(i32::MAX);
    settled(&page).await;
    assert_eq!(in_view(&page).last(), Some(&id(999)));
}

/// Counts observers of sizes that observe something.
const OBSERVERS: &str = r"
    const { observe, disconnect } = ResizeObserver.prototype;
    const live = new Set();
    ResizeObserver.prototype.observe = function (...given) { live.add(this); observe.apply(this, given); };
    ResizeObserver.prototype.disconnect = function () { live.delete(this); disconnect.call(this); };
    return {
        count: () => live.size,
        restore: () => Object.assign(ResizeObserver.prototype, { observe, disconnect }),
    };
";

#[wasm_bindgen_test]
async fn its_size_is_observed_only_while_it_is_a_long_list_in_the_page() {
    let observers = script("", OBSERVERS).call0(&JsValue::NULL).unwrap();
    let call = |name: &str| {
        let function = js_sys::Reflect::get(&observers, &name.into()).unwrap();
        function.unchecked_into::<js_sys::Function>().call0(&JsValue::NULL).unwrap()
    };
    let (_server, link, page, _log) = list(101).await;
    assert_eq!(call("count"), 1);
    link.event(&offline("north", &id(50)));
    until("all are in the page", || rows(&page).len() == 100).await;
    assert_eq!(call("count"), 0);
    let user = presence(&id(50), &["north"]);
    link.event(&event("north", &UserOnline { user_id: user.user_id.clone(), user }));
    until("it is long again", || call("count") == 1).await;
    page.unmount().await;
    assert_eq!(call("count"), 0);
    call("restore");
}
