//! The fields of a row, each of which commits one change.

use web_sys::{HtmlInputElement, HtmlSelectElement};
use yew::prelude::*;
use yewdux_socket::event::PatientStatus;

use crate::icons::status_icon;
use crate::page::dom_id;
use crate::words::{STATUSES, status_code, status_name, status_of};

/// The highest heart rate that makes sense, as the event's own validation has it.
const MAX_RATE: u16 = 350;

/// The status of somebody, to choose.
pub(crate) fn status_field(
    of: &str,
    value: PatientStatus,
    on_change: Callback<PatientStatus>,
) -> Html {
    let on_choice = Callback::from(move |code: String| {
        if let Some(status) = status_of(&code) {
            on_change.emit(status);
        }
    });
    html! {
        <span class="status status--field" data-status={status_code(value)}>
            { status_icon(value) }
            <Choice name="status" label={format!("Status of {of}")} value={status_code(value)} {on_choice}>
                { for STATUSES.iter().map(|status| html! {
                    <option value={status_code(*status)}>{ status_name(*status) }</option>
                }) }
            </Choice>
        </span>
    }
}

/// The ward of somebody, to choose.
pub(crate) fn ward_field(
    of: &str,
    value: &str,
    wards: &[AttrValue],
    on_choice: Callback<String>,
) -> Html {
    html! {
        <Choice name="ward" label={format!("Ward of {of}")} value={value.to_owned()} {on_choice}>
            { for wards.iter().map(|ward| html! { <option value={ward}>{ ward }</option> }) }
        </Choice>
    }
}

/// Properties of [`Choice`].
#[derive(Clone, PartialEq, Properties)]
struct ChoiceProps {
    name: AttrValue,
    label: AttrValue,
    value: AttrValue,
    on_choice: Callback<String>,
    children: Html,
}

/// A `<select>` that shows `value` and nothing else: a choice is offered upwards and taken back here, and
/// comes down again as the value if it was accepted.
#[component]
fn Choice(props: &ChoiceProps) -> Html {
    let node = use_node_ref();
    use_effect({
        let (node, value) = (node.clone(), props.value.clone());
        move || {
            if let Some(select) = node.cast::<HtmlSelectElement>() {
                select.set_value(&value);
            }
        }
    });
    let onchange = {
        let (value, on_choice) = (props.value.clone(), props.on_choice.clone());
        Callback::from(move |event: Event| {
            let select: HtmlSelectElement = event.target_unchecked_into();
            let chosen = select.value();
            select.set_value(&value);
            if *chosen != *value {
                on_choice.emit(chosen);
            }
        })
    };
    html! {
        <select ref={node} class="input input--cell" name={&props.name} aria-label={&props.label} autocomplete="off" {onchange}>
            { props.children.clone() }
        </select>
    }
}

/// Properties of [`HeartRateField`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct HeartRateFieldProps {
    /// Whose heart rate it is.
    pub(crate) of: AttrValue,
    /// The patient's id.
    pub(crate) id: AttrValue,
    pub(crate) value: u16,
    /// Whether what was typed is no heart rate.
    pub(crate) is_wrong: bool,
    pub(crate) on_wrong: Callback<bool>,
    pub(crate) on_change: Callback<u16>,
}

/// The heart rate, to type. Enter and leaving the field commit, Escape takes back.
///
/// What is being typed stays when the value changes meanwhile; what cannot stay is said with the value that it
/// hides. Arrow keys and the wheel, which would change a
/// number field in passing, do not.
#[component]
pub(crate) fn HeartRateField(props: &HeartRateFieldProps) -> Html {
    let draft = use_state_eq(|| None::<String>);
    let is_wrong = props.is_wrong;

    let oninput = {
        let draft = draft.setter();
        Callback::from(move |event: InputEvent| {
            let input: HtmlInputElement = event.target_unchecked_into();
            draft.set(Some(input.value()));
        })
    };
    let onchange = {
        let (draft, on_wrong) = (draft.setter(), props.on_wrong.clone());
        let (value, on_change) = (props.value, props.on_change.clone());
        Callback::from(move |event: Event| {
            let input: HtmlInputElement = event.target_unchecked_into();
            let rate = parse(&input.value());
            on_wrong.emit(rate.is_none());
            draft.set(if rate.is_none() { Some(input.value()) } else { None });
            if let Some(rate) = rate.filter(|rate| *rate != value) {
                on_change.emit(rate);
            }
        })
    };
    let onkeydown = {
        let (draft, on_wrong) = (draft.setter(), props.on_wrong.clone());
        Callback::from(move |event: KeyboardEvent| match &*event.key() {
            "Escape" => {
                draft.set(None);
                on_wrong.emit(false);
            }
            "ArrowUp" | "ArrowDown" => event.prevent_default(),
            _ => {}
        })
    };
    let onwheel = Callback::from(|event: WheelEvent| {
        let input: HtmlInputElement = event.target_unchecked_into();
        // It can only fail for an element that cannot have the focus.
        let _ = input.blur();
    });
    let shown = (*draft).clone().unwrap_or_else(|| props.value.to_string());
    let problem = dom_id("problem", &props.id);
    html! {
        <>
            <span class="rate">
                <input
                    type="number"
                    name="heartRate"
                    class="input input--cell input--rate"
                    min="0"
                    max={MAX_RATE.to_string()}
                    step="1"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-label={format!("Heart rate of {}, beats per minute", props.of)}
                    aria-invalid={is_wrong.to_string()}
                    aria-describedby={is_wrong.then(|| problem.clone())}
                    value={shown}
                    {oninput}
                    {onchange}
                    {onkeydown}
                    {onwheel}
                />
                <span class="rate__unit" aria-hidden="true">{ "bpm" }</span>
            </span>
            if is_wrong {
                <span class="field-problem" id={problem}>
                    <span role="alert">{ format!("Not saved: enter a whole number from 0 to {MAX_RATE}") }</span>
                    { format!(" (now {})", props.value) }
                </span>
            }
        </>
    }
}

fn parse(text: &str) -> Option<u16> {
    text.trim().parse().ok().filter(|rate| *rate <= MAX_RATE)
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn heart_rates_are_whole_numbers_in_range() {
        assert_eq!([parse("0"), parse(" 72 "), parse("350")], [Some(0), Some(72), Some(350)]);
        assert!(["", "351", "-1", "72.5", "7e1", "fast"].iter().all(|text| parse(text).is_none()));
    }
}
