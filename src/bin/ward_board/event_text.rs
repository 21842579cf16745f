//! Events in words.

use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket::event::{
    OrganizationUpdated, PatientUpdated, User, UserOffline, UserOnline, UserUpdated,
};
use yewdux_socket::{EntitySlice, ReceivedEvent, use_slice};

use crate::journal::Journal;

/// Properties of [`EventText`].
#[derive(Properties)]
pub(crate) struct EventTextProps {
    pub(crate) event: Arc<ReceivedEvent>,
}

impl PartialEq for EventTextProps {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.event, &other.event)
    }
}

/// What an event is about: who, and what.
#[component]
pub(crate) fn EventText(props: &EventTextProps) -> Html {
    let change = use_slice({
        let event = props.event.clone();
        move |journal: &Journal| journal.change(&event)
    });
    let user = use_slice({
        let event = props.event.clone();
        move |users: &EntitySlice<User>| gone_user(&event, users)
    });
    let event = &props.event;
    let (who, what) = if let Some(PatientUpdated { patient }) = event.payload() {
        let change = change.as_deref().unwrap_or("updated");
        (patient.name.clone(), format!(": {change}"))
    } else if let Some(UserOnline { user, .. }) = event.payload() {
        let what = match user.socket_count {
            1 => " is online".to_owned(),
            screens => format!(" is online on {screens} screens"),
        };
        (user.user.name.clone(), what)
    } else if let Some(UserOffline { user_id }) = event.payload() {
        let name = user.map_or_else(|| user_id.to_string(), |user| user.name.clone());
        (name, " went offline".to_owned())
    } else if let Some(UserUpdated { user }) = event.payload() {
        (user.name.clone(), " changed their details".to_owned())
    } else if let Some(OrganizationUpdated { organization }) = event.payload() {
        (organization.name.clone(), " is the organization's name now".to_owned())
    } else {
        (event.envelope.event_type.to_string(), " happened".to_owned())
    };
    html! { <><strong><bdi>{ who }</bdi></strong>{ what }</> }
}

/// What is known of the user who went offline, if the event says that somebody did.
fn gone_user(event: &ReceivedEvent, users: &EntitySlice<User>) -> Option<Arc<User>> {
    let UserOffline { user_id } = event.payload()?;
    let organization = event.envelope.organization.as_ref()?;
    users.organization(organization).get(user_id.as_str()).cloned()
}
