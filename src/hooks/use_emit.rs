//! Emits events of one type and follows the latest to its outcome.

use std::fmt;
use std::marker::PhantomData;
use std::rc::Rc;

use futures::future::{AbortHandle, abortable};
use wasm_bindgen_futures::spawn_local;
use yew::prelude::*;
use yewdux_socket_core::{EmitError, EventId, OrganizationId, Outcome, SocketEvent};

use super::{use_manager, use_slice};
use crate::delivery::Delivery;
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
        matches!(
            self,
            Self::Refused(_) | Self::Rejected { .. } | Self::Expired | Self::Discarded
        )
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

    /// Where an event is by the queue's slice: waiting, or among the latest outcomes.
    fn in_queue(queue: &EventQueueSlice, id: &EventId) -> Option<Self> {
        let waiting = queue.queued_events.iter().find(|event| event.id == *id);
        if let Some(event) = waiting {
            return Some(match (event.in_flight, event.durable) {
                (true, _) => Self::InFlight,
                (false, true) => Self::Durable,
                (false, false) => Self::Queued,
            });
        }
        let (_, outcome) = queue.outcomes().rev().find(|(settled, _)| *settled == id)?;
        Some(outcome.clone().into())
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
    Settled(EventId, Outcome),
}

/// What [`use_emit`] returns.
pub struct UseEmit<E> {
    /// Where the latest event is that was emitted through this hook.
    pub state: EmitState,
    manager: SocketManager,
    latest: UseStateHandle<Latest>,
    waiting: UseWaiting,
    event: PhantomData<fn(E)>,
}

/// Waits for the outcome of the latest event, until it is dropped.
type UseWaiting = Rc<std::cell::RefCell<Option<Waiting>>>;

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
                self.waiting.borrow_mut().take();
                self.latest.set(Latest::Refused(error.clone()));
                return Err(error);
            }
        };
        let id = delivery.id().clone();
        self.latest.set(Latest::Waiting(id.clone()));
        let (latest, settled) = (self.latest.clone(), id.clone());
        let (following, abort) = abortable(async move {
            let outcome = delivery.await;
            latest.set(Latest::Settled(settled, outcome));
        });
        *self.waiting.borrow_mut() = Some(Waiting(abort));
        spawn_local(async move {
            // An error means that nobody wants to know any more.
            let _ = following.await;
        });
        Ok(id)
    }

    /// Follows nothing any more: the state is idle again. What was emitted goes its way.
    pub fn reset(&self) {
        self.waiting.borrow_mut().take();
        self.latest.set(Latest::None);
    }
}

impl<E> Clone for UseEmit<E> {
    fn clone(&self) -> Self {
        Self {
            state: self.state.clone(),
            manager: self.manager.clone(),
            latest: self.latest.clone(),
            waiting: self.waiting.clone(),
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
    let latest = use_state(Latest::default);
    let waiting: UseWaiting = use_mut_ref(|| None);
    let followed = match &*latest {
        Latest::Waiting(id) => Some(id.clone()),
        _ => None,
    };
    let in_queue = use_slice(move |queue: &EventQueueSlice| {
        followed.as_ref().and_then(|id| EmitState::in_queue(queue, id))
    });
    let state = match &*latest {
        Latest::None => EmitState::Idle,
        Latest::Refused(error) => EmitState::Refused(error.clone()),
        // Accepted a moment ago, and not committed to the slice yet.
        Latest::Waiting(_) => in_queue.unwrap_or(EmitState::Queued),
        Latest::Settled(_, outcome) => outcome.clone().into(),
    };
    UseEmit { state, manager, latest, waiting, event: PhantomData }
}
