//! The audit log: its sink, its end with the sign-in, and the component that shows and saves it.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::Arc;

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{Element, HtmlElement};
use yew::prelude::*;
use yewdux_socket::audit::{AuditAction, AuditEntry, verify};
use yewdux_socket::wire::{AuditHead, ClientMessage, ServerMessage, Welcome, capability};
use yewdux_socket::{AuditLog, AuditSinkError, AuditSlice};

use crate::common::{
    InPageServer, Link, Page, connected, next_frame, organization, script, until, update, welcome,
};

fn countersigning() -> Welcome {
    let mut welcome = welcome(&["north", "south"]);
    welcome.capabilities.push(capability::AUDIT.to_owned());
    welcome
}

fn heads(link: &Link) -> Vec<AuditHead> {
    let head = |message| match message {
        ClientMessage::Audit(head) => Some(head),
        _ => None,
    };
    link.received().into_iter().filter_map(head).collect()
}

fn sign(link: &Link) -> AuditHead {
    let head = heads(link).pop().expect("a head was sent");
    let signed = AuditHead { signature: Some("signed".to_owned()), ..head };
    link.send(&ServerMessage::Audit(signed.clone()));
    signed
}

/// A sink that writes down what it takes, and takes nothing while it is told so.
#[derive(Clone, Default)]
struct Sink {
    file: Rc<RefCell<Vec<Arc<AuditEntry>>>>,
    refuses: Rc<Cell<bool>>,
    asked: Rc<Cell<usize>>,
}

impl Sink {
    fn take(&self, entries: Vec<Arc<AuditEntry>>) -> Result<(), AuditSinkError> {
        self.asked.set(self.asked.get() + 1);
        if self.refuses.get() {
            return Err(AuditSinkError { reason: "the network is away".to_owned() });
        }
        self.file.borrow_mut().extend(entries);
        Ok(())
    }

    fn actions(&self) -> Vec<&'static str> {
        self.file.borrow().iter().map(|entry| entry.action.as_str()).collect()
    }
}

async fn with_sink(sink: &Sink) -> (InPageServer, Page) {
    let (server, sink) = (InPageServer::default(), sink.clone());
    let options = server.options().audit(move |entries| std::future::ready(sink.take(entries)));
    let page = Page::mount(options, html! { <AuditLog /> }).await;
    (server, page)
}

#[wasm_bindgen_test]
async fn the_sink_takes_what_is_recorded_and_the_rest_at_the_end() {
    let sink = Sink::default();
    let (server, page) = with_sink(&sink).await;
    let link = server.welcome(countersigning()).await;
    until("the sink has it", || sink.actions() == ["connect", "join", "join"]).await;
    until("so has the page", || page.slice::<AuditSlice>().entries.len() == 3).await;
    link.event(&update("west", "p1", "Ida"));
    until("it was dropped", || page.manager().performance_metrics().dropped_foreign == 1).await;

    page.manager().sign_out();
    let last = ["drop", "signOut", "purge"];
    until("the sink has the rest", || sink.actions().ends_with(&last)).await;
    until("nothing is left on the page", || page.slice::<AuditSlice>().entries.is_empty()).await;
    assert_eq!(page.attributes("tr", "data-sequence"), [""; 0]);
    let lines: Vec<_> = sink.file.borrow().iter().map(|entry| entry.canonical()).collect();
    let report = verify(&lines.join("\n"), None).unwrap();
    assert_eq!((report.first, report.last.sequence, report.missing), (1, 6, 0));
    assert!(lines.iter().all(|line| !line.contains("west") && !line.contains("Ida")));
    let head = heads(&link).pop().unwrap();
    assert_eq!(
        (head.sequence, head.hash),
        (6, report.last.hash.to_string()),
        "the server has its end"
    );
}

#[wasm_bindgen_test]
async fn what_the_sink_does_not_take_comes_again() {
    let sink = Sink::default();
    sink.refuses.set(true);
    let (server, page) = with_sink(&sink).await;
    server.welcome(welcome(&["north"])).await;
    until("it is reported", || page.recent_errors().contains(&"audit_not_taken")).await;
    assert!(sink.file.borrow().is_empty());
    sink.refuses.set(false);
    until("it comes again", || sink.actions() == ["connect", "join"]).await;
    assert_eq!(sink.asked.get(), 2);
}

