//! The board of one organization.

use std::cmp::{Ordering, Reverse};
use std::rc::Rc;
use std::sync::Arc;

use js_sys::JsString;
use yew::prelude::*;
use yewdux_socket::event::{Organization, Patient};
use yewdux_socket::{
    EntitySlice, Membership, OrganizationId, SocketSlice, Status, use_entities, use_slice,
};

use crate::edits::RowKey;
use crate::icons::{Icon, icon};
use crate::organization_switch::{PANEL, tab_id};
use crate::patient_row::Row;
use crate::patient_table::PatientTable;
use crate::performance::Performance;
use crate::session::Session;
use crate::side_column::SideColumn;
use crate::skeleton::skeleton;
use crate::summary::summary;
use crate::toolbar::{Sorting, View, toolbar};
use crate::use_edits::UseEdits;
use crate::words::{STATUSES, count, status_name};

/// Properties of [`Board`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct BoardProps {
    pub(crate) membership: Membership,
    pub(crate) edits: UseEdits,
    pub(crate) session: Session,
}

/// Figures, patients, who is here and what happened.
#[component]
pub(crate) fn Board(props: &BoardProps) -> Html {
    let id = &props.membership.id;
    let patients = use_entities::<Patient>(id);
    let is_loaded = use_slice({
        let id = id.clone();
        move |slice: &EntitySlice<Patient>| slice.holds(&id)
    });
    let liveness = use_slice({
        let id = id.clone();
        move |slice: &SocketSlice| Liveness::of(slice, &id)
    });
    let is_live = liveness == Liveness::Live;
    let organization = use_entities::<Organization>(id);
    let name = organization
        .get(id.as_str())
        .map_or_else(|| props.membership.name.clone(), |now| now.name.clone());
    let view = use_state_eq(View::default);
    let on_view = {
        let view = view.setter();
        Callback::from(move |wanted| view.set(wanted))
    };

    let all: Vec<Row> = patients
        .iter()
        .map(|patient| {
            let key = RowKey { organization: id.clone(), patient: patient.id.as_str().into() };
            let edits = props.edits.edits.row(&key);
            Row { shown: edits.over(patient), key, edits }
        })
        .collect();
    let (total, shown): (Rc<[_]>, _) =
        (all.iter().map(|row| row.shown.clone()).collect(), select(all, &view));
    // The very same list as long as it is an equal one: each row has it.
    let wards = use_memo(wards(&total), Rc::clone);
    html! {
        <div id={PANEL} role="tabpanel" aria-labelledby={tab_id(id)} class="board">
            <div class="board__main">
                <div class="board__head">
                    <h1 class="board__title"><bdi>{ name }</bdi></h1>
                    { liveness.chip() }
                    if !may_edit(&props.membership) {
                        <p class="chip">{ icon(Icon::Eye) }{ "Read only" }</p>
                    }
                </div>
                if is_loaded {
                    { summary(&total) }
                    <Performance
                        session={props.session.clone()}
                        organization={id.clone()}
                        may_edit={may_edit(&props.membership)}
                    />
                    <section class="panel" aria-labelledby="patients-heading">
                        <div class="panel__head">
                            <h2 class="panel__title" id="patients-heading">{ "Patients" }</h2>
                            { toolbar(&view, &on_view) }
                        </div>
                        <p class="visually-hidden" role="status">
                            { format!("{} shown", count(shown.len(), "patient", "patients")) }
                        </p>
                        if shown.is_empty() {
                            <p class="panel__empty">
                                { if total.is_empty() { "There are no patients here." } else { "No patient matches the search." } }
                            </p>
                        } else {
                            <PatientTable
                                rows={shown}
                                wards={(*wards).clone()}
                                may_edit={may_edit(&props.membership)}
                                act={props.edits.act.clone()}
                            />
                        }
                    </section>
                } else {
                    { skeleton() }
                }
            </div>
            <SideColumn organization={id.clone()} {is_live} />
        </div>
    }
}

/// Whether what is shown is how it is. Values that stopped moving must not be taken for calm patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Liveness {
    Live,
    /// Connected, but what happened meanwhile is still on its way.
    Synchronizing,
    Stale,
}

impl Liveness {
    fn of(slice: &SocketSlice, organization: &OrganizationId) -> Self {
        if slice.connection.status != Status::Connected {
            Self::Stale
        } else if slice.synchronizing.contains(organization) {
            Self::Synchronizing
        } else {
            Self::Live
        }
    }

