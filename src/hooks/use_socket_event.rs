//! A handler of one event type.

use std::cell::RefCell;
use std::rc::Rc;

use yew::prelude::*;
use yewdux_socket_core::{Envelope, OrganizationId, SocketEvent};

use super::use_manager;

/// Options of [`use_socket_event_with_options`].
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct UseSocketEventOptions {
    /// Only events of this organization. Default: of all that the user may see.
    pub organization: Option<OrganizationId>,
}

impl UseSocketEventOptions {
    /// Only events of one organization.
    #[must_use]
    pub fn organization(mut self, organization: OrganizationId) -> Self {
        self.organization = Some(organization);
        self
    }
}

/// Calls `handler` for each event of type `E`, one call an event and in their order, after the slices
/// hold the whole batch. The handler of the latest render is called; it may emit.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::event::PatientUpdated;
/// use yewdux_socket::use_socket_event;
///
/// #[component]
/// fn Updates() -> Html {
///     let count = use_state_eq(|| 0);
///     use_socket_event({
///         let count = count.clone();
///         move |_: &PatientUpdated, _| count.set(*count + 1)
///     });
///     html! { <span>{ *count }</span> }
/// }
/// ```
///
/// # Server-side rendering
/// The handler is not called.
#[hook]
pub fn use_socket_event<E, F>(handler: F)
where
    E: SocketEvent,
    F: Fn(&E, &Envelope) + 'static,
{
    use_socket_event_with_options(handler, UseSocketEventOptions::default());
}

/// [`use_socket_event`] with options.
#[hook]
pub fn use_socket_event_with_options<E, F>(handler: F, options: UseSocketEventOptions)
where
    E: SocketEvent,
    F: Fn(&E, &Envelope) + 'static,
{
    let manager = use_manager();
    let latest = use_memo((), |()| RefCell::new(None::<Rc<dyn Fn(&E, &Envelope)>>));
    *latest.borrow_mut() = Some(Rc::new(handler));

    use_effect_with((manager, options), move |(manager, options)| {
        let organization = options.organization.clone();
        let subscription = manager.on(move |event: &E, envelope: &Envelope| {
            if organization.is_some() && envelope.organization != organization {
                return;
            }
            let handler = latest.borrow().clone();
            if let Some(handler) = handler {
                handler(event, envelope);
            }
        });
        move || drop(subscription)
    });
}
