//! What of the patients is shown, and in which order.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::icons::{Icon, icon};

/// The order of the patients.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Sorting {
    /// By ward, then by name.
    #[default]
    Ward,
    /// The most urgent first.
    Severity,
}

/// What the user wants to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct View {
    pub(crate) search: String,
    pub(crate) sorting: Sorting,
}

/// A search field and the choice of the order.
pub(crate) fn toolbar(view: &View, on_view: &Callback<View>) -> Html {
    let oninput = {
        let view = view.clone();
        on_view.reform(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            View { search: input.value(), ..view.clone() }
        })
    };
    let order = |sorting: Sorting, code: &'static str, label: &'static str| {
        let chosen = view.sorting == sorting;
        let view = view.clone();
        let onchange = on_view.reform(move |_: Event| View { sorting, ..view.clone() });
        html! {
            <label class="segment">
                <input type="radio" name="sort" value={code} checked={chosen} {onchange} />
                <span>{ label }</span>
            </label>
        }
    };
    html! {
        <div class="toolbar" role="search">
            <label class="search">
                <span class="visually-hidden">{ "Search patients by name, ward or status" }</span>
                { icon(Icon::Search) }
                <input
                    type="search"
                    name="filter"
                    class="input"
                    placeholder="Name, ward or status"
                    autocomplete="off"
                    value={view.search.clone()}
                    {oninput}
                />
            </label>
            <fieldset class="segments">
                <legend class="visually-hidden">{ "Order" }</legend>
                { order(Sorting::Ward, "ward", "By ward") }
                { order(Sorting::Severity, "severity", "By severity") }
            </fieldset>
        </div>
    }
}
