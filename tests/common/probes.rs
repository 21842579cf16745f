//! Components that tell the test what they saw.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;
use yewdux_socket::event::{Patient, PatientUpdated};
use yewdux_socket::{
    UsePresenceOptions, UseSocketEventOptions, use_entities, use_presence_with_options, use_socket,
    use_socket_event_with_options,
};

use super::organization;

/// What happened, in order. Clones share it.
#[derive(Clone, Default)]
pub struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    pub fn add(&self, entry: impl Into<String>) {
        self.0.borrow_mut().push(entry.into());
    }

    pub fn entries(&self) -> Vec<String> {
        self.0.borrow().clone()
    }

    /// The entries in alphabetical order: components that are siblings render in none that counts.
    pub fn sorted(&self) -> Vec<String> {
        let mut entries = self.entries();
        entries.sort();
        entries
    }

    /// The entries so far, which are forgotten.
    pub fn take(&self) -> Vec<String> {
        self.0.take()
    }

    pub fn len(&self) -> usize {
        self.0.borrow().len()
    }
}

impl PartialEq for Log {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

/// Logs the status and the user at every render.
#[component]
pub fn SocketProbe(props: &LogProps) -> Html {
    let socket = use_socket();
    let user = socket
        .principal
        .as_ref()
        .map_or_else(String::new, |principal| format!(" {}", principal.user_id));
    props.log.add(format!("{}{user}", socket.status().as_str()));
    Html::default()
}

#[derive(Clone, PartialEq, Properties)]
pub struct LogProps {
    pub log: Log,
}

#[derive(Clone, PartialEq, Properties)]
pub struct OrganizationProps {
    pub log: Log,
    pub organization: AttrValue,
}

/// Logs the patients of an organization at every render.
#[component]
pub fn PatientsProbe(props: &OrganizationProps) -> Html {
    let patients = use_entities::<Patient>(&organization(&props.organization));
    let names: Vec<_> = patients.iter().map(|patient| patient.name.as_str()).collect();
    props.log.add(names.join(" "));
    Html::default()
}

#[derive(Clone, PartialEq, Properties)]
pub struct PresenceProbeProps {
    pub log: Log,
    pub organization: AttrValue,
    #[prop_or_default]
    pub options: UsePresenceOptions,
}

/// Logs who is online in an organization at every render.
#[component]
pub fn PresenceProbe(props: &PresenceProbeProps) -> Html {
    let presence =
        use_presence_with_options(&organization(&props.organization), props.options.clone());
    let users: Vec<_> = presence.users.iter().map(|user| user.user_id.as_str()).collect();
    props.log.add(format!("{}: {}", presence.count, users.join(" ")));
    Html::default()
}

#[derive(Clone, PartialEq, Properties)]
pub struct UpdatesProbeProps {
    pub log: Log,
    #[prop_or_default]
    pub options: UseSocketEventOptions,
    /// Goes before each entry, so that one sees which render's handler was called.
    #[prop_or_default]
    pub label: AttrValue,
}

/// Logs each `patient_updated`.
#[component]
pub fn UpdatesProbe(props: &UpdatesProbeProps) -> Html {
    let (log, label) = (props.log.clone(), props.label.clone());
    use_socket_event_with_options(
        move |event: &PatientUpdated, _| log.add(format!("{label}{}", event.patient.name)),
        props.options.clone(),
    );
    Html::default()
}
