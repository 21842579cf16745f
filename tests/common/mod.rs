//! What the browser tests share: a server within the page, a page to mount into, and the data that
//! goes back and forth.
//!
//! Only the wire is replaced. Provider, hooks, slices, driver and core are the real ones.

mod browser;
mod data;
#[cfg(feature = "devtools")]
mod devtools;
mod emitter;
mod link;
mod page;
mod probes;
mod server;
mod signals;
mod tokens;

pub use browser::{Clock, FakeWebSockets, Ledger, next_frame, script, until};
pub use data::*;
#[cfg(feature = "devtools")]
pub use devtools::FakeDevTools;
pub use emitter::Emitter;
pub use link::Link;
pub use page::{Page, Slot};
pub use probes::*;
pub use server::{InPageServer, Opening};
pub use signals::{
    Hidden, Network, asks_before_leaving, dispatch, dispatch_at_document, page_is_shown,
};
pub use tokens::Tokens;

use std::rc::Rc;

use yew::Html;

/// A mounted page whose socket got its `$welcome`, for the organizations `north` and `south`.
pub async fn connected(children: Html) -> (InPageServer, Rc<Link>, Page) {
    let server = InPageServer::default();
    let page = Page::mount(server.options(), children).await;
    let link = server.welcome(welcome(&["north", "south"])).await;
    until("the slice says connected", || page.is_connected()).await;
    (server, link, page)
}
