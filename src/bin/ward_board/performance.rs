//! How the page does, for those who want to know.

use yew::prelude::*;
use yewdux_socket::{OrganizationId, PerformancePanel};

use crate::load_control::LoadControl;
use crate::session::Session;

/// Properties of [`Performance`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct PerformanceProps {
    pub(crate) session: Session,
    pub(crate) organization: OrganizationId,
    /// Only who may change patients may have the server do so.
    pub(crate) may_edit: bool,
}

/// A button, and what it opens: the monitor's figures, which cost nothing while they are closed, and beside them a load for a
/// development server.
#[component]
pub(crate) fn Performance(props: &PerformanceProps) -> Html {
    let is_open = use_state_eq(|| false);
    let toggle = {
        let is_open = is_open.clone();
        Callback::from(move |_: MouseEvent| is_open.set(!*is_open))
    };
    html! {
        <section class="panel" aria-labelledby="performance-heading">
            <div class="panel__head">
                <h2 class="panel__title" id="performance-heading">{ "Performance" }</h2>
                <button
                    type="button"
                    class="button button--small"
                    id="show-performance"
                    aria-expanded={is_open.to_string()}
                    aria-controls="performance"
                    onclick={toggle}
                >
                    { if *is_open { "Hide figures" } else { "Show figures" } }
                </button>
            </div>
            <div id="performance" class="performance" hidden={!*is_open}>
                if *is_open {
                    if props.may_edit && props.session.is_for_development() {
                        <LoadControl session={props.session.clone()} organization={props.organization.clone()} />
                    }
                    <PerformancePanel label="Figures of this connection" />
                }
            </div>
        </section>
    }
}
