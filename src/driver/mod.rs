//! The only place with side effects: it carries out what the core wants done, and tells it what
//! happened.
//!
//! # Layout
//!
//! - `websocket`: the browser's WebSocket, behind the size guard. `address`: which addresses it may be opened to.
//! - `signals`: news of the page. `visibility`: whether it is hidden. `clock`: both clocks. `timer`: the one timer. `entropy`: randomness.
//! - `tabs`: the other tabs of the browser.
//! - `network`: what the browser says about the network. `storage`: the outbox over reloads, if built in.
//! - `commit`: when and how a batch reaches slices and handlers.
//! - `monitor`: what the performance monitor is told, if built in. `long_tasks`, `user_timing`: its part of the browser.
//! - `audit`: the audit log's way out of the page, if built in.
//! - `devtools`: what the extension Redux DevTools is shown, if built in.

mod address;
#[cfg(feature = "audit")]
mod audit;
mod clock;
mod commit;
#[cfg(feature = "devtools")]
mod devtools;
mod entropy;
#[cfg(feature = "monitor")]
mod long_tasks;
#[cfg_attr(not(feature = "monitor"), path = "monitor_off.rs")]
mod monitor;
mod network;
mod signals;
#[cfg(feature = "persist")]
mod storage;
mod tabs;
mod timer;
#[cfg(feature = "monitor")]
mod user_timing;
mod visibility;
mod websocket;

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};
use std::time::Duration;

use futures::channel::oneshot;
use wasm_bindgen_futures::spawn_local;
use yewdux::Context;
use yewdux_socket_core::error::ConnectionError;
use yewdux_socket_core::{
    Client, ConnectOptions, Effect, EmitError, EmitRequest, Inbound, Input, OrganizationId,
    SocketId,
};

use crate::delivery::{Deliveries, Delivery};
use crate::options::Parts;
use crate::slices::{EventQueueSlice, PresenceSlice, SocketSlice};
use crate::subscription::Handlers;
use crate::token::{TokenRequest, TokenSource};
use crate::transport::{FrameLimits, TransportEvents, TransportSocket};
use commit::Commit;
use monitor::{Monitor, Stage};
use signals::Signals;
#[cfg(feature = "persist")]
use storage::Storage;
use tabs::Tabs;
use timer::Timer;
use websocket::WebSocketTransport;

/// Waits for the end of an attempt to connect.
pub(crate) type Attempt = oneshot::Receiver<Result<(), ConnectionError>>;

/// Tells whoever waits for the end of an attempt.
type AttemptSender = oneshot::Sender<Result<(), ConnectionError>>;

/// Whose turn it is while an input is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Caller {
    /// The browser: nothing of the application is on the stack.
    Browser,
    /// The application, perhaps out of a render or a notification of a store.
    Application,
}

/// Drives one client.
pub(crate) struct Driver {
    /// Itself, for what outlives a call.
    this: Weak<Self>,
    parts: Rc<Parts>,
    context: Context,
    client: RefCell<Client>,
    socket: RefCell<Option<(SocketId, Box<dyn TransportSocket>)>>,
    token_source: RefCell<Option<Rc<dyn TokenSource>>>,
    attempts: RefCell<Vec<AttemptSender>>,
    deliveries: Deliveries,
    handlers: Rc<Handlers>,
    commit: Commit,
    monitor: Monitor,
    timer: Timer,
    signals: RefCell<Option<Signals>>,
    tabs: RefCell<Option<Tabs>>,
    #[cfg(feature = "persist")]
    storage: RefCell<Option<Storage>>,
    #[cfg(feature = "devtools")]
    devtools: devtools::DevTools,
    /// Whether the slice says what the browser last said of the network. The browser tells when that changes.
    network_is_known: Cell<bool>,
    /// Whether effects are being carried out further down the stack.
    carrying: Cell<bool>,
    ended: Cell<bool>,
}

