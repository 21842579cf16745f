//! The organization in four figures.

use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket::event::{Patient, PatientStatus};

use crate::icons::{Icon, icon};

/// Patients, critical ones, those under observation, and the average heart rate. Discharged patients do not
/// count.
pub(crate) fn summary(patients: &[Arc<Patient>]) -> Html {
    let here: Vec<_> =
        patients.iter().filter(|patient| patient.status != PatientStatus::Discharged).collect();
    let with = |status| here.iter().filter(|patient| patient.status == status).count();
    let critical = with(PatientStatus::Critical);
    let gone = match patients.len() - here.len() {
        0 => String::new(),
        gone => format!("and {gone} discharged"),
    };
    html! {
        <dl class="tiles" aria-label="Summary">
            { tile("patients", Icon::People, "Patients", here.len().to_string(), &gone) }
            { tile("critical", Icon::Alarm, "Critical", critical.to_string(), "") }
            { tile("observation", Icon::Eye, "Under observation", with(PatientStatus::Observation).to_string(), "") }
            { tile("heart-rate", Icon::Heart, "Average heart rate", average_rate(&here), "bpm") }
        </dl>
    }
}

fn tile(
    code: &'static str,
    picture: Icon,
    label: &'static str,
    value: String,
    caption: &str,
) -> Html {
    html! {
        <div class="tile" data-tile={code} data-zero={(value == "0").to_string()}>
            <dt class="tile__label">{ icon(picture) }{ label }</dt>
            <dd class="tile__value">
                { value }{ " " }
                if !caption.is_empty() { <span class="tile__note">{ caption }</span> }
            </dd>
        </div>
    }
}

fn average_rate(patients: &[&Arc<Patient>]) -> String {
    let sum: usize = patients.iter().map(|patient| usize::from(patient.heart_rate)).sum();
    match patients.len() {
        0 => "–".to_owned(),
        number => ((sum + number / 2) / number).to_string(),
    }
}
