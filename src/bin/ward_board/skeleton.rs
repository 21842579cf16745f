//! The outline of a board that is on its way.

use yew::prelude::*;

/// Says that the patients are being loaded, and takes their place.
pub(crate) fn skeleton() -> Html {
    html! {
        <div class="skeleton" aria-busy="true">
            <p class="visually-hidden" role="status">{ "Loading patients…" }</p>
            <div class="skeleton__tiles" aria-hidden="true">
                { for (0..4).map(|_| html! { <span class="skeleton__tile" /> }) }
            </div>
            <div class="skeleton__rows" aria-hidden="true">
                { for (0..8).map(|_| html! { <span class="skeleton__row" /> }) }
            </div>
        </div>
    }
}