impl Driver {
    pub(crate) fn new(parts: Rc<Parts>) -> Rc<Self> {
        let client = Client::new(parts.config.clone(), entropy::entropy());
        Rc::new_cyclic(|this| Self {
            this: this.clone(),
            context: Context::new(),
            client: RefCell::new(client),
            socket: RefCell::default(),
            token_source: RefCell::default(),
            attempts: RefCell::default(),
            deliveries: Deliveries::default(),
            handlers: Rc::default(),
            commit: Commit::new(this.clone()),
            monitor: Monitor::new(parts.config.monitor),
            timer: Timer::new(this.clone()),
            signals: RefCell::default(),
            tabs: RefCell::default(),
            #[cfg(feature = "persist")]
            storage: RefCell::new(Some(Storage::new(parts.server(), Self::reporter(this)))),
            #[cfg(feature = "devtools")]
            devtools: devtools::DevTools::new(this.clone()),
            parts,
            network_is_known: Cell::new(false),
            carrying: Cell::new(false),
            ended: Cell::new(false),
        })
    }

    pub(crate) fn parts(&self) -> &Parts {
        &self.parts
    }

    pub(crate) fn context(&self) -> &Context {
        &self.context
    }

    pub(crate) fn handlers(&self) -> &Rc<Handlers> {
        &self.handlers
    }

    #[cfg(feature = "monitor")]
    pub(crate) fn monitor(&self) -> &Monitor {
        &self.monitor
    }

    /// Ends the monitor's second if it is over, though nothing may have been committed.
    pub(crate) fn look_at_performance(&self) {
        if !self.ended.get() {
            self.monitor.look(self, Some(clock::monotonic()));
            self.set_timer();
        }
    }

    /// Sets the timer, for the monitor's second has something to judge. Amid a step, where an application's own code may have
    /// recorded that, it is set at the step's end.
    #[cfg(feature = "monitor")]
    fn watch(&self) {
        if !self.ended.get() && self.client.try_borrow().is_ok() {
            self.set_timer();
        }
    }

    /// Reads the client. `read` must not call back into the driver.
    pub(crate) fn read<T>(&self, read: impl FnOnce(&Client) -> T) -> T {
        read(&self.client.borrow())
    }

    /// Connects with the given source of tokens, until [`Driver::end`].
    pub(crate) fn connect(&self, source: Rc<dyn TokenSource>, options: ConnectOptions) -> Attempt {
        if !self.ended.get() {
            *self.token_source.borrow_mut() = Some(source);
        }
        self.attempt(Input::Connect(options))
    }

    /// Makes the connection anew.
    pub(crate) fn reconnect(&self) -> Attempt {
        self.attempt(Input::Reconnect)
    }

    fn attempt(&self, input: Input) -> Attempt {
        let (sender, attempt) = oneshot::channel();
        let impossible = if self.ended.get() {
            Some(ConnectionError::Disconnected)
        } else if !cfg!(target_arch = "wasm32") {
            Some(ConnectionError::Unsupported)
        } else if self.token_source.borrow().is_none() {
            let reason = "connect was not called yet".to_owned();
            Some(ConnectionError::TokenUnavailable { reason, retryable: false })
        } else {
            None
        };
        if let Some(error) = impossible {
            // An error means that nobody waits.
            let _ = sender.send(Err(error));
            return attempt;
        }
        self.attempts.borrow_mut().push(sender);
        if self.signals.borrow().is_none() {
            *self.signals.borrow_mut() = Signals::listen(&self.this);
            *self.tabs.borrow_mut() = Tabs::join(&self.this, self.parts.server());
            self.monitor.listen(&self.this);
        }
        self.told(input);
        attempt
    }

    /// Something happened in the browser.
    pub(crate) fn happened(&self, input: Input) {
        self.step(input, Caller::Browser);
    }

    /// The timer fired: for the client, or for the end of the monitor's second alone, which is no news for the slices.
    pub(crate) fn woken(&self) {
        let now = clock::monotonic();
        if self.client.borrow().deadline().is_some_and(|deadline| deadline <= now) {
            self.happened(Input::Tick);
        } else {
            self.look_at_performance();
        }
    }

    /// Reports what happens, for as long as the driver lives.
    fn reporter(this: &Weak<Self>) -> impl Fn(Input) + use<> {
        let this = this.clone();
        move |input| {
            if let Some(driver) = this.upgrade() {
                driver.happened(input);
            }
        }
    }

