//! Emits events of one type and follows the latest to its outcome.

use std::cell::RefCell;
use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use futures::future::{AbortHandle, abortable};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yewdux_socket_core::{EmitError, EventId, OrganizationId, Outcome, SocketEvent};

use super::{use_manager, use_slice};
use crate::delivery::{Delivery, DeliveryStatus};
use crate::manager::SocketManager;
use crate::slices::EventQueueSlice;

/// Where an emitted event is.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum EmitState {
    /// Nothing was emitted yet, or it was [reset](UseEmit::reset).
    #[default]
    Idle,
    /// It was not accepted; nothing was queued.
    Refused(EmitError),
    /// It waits in memory: for the connection, or for its turn.
    Queued,
    /// It waits, and is kept over a reload of the page.
    Durable,
    /// It was written and waits for its ack.
    InFlight,
    /// The server accepted it.
    Acknowledged,
    /// The server refused it, or the user may no longer send it.
    Rejected {
        /// A stable code.
        code: String,
        /// The reason in plain words.
        reason: String,
    },
    /// Its time to live ended before it was ever written.
    Expired,
    /// It was written and never acknowledged: the server may have acted.
    Unconfirmed,
    /// It was never written, and will not be.
    Discarded,
}

impl EmitState {
    /// Whether its outcome is still open: an interface that shows changes before they are acknowledged shows this
    /// one as on its way.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Queued | Self::Durable | Self::InFlight)
    }

    /// Whether the change did not happen for certain, so that what was shown in advance is taken back.
    pub fn has_failed(&self) -> bool {
        matches!(self, Self::Refused(_) | Self::Rejected { .. } | Self::Expired | Self::Discarded)
    }

    /// The state in one word, for style sheets and tests.
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Refused(_) => "refused",
            Self::Queued => "queued",
            Self::Durable => "durable",
            Self::InFlight => "inFlight",
            Self::Acknowledged => "acknowledged",
            Self::Rejected { .. } => "rejected",
            Self::Expired => "expired",
            Self::Unconfirmed => "unconfirmed",
            Self::Discarded => "discarded",
        }
    }

    /// Where an event is in the queue, if it is there.
    fn in_queue(queue: &EventQueueSlice, id: &EventId) -> Option<Self> {
        let event = queue.queued_events.iter().find(|event| event.id == *id)?;
        Some(match (event.in_flight, event.durable) {
            (true, _) => Self::InFlight,
            (false, true) => Self::Durable,
            (false, false) => Self::Queued,
        })
    }
}

impl From<Outcome> for EmitState {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Acknowledged => Self::Acknowledged,
            Outcome::Rejected { code, reason } => Self::Rejected { code, reason },
            Outcome::Expired => Self::Expired,
            Outcome::Discarded => Self::Discarded,
            // What is not known otherwise is not known.
            _ => Self::Unconfirmed,
        }
    }
}

/// The latest event that was emitted.
#[derive(Clone, PartialEq, Default)]
enum Latest {
    #[default]
    None,
    Refused(EmitError),
    Waiting(EventId),
    Settled(Outcome),
}

/// What [`use_emit`] returns.
pub struct UseEmit<E> {
    /// Where the latest event is that was emitted through this hook.
    pub state: EmitState,
    manager: SocketManager,
    latest: UseStateHandle<Latest>,
    following: Rc<RefCell<Following>>,
    event: PhantomData<fn(E)>,
}

/// The latest event while its outcome is open.
#[derive(Default)]
struct Following {
    /// Where it was seen last. An event leaves the queue a moment before its outcome is here, and enters it a moment
    /// after it was accepted; in between it is still there.
    seen: EmitState,
    _waiting: Option<Waiting>,
}

/// Waits for an outcome until it is dropped.
struct Waiting(AbortHandle);

impl Drop for Waiting {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl<E: SocketEvent> UseEmit<E> {
    /// Emits an event into an organization, and follows this one from now on. An earlier one goes its way unseen.
    ///
    /// # Errors
    /// [`EmitError`]; nothing was queued then. [`state`](Self::state) says so too.
    pub fn emit(&self, organization: &OrganizationId, event: &E) -> Result<EventId, EmitError> {
        self.follow(self.manager.emit(organization, event))
    }

