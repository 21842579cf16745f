//! The organizations of the user, one of which is open.

use yew::prelude::*;
use yewdux_socket::event::{Organization, Patient, PatientStatus};
use yewdux_socket::{EntitySlice, Membership, OrganizationId, use_slice};

use crate::page::{dom_id, focus};
use crate::words::count;

/// The id of what the tabs control.
pub(crate) const PANEL: &str = "board";

/// Properties of [`OrganizationSwitch`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct OrganizationSwitchProps {
    pub(crate) memberships: Vec<Membership>,
    pub(crate) open: Option<OrganizationId>,
    pub(crate) on_open: Callback<OrganizationId>,
}

/// Tabs, one an organization, with the number of its critical patients: the other clinic's emergencies
/// should not go unseen. Arrow keys, Home and End move between them.
#[component]
pub(crate) fn OrganizationSwitch(props: &OrganizationSwitchProps) -> Html {
    let ids: Vec<_> = props.memberships.iter().map(|membership| membership.id.clone()).collect();
    let names = use_slice({
        let memberships = props.memberships.clone();
        move |slice: &EntitySlice<Organization>| -> Vec<String> {
            let name = |of: &Membership| {
                slice.organization(&of.id).get(of.id.as_str()).map(|now| now.name.clone())
            };
            memberships.iter().map(|of| name(of).unwrap_or_else(|| of.name.clone())).collect()
        }
    });
    let critical = use_slice({
        let ids = ids.clone();
        move |slice: &EntitySlice<Patient>| -> Vec<usize> {
            ids.iter().map(|id| count_critical(slice, id)).collect()
        }
    });
    let onkeydown = {
        let (ids, open, on_open) = (ids, props.open.clone(), props.on_open.clone());
        Callback::from(move |event: KeyboardEvent| {
            let at = ids.iter().position(|id| Some(id) == open.as_ref()).unwrap_or(0);
            if let Some(next) = target(&event.key(), at, ids.len()).and_then(|next| ids.get(next)) {
                event.prevent_default();
                on_open.emit(next.clone());
                focus(&tab_id(next));
            }
        })
    };
    let tabs = props.memberships.iter().zip(&names).zip(&critical).map(|((membership, name), critical)| {
        let (id, is_open) = (&membership.id, props.open.as_ref() == Some(&membership.id));
        let onclick = {
            let id = id.clone();
            props.on_open.reform(move |_: MouseEvent| id.clone())
        };
        html! {
            <button
                key={id.to_string()}
                type="button"
                role="tab"
                class="tab"
                id={tab_id(id)}
                data-organization-tab={id.to_string()}
                aria-selected={is_open.to_string()}
                aria-controls={PANEL}
                tabindex={if is_open { "0" } else { "-1" }}
                {onclick}
            >
                <bdi class="tab__name">{ name }</bdi>
                if *critical > 0 {
                    <span class="tab__critical" title="Critical patients">
                        <span aria-hidden="true">{ *critical }</span>
                        <span class="visually-hidden">
                            { format!(", {}", count(*critical, "critical patient", "critical patients")) }
                        </span>
                    </span>
                }
            </button>
        }
    });
    html! {
        <div class="tabs" role="tablist" aria-label="Organization" {onkeydown}>{ for tabs }</div>
    }
}

/// The id of an organization's tab.
pub(crate) fn tab_id(organization: &OrganizationId) -> String {
    dom_id("tab", organization.as_str())
}

fn count_critical(slice: &EntitySlice<Patient>, organization: &OrganizationId) -> usize {
    let patients = slice.organization(organization);
    patients.iter().filter(|patient| patient.status == PatientStatus::Critical).count()
}

/// The tab that a key leads to.
fn target(key: &str, at: usize, tabs: usize) -> Option<usize> {
    match key {
        "ArrowRight" => Some((at + 1) % tabs.max(1)),
        "ArrowLeft" => Some((at + tabs.max(1) - 1) % tabs.max(1)),
        "Home" => Some(0),
        "End" => tabs.checked_sub(1),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::target;

    #[test]
    fn keys_go_round() {
        assert_eq!([target("ArrowRight", 1, 2), target("ArrowLeft", 0, 2)], [Some(0), Some(1)]);
        assert_eq!([target("Home", 1, 3), target("End", 0, 3)], [Some(0), Some(2)]);
        assert_eq!([target("a", 0, 3), target("End", 0, 0)], [None, None]);
    }
}
