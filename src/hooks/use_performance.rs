//! What the performance monitor says.

use std::rc::Rc;

use gloo_timers::callback::Interval;
use yew::prelude::*;
use yewdux_socket_core::monitor::PerformanceSnapshot;

use super::use_manager;

/// How often the figures are read: nobody reads faster.
const EVERY_MS: u32 = 1_000;

/// What the [performance monitor](crate::monitor::PerformanceMonitor) of the nearest provider's socket says: health, latencies,
/// and the seconds of the last minutes. Read once a second while the component is mounted, whatever comes in meanwhile; the
/// component renders again if something changed.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::use_performance;
///
/// #[component]
/// fn Delay() -> Html {
///     let performance = use_performance();
///     html! { <span>{ format!("{:.0} ms", performance.stats.processing.p95_ms) }</span> }
/// }
/// ```
///
/// # Server-side rendering
/// Not enabled, healthy, and all figures are 0.
#[hook]
pub fn use_performance() -> Rc<PerformanceSnapshot> {
    let manager = use_manager();
    let snapshot = use_state_eq(Rc::<PerformanceSnapshot>::default);
    let set = snapshot.setter();
    use_effect_with(manager, move |manager| {
        let manager = manager.clone();
        let read = move || set.set(Rc::new(manager.performance_snapshot()));
        read();
        let interval = Interval::new(EVERY_MS, read);
        move || drop(interval)
    });
    (*snapshot).clone()
}