#[wasm_bindgen_test]
async fn the_end_of_the_page_hands_the_log_over() {
    let sink = Sink::default();
    let (server, page) = with_sink(&sink).await;
    server.welcome(welcome(&["north"])).await;
    until("the sink has it", || sink.actions() == ["connect", "join"]).await;
    page.unmount().await;
    until("the sink has its end", || sink.actions().ends_with(&["signOut", "purge"])).await;
    let detail = sink.file.borrow()[2].outcome.detail.clone();
    assert_eq!(detail.as_deref(), Some("page_ended"));
}

const STYLE: &str = r"
    const style = document.createElement('style');
    style.textContent = css;
    document.documentElement.append(style);
    return style;
";

#[wasm_bindgen_test]
async fn where_there_is_little_room_nothing_is_beside_the_page() {
    let css = concat!(
        include_str!("../../styles/yewdux-socket.css"),
        include_str!("../../styles/yewdux-socket-audit.css")
    );
    let css = css.into();
    let style: Element = script("css", STYLE).call1(&JsValue::NULL, &css).unwrap().unchecked_into();
    let (_server, _link, page) = connected(html! { <div id="room"><AuditLog /></div> }).await;
    until("it is shown", || page.attributes("tr", "data-action").len() == 3).await;
    let room: HtmlElement = page.element("#room").dyn_into().unwrap();
    let entries = page.element(".ys-audit__scroll");
    let is_beside = || entries.scroll_width() > entries.client_width();
    room.style().set_property("inline-size", "300px").unwrap();
    assert!(!is_beside(), "{} in {}", entries.scroll_width(), entries.client_width());
    let cards = page.element("tbody tr").get_bounding_client_rect().height();
    room.style().set_property("inline-size", "1000px").unwrap();
    assert!(!is_beside());
    assert!(page.element("tbody tr").get_bounding_client_rect().height() < cards, "it is a table");
    // What is displayed as another thing loses the role that it had, unless it is spelt out.
    for (selector, role) in [("table", "table"), ("tr", "row"), ("tbody td", "cell")] {
        assert_eq!(page.attribute(selector, "role").as_deref(), Some(role));
    }
    style.remove();
}

#[wasm_bindgen_test]
async fn the_log_is_a_table_with_filters() {
    let (_server, link, page) = connected(html! { <AuditLog limit={4} /> }).await;
    until("it is shown", || page.attributes("tr", "data-action").len() == 3).await;
    assert_eq!(page.attributes("tr", "data-action"), ["join", "join", "connect"], "newest first");
    assert_eq!(page.attributes("tr", "data-organization"), ["south", "north"]);
    assert_eq!(page.attributes("thead th", "scope").len(), 7);
    assert!(page.text(".ys-audit__count").starts_with("3 of 3 entries shown."));
    assert_eq!(page.attribute(".ys-audit__count", "role").as_deref(), Some("status"));
    assert_eq!(page.attribute(".ys-audit", "aria-label").as_deref(), Some("Audit log"));
    assert_eq!(page.attribute(".ys-audit__scroll", "tabindex").as_deref(), Some("0"));

    assert!(page.manager().emit_raw("patient_updated", Some(&organization("west")), "{}").is_err());
    link.event(&update("west", "p1", "Ida"));
    page.manager().export_audit();
    until("all is shown", || page.attributes("tr", "data-action").len() == 4).await;
    let shown = page.attributes("tr", "data-action");
    assert_eq!(shown, ["export", "drop", "deny", "join"], "as many as the limit");
    assert!(page.text(".ys-audit__count").starts_with("4 of 6 entries shown."));

    choose(&page, "action", "join").await;
    until("joins", || page.attributes("tr", "data-action") == ["join", "join"]).await;
    choose(&page, "organization", "north").await;
    until("one join", || page.attributes("tr", "data-organization") == ["north"]).await;
    choose(&page, "action", "").await;
    choose(&page, "organization", "").await;
    choose(&page, "outcome", "failure").await;
    until("failures", || page.attributes("tr", "data-action") == ["drop", "deny"]).await;
    let foreign = page.attributes("tr", "data-organization");
    assert_eq!((foreign.len(), &foreign[0]), (2, &foreign[1]), "the same organization, unnamed");
    assert_eq!(foreign[0].len(), 64);
    assert!(!page.html().contains("west"));
    choose(&page, "organization", &foreign[0]).await;
    until("of that one", || page.attributes("tr", "data-action") == ["drop", "deny"]).await;
}

