//! State of the application that is folded from events.

use std::any::TypeId;
use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use yewdux::{Context, Store};
use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::event::{EventRegistry, RegisterError};
use yewdux_socket_core::wire::RawJson;
use yewdux_socket_core::{Config, Inbound, OrganizationId, ReceivedEvent};

/// A slice of the application that follows the events: registered with
/// [`SocketOptions::slice`](crate::SocketOptions::slice), it is committed together with the built-in
/// slices, replaced by snapshots, and purged when an organization or the sign-in is lost.
///
/// yewdux clones a store for every change, so keep it cheap to clone: shared or persistent collections.
pub trait RealtimeSlice: Store + Clone {
    /// The snapshot topic that the slice is made from, if the server has one.
    const TOPIC: Option<&'static str>;
    /// The event type that keeps the slice up to date. Who may not receive that, gets no entries of a snapshot either.
    const EVENT: Option<&'static str> = None;
    /// The paths of the entries' [`Sensitive`](crate::Sensitive) fields, from the entry on. Only those see them whom
    /// [`PermissionPolicy::see`](crate::PermissionPolicy::see) names for the topic.
    const SENSITIVE: &'static [&'static str] = &[];

    /// Makes the event types known that the slice follows. Default: none.
    ///
    /// # Errors
    /// [`RegisterError`] if one cannot be: the slice would never hear of it.
    fn register(_registry: &mut EventRegistry) -> Result<(), RegisterError> {
        Ok(())
    }

    /// Folds events in, in their order.
    fn apply(&mut self, events: &[Arc<ReceivedEvent>]);

    /// Replaces all that is held of an organization. An entry that cannot be read is left out: what was
    /// held of it before is out of date.
    ///
    /// # Errors
    /// The [`ValidationError`] of the first entry that cannot be read.
    fn replace(
        &mut self,
        organization: &OrganizationId,
        entries: &[RawJson],
    ) -> Result<(), ValidationError>;

    /// Forgets all that is held of an organization, or of all with `None`.
    fn purge(&mut self, organization: Option<&OrganizationId>);

    /// What developer tools show of the slice (feature `devtools`): JSON, with at most `most` entries of each collection.
    /// [`Sensitive`](crate::Sensitive) fields and those in [`SENSITIVE`](Self::SENSITIVE) are left out for it. Default:
    /// nothing.
    fn inspect(&self, _most: usize) -> Option<RawJson> {
        None
    }
}

/// A registered slice without its type.
pub(crate) trait ErasedSlice {
    /// Which slice it is: there is one store of a type.
    fn store(&self) -> TypeId;

    /// Adds its topic, with the rules of its entries, and the event types that it follows.
    ///
    /// # Panics
    /// If one of those cannot be registered.
    fn set_up(&self, config: &mut Config);

    /// Folds a batch into the slice of a context, as one change. Returns what could not be read.
    fn commit(&self, context: &Context, batch: &[Inbound]) -> Vec<ValidationError>;

    /// Its topic, or the name of its type.
    #[cfg(feature = "devtools")]
    fn name(&self) -> &'static str;

    /// What the slice of a context shows of itself, as [`RealtimeSlice::inspect`] makes it.
    #[cfg(feature = "devtools")]
    fn inspect(&self, context: &Context, most: usize) -> Option<Inspected>;
}

/// What a slice shows of itself.
#[cfg(feature = "devtools")]
pub(crate) struct Inspected {
    pub(crate) json: RawJson,
    /// What must be left out of it.
    pub(crate) sensitive: &'static [&'static str],
}

pub(crate) struct Registered<S>(PhantomData<S>);

impl<S> Default for Registered<S> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<S: RealtimeSlice> ErasedSlice for Registered<S> {
    fn store(&self) -> TypeId {
        TypeId::of::<S>()
    }

    fn set_up(&self, config: &mut Config) {
        if let Some(topic) = S::TOPIC {
            if !config.topics.iter().any(|known| known == topic) {
                config.topics.push(topic.to_owned());
            }
            let entries = config.topic_entries.or_default(topic.to_owned());
            entries.sensitive.extend(S::SENSITIVE);
            entries.kept_by.extend(S::EVENT);
        }
        registered(S::register(&mut config.registry));
    }

    fn commit(&self, context: &Context, batch: &[Inbound]) -> Vec<ValidationError> {
        let mut errors = Vec::new();
        context.reduce(|state: Rc<S>| {
            let mut slice = (*state).clone();
            fold(&mut slice, batch, &mut errors);
            Rc::new(slice)
        });
        errors
    }

    #[cfg(feature = "devtools")]
    fn name(&self) -> &'static str {
        S::TOPIC.unwrap_or_else(std::any::type_name::<S>)
    }

    #[cfg(feature = "devtools")]
    fn inspect(&self, context: &Context, most: usize) -> Option<Inspected> {
        let json = context.get::<S>().inspect(most)?;
        Some(Inspected { json, sensitive: S::SENSITIVE })
    }
}

/// Whoever registers nothing does not carry what is said of a failure.
pub(crate) fn registered(result: Result<(), RegisterError>) {
    if let Err(error) = result {
        panic!("an event type that is needed cannot be registered: {error}");
    }
}

fn fold<S: RealtimeSlice>(slice: &mut S, batch: &[Inbound], errors: &mut Vec<ValidationError>) {
    let mut run = Vec::new();
    for inbound in batch {
        if let Inbound::Event(event) = inbound {
            run.push(event.clone());
            continue;
        }
        slice.apply(&std::mem::take(&mut run));
        match inbound {
            Inbound::Snapshot(snapshot) => {
                let entries = S::TOPIC.and_then(|topic| snapshot.topics.get(topic));
                if let Some(Err(error)) =
                    entries.map(|entries| slice.replace(&snapshot.organization, entries))
                {
                    errors.push(error);
                }
            }
            Inbound::Purge(organization) => slice.purge(Some(organization)),
            Inbound::PurgeAll => slice.purge(None),
            _ => {}
        }
    }
    slice.apply(&run);
}
