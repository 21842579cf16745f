//! The latest errors, for those who want to know what went wrong.

use js_sys::Date;
use wasm_bindgen::JsValue;
use yew::prelude::*;
use yewdux_socket::ErrorReport;

/// How many are shown.
const MOST: usize = 10;

/// A list to unfold, the newest error first, with what can be done about each. Nothing while there are none. An error that
/// came again is there once.
pub(crate) fn recent_errors(errors: &[ErrorReport]) -> Html {
    html! {
        if !errors.is_empty() {
            <details class="errors">
                <summary>{ format!("Latest errors, each once ({})", errors.len().min(MOST)) }</summary>
                <ol class="errors__list" reversed=true>{ for errors.iter().rev().take(MOST).map(item) }</ol>
            </details>
        }
    }
}

fn item(report: &ErrorReport) -> Html {
    let at = report.at.to_string();
    html! {
        <li class="errors__item" data-error={report.error.code()}>
            <time class="errors__time" datetime={at.clone()}>{ clock(&at) }</time>
            <span>{ report.error.to_string() }{ " " }<span class="errors__remedy">{ report.error.remedy() }</span></span>
        </li>
    }
}

/// The time of day in the user's zone.
fn clock(timestamp: &str) -> String {
    let date = Date::new(&JsValue::from_str(timestamp));
    format!("{:02}:{:02}:{:02}", date.get_hours(), date.get_minutes(), date.get_seconds())
}
