//! The latest events.

use std::rc::Rc;
use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket_core::{OrganizationId, ReceivedEvent};

use crate::hooks::use_slice;
use crate::slices::EventQueueSlice;

/// Properties of [`EventFeed`].
#[derive(Debug, Clone, PartialEq, Properties)]
pub struct EventFeedProps {
    /// Only events of this organization. Default: of all that the user may see.
    #[prop_or_default]
    pub organization: Option<OrganizationId>,
    /// How many events are shown, 100 at most. Default: 20.
    #[prop_or(20)]
    pub limit: usize,
    /// Says in words what an event is about. Default: its type.
    #[prop_or_default]
    pub describe: Option<Callback<Arc<ReceivedEvent>, Html>>,
}

/// The latest events, newest first. Items have `data-event-type` and `data-organization`.
///
/// # Server-side rendering
/// An empty list.
#[component]
pub fn EventFeed(props: &EventFeedProps) -> Html {
    let (organization, limit) = (props.organization.clone(), props.limit);
    let events: Rc<[Shown]> = use_slice(move |queue: &EventQueueSlice| {
        let wanted = |event: &&Arc<ReceivedEvent>| {
            organization.is_none() || event.envelope.organization == organization
        };
        queue.received().rev().filter(wanted).take(limit).cloned().map(Shown).collect()
    });
    html! {
        <ol class="ys-feed" aria-label="Latest events" reversed=true>
            { for events.iter().map(|Shown(event)| item(event, props.describe.as_ref())) }
        </ol>
    }
}

/// An event, compared by identity.
#[derive(Clone)]
struct Shown(Arc<ReceivedEvent>);

impl PartialEq for Shown {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

fn item(event: &Arc<ReceivedEvent>, describe: Option<&Callback<Arc<ReceivedEvent>, Html>>) -> Html {
    let envelope = &event.envelope;
    let timestamp = envelope.timestamp.to_string();
    let organization = envelope.organization.as_ref().map(ToString::to_string);
    let text = match describe {
        Some(describe) => describe.emit(event.clone()),
        None => html! { <code>{ &*envelope.event_type }</code> },
    };
    // By identity: offsets begin anew with another epoch, and not every event has one.
    let key = Arc::as_ptr(event).addr();
    html! {
        <li {key} class="ys-feed__item" data-event-type={envelope.event_type.to_string()} data-organization={organization}>
            <span class="ys-feed__text">{ text }</span>
            <time class="ys-feed__time" datetime={timestamp.clone()}>{ clock(&timestamp) }</time>
        </li>
    }
}

/// The time of day of an RFC 3339 timestamp, in the browser's zone where there is one.
pub(super) fn clock(timestamp: &str) -> String {
    if cfg!(target_arch = "wasm32") {
        let date = js_sys::Date::new(&timestamp.into());
        return format!(
            "{:02}:{:02}:{:02}",
            date.get_hours(),
            date.get_minutes(),
            date.get_seconds()
        );
    }
    timestamp.get(11..19).unwrap_or(timestamp).to_owned()
}
