//! What a socket is made from.

use std::fmt;
use std::rc::Rc;
use std::sync::Arc;

use yewdux_socket_core::event::{EventRegistry, RegisterError};
use yewdux_socket_core::recovery::RecoveryStrategy;
use yewdux_socket_core::{
    Config, ConnectOptions, OrganizationId, PermissionPolicy, SocketEvent, UserId,
};

#[cfg(feature = "audit")]
use crate::audit_sink::AuditSink;
use crate::slices::{ErasedSlice, RealtimeSlice, Registered, registered};
use crate::token::TokenSource;
use crate::transport::Transport;

/// What a socket is made from: its address, and the events and slices of the application.
///
/// ```
/// use yewdux_socket::event::Patient;
/// use yewdux_socket::{EntitySlice, SocketOptions, TokenError, TokenRequest};
///
/// let options = SocketOptions::new("wss://ward.example/ws")
///     .token(|_: TokenRequest| async { Ok::<_, TokenError>("token".to_owned()) })
///     .slice::<EntitySlice<Patient>>();
/// ```
///
/// What a slice or an event needs is registered when the socket is made, so it does not matter which is named first, nor whether
/// [`configure`](Self::configure) takes another registry or other topics after that. What is said twice of one setting counts
/// as it was said last.
///
/// Two options are equal if they are clones of each other: a provider whose options are equal to the
/// ones before keeps its connection. So make them once, with `use_memo` or outside the component.
#[derive(Clone)]
pub struct SocketOptions {
    parts: Rc<Parts>,
}

#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) url: Rc<str>,
    pub(crate) token: Option<Rc<dyn TokenSource>>,
    pub(crate) connect: ConnectOptions,
    /// As it was set. What events and slices add to it is added by [`SocketOptions::set_up`].
    pub(crate) config: Config,
    events: Vec<fn(&mut EventRegistry)>,
    builtin_events: Option<fn(&mut EventRegistry) -> &mut EventRegistry>,
    pub(crate) slices: Vec<Rc<dyn ErasedSlice>>,
    /// Where the audit log goes, if anywhere.
    #[cfg(feature = "audit")]
    pub(crate) audit: Option<Rc<dyn AuditSink>>,
    /// What carries frames, if not the browser's WebSocket.
    pub(crate) transport: Option<Rc<dyn Transport>>,
}

impl Parts {
    /// Stands for the server: the address without what may differ from one connection to the next.
    pub(crate) fn server(&self) -> &str {
        self.url.split(['?', '#']).next().unwrap_or(&self.url)
    }

    /// The server without what might be a password before its name.
    pub(crate) fn printable(&self) -> String {
        let Some((scheme, rest)) = self.server().split_once("://") else {
            return self.server().to_owned();
        };
        let end = rest.find('/').unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        let host = authority.rsplit('@').next().unwrap_or(authority);
        format!("{scheme}://{host}{path}")
    }
}

impl SocketOptions {
    /// A socket to the given `wss:` address. A `ws:` one is for a server on this very machine; elsewhere it is refused
    /// with [`ConnectionError::InsecureAddress`](crate::error::ConnectionError::InsecureAddress).
    pub fn new(url: &str) -> Self {
        Self {
            parts: Rc::new(Parts {
                url: url.into(),
                token: None,
                connect: ConnectOptions::default(),
                config: Config::default(),
                events: Vec::new(),
                builtin_events: None,
                slices: Vec::new(),
                #[cfg(feature = "audit")]
                audit: None,
                transport: None,
            }),
        }
    }

    fn change(mut self, change: impl FnOnce(&mut Parts)) -> Self {
        change(Rc::make_mut(&mut self.parts));
        self
    }

    /// Where tokens come from. With it, the provider connects as soon as it is mounted; without it,
    /// call [`SocketManager::connect`](crate::SocketManager::connect).
    #[must_use]
    pub fn token(self, source: impl TokenSource) -> Self {
        self.change(|parts| parts.token = Some(Rc::new(source)))
    }

    /// Listens to some of the user's organizations only.
    #[must_use]
    pub fn organizations(self, organizations: impl IntoIterator<Item = OrganizationId>) -> Self {
        self.change(|parts| parts.connect.organizations = Some(organizations.into_iter().collect()))
    }

    /// Names the user that is expected to be signed in, so that what an earlier page left unsent can be loaded
    /// before the server is reached. See [`ConnectOptions::user`].
    #[must_use]
    pub fn user(self, user: impl Into<UserId>) -> Self {
        self.change(|parts| parts.connect.user = Some(user.into()))
    }

