//! Events in words.

use yew::prelude::*;
use yewdux_socket::event::{
    OrganizationUpdated, PatientUpdated, User, UserOffline, UserOnline, UserUpdated,
};
use yewdux_socket::{Entities, ReceivedEvent, UserId};

use crate::journal::Journal;

/// What an event is about: who, and what.
pub(crate) fn describe(event: &ReceivedEvent, journal: &Journal, users: &Entities<User>) -> Html {
    let (who, what) = if let Some(PatientUpdated { patient }) = event.payload() {
        let change =
            journal.change(event).map_or_else(|| "updated".to_owned(), |change| change.to_string());
        (patient.name.clone(), format!(": {change}"))
    } else if let Some(UserOnline { user, .. }) = event.payload() {
        let what = match user.socket_count {
            1 => " is online".to_owned(),
            screens => format!(" is online on {screens} screens"),
        };
        (user.user.name.clone(), what)
    } else if let Some(UserOffline { user_id }) = event.payload() {
        (name_of(user_id, users), " went offline".to_owned())
    } else if let Some(UserUpdated { user }) = event.payload() {
        (user.name.clone(), " changed their details".to_owned())
    } else if let Some(OrganizationUpdated { organization }) = event.payload() {
        (organization.name.clone(), " is the organization's name now".to_owned())
    } else {
        (event.envelope.event_type.to_string(), " happened".to_owned())
    };
    html! { <><strong><bdi>{ who }</bdi></strong>{ what }</> }
}

fn name_of(user: &UserId, users: &Entities<User>) -> String {
    users.get(user.as_str()).map_or_else(|| user.to_string(), |user| user.name.clone())
}
