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
    /// Says in words what an event is about; it is called once for each event, and anew if the callback itself is another
    /// one. Default: its type.
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
            { for events.iter().map(|shown| html! {
                // By identity: offsets begin anew with another epoch, and not every event has one.
                <Item key={Arc::as_ptr(&shown.0).addr()} event={shown.clone()} describe={props.describe.clone()} />
            }) }
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

#[derive(Clone, PartialEq, Properties)]
struct ItemProps {
    event: Shown,
    describe: Option<Callback<Arc<ReceivedEvent>, Html>>,
}

#[component]
fn Item(props: &ItemProps) -> Html {
    let Shown(event) = &props.event;
    let envelope = &event.envelope;
    let timestamp = envelope.timestamp.to_string();
    let text = match &props.describe {
        Some(describe) => describe.emit(event.clone()),
        None => html! { <code>{ &*envelope.event_type }</code> },
    };
    html! {
        <li
            class="ys-feed__item"
            data-event-type={envelope.event_type.to_string()}
            data-organization={envelope.organization.as_ref().map(ToString::to_string)}
        >
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
