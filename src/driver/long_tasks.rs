//! Tasks that keep the page busy for over 50 ms, by the Long Tasks API, where the browser has it.

use std::time::Duration;

use js_sys::{Array, Reflect};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::{PerformanceObserver, PerformanceObserverEntryList, PerformanceObserverInit};
use yewdux_socket_core::monitor::PerformanceMonitor;

const TYPE: &str = "longtask";

/// Observes until it is dropped.
#[derive(Debug)]
#[must_use = "tasks are observed only as long as this lives"]
pub(super) struct LongTasks {
    observer: PerformanceObserver,
    _told: Closure<dyn FnMut(PerformanceObserverEntryList)>,
}

impl LongTasks {
    /// Tells the monitor from now on. `None` where the browser does not observe such tasks.
    pub(super) fn observe(monitor: &PerformanceMonitor) -> Option<Self> {
        if !is_supported()? {
            return None;
        }
        let monitor = monitor.clone();
        let told = Closure::new(move |list: PerformanceObserverEntryList| {
            for entry in list.get_entries() {
                let duration = Reflect::get(&entry, &"duration".into()).ok();
                if let Some(millis) = duration.and_then(|duration| duration.as_f64()) {
                    monitor.record_long_task(Duration::from_secs_f64(millis.max(0.0) / 1_000.0));
                }
            }
        });
        let observer = PerformanceObserver::new(told.as_ref().unchecked_ref()).ok()?;
        observer.observe(&PerformanceObserverInit::new(&Array::of1(&TYPE.into())));
        Some(Self { observer, _told: told })
    }
}

/// Whether the browser has such a class, and it knows this type. A browser that does not would complain on the console.
fn is_supported() -> Option<bool> {
    let window = web_sys::window()?;
    let class = Reflect::get(&window, &"PerformanceObserver".into()).ok()?;
    let types = Reflect::get(&class, &"supportedEntryTypes".into()).ok()?;
    Some(types.dyn_ref::<Array>()?.includes(&TYPE.into(), 0))
}

impl Drop for LongTasks {
    fn drop(&mut self) {
        self.observer.disconnect();
    }
}
