//! What is logged, on the browser's console.
//!
//! A subscriber that knows events and nothing else: the demo and the library have no spans, and what there is for those would
//! be most of a program like this one.

use std::fmt::{self, Write};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use wasm_bindgen::JsValue;
use web_sys::console;

/// The least that is logged. What is below it is not even compiled into a build for release: Cargo.toml.
const LEAST: LevelFilter =
    if cfg!(debug_assertions) { LevelFilter::INFO } else { LevelFilter::WARN };

/// Logs into the browser's console. The library logs no payloads and no tokens, and neither does the demo.
pub(crate) fn log_to_console() {
    // It fails if there is a subscriber already, which logs in its place.
    let _ = tracing::subscriber::set_global_default(Console);
}

struct Console;

impl Subscriber for Console {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= LEAST
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LEAST)
    }

    fn event(&self, event: &Event<'_>) {
        let metadata = event.metadata();
        let mut line = Line(format!("{}:", metadata.target()));
        event.record(&mut line);
        let line = JsValue::from(line.0);
        match *metadata.level() {
            Level::ERROR => console::error_1(&line),
            Level::WARN => console::warn_1(&line),
            _ => console::info_1(&line),
        }
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

/// An event in words: `target: message name=value`.
struct Line(String);

impl Visit for Line {
    /// The browser writes it: what writes such numbers is 15 kB before compression.
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.record_debug(field, &JsValue::from_f64(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        // Writing to a string cannot fail.
        let _ = match field.name() {
            "message" => write!(self.0, " {value:?}"),
            name => write!(self.0, " {name}={value:?}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    /// Keeps what the console would show: there is none outside of a browser.
    struct Kept(Arc<Mutex<Vec<String>>>);

    impl Subscriber for Kept {
        fn enabled(&self, metadata: &Metadata<'_>) -> bool {
            Console.enabled(metadata)
        }

        fn event(&self, event: &Event<'_>) {
            let mut line = Line(String::new());
            event.record(&mut line);
            self.0.lock().unwrap().push(line.0);
        }

        fn new_span(&self, span: &Attributes<'_>) -> Id {
            Console.new_span(span)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn a_line_has_the_message_and_the_fields_and_less_is_left_out() {
        let lines = Arc::new(Mutex::new(Vec::new()));
        tracing::subscriber::with_default(Kept(lines.clone()), || {
            tracing::warn!(code = "lost", count = 3, who = %"ana", "it broke");
            tracing::debug!("never mind");
        });
        assert_eq!(*lines.lock().unwrap(), [" it broke code=\"lost\" count=3 who=ana"]);
    }
}
