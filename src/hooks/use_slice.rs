//! A part of a slice.

use std::any::Any;
use std::rc::Rc;

use yew::prelude::*;
use yewdux::Store;

use super::use_manager;
use crate::manager::SocketManager;

/// A part of any slice of the nearest provider's socket; the component renders again only when the part
/// changed.
///
/// `select` runs at every change of the slice, and once a render, so it should be cheap, and so should be the comparison of
/// what it returns: numbers, shared pointers, [`Entities`](crate::Entities), rather than a list that is collected anew.
///
/// yewdux's own hooks read the application's stores, which the provider leaves alone; this one reads the
/// socket's.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::{EventQueueSlice, use_slice};
///
/// #[component]
/// fn Unsent() -> Html {
///     let unsent = use_slice(|queue: &EventQueueSlice| queue.queued_events.len());
///     html! { <span>{ unsent }</span> }
/// }
/// ```
///
/// # Server-side rendering
/// The part of the initial state.
#[hook]
pub fn use_slice<S, T, F>(select: F) -> T
where
    S: Store,
    T: PartialEq + Clone + 'static,
    F: Fn(&S) -> T + 'static,
{
    let manager = use_manager();
    let selected = select(&manager.context().get::<S>());
    let shown = selected.clone();
    let has_changed = move |state: &dyn Any| {
        state.downcast_ref::<S>().is_some_and(|state| select(state) != shown)
    };
    use_changes(manager, subscribe::<S>, Rc::new(has_changed));
    selected
}

/// Is told the state of a slice.
type Tell = Box<dyn Fn(&dyn Any)>;

/// Calls back with the state of a slice, now and at each change, until what is returned is dropped.
fn subscribe<S: Store>(manager: &SocketManager, tell: Tell) -> Box<dyn Any> {
    Box::new(manager.context().subscribe(move |state: Rc<S>| tell(&*state)))
}

/// Whether a component shows something else of a slice than it would now.
type HasChanged = Rc<dyn Fn(&dyn Any) -> bool>;

/// [`subscribe`] for a type of slice.
type Subscribe = fn(&SocketManager, Tell) -> Box<dyn Any>;

/// Renders the component again when it shows something else. Apart from [`use_slice`] and without its types, so that a
/// program has this part once, and not once for each slice or part that is selected.
#[hook]
fn use_changes(manager: SocketManager, subscribe: Subscribe, has_changed: HasChanged) {
    let update = use_force_update();
    // What the latest render shows, for the subscription, which outlives it.
    let latest = use_mut_ref(|| None::<HasChanged>);
    *latest.borrow_mut() = Some(has_changed);
    use_effect_with(manager, move |manager| {
        let tell = move |state: &dyn Any| {
            // It is the application's: nothing is borrowed while it runs.
            let has_changed = latest.borrow().clone();
            if has_changed.is_some_and(|has_changed| has_changed(state)) {
                update.force_update();
            }
        };
        let subscription = subscribe(manager, Box::new(tell));
        move || drop(subscription)
    });
}
