//! The library in a real browser, against a server within the page.

#![cfg(target_arch = "wasm32")]
#![allow(
    missing_docs,
    missing_debug_implementations,
    unreachable_pub,
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "tests"
)]

#[path = "../common/mod.rs"]
mod common;

#[cfg(feature = "audit")]
mod audit;
mod cleanup;
mod commit;
mod components;
mod connection;
mod delivery;
#[cfg(feature = "devtools")]
mod devtools;
mod errors;
mod handlers;
mod hooks;
mod isolation;
mod late;
mod long_list;
#[cfg(feature = "monitor")]
mod performance;
mod permission;
mod provider;
mod recovery;
mod renders;
mod renewal;
mod repair;
mod several_sockets;
mod signals;
mod slices;
mod socket_slice;
mod tabs;
mod unsaved_guard;
mod use_emit;
mod websocket;

wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
