//! One patient: values to read, and to change in place by those who may.

use std::rc::Rc;
use std::sync::Arc;

use yew::prelude::*;
use yewdux_socket::event::{Patient, PatientStatus};
use yewdux_socket::{EventId, EventQueueSlice, SocketSlice, Status, use_slice};

use crate::edits::{FieldChange, Note, RowEdits, RowKey};
use crate::fields::{HeartRateField, status_field, ward_field};
use crate::icons::status_icon;
use crate::row_status::{RowStatus, row_status};
use crate::use_edits::RowAction;
use crate::words::{status_code, status_name};

/// What a row of the table shows.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) key: RowKey,
    /// The patient as the user wants it.
    pub(crate) shown: Arc<Patient>,
    pub(crate) edits: Rc<RowEdits>,
}

/// Properties of [`PatientRow`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PatientRowProps {
    pub(crate) row: Row,
    pub(crate) wards: Rc<[AttrValue]>,
    pub(crate) may_edit: bool,
    pub(crate) act: Callback<RowAction>,
}

/// A row. `data-patient-id` names the patient, `data-outcome` says where the user's latest change is, and
/// `data-field` marks the cells.
#[component]
pub(crate) fn PatientRow(props: &PatientRowProps) -> Html {
    let Row { key, shown: patient, edits } = &props.row;
    let pending: Rc<[EventId]> = edits.pending().cloned().collect();
    let waiting = use_slice({
        let pending = pending.clone();
        move |queue: &EventQueueSlice| {
            let waits = |id: &&EventId| {
                queue.queued_events.iter().any(|event| event.id == **id && !event.in_flight)
            };
            pending.iter().filter(waits).count()
        }
    });
    let is_connected =
        use_slice(|slice: &SocketSlice| slice.connection.status == Status::Connected);
    let is_wrong = use_state_eq(|| false);
    let is_invalid = *is_wrong && props.may_edit;
    let on_wrong = {
        let is_wrong = is_wrong.setter();
        Callback::from(move |wrong| is_wrong.set(wrong))
    };
    let outcome = match (&*pending, waiting, &edits.note) {
        ([], _, None) => None,
        // The field says that what is in it was not saved.
        ([], _, Some(Note::Saved { .. })) if is_invalid => None,
        ([], _, Some(Note::Saved { .. })) => Some("acknowledged"),
        ([], _, Some(Note::NotSaved { outcome, .. })) => Some(*outcome),
        (_, 0, _) => Some("inFlight"),
        _ => Some("queued"),
    };
    let on_change = {
        let key = key.clone();
        props.act.reform(move |change| RowAction::Change(key.clone(), change))
    };
    // The class changes with each touch, so that the animation starts anew.
    let touched = match edits.touched {
        0 => None,
        odd if odd % 2 == 1 => Some("row--touched"),
        _ => Some("row--touched-again"),
    };
    html! {
        <tr
            role="row"
            class={classes!("row", touched)}
            data-patient-id={patient.id.clone()}
            data-status={status_code(patient.status)}
            data-outcome={outcome}
        >
            <th scope="row" role="rowheader" class="row__patient">
                <span class="row__name"><bdi>{ &patient.name }</bdi></span>
                <span class="row__id"><bdi>{ &patient.id }</bdi></span>
                { diagnosis(patient) }
            </th>
            <td role="cell" data-field="ward" data-label="Ward">{ ward(patient, props, &on_change) }</td>
            <td role="cell" data-field="status" data-label="Status">{ status(patient, props.may_edit, &on_change) }</td>
            <td role="cell" data-field="heartRate" data-label="Heart rate">
                { heart_rate(patient, props.may_edit, *is_wrong, on_wrong, &on_change) }
            </td>
            <td role="cell" class="row__outcome" data-field="outcome">
                { row_status(&RowStatus {
                    pending: pending.len(),
                    waiting,
                    note: edits.note.as_ref(),
                    is_invalid,
                    row_key: key,
                    may_edit: props.may_edit,
                    is_connected,
                    act: &props.act,
                }) }
            </td>
        </tr>
    }
}

/// What the server leaves out for some roles, and the client once more.
fn diagnosis(patient: &Patient) -> Html {
    match patient.diagnosis.reveal() {
        Some(diagnosis) => html! {
            <span class="row__diagnosis" data-field="diagnosis"><bdi>{ diagnosis }</bdi></span>
        },
        None => html! {
            <span class="row__diagnosis row__diagnosis--hidden" data-field="diagnosis">{ "Diagnosis not shown" }</span>
        },
    }
}

fn ward(patient: &Patient, props: &PatientRowProps, on_change: &Callback<FieldChange>) -> Html {
    if !props.may_edit {
        return html! { <span class="value"><bdi>{ &patient.ward }</bdi></span> };
    }
    let on_change = on_change.reform(FieldChange::Ward);
    ward_field(&patient.name, &patient.ward, &props.wards, on_change)
}

fn status(patient: &Patient, may_edit: bool, on_change: &Callback<FieldChange>) -> Html {
    if !may_edit {
        return html! {
            <span class="status" data-status={status_code(patient.status)}>
                { status_icon(patient.status) }<span class="value">{ status_name(patient.status) }</span>
            </span>
        };
    }
    let on_change = on_change.reform(FieldChange::Status);
    status_field(&patient.name, patient.status, on_change)
}

fn heart_rate(
    patient: &Patient,
    may_edit: bool,
    is_wrong: bool,
    on_wrong: Callback<bool>,
    on_change: &Callback<FieldChange>,
) -> Html {
    let field = if may_edit {
        let on_change = on_change.reform(FieldChange::HeartRate);
        html! {
            <HeartRateField
                of={patient.name.clone()}
                id={patient.id.clone()}
                value={patient.heart_rate}
                {is_wrong}
                {on_wrong}
                {on_change}
            />
        }
    } else {
        html! { <span class="rate"><span class="value">{ patient.heart_rate }</span><span class="rate__unit">{ " bpm" }</span></span> }
    };
    let is_critical = patient.status == PatientStatus::Critical;
    html! { <div class={classes!("rate-cell", is_critical.then_some("rate-cell--critical"))}>{ field }</div> }
}
