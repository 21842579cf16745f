//! Faults of the network, the page and the server, with a real browser.
//!
//! Each test has a short form, which `cargo xtask test` runs, and a full one, which `cargo xtask faults` runs
//! (`FAULTS=full`). Both assert the same outcomes and differ in how often.

mod canaries;
mod cuts;
mod endings;
mod flood;
mod links;
mod oversized;
mod reconnects;
mod reloads;
mod restarts;
mod site;
mod tabs;
mod wake;

use yewdux_socket_e2e::browser::Browser;
use yewdux_socket_e2e::report;

/// Whether a test that needs what only Chromium can do is to be skipped, which is told.
fn needs_chromium(test: &str) -> bool {
    let missing = Browser::chosen() != Browser::Chromium;
    if missing {
        report::skipped(test, "it needs Chromium's DevTools");
    }
    missing
}
