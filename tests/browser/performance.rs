//! The performance monitor on a page: what it is told, the hook, the panel, and that it costs nothing when it is not wanted.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use js_sys::{Array, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;
use yew::prelude::*;
use yewdux_socket::config::MonitorConfig;
use yewdux_socket::event::PatientUpdated;
use yewdux_socket::monitor::{HealthReason, HealthStatus, PerformanceSnapshot};
use yewdux_socket::wire::{ClientMessage, Pong, ServerMessage};
use yewdux_socket::{
    ConnectionStatus, PerformancePanel, SocketOptions, Timestamp, use_performance,
};

use crate::common::{
    InPageServer, Ledger, Link, Log, LogProps, Page, connected, next_frame, script, until, update,
    welcome,
};

fn snapshot(page: &Page) -> PerformanceSnapshot {
    page.manager().performance_monitor().snapshot()
}

/// Answers the first ping with the page's own time.
async fn tell_the_time(link: &Link) {
    until("the client says $ping", || link.pings() > 0).await;
    for message in link.received() {
        if let ClientMessage::Ping(ping) = message {
            #[expect(clippy::cast_possible_truncation, reason = "milliseconds")]
            let server_time = Some(Timestamp::from_millis(js_sys::Date::now() as i64));
            link.send(&ServerMessage::Pong(Pong { id: ping.id, server_time, ..Pong::default() }));
        }
    }
}

/// An event that happened so many milliseconds ago.
fn event_of(millis_ago: f64, id: &str, offset: u64) -> String {
    let then = js_sys::Date::new(&(js_sys::Date::now() - millis_ago).into());
    let timestamp = String::from(then.to_iso_string());
    format!(
        r#"{{"type":"patient_updated","organizationId":"north","timestamp":"{timestamp}","epoch":"e","offset":{offset},"patient":{{"id":"{id}","name":"Ida","ward":"A1","status":"stable","heartRate":70}}}}"#
    )
}

#[wasm_bindgen_test]
async fn commits_and_their_events_are_measured() {
    let (_server, link, page) = connected(Html::default()).await;
    tell_the_time(&link).await;
    let [first, second] =
        [("p1", 1), ("p2", 2)].map(|(id, offset)| event_of(3_600_000.0, id, offset));
    link.frame(format!("[{first},{second}]"));
    link.event(&update("west", "p3", "foreign"));
    until("both are measured", || snapshot(&page).stats.processing.count == 2).await;
    let stats = snapshot(&page).stats;
    assert_eq!(&*stats.by_type[0].event_type, "patient_updated");
    assert_eq!(stats.delivery.count, 0, "they happened long before this connection");
    assert!(stats.batch.max == 2 && stats.commit.count > 0);

    link.frame(event_of(0.0, "p1", 3));
    until("a new one is measured", || snapshot(&page).stats.delivery.count == 1).await;
    let delivery = snapshot(&page).stats.delivery;
    assert!(delivery.max_ms < 10_000.0, "by the server's clock: {delivery:?}");
}

#[wasm_bindgen_test]
async fn seconds_have_rates_drops_and_memory() {
    let (_server, link, page) = connected(html! { <PerformancePanel /> }).await;
    until("the first second began", || page.find("[data-figure='memory']").is_some()).await;
    link.event(&update("north", "p1", "Ida"));
    link.event(&update("west", "p2", "foreign"));
    until("a second has them", || {
        let history = snapshot(&page).history;
        history.iter().any(|second| second.events > 0.0)
            && history.iter().any(|second| second.dropped > 0.0 && second.bytes > 100.0)
    })
    .await;
    let snapshot = snapshot(&page);
    let memory = snapshot.history.last().unwrap().memory;
    assert!(memory.wasm_bytes.unwrap() >= 1 << 20, "the program runs in it");
    assert_eq!(snapshot.stats.counters.dropped_foreign, 1);
}

#[wasm_bindgen_test]
async fn a_task_that_keeps_the_page_busy_is_counted() {
    let (_server, _link, page) = connected(Html::default()).await;
    let busy = "setTimeout(() => { const end = Date.now() + 120; while (Date.now() < end); })";
    script("", busy).call0(&JsValue::NULL).unwrap();
    until("it is counted", || snapshot(&page).stats.long_tasks.count > 0).await;
    assert!(snapshot(&page).stats.long_tasks.max_ms >= 50.0);
}

