//! The patients as a table; on a narrow screen the style sheet makes cards of its rows.

use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use crate::page::focused;
use crate::patient_row::{PatientRow, Row};
use crate::use_edits::RowAction;

/// Properties of [`PatientTable`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PatientTableProps {
    pub(crate) rows: Vec<Row>,
    /// The wards to choose from.
    pub(crate) wards: Rc<[AttrValue]>,
    pub(crate) may_edit: bool,
    pub(crate) act: Callback<RowAction>,
}

/// The table. Roles are spelt out because cards made of table rows lose the ones they had.
///
/// A change can move its own row, and an element that is moved loses the focus; it gets it back.
#[component]
pub(crate) fn PatientTable(props: &PatientTableProps) -> Html {
    let acting = use_mut_ref(|| None::<HtmlElement>);
    let act = use_callback(props.act.clone(), {
        let acting = acting.clone();
        move |action, act| {
            *acting.borrow_mut() = focused();
            act.emit(action);
        }
    });
    let order: Vec<_> = props.rows.iter().map(|row| row.key.clone()).collect();
    use_effect_with(order, move |_| {
        let acted = acting.take();
        if let Some(control) = acted.filter(|_| focused().is_none()) {
            // It can only fail for an element that cannot be focused.
            let _ = control.focus();
        }
    });
    html! {
        <table class="patients" role="table">
            <caption class="visually-hidden">
                { "Patients with ward, status and heart rate, kept up to date. The last column says what became of your changes." }
            </caption>
            <thead role="rowgroup">
                <tr role="row">
                    { for ["Patient", "Ward", "Status", "Heart rate", "Your change"].iter().map(|name| html! {
                        <th role="columnheader" scope="col">{ *name }</th>
                    }) }
                </tr>
            </thead>
            <tbody role="rowgroup">
                { for props.rows.iter().map(|row| html! {
                    <PatientRow
                        key={&*row.key.patient}
                        row={row.clone()}
                        wards={props.wards.clone()}
                        may_edit={props.may_edit}
                        act={act.clone()}
                    />
                }) }
            </tbody>
        </table>
    }
}