    /// Keeps unsent events over reloads of the page: encrypted, in the browser's IndexedDB, until they have their
    /// outcome or the user signs out. It needs the feature `persist`.
    #[must_use]
    pub fn persist(self) -> Self {
        self.change(|parts| parts.config.persist = true)
    }

    /// Hands the audit log to a sink. Without one, the latest entries are kept in memory until the end of the sign-in.
    #[cfg(feature = "audit")]
    #[must_use]
    pub fn audit(self, sink: impl AuditSink) -> Self {
        self.change(|parts| parts.audit = Some(Rc::new(sink)))
    }

    /// Decides what is done about errors.
    #[must_use]
    pub fn recovery(self, strategy: impl RecoveryStrategy) -> Self {
        self.change(|parts| parts.config.recovery = Arc::new(strategy))
    }

    /// Changes settings; see [`Config`].
    #[must_use]
    pub fn configure(self, configure: impl FnOnce(&mut Config)) -> Self {
        self.change(|parts| configure(&mut parts.config))
    }

    /// Says which roles may send and receive what, and see which sensitive fields. What has no rule is denied; the
    /// built-in events have theirs.
    ///
    /// ```
    /// use yewdux_socket::{Rule, SocketOptions};
    ///
    /// let options = SocketOptions::new("wss://ward.example/ws").permissions(|policy| {
    ///     policy.receive("bed_assigned", Rule::Member).emit("bed_assigned", Rule::any_of(["nurse"]));
    /// });
    /// ```
    #[must_use]
    pub fn permissions(self, set: impl FnOnce(&mut PermissionPolicy)) -> Self {
        self.change(|parts| set(&mut parts.config.permissions))
    }

    /// Makes the built-in events known: `patient_updated`, `patient_edited`, `organization_updated`, `user_updated`. Those
    /// of presence, `user_online` and `user_offline`, always are. A type of the application that has the name of one stays
    /// in its place.
    #[must_use]
    pub fn builtin_events(self) -> Self {
        // By a pointer: whoever does not call this does not carry the code of these events.
        self.change(|parts| parts.builtin_events = Some(EventRegistry::add_builtin))
    }

    /// Registers an event type of the application. Say by [`permissions`](Self::permissions) who may send and receive it.
    ///
    /// # Errors
    /// [`RegisterError`] if the type is taken or reserved.
    pub fn event<E: SocketEvent>(self) -> Result<Self, RegisterError> {
        let mut result = Ok(());
        let options = self.change(|parts| {
            result = parts.config.registry.register::<E>().map(|_| ());
            parts.events.push(|registry| registered(registry.register::<E>().map(|_| ())));
        });
        result.map(|()| options)
    }

    /// Registers a slice of the application, to be committed together with the built-in ones, and the event types that it
    /// follows. Several slices may be made from one topic: its entries are held to the rules of each. Naming a slice once more
    /// changes nothing.
    ///
    /// # Panics
    /// Not here, but when the socket is made: [`SocketHandle::new`](crate::SocketHandle::new).
    #[must_use]
    pub fn slice<S: RealtimeSlice>(self) -> Self {
        self.change(|parts| {
            let slice = Registered::<S>::default();
            if !parts.slices.iter().any(|known| known.store() == slice.store()) {
                parts.slices.push(Rc::new(slice));
            }
        })
    }

    /// Carries frames by other means than the browser's WebSocket; for tests.
    #[must_use]
    pub fn transport(self, transport: impl Transport) -> Self {
        self.change(|parts| parts.transport = Some(Rc::new(transport)))
    }

    /// What a socket is made from, with everything registered: the application's events first, then what slices follow,
    /// then the built-in ones, which replace none.
    ///
    /// # Panics
    /// As [`SocketHandle::new`](crate::SocketHandle::new) says.
    pub(crate) fn set_up(&self) -> Rc<Parts> {
        let mut parts = (*self.parts).clone();
        let config = &mut parts.config;
        for register in &parts.events {
            register(&mut config.registry);
        }
        for slice in &parts.slices {
            slice.set_up(config);
        }
        if let Some(add) = parts.builtin_events {
            add(&mut config.registry);
        }
        #[cfg(feature = "audit")]
        {
            config.audit.sink = parts.audit.is_some();
        }
        Rc::new(parts)
    }
}

impl PartialEq for SocketOptions {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.parts, &other.parts)
    }
}