#[wasm_bindgen_test]
async fn a_lost_connection_is_told_once_and_again_after_it_was_healthy() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| {
        config.backoff.min = Duration::from_mins(1);
        config.backoff.max = config.backoff.min;
        config.monitor.worse_after = Duration::ZERO;
        config.monitor.better_after = Duration::ZERO;
    });
    let page = Page::mount(options, html! { <PerformancePanel /> }).await;
    let told = Rc::new(RefCell::new(Vec::new()));
    let handle = page.manager().performance_monitor().on_performance_degradation({
        let (told, manager) = (told.clone(), page.manager());
        move |finding, report| {
            // The server within the page answers no ping, which may come up too.
            if finding.reason != HealthReason::Disconnected {
                return;
            }
            // The application may ask for anything.
            assert!(
                manager.connection_status().is_lost && report.status == HealthStatus::Unhealthy
            );
            told.borrow_mut().push(finding.reason.code());
        }
    });
    let health = || page.attribute(".ys-performance", "data-health").unwrap();
    for round in 1..=2 {
        let link = server.welcome(welcome(&["north", "south"])).await;
        until("it is healthy", || health() == "healthy").await;
        link.close(1006);
        until("it is not", || health() == "unhealthy").await;
        assert_eq!(*told.borrow(), vec!["disconnected"; round]);
        assert_eq!(page.attribute("[data-reason]", "data-reason").as_deref(), Some("disconnected"));
        assert!(page.text("[role=status][data-status='unhealthy']").contains("Unhealthy"));
        drop(page.manager().reconnect());
    }
    drop(handle);
}

#[wasm_bindgen_test]
async fn a_connection_that_is_not_wanted_is_not_judged() {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), html! { <PerformancePanel /> }).await;
    let health = || page.attribute(".ys-performance", "data-health").unwrap();
    assert_eq!(health(), "not-connected");
    assert!(page.text(".ys-performance__line").contains("no data yet"));
    let _link = server.welcome(welcome(&["north"])).await;
    until("it is healthy", || health() == "healthy").await;
    page.manager().disconnect();
    until("nothing is said of it", || health() == "not-connected").await;
    assert!(page.text("[role=status][data-status='not-connected']").contains("Not connected"));
    assert!(page.attributes("[data-reason]", "data-reason").is_empty());
}

#[wasm_bindgen_test]
async fn a_monitor_that_is_off_judges_nothing() {
    let (_server, _link, page) = connected(html! { <PerformancePanel /> }).await;
    let health = || page.attribute(".ys-performance", "data-health").unwrap();
    until("it is healthy", || health() == "healthy").await;
    until("a second is over", || !snapshot(&page).history.is_empty()).await;
    page.manager().performance_monitor().set_enabled(false);
    until("nothing is measured", || health() == "not-measured").await;
    assert!(page.text("[role=status][data-status='not-measured']").contains("Not measured"));
    assert!(page.text(".ys-performance__health").contains("when it was switched off"));
    page.manager().performance_monitor().set_enabled(true);
    until("it is measured again", || health() == "healthy").await;
}

#[wasm_bindgen_test]
async fn what_an_application_measures_has_the_name_that_it_gave() {
    let (_server, _link, page) = connected(html! { <PerformancePanel /> }).await;
    let monitor = page.manager().performance_monitor();
    monitor.record_event_latency("$render", Duration::from_millis(2));
    for number in 1..=MonitorConfig::default().max_event_types {
        monitor.record_event_latency(&format!("step-{number}"), Duration::from_millis(1));
    }
    until("all are there", || page.find("[data-type='$others']").is_some()).await;
    assert!(page.text("[data-type='$render']").starts_with("$render"));
    assert!(page.text("[data-type='$others']").starts_with("all others"));
}

#[wasm_bindgen_test]
async fn a_connection_that_is_on_its_way_back_is_judged_as_it_was() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| config.grace = Duration::from_mins(1));
    let parts = html! { <><ConnectionStatus /><PerformancePanel /></> };
    let page = Page::mount(options, parts).await;
    let health = || page.attribute(".ys-performance", "data-health").unwrap();
    let link = server.welcome(welcome(&["north"])).await;
    until("it is healthy", || health() == "healthy").await;
    link.close(1006);
    let status = || page.attribute(".ys-status", "data-status");
    until("it is lost", || status().as_deref() == Some("reconnecting")).await;
    assert_eq!(health(), "healthy");
}

