//! What the end-to-end tests stand on: the real server, a real Chromium, and a page to use.
//!
//! The built page is expected in the directory that `WARD_BOARD_DIST` names; `cargo xtask test --only e2e`
//! builds it and names it. `CHROMIUM` and `CHROMEDRIVER` may name the browser and its driver.
//!
//! # Layout
//!
//! - [`browser`]: one chromedriver a test, sessions in it.
//! - [`ward`]: the server with the built page, stopped and started again at will.
//! - [`page`]: the ward board as its user sees it.

pub mod browser;
pub mod page;
pub mod ward;

/// What goes wrong in a test is told by its message; nobody handles it.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
