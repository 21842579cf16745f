//! Ward board: patients of several clinics, live, for those who may see them.
//!
//! The demo of yewdux-socket. It is an application like any other and uses the library's public interface
//! only.
//!
//! # Layout
//!
//! - `config`: where the server is. `server`, `request`: its HTTP half. `session`: who is signed in, and the tokens.
//!   `remembered`: who it was before a reload.
//! - `app`: from looking for the server to the sign-in to the board. `sign_in`, `workspace`: its two pages.
//! - `header`, `organization_switch`, `connection_panel`, `connection_details`, `recent_errors`, `sign_out`: the
//!   page's head.
//! - `waiting`: what stands in the place of the board before the server has been reached.
//! - `board`, `summary`, `toolbar`, `patient_table`, `patient_row`, `fields`, `row_status`: the open
//!   organization's patients.
//! - `edits`: changes on their way and what is shown meanwhile; `use_edits`: how they get out.
//! - `side_column`, `event_text`, `journal`: who is here, and what happened. `outbox`, `limits`: what is unsent, and
//!   what is not to be counted on.
//! - `audit`: the log of what is security-relevant. `performance`, `load_control`: how it does, and what a development
//!   server can do to it.
//! - `page`, `dialog`, `words`, `icons`: the document, its dialogs, plain words and pictures. `console`: the log.

mod app;
mod audit;
mod board;
mod config;
mod connection_details;
mod connection_panel;
mod console;
mod dialog;
mod edits;
mod event_text;
mod fields;
mod header;
mod icons;
mod journal;
mod limits;
mod load_control;
mod organization_switch;
mod outbox;
mod page;
mod patient_row;
mod patient_table;
mod performance;
mod recent_errors;
mod remembered;
mod request;
mod row_status;
mod server;
mod session;
mod side_column;
mod sign_in;
mod sign_out;
mod skeleton;
mod summary;
mod toolbar;
mod use_edits;
mod waiting;
mod words;
mod workspace;

fn main() {
    std::panic::set_hook(Box::new(report_panic));
    console::log_to_console();
    yew::Renderer::<app::App>::new().render();
}

/// Says on the console what went wrong, and marks the page by `data-panic`: a page that panicked may look as
/// if nothing had happened.
fn report_panic(info: &std::panic::PanicHookInfo<'_>) {
    console_error_panic_hook::hook(info);
    let root = web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.document_element());
    if let Some(root) = root {
        // Nothing can be done about it here.
        let _ = root.set_attribute("data-panic", "1");
    }
}