    /// The application wants something.
    pub(crate) fn told(&self, input: Input) {
        self.step(input, Caller::Application);
    }

    fn step(&self, input: Input, caller: Caller) {
        if self.ended.get() {
            return;
        }
        if matches!(input, Input::Signal(_)) {
            self.network_is_known.set(false);
        }
        let stage = self.monitor.step(&input);
        self.client.borrow_mut().step(clock::now(), input);
        drop(stage);
        self.carry_out(caller);
    }

    pub(crate) fn emit(&self, request: &EmitRequest) -> Result<Delivery, EmitError> {
        if self.ended.get() {
            return Err(EmitError::Closed);
        }
        let accepted = self.client.borrow_mut().emit(clock::now(), request);
        let delivery = accepted.map(|accepted| self.deliveries.open(accepted));
        // Refused or not, it stepped the client.
        self.carry_out(Caller::Application);
        delivery
    }

    /// Carries out what the client wants done. A transport may report back at once; what follows from
    /// that is done by the call that is already at it, so that the order stays.
    fn carry_out(&self, caller: Caller) {
        if self.carrying.replace(true) {
            return;
        }
        loop {
            let effect = self.client.borrow_mut().poll_effect();
            let Some(effect) = effect else { break };
            self.perform(effect);
        }
        self.carrying.set(false);
        self.set_timer();
        self.commit.request(caller == Caller::Browser);
    }

    fn set_timer(&self) {
        let deadlines = [self.client.borrow().deadline(), self.monitor.deadline()];
        self.timer.set(deadlines.into_iter().flatten().min());
    }

    fn perform(&self, effect: Effect) {
        match effect {
            Effect::FetchToken { attempt, fresh } => self.fetch_token(attempt, fresh),
            Effect::Open { socket } => self.open(socket),
            Effect::Send { socket, frame } => {
                if let Some((current, transport)) = &mut *self.socket.borrow_mut()
                    && *current == socket
                {
                    transport.send(&frame);
                }
            }
            Effect::Close { socket, code } => {
                let closing = self.socket.borrow_mut().take_if(|(current, _)| *current == socket);
                if let Some((_, transport)) = closing {
                    transport.close(code);
                }
            }
            Effect::Deliver(inbound) => self.commit.push(inbound),
            Effect::Settled { id, outcome } => self.commit.settle(id, outcome),
            Effect::SignedOut { user } => {
                if let Some(tabs) = &*self.tabs.borrow() {
                    tabs.signed_out(&user);
                }
            }
            #[cfg(feature = "audit")]
            Effect::Audit { operation, entries } => self.hand_to_sink(operation, entries),
            Effect::Connected => self.commit.finish(self.attempts.take(), &Ok(())),
            Effect::ConnectFailed(error) => self.commit.finish(self.attempts.take(), &Err(error)),
            #[cfg(feature = "persist")]
            other => {
                if let Some(storage) = &*self.storage.borrow() {
                    storage.perform(other);
                }
            }
            #[cfg(not(feature = "persist"))]
            _ => {}
        }
    }

    fn fetch_token(&self, attempt: u64, fresh: bool) {
        let Some(source) = self.token_source.borrow().clone() else { return };
        // A transport of the application's own does not leave the page, or is its own business.
        if self.parts.transport.is_none() && address::is_insecure(&self.parts.url) {
            let result = Err(ConnectionError::InsecureAddress);
            return self.client.borrow_mut().step(clock::now(), Input::Token { attempt, result });
        }
        let this = self.this.clone();
        spawn_local(async move {
            let result = source.token(TokenRequest { fresh }).await.map_err(|error| {
                ConnectionError::TokenUnavailable {
                    reason: error.reason,
                    retryable: error.retryable,
                }
            });
            if let Some(driver) = this.upgrade() {
                driver.happened(Input::Token { attempt, result });
            }
        });
    }

