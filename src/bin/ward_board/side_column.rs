//! Who is here, what happened, and what is still on its way.

use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket::{
    EventFeed, OrganizationId, PresenceList, PresenceSlice, ReceivedEvent, use_slice,
};

use crate::audit::Audit;
use crate::event_text::EventText;
use crate::outbox::Outbox;

/// Properties of [`SideColumn`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct SideColumnProps {
    pub(crate) organization: OrganizationId,
    pub(crate) is_live: bool,
}

/// Presence, outbox, audit log and latest events.
#[component]
pub(crate) fn SideColumn(props: &SideColumnProps) -> Html {
    let organization = &props.organization;
    let online = use_slice({
        let organization = organization.clone();
        move |slice: &PresenceSlice| slice.presence.online_count(&organization)
    });
    // Always the same one, so that what is in the feed already is left alone.
    let describe =
        use_callback((), |event: Arc<ReceivedEvent>, ()| html! { <EventText {event} /> });
    html! {
        <aside class="side" aria-label="Activity" data-live={props.is_live.to_string()}>
            <section class="panel" aria-labelledby="online-heading">
                <div class="panel__head">
                    <h2 class="panel__title" id="online-heading">
                        { if props.is_live { "Online now" } else { "Last seen online" } }
                    </h2>
                    <span class="panel__count" data-online-count={online.to_string()}>{ online }</span>
                </div>
                <PresenceList organization={organization.clone()} />
            </section>
            <section class="panel" aria-labelledby="outbox-heading">
                <div class="panel__head">
                    <h2 class="panel__title" id="outbox-heading">{ "Your changes" }</h2>
                </div>
                <Outbox />
            </section>
            <section class="panel" aria-labelledby="audit-heading">
                <Audit />
            </section>
            <section class="panel panel--feed" aria-labelledby="feed-heading">
                <div class="panel__head">
                    <h2 class="panel__title" id="feed-heading">{ "Latest events" }</h2>
                </div>
                <EventFeed organization={organization.clone()} limit={12} describe={Some(describe)} />
                <p class="panel__empty panel__empty--feed">{ "Nothing has happened since you came." }</p>
            </section>
        </aside>
    }
}