#[wasm_bindgen_test]
async fn without_a_panel_the_health_is_judged_all_the_same() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| {
        config.backoff.min = Duration::from_mins(1);
        config.backoff.max = config.backoff.min;
        config.monitor.worse_after = Duration::from_secs(2);
    });
    let page = Page::mount(options, Html::default()).await;
    let link = server.welcome(welcome(&["north"])).await;
    until("it is connected", || page.is_connected()).await;
    link.close(1006);
    // Nothing else happens on this page: only the monitor's own deadline brings it about.
    let status = || page.manager().performance_monitor().connection_health().status;
    until("it is unhealthy", || status() == HealthStatus::Unhealthy).await;
}

#[wasm_bindgen_test]
async fn a_page_on_which_nothing_happens_is_left_alone() {
    let (_server, link, page) = connected(Html::default()).await;
    tell_the_time(&link).await;
    link.event(&update("north", "p1", "Ida"));
    until("its second is over", || {
        snapshot(&page).history.last().is_some_and(|second| second.events > 0.0)
    })
    .await;
    let (start, before) = (js_sys::Date::now(), snapshot(&page).stats.commit.count);
    until("four seconds have passed", || js_sys::Date::now() - start > 4_000.0).await;
    let more = snapshot(&page).stats.commit.count - before;
    assert!(more <= 1, "{more} commits of nothing");
}

#[wasm_bindgen_test]
async fn what_an_application_measures_is_judged_though_nothing_else_happens() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| config.monitor.worse_after = Duration::ZERO);
    let page = Page::mount(options, Html::default()).await;
    let link = server.welcome(welcome(&["north"])).await;
    tell_the_time(&link).await;
    until("a second is over", || !snapshot(&page).history.is_empty()).await;
    let monitor = page.manager().performance_monitor();
    until("nothing is left to be judged", || monitor.deadline().is_none()).await;
    monitor.record_event_latency("drawing", Duration::from_secs(10));
    let reasons = || monitor.connection_health().reasons;
    until("it is judged", || {
        reasons().iter().any(|found| found.reason == HealthReason::SlowProcessing)
    })
    .await;
}

fn off(options: SocketOptions) -> SocketOptions {
    options.configure(|config| config.monitor.enabled = false)
}

#[wasm_bindgen_test]
async fn switched_off_it_records_nothing_and_on_it_does_again() {
    let server = InPageServer::default();
    let page = Page::mount(off(server.options()), html! { <PerformancePanel /> }).await;
    let link = server.welcome(welcome(&["north", "south"])).await;
    until("it is connected", || page.is_connected()).await;
    link.event(&update("north", "p1", "Ida"));
    until("the slice has it", || page.patients("north") == ["Ida"]).await;
    assert_eq!(snapshot(&page), PerformanceSnapshot::default());
    page.manager().performance_monitor().set_enabled(true);
    link.event(&update("north", "p1", "Ben"));
    until("it is measured", || snapshot(&page).stats.processing.count == 1).await;
}

#[component]
fn Shown(props: &LogProps) -> Html {
    props.log.add(use_performance().stats.processing.count.to_string());
    Html::default()
}

#[wasm_bindgen_test]
async fn the_hook_renders_by_the_second_and_not_by_the_event() {
    let log = Log::default();
    let (_server, link, page) = connected(html! { <Shown log={log.clone()} /> }).await;
    for number in 0..60 {
        let name = format!("Ida {number}");
        link.event(&update("north", "p1", &name));
        until("it is committed", || page.patients("north") == [&*name]).await;
    }
    until("the hook has them all", || log.entries().last().unwrap() == "60").await;
    assert!(log.len() < 30, "sixty commits, and far fewer renders: {:?}", log.entries());
}

#[wasm_bindgen_test]
async fn the_panel_says_in_words_what_its_pictures_show() {
    let (_server, link, page) = connected(html! { <PerformancePanel label="How it does" /> }).await;
    assert_eq!(page.attribute(".ys-performance", "aria-label").as_deref(), Some("How it does"));
    link.events(&[update("north", "p1", "Ida"), update("north", "p2", "Ben")]);
    until("the table has them", || {
        page.find("tr[data-type='patient_updated']").is_some_and(|row| {
            row.text_content().is_some_and(|text| text.starts_with("patient_updated2"))
        })
    })
    .await;
    let labels = page.attributes("svg[role=img]", "aria-label");
    assert_eq!(labels.len(), page.attributes("svg", "viewBox").len(), "each picture has words");
    assert!(
        labels.iter().any(|label| label.starts_with("Events per second, last three minutes: now"))
    );
    assert!(labels.iter().any(|label| label.starts_with("Receipt to commit of 2 events")));
    // The bars' table says what the bars do.
    let bars = page.attributes(".ys-performance__bar", "height").len();
    let rows = page.attributes(".ys-performance__details tbody th", "scope").len();
    assert!(bars > 0 && bars == rows);
    assert!(
        page.attributes("[style]", "style").is_empty(),
        "a strict policy allows no inline style"
    );
    assert_eq!(
        page.attributes("[role=status]", "role").len(),
        1,
        "one thing is announced: the health"
    );
}