    /// Emits a global event, and follows it.
    ///
    /// # Errors
    /// [`EmitError`]; nothing was queued then. [`state`](Self::state) says so too.
    pub fn emit_global(&self, event: &E) -> Result<EventId, EmitError> {
        self.follow(self.manager.emit_global(event))
    }

    fn follow(&self, delivery: Result<Delivery, EmitError>) -> Result<EventId, EmitError> {
        let delivery = match delivery {
            Ok(delivery) => delivery,
            Err(error) => {
                self.following.take();
                self.latest.set(Latest::Refused(error.clone()));
                return Err(error);
            }
        };
        let id = delivery.id().clone();
        let seen = match delivery.status() {
            DeliveryStatus::InFlight => EmitState::InFlight,
            DeliveryStatus::Queued => EmitState::Queued,
        };
        self.latest.set(Latest::Waiting(id.clone()));
        let latest = self.latest.clone();
        let (outcome, abort) =
            abortable(async move { latest.set(Latest::Settled(delivery.await)) });
        self.following.replace(Following { seen, _waiting: Some(Waiting(abort)) });
        spawn_local(async move {
            // An error means that nobody wants to know any more.
            let _ = outcome.await;
        });
        Ok(id)
    }

    /// Follows nothing any more: the state is idle again. What was emitted goes its way.
    pub fn reset(&self) {
        self.following.take();
        self.latest.set(Latest::None);
    }
}

impl<E> Clone for UseEmit<E> {
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            manager: self.manager.clone(),
            latest: self.latest.clone(),
            following: self.following.clone(),
            event: PhantomData,
        }
    }
}

impl<E> PartialEq for UseEmit<E> {
    fn eq(&self, other: &Self) -> bool {
        self.state == other.state && self.manager == other.manager
    }
}

impl<E> fmt::Debug for UseEmit<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UseEmit").field("state", &self.state).finish_non_exhaustive()
    }
}

/// Emits events of one type and says where the latest one is, for interfaces that show a change before the server
/// has acknowledged it.
///
/// # Example
/// ```
/// use yew::prelude::*;
/// use yewdux_socket::event::PatientEdited;
/// use yewdux_socket::{EmitState, OrganizationId, use_emit};
///
/// #[derive(PartialEq, Properties)]
/// struct Props {
///     organization: OrganizationId,
///     patient: String,
/// }
///
/// #[component]
/// fn HeartRate(props: &Props) -> Html {
///     let edit = use_emit::<PatientEdited>();
///     let label = match &edit.state {
///         EmitState::Rejected { reason, .. } => reason.clone(),
///         state if state.is_pending() => "saving…".to_owned(),
///         _ => "72".to_owned(),
///     };
///     let (organization, patient_id) = (props.organization.clone(), props.patient.clone());
///     let onclick = move |_: MouseEvent| {
///         let event = PatientEdited {
///             patient_id: patient_id.clone(),
///             heart_rate: Some(72),
///             ..PatientEdited::default()
///         };
///         // A refusal is in the state.
///         let _ = edit.emit(&organization, &event);
///     };
///     html! { <button {onclick}>{ label }</button> }
/// }
/// ```
///
/// # Server-side rendering
/// `Idle`.
#[hook]
pub fn use_emit<E: SocketEvent>() -> UseEmit<E> {
    let manager = use_manager();
    let latest = use_state_eq(Latest::default);
    let following = use_mut_ref(Following::default);
    let pending = use_slice({
        let (latest, following) = ((*latest).clone(), following.clone());
        move |queue: &EventQueueSlice| match &latest {
            Latest::Waiting(id) => {
                EmitState::in_queue(queue, id).unwrap_or_else(|| following.borrow().seen.clone())
            }
            _ => EmitState::Idle,
        }
    });
    let state = match &*latest {
        Latest::None => EmitState::Idle,
        Latest::Refused(error) => EmitState::Refused(error.clone()),
        Latest::Waiting(_) => {
            following.borrow_mut().seen = pending.clone();
            pending
        }
        Latest::Settled(outcome) => outcome.clone().into(),
    };
    UseEmit { state, manager, latest, following, event: PhantomData }
}