impl fmt::Debug for SocketOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketOptions")
            .field("server", &self.parts.printable())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use yewdux::{Context, Store};
    use yewdux_socket_core::ReceivedEvent;
    use yewdux_socket_core::error::ValidationError;
    use yewdux_socket_core::event::Patient;
    use yewdux_socket_core::wire::RawJson;

    use super::*;
    use crate::slices::EntitySlice;

    /// Made from the topic of patients, too.
    #[derive(Clone, Default)]
    struct Names;

    impl Store for Names {
        fn new(_: &Context) -> Self {
            Self
        }
        fn should_notify(&self, _: &Self) -> bool {
            true
        }
    }

    impl RealtimeSlice for Names {
        const TOPIC: Option<&'static str> = Some("patients");
        fn apply(&mut self, _: &[Arc<ReceivedEvent>]) {}
        fn replace(&mut self, _: &OrganizationId, _: &[RawJson]) -> Result<(), ValidationError> {
            Ok(())
        }
        fn purge(&mut self, _: Option<&OrganizationId>) {}
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Own {}

    impl SocketEvent for Own {
        const TYPE: &'static str = "patient_updated";
    }

    fn options() -> SocketOptions {
        SocketOptions::new("wss://ward.example/ws")
    }

    #[derive(serde::Serialize, serde::Deserialize)]
    struct Ring {}

    impl SocketEvent for Ring {
        const TYPE: &'static str = "ring";
    }

    #[test]
    fn entries_of_a_topic_are_held_to_the_rules_of_each_slice() {
        for options in [
            options().slice::<EntitySlice<Patient>>().slice::<Names>(),
            options().slice::<Names>().slice::<EntitySlice<Patient>>(),
        ] {
            let config = &options.set_up().config;
            assert_eq!(config.topics, ["patients"]);
            assert_eq!(config.topic_entries["patients"].sensitive, ["diagnosis"]);
            assert_eq!(config.topic_entries["patients"].kept_by, ["patient_updated"]);
        }
    }

    #[test]
    fn it_does_not_matter_what_is_named_first() {
        fn other_registry(config: &mut Config) {
            config.registry = EventRegistry::presence();
            config.topics = vec!["beds".to_owned()];
        }
        type Step = fn(SocketOptions) -> SocketOptions;
        let mut steps: [Step; 4] = [
            |options| options.configure(other_registry),
            |options| options.slice::<EntitySlice<Patient>>(),
            |options| options.event::<Ring>().unwrap(),
            SocketOptions::builtin_events,
        ];
        for _ in 0..steps.len() {
            steps.rotate_left(1);
            let parts = steps.iter().fold(options(), |options, step| step(options)).set_up();
            let known: Vec<_> =
                parts.config.registry.kinds().map(|kind| &*kind.event_type).collect();
            let all = [
                "organization_updated",
                "patient_edited",
                "patient_updated",
                "ring",
                "user_offline",
                "user_online",
                "user_updated",
            ];
            assert_eq!(known, all);
            assert_eq!(parts.config.topics, ["beds", "patients"]);
        }
    }

    #[test]
    fn a_type_of_the_application_stays_in_the_place_of_a_built_in_one_in_either_order() {
        for options in [
            options().builtin_events().event::<Own>().unwrap(),
            options().event::<Own>().unwrap().builtin_events(),
        ] {
            let registry = &mut options.set_up().config.registry.clone();
            assert!(registry.register::<Own>().is_ok());
        }
    }

    #[test]
    fn a_slice_that_is_named_twice_is_one() {
        let parts =
            options().slice::<Names>().slice::<EntitySlice<Patient>>().slice::<Names>().set_up();
        assert_eq!(parts.slices.len(), 2);
    }

    #[test]
    #[should_panic(expected = "`patient_updated` is registered already")]
    fn a_slice_that_would_never_hear_its_event_is_refused() {
        options().event::<Own>().unwrap().slice::<EntitySlice<Patient>>().set_up();
    }

    #[test]
    #[should_panic(expected = "`patient_updated` is registered already")]
    fn it_is_refused_in_the_other_order_too() {
        options().slice::<EntitySlice<Patient>>().event::<Own>().unwrap().set_up();
    }

    #[test]
    #[should_panic(expected = "`patient_updated` is registered already")]
    fn an_event_whose_name_is_taken_later_is_refused() {
        let take = |config: &mut Config| config.registry = EventRegistry::builtin();
        options().event::<Own>().unwrap().configure(take).set_up();
    }
}