    fn chip(self) -> Html {
        let (class, picture, text) = match self {
            Self::Live => ("chip chip--live", Icon::Check, "Live"),
            Self::Synchronizing => {
                ("chip chip--stale", Icon::Clock, "Not live yet: loading the latest values")
            }
            Self::Stale => ("chip chip--stale", Icon::Clock, "Not live: values may be out of date"),
        };
        html! { <p {class}>{ icon(picture) }{ text }</p> }
    }
}

/// The rows that the user wants to see, in the order wanted. Each is put where it belongs: the rows of a page that shows them
/// all are too few to be worth the download of what sorts.
fn select(rows: Vec<Row>, view: &View) -> Vec<Row> {
    let wanted = view.search.trim();
    let wanted = if wanted.is_empty() { String::new() } else { lower(wanted).into() };
    let mut selected: Vec<Row> = Vec::with_capacity(rows.len());
    for row in rows.into_iter().filter(|row| wanted.is_empty() || is_found(row, &wanted)) {
        let at = selected.partition_point(|other| view.sorting.order(other, &row).is_le());
        selected.insert(at, row);
    }
    selected
}

fn is_found(row: &Row, wanted: &str) -> bool {
    let patient = &row.shown;
    [&*patient.name, &*patient.ward, &*patient.id, status_name(patient.status)]
        .iter()
        .any(|field| lower(field).includes(wanted, 0))
}

/// In small letters. The browser knows them all.
fn lower(text: &str) -> JsString {
    JsString::from(text).to_lower_case()
}

impl Sorting {
    fn order(self, one: &Row, other: &Row) -> Ordering {
        let (one, other) = (&one.shown, &other.shown);
        let first = match self {
            Self::Ward => one.ward.cmp(&other.ward),
            Self::Severity => urgency(one).cmp(&urgency(other)),
        };
        first.then_with(|| one.name.cmp(&other.name))
    }
}

/// Less is more urgent.
fn urgency(patient: &Patient) -> (Option<usize>, Reverse<u16>) {
    let status = STATUSES.iter().position(|status| *status == patient.status);
    (status, Reverse(patient.heart_rate))
}

/// All wards that have patients, in alphabetical order.
fn wards(patients: &[Arc<Patient>]) -> Rc<[AttrValue]> {
    let mut wards: Vec<&str> = Vec::new();
    for patient in patients {
        if let Err(at) = wards.binary_search(&&*patient.ward) {
            wards.insert(at, &patient.ward);
        }
    }
    wards.into_iter().map(|ward| AttrValue::from(ward.to_owned())).collect()
}

/// Roles that may change patients. The server decides; this only spares users a refusal.
fn may_edit(membership: &Membership) -> bool {
    membership.roles.iter().any(|role| matches!(&**role, "nurse" | "doctor"))
}

#[cfg(test)]
mod tests {
    use yewdux_socket::Sensitive;
    use yewdux_socket::event::PatientStatus::{self, Critical, Stable};

    use super::*;

    fn row(name: &str, ward: &str, status: PatientStatus, heart_rate: u16) -> Row {
        let patient = Patient {
            id: name.into(),
            name: name.into(),
            ward: ward.into(),
            status,
            heart_rate,
            diagnosis: Sensitive::default(),
        };
        let key = RowKey { organization: "north".into(), patient: name.into() };
        Row { key, shown: Arc::new(patient), edits: Rc::default() }
    }

    #[test]
    fn rows_are_in_the_order_that_is_wanted() {
        let rows = vec![
            row("Dora", "Intake", Stable, 150),
            row("Cleo", "Surgery", Critical, 90),
            row("Ana", "Surgery", Critical, 90),
            row("Ben", "Intake", Critical, 140),
        ];
        let names = |sorting| {
            let view = View { sorting, ..View::default() };
            let rows = select(rows.clone(), &view);
            rows.iter().map(|row| row.shown.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(names(Sorting::Ward), ["Ben", "Dora", "Ana", "Cleo"]);
        assert_eq!(names(Sorting::Severity), ["Ben", "Ana", "Cleo", "Dora"]);
        let patients: Vec<_> = rows.iter().map(|row| row.shown.clone()).collect();
        assert_eq!(
            wards(&patients).iter().map(|ward| &**ward).collect::<Vec<_>>(),
            ["Intake", "Surgery"]
        );
    }
}