    fn open(&self, socket: SocketId) {
        let limits = FrameLimits { frame_bytes: self.parts.config.inbound.max_frame_bytes };
        let events = TransportEvents::new(socket, Self::reporter(&self.this));
        let transport = self.parts.transport.as_deref().unwrap_or(&WebSocketTransport);
        match transport.open(&self.parts.url, limits, events) {
            Ok(transport) => *self.socket.borrow_mut() = Some((socket, transport)),
            Err(error) => self
                .client
                .borrow_mut()
                .step(clock::now(), Input::InvalidAddress { socket, reason: error.reason }),
        }
    }

    /// Folds a batch into all slices, tells whoever waits, then runs the handlers. Nothing is borrowed while those run.
    fn apply(&self, batch: commit::Batch, began: Duration) {
        let changes = &batch.inbound;
        let stage = self.monitor.stage(Stage::Commit);
        if !changes.is_empty() {
            for slice in &self.parts.slices {
                for error in slice.commit(&self.context, changes) {
                    tracing::warn!(code = error.code(), "a snapshot could not be read");
                    self.client.borrow_mut().report_error(clock::now(), error);
                }
            }
        }
        let before = self.context.get::<SocketSlice>();
        let (mut socket, presence) =
            self.read(|client| (SocketSlice::of(client, &before), PresenceSlice::of(client)));
        if !self.network_is_known.replace(true) {
            socket.network = network::read();
        }
        let mut queue = (*self.context.get::<EventQueueSlice>()).clone();
        // Before the changes: the end of a sign-in takes its outcomes along.
        for (id, outcome) in &batch.settled {
            queue.settled(id.clone(), outcome.clone());
        }
        for inbound in changes {
            match inbound {
                Inbound::Event(event) => queue.receive(event.clone()),
                Inbound::Purge(organization) => queue.purge(Some(organization)),
                Inbound::PurgeAll => queue.purge(None),
                _ => {}
            }
        }
        self.read(|client| queue.sync(client));
        self.context.set(socket);
        self.context.set(presence);
        self.context.set(queue);
        #[cfg(feature = "audit")]
        if let Some(audit) =
            self.read(|client| self.context.get::<crate::slices::AuditSlice>().changed(client))
        {
            self.context.set(audit);
        }
        drop(stage);
        self.read(|client| self.monitor.committed(began, client, changes));
        #[cfg(feature = "devtools")]
        self.devtools.committed(self, &batch);

        for (attempt, result) in batch.attempts {
            // An error means that nobody waits.
            let _ = attempt.send(result);
        }
        for (id, outcome) in batch.settled {
            self.deliveries.settle(&id, outcome);
        }
        let stage = self.monitor.stage(Stage::Handlers);
        for inbound in changes {
            if let Inbound::Event(event) = inbound {
                self.handlers.run(event, || self.may_be_seen(event.envelope.organization.as_ref()));
            }
        }
        drop(stage);
        self.monitor.look(self, self.monitor.take_shown());
        if self.monitor.deadline().is_some() && !self.ended.get() {
            self.set_timer();
        }
    }

    /// Whether an event of the batch may still be seen: the handler before may have given its organization
    /// up, or signed out.
    fn may_be_seen(&self, organization: Option<&OrganizationId>) -> bool {
        !self.ended.get()
            && self.read(|client| match organization {
                Some(organization) => client.tenant_filter().sees(organization),
                None => client.principal().is_some(),
            })
    }

    /// Ends everything: the connection, the sign-in as far as this page holds it, timer and listeners. What is
    /// stored for the next page stays.
    pub(crate) fn end(&self) {
        if self.ended.get() {
            return;
        }
        self.told(Input::End);
        self.ended.set(true);
        self.commit.finish(self.attempts.take(), &Err(ConnectionError::Disconnected));
        self.commit.flush();
        self.timer.set(None);
        self.commit.stop();
        *self.signals.borrow_mut() = None;
        *self.tabs.borrow_mut() = None;
        self.monitor.stop();
        *self.token_source.borrow_mut() = None;
        let socket = self.socket.borrow_mut().take();
        drop(socket);
        #[cfg(feature = "persist")]
        drop(self.storage.take());
        #[cfg(feature = "devtools")]
        self.devtools.end();
        self.handlers.clear();
    }
}

impl std::fmt::Debug for Driver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Driver")
            .field("server", &self.parts.printable())
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}
