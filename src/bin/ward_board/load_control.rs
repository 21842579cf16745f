//! A load from a development server, to see what the page makes of it.

use std::cell::RefCell;

use gloo_events::EventListener;
use web_sys::{AbortController, HtmlSelectElement, window};
use yew::platform::spawn_local;
use yew::prelude::*;
use yewdux_socket::OrganizationId;

use crate::server::load;
use crate::session::Session;
use crate::words::grouped;

/// Events a second that can be chosen.
const RATES: [u32; 4] = [10, 100, 1_000, 10_000];
const DEFAULT_RATE: u32 = 1_000;

/// Properties of [`LoadControl`].
#[derive(Clone, PartialEq, Properties)]
pub(crate) struct LoadControlProps {
    pub(crate) session: Session,
    pub(crate) organization: OrganizationId,
}

/// A load that runs. It ends when this is dropped.
struct Running(AbortController);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// What is known of the load.
#[derive(Clone, PartialEq)]
enum Stage {
    None,
    Running(u32),
    /// How many changes there were, if the server has said so.
    Over(Option<u64>),
    Failed(AttrValue),
}

/// What a component does with its load, whichever render began it.
#[derive(Default)]
struct Load {
    running: Option<Running>,
    /// Counts the loads, so that the end of one does not look like that of the next.
    number: u32,
}

/// The choice of a rate, and the button that begins and ends the load. It ends with the component, too.
#[component]
pub(crate) fn LoadControl(props: &LoadControlProps) -> Html {
    let rate = use_state_eq(|| DEFAULT_RATE);
    let stage = use_state_eq(|| Stage::None);
    let current = use_memo((), |()| RefCell::new(Load::default()));
    use_effect_with((), {
        let current = current.clone();
        move |()| {
            // A page that is left may be kept, and its request with it.
            let left = window().map(|window| {
                let current = current.clone();
                EventListener::new(&window, "pagehide", move |_| {
                    current.borrow_mut().running = None;
                })
            });
            move || {
                drop(left);
                drop(current.take());
            }
        }
    });
    let is_running = matches!(*stage, Stage::Running(_));
    let begin = {
        let (props, stage, current) = (props.clone(), stage.setter(), current.clone());
        move |rate: u32| {
            let Ok(controller) = AbortController::new() else { return };
            let (signal, number) = (controller.signal(), current.borrow().number + 1);
            // The one before ends first: a server makes one at a time.
            current.replace(Load { running: Some(Running(controller)), number });
            stage.set(Stage::Running(rate));
            let (props, stage, current) = (props.clone(), stage.clone(), current.clone());
            spawn_local(async move {
                let LoadControlProps { session, organization } = &props;
                let outcome = match session.token_now().await {
                    Ok(token) => {
                        load(session.address(), &token, organization.as_str(), rate, &signal)
                            .await
                            .map_err(|problem| problem.to_string())
                    }
                    Err(error) => Err(error.to_string()),
                };
                if current.borrow().number == number && !signal.aborted() {
                    stage.set(match outcome {
                        Ok(sent) => Stage::Over(sent),
                        Err(problem) => Stage::Failed(problem.into()),
                    });
                }
            });
        }
    };
    let toggle = {
        let (begin, stage, rate) = (begin.clone(), stage.setter(), rate.clone());
        Callback::from(move |_: MouseEvent| {
            if is_running {
                current.borrow_mut().running = None;
                stage.set(Stage::Over(None));
            } else {
                begin(*rate);
            }
        })
    };
    let choose = {
        let set = rate.setter();
        Callback::from(move |event: Event| {
            let chosen: HtmlSelectElement = event.target_unchecked_into();
            if let Ok(chosen) = chosen.value().parse() {
                set.set(chosen);
                if is_running {
                    begin(chosen);
                }
            }
        })
    };
    html! {
        <div class="load" role="group" aria-label="Load">
            <label class="load__rate">
                <span>{ "Changes by the development server" }</span>
                <select class="input" id="load-rate" onchange={choose}>
                    { for RATES.map(|each| html! {
                        <option value={each.to_string()} selected={each == *rate}>{ format!("{} a second", grouped(each.into())) }</option>
                    }) }
                </select>
            </label>
            <button type="button" class="button button--primary" id="load-toggle" aria-pressed={is_running.to_string()} onclick={toggle}>
                { if is_running { "Stop" } else { "Start" } }
            </button>
            <p class="load__stage" role="status">{ stage_text(&stage) }</p>
        </div>
    }
}

fn stage_text(stage: &Stage) -> String {
    match stage {
        Stage::None => {
            "It changes the heart rates of all patients in turn, for a minute.".to_owned()
        }
        Stage::Running(rate) => {
            format!("Running: {} changes a second.", grouped((*rate).into()))
        }
        Stage::Over(Some(sent)) => format!("The load is over: {} changes.", grouped(*sent)),
        Stage::Over(None) => "The load is over.".to_owned(),
        Stage::Failed(problem) => format!("There is no load: {problem}"),
    }
}