/// Chooses as a user does: not before the page shows what was chosen last.
async fn choose(page: &Page, filter: &str, value: &str) {
    let select = page.element(&format!("select[data-filter={filter}]"));
    let choose = script(
        "select, value",
        "select.value = value; select.dispatchEvent(new Event('change', { bubbles: true })); return select.value",
    );
    let chosen = choose.call2(&JsValue::NULL, &select, &value.into()).unwrap();
    assert_eq!(chosen.as_string().as_deref(), Some(value), "there is such a choice");
    yew::scheduler::flush().await;
}

/// The files that the page lets the browser save. Dropping it gives the browser its own functions back.
struct Files(JsValue);

const FILES: &str = r"
    const state = { blobs: [], names: [], revoked: 0 };
    const original = { create: URL.createObjectURL, revoke: URL.revokeObjectURL, click: HTMLAnchorElement.prototype.click };
    URL.createObjectURL = blob => { state.blobs.push(blob); return original.create.call(URL, blob); };
    URL.revokeObjectURL = url => { state.revoked += 1; original.revoke.call(URL, url); };
    HTMLAnchorElement.prototype.click = function () { state.names.push(this.download); };
    state.text = () => state.blobs.at(-1).text();
    state.close = () => {
        URL.createObjectURL = original.create;
        URL.revokeObjectURL = original.revoke;
        HTMLAnchorElement.prototype.click = original.click;
    };
    return state;
";

impl Files {
    fn watch() -> Self {
        Self(script("", FILES).call0(&JsValue::NULL).unwrap())
    }

    /// The text of the latest file.
    async fn text(&self) -> String {
        let promise =
            script("state", "return state.text()").call1(&JsValue::NULL, &self.0).unwrap();
        JsFuture::from(promise.unchecked_into::<js_sys::Promise>())
            .await
            .unwrap()
            .as_string()
            .unwrap()
    }

    fn names(&self) -> Vec<String> {
        let names: js_sys::Array = Reflect::get(&self.0, &"names".into()).unwrap().unchecked_into();
        names.iter().filter_map(|name| name.as_string()).collect()
    }

    /// How many files were freed, as text: numbers of JavaScript are no integers.
    fn revoked(&self) -> String {
        let revoked = script("state", "return String(state.revoked)");
        revoked.call1(&JsValue::NULL, &self.0).unwrap().as_string().unwrap()
    }
}

impl Drop for Files {
    fn drop(&mut self) {
        script("state", "state.close()").call1(&JsValue::NULL, &self.0).unwrap();
    }
}

#[wasm_bindgen_test]
async fn an_export_is_a_file_that_verifies_and_is_freed() {
    let files = Files::watch();
    let server = InPageServer::default();
    let page = Page::mount(server.options(), html! { <AuditLog /> }).await;
    let link = server.welcome(countersigning()).await;
    until("a head was sent", || !heads(&link).is_empty()).await;
    let signed = sign(&link);
    until("it is countersigned", || page.text(".ys-audit__count").contains("up to entry 3")).await;

    page.click(".ys-audit__export");
    let text = files.text().await;
    let report = verify(&text, None).unwrap();
    assert_eq!((report.first, report.anchored, report.head), (1, 3, Some(signed)));
    assert_eq!(text.lines().count(), 5, "connect, two joins, export, head");
    until("the export is recorded", || page.find("tr[data-action=export]").is_some()).await;
    let entries = page.slice::<AuditSlice>().entries.clone();
    assert_eq!(entries.last().unwrap().action, AuditAction::Export);
    let name = format!("audit-log-{}.jsonl", &report.last.hash.to_string()[..8]);
    assert_eq!(files.names(), [name]);

    assert_eq!(files.revoked(), "0", "it is being saved");
    page.click(".ys-audit__export");
    next_frame().await;
    assert_eq!(
        (files.names().len(), files.revoked()),
        (2, "1".to_owned()),
        "the one before is freed"
    );
    page.unmount().await;
    assert_eq!(files.revoked(), "2", "the component takes along what it holds");
}
