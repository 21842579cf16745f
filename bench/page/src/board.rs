//! What is shown.

use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket::event::{Patient, PatientStatus};
use yewdux_socket::{
    EntitySlice, OrganizationId, SocketOptions, SocketProvider, SocketSlice, Status, use_entities,
    use_slice, use_socket,
};

use crate::progress::Progress;
use crate::session::tokens;
use crate::settings::Settings;
use crate::state;

/// Rows of the list, as the peers' pages show them.
const ROWS: usize = 20;

/// The whole page.
#[component]
pub(crate) fn Page() -> Html {
    let options = use_memo((), |()| {
        let settings = Settings::read();
        SocketOptions::new(&settings.server)
            .token(tokens(settings))
            .slice::<EntitySlice<Patient>>()
            .slice::<Progress>()
    });
    html! { <SocketProvider options={(*options).clone()}><Board /></SocketProvider> }
}

#[component]
fn Board() -> Html {
    let manager = use_socket().manager;
    use_effect_with(manager, |manager| state::observe(Some(manager.clone())));
    let organizations = use_slice(|slice: &SocketSlice| {
        let principal = slice.principal.as_ref();
        principal.map_or_else(Vec::new, |principal| {
            principal
                .organizations
                .iter()
                .map(|membership| membership.id.clone())
                .collect::<Vec<_>>()
        })
    });
    let first = organizations.first().cloned();
    html! {
        <>
            <Connection />
            <Applied />
            <section>
                { for organizations.into_iter().map(|id| html! { <Total key={id.to_string()} organization={id.clone()} /> }) }
            </section>
            if let Some(organization) = first {
                <Rows {organization} />
            }
        </>
    }
}

/// How the connection is, and what is wrong with it.
#[component]
fn Connection() -> Html {
    let (status, problem) = use_slice(|slice: &SocketSlice| {
        let problem = slice.connection.error.as_ref().map(|report| report.error.to_string());
        (slice.connection.status, problem)
    });
    let word = match status {
        Status::Connected => "connected",
        Status::Error => "failed",
        _ => "connecting",
    };
    html! {
        <>
            <output id="status">{ word }</output>
            if let Some(problem) = problem {
                <p id="problem" role="alert">{ problem }</p>
            }
        </>
    }
}

#[component]
fn Applied() -> Html {
    let applied = use_slice(|progress: &Progress| progress.applied);
    html! { <output id="applied">{ applied }</output> }
}

#[derive(Debug, PartialEq, Properties)]
struct Of {
    organization: OrganizationId,
}

#[component]
fn Total(props: &Of) -> Html {
    let organization = props.organization.clone();
    let total =
        use_slice(move |slice: &EntitySlice<Patient>| slice.organization(&organization).len());
    html! { <p>{ format!("{}: {total}", props.organization) }</p> }
}

#[component]
fn Rows(props: &Of) -> Html {
    let patients = use_entities::<Patient>(&props.organization);
    html! {
        <ul id="rows">
            { for patients.iter().take(ROWS).map(|patient| html! { <Row key={&*patient.id} patient={patient.clone()} /> }) }
        </ul>
    }
}

#[derive(Debug, Properties)]
struct RowProps {
    patient: Arc<Patient>,
}

/// A patient that did not change is the very same.
impl PartialEq for RowProps {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.patient, &other.patient)
    }
}

#[component]
fn Row(RowProps { patient }: &RowProps) -> Html {
    let status = match patient.status {
        PatientStatus::Stable => "stable",
        PatientStatus::Observation => "observation",
        PatientStatus::Critical => "critical",
        PatientStatus::Discharged => "discharged",
    };
    html! {
        <li data-status={status}>{ format!("{}, {}: {}", patient.name, patient.ward, patient.heart_rate) }</li>
    }
}