/// Collects the names of User Timing measures.
struct Measures(JsValue);

impl Measures {
    fn observe() -> Self {
        let observe = "const names = []; const observer = new PerformanceObserver(list => names.push(...list.getEntries().map(({ name }) => name)));
            observer.observe({ type: 'measure' }); return { names, observer };";
        Self(script("", observe).call0(&JsValue::NULL).unwrap())
    }

    fn ours(&self) -> Vec<String> {
        let names: Array = Reflect::get(&self.0, &"names".into()).unwrap().into();
        let names = names.iter().filter_map(|name| name.as_string());
        names.filter(|name| name.starts_with("yewdux-socket")).collect()
    }
}

impl Drop for Measures {
    fn drop(&mut self) {
        script("it", "it.observer.disconnect()").call1(&JsValue::NULL, &self.0).unwrap();
    }
}

#[wasm_bindgen_test]
async fn the_profiler_sees_the_stages_and_the_browser_keeps_none() {
    let server = InPageServer::default();
    let options = server.options().configure(|config| config.monitor.user_timing = true);
    let measures = Measures::observe();
    let page = Page::mount(options, Html::default()).await;
    let link = server.welcome(welcome(&["north", "south"])).await;
    let handler = page.manager().on(|_: &PatientUpdated, _| ());
    link.event(&update("north", "p1", "Ida"));
    let stages = ["frame", "commit", "handlers"].map(|stage| format!("yewdux-socket: {stage}"));
    until("each stage is seen", || stages.iter().all(|stage| measures.ours().contains(stage)))
        .await;
    let kept = "return performance.getEntries().filter(({ name }) => name.startsWith('yewdux-socket')).length";
    assert_eq!(script("", kept).call0(&JsValue::NULL).unwrap(), 0.0);
    drop(handler);
}

#[wasm_bindgen_test]
async fn by_default_the_profiler_is_left_alone() {
    let measures = Measures::observe();
    let (_server, link, page) = connected(Html::default()).await;
    link.event(&update("north", "p1", "Ida"));
    until("the slice has it", || page.patients("north") == ["Ida"]).await;
    next_frame().await;
    assert!(measures.ours().is_empty());
}

#[wasm_bindgen_test]
async fn unmounting_the_panel_ends_its_clock_and_the_provider_the_rest() {
    let observers = "
        const live = new Set(), { observe, disconnect } = PerformanceObserver.prototype;
        PerformanceObserver.prototype.observe = function (options) { live.add(this); return observe.call(this, options); };
        PerformanceObserver.prototype.disconnect = function () { live.delete(this); return disconnect.call(this); };
        const { setInterval, clearInterval } = window;
        window.setInterval = (...given) => { const id = setInterval.apply(window, given); live.add(id); return id; };
        window.clearInterval = id => { live.delete(id); clearInterval.call(window, id); };
        return { count: () => live.size, undo: () => {
            Object.assign(PerformanceObserver.prototype, { observe, disconnect });
            Object.assign(window, { setInterval, clearInterval });
        } };";
    let watch = script("", observers).call0(&JsValue::NULL).unwrap();
    let count = || script("it", "return it.count()").call1(&JsValue::NULL, &watch).unwrap();
    let ledger = Ledger::open();
    let (_server, _link, page) = connected(html! { <PerformancePanel /> }).await;
    assert_eq!(count(), 2.0, "the panel's clock and the observer of long tasks");
    let manager = page.manager();
    page.unmount().await;
    assert_eq!(count(), 0.0);
    assert_eq!((ledger.listeners(), ledger.timers(), ledger.frames()), (0, 0, 0));
    drop(manager);
    script("it", "it.undo()").call1(&JsValue::NULL, &watch).unwrap();
}
