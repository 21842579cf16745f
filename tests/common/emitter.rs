//! A component that emits, and what it saw of it.

use yew::prelude::*;
use yewdux_socket::{EmitError, EmitState, SocketEvent, UseEmit, use_emit};

use super::{Log, Slot, next_frame, organization, until};

/// Takes what the hook returned at the latest render, and logs the state at every one.
pub struct Emitter<E: SocketEvent> {
    pub log: Log,
    pub hook: Slot<UseEmit<E>>,
}

impl<E: SocketEvent> Default for Emitter<E> {
    fn default() -> Self {
        Self { log: Log::default(), hook: Slot::default() }
    }
}

impl<E: SocketEvent> Emitter<E> {
    pub fn probe(&self) -> Html {
        html! { <EmitProbe<E> log={self.log.clone()} hook={self.hook.clone()} /> }
    }

    pub fn emit(&self, event: &E) -> Result<(), EmitError> {
        self.hook.get().emit(&organization("north"), event).map(drop)
    }

    pub fn state(&self) -> EmitState {
        self.hook.get().state
    }

    pub async fn becomes(&self, state: &str) {
        until(&format!("the state is {state}"), || self.state().as_str() == state).await;
    }

    /// All renders so far, once no other one is to come.
    pub async fn renders(&self) -> Vec<String> {
        next_frame().await;
        self.log.entries()
    }
}

#[derive(Properties)]
pub struct EmitProbeProps<E: SocketEvent> {
    log: Log,
    hook: Slot<UseEmit<E>>,
}

impl<E: SocketEvent> PartialEq for EmitProbeProps<E> {
    fn eq(&self, other: &Self) -> bool {
        self.log == other.log && self.hook == other.hook
    }
}

#[component]
pub fn EmitProbe<E: SocketEvent>(props: &EmitProbeProps<E>) -> Html {
    let emit = use_emit::<E>();
    props.log.add(emit.state.as_str());
    props.hook.set(emit);
    Html::default()
}
