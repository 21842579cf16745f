//! A part of a slice.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;
use yewdux::Store;

use super::use_manager;

/// A part of any slice of the nearest provider's socket; the component renders again only when the part
/// changed.
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
    let update = use_force_update();
    let select: Rc<dyn Fn(&S) -> T> = Rc::new(select);
    let selected = select(&manager.context().get::<S>());

    // What the component shows, and how it selects, for the subscription that outlives this render.
    let shown = use_memo((), |()| RefCell::new(None));
    *shown.borrow_mut() = Some((selected.clone(), select));

    use_effect_with(manager, move |manager| {
        let subscription = manager.context().subscribe(move |state: Rc<S>| {
            let current = shown.borrow().clone();
            if let Some((selected, select)) = current
                && select(&state) != selected
            {
                update.force_update();
            }
        });
        move || drop(subscription)
    });
    selected
}
