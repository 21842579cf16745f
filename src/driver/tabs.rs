//! The other tabs of the browser that talk to the same server: a sign-out in one is one in all.
//!
//! What a frozen tab is told waits until it thaws. One in the back/forward cache is told too, or discarded by the
//! browser instead.

use std::rc::Weak;

use gloo_events::EventListener;
use wasm_bindgen::JsCast;
use web_sys::{BroadcastChannel, MessageEvent};
use yewdux_socket_core::{Input, UserId};

use super::Driver;
use crate::listen::listen;

/// Hears the other tabs until it is dropped.
#[derive(Debug)]
#[must_use = "the other tabs are heard only as long as this lives"]
pub(super) struct Tabs {
    channel: BroadcastChannel,
    _listener: EventListener,
}

impl Tabs {
    /// Joins the tabs of a server. `None` where the browser has no such thing: then each tab is on its own.
    pub(super) fn join(driver: &Weak<Driver>, server: &str) -> Option<Self> {
        let channel = BroadcastChannel::new(&format!("yewdux-socket {server}")).ok()?;
        let driver = driver.clone();
        let listener = listen(&channel, "message", move |event| {
            // The id of the user who signed out. Anything else is not ours.
            let user = event.unchecked_ref::<MessageEvent>().data().as_string();
            if let (Some(user), Some(driver)) = (user, driver.upgrade()) {
                driver.happened(Input::SignedOutElsewhere(UserId::from(user.as_str())));
            }
        });
        Some(Self { channel, _listener: listener })
    }

    /// Tells them that this user signed out.
    pub(super) fn signed_out(&self, user: &UserId) {
        if self.channel.post_message(&user.as_str().into()).is_err() {
            tracing::warn!("the other tabs could not be told of the sign-out");
        }
    }
}

impl Drop for Tabs {
    fn drop(&mut self) {
        // What was said before is still heard.
        self.channel.close();
    }
}
