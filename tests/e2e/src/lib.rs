//! What the end-to-end tests stand on: the real server, a real browser, and pages to use.
//!
//! The built pages are expected in the directories that `WARD_BOARD_DIST` and `LAB_DIST` name; `cargo xtask test
//! --only e2e` builds and names them. `E2E_BROWSER` may be `firefox`; `CHROMIUM` and `CHROMEDRIVER`, or `FIREFOX`
//! and `GECKODRIVER`, may name the programs.
//!
//! # Layout
//!
//! - [`browser`]: the browsers of a test. `process`: their drivers. [`cdp`]: what only Chromium can do.
//! - [`ward`]: the server with a built page, stopped and started again at will.
//! - [`page`]: the ward board as its user sees it. [`policy`]: what a page does that its policy forbids.
//! - [`lab`]: the page for scripted tests. [`mark`]: its event type.
//! - [`proxy`]: a network that fails on command. [`report`]: what was measured.

pub mod browser;
pub mod cdp;
pub mod lab;
pub mod mark;
pub mod page;
pub mod policy;
mod process;
pub mod proxy;
pub mod report;
pub mod ward;

/// What goes wrong in a test is told by its message; nobody handles it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
