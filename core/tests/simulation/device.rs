//! A device: a client, its clocks, the person in front of it, and the checks after each of its steps.

use std::collections::BTreeSet;
use std::time::Duration;

use yewdux_socket_core::wire::{ClientMessage, Emit, RawJson, Token, decode_client, split_frame};
use yewdux_socket_core::{
    Client, ConnectOptions, Effect, EmitRequest, EventId, Input, Outcome, Signal, SocketId, Status,
    UserId,
};

use crate::action::{Setup, TokenTrouble};
use crate::book::{Book, Writing};
use crate::clock::Clock;
use crate::fold::{Folds, Truth};
use crate::link::Meaning;
use crate::names::{self, KINDS, Organization, Organizations, User, organization_id, user_id};
use crate::outbox::StoredOutbox;
use crate::server::Server;
use crate::sight::{Farewell, Sight};
use crate::storage::{Extent, Operation};
use crate::watch::{Check, Watch, ensure, rule};
use crate::world::Memory;

/// What the person or the browser does later.
pub(crate) enum Task {
    Token {
        attempt: u64,
        fresh: bool,
        trouble: TokenTrouble,
    },
    Open(SocketId),
    Connect,
    Signal(Signal),
    /// A user signed out in another tab.
    SignedOutElsewhere(User),
    /// The browser took storage away.
    StorageLost,
    /// The sink of the audit log answers.
    #[cfg(feature = "audit")]
    Audited {
        operation: u64,
        fails: bool,
    },
}

/// What a step wants from the world around it.
pub(crate) enum Wish {
    Send(SocketId, ClientMessage),
    Close(SocketId),
    Open(SocketId),
    Token {
        attempt: u64,
        fresh: bool,
    },
    Storage(Operation),
    /// The other tabs are to hear that this user signed out.
    Tell(User),
}

pub(crate) struct Device {
    pub(crate) index: usize,
    pub(crate) client: Client,
    pub(crate) memory: Memory,
    /// Whether the application says whom it expects.
    expects: bool,
    pub(crate) clock: Clock,
    /// Who signs in here.
    pub(crate) user: User,
    pub(crate) sight: Sight,
    pub(crate) folds: Folds,
    pub(crate) tasks: Vec<(Duration, Task)>,
    pub(crate) wishes: Vec<Wish>,
    pub(crate) token: Option<(User, Token)>,
    pub(crate) trouble: TokenTrouble,
    pub(crate) token_delay: Duration,
    pub(crate) offline_until: Duration,
    /// The socket that the client may write to.
    pub(crate) socket: Option<SocketId>,
    /// Events that were written on the present socket and wait for their ack.
    pub(crate) in_flight: BTreeSet<EventId>,
    pub(crate) writes_since_welcome: u64,
    /// How many events the outbox may hold, and how many bytes.
    pub(crate) bounds: (usize, usize),
    pub(crate) outbox: StoredOutbox,
    /// The events that were said to have come to nothing since somebody looked.
    pub(crate) discarded: Vec<EventId>,
    /// Whose stored outbox was to be erased since then.
    pub(crate) erased: Vec<User>,
    #[cfg(feature = "audit")]
    pub(crate) sink: crate::audit::Sink,
}

impl Device {
    pub(crate) fn new(
        index: usize,
        user: User,
        (client, memory): (Client, Memory),
        setup: &Setup,
    ) -> Self {
        Self {
            index,
            client,
            memory,
            expects: setup.expects,
            clock: Clock::default(),
            user,
            sight: Sight::new(setup.limits, memory != Memory::Page),
            folds: Folds::default(),
            tasks: vec![(Duration::ZERO, Task::Connect)],
            wishes: Vec::new(),
            token: None,
            trouble: TokenTrouble::None,
            token_delay: Duration::ZERO,
            offline_until: Duration::ZERO,
            socket: None,
            in_flight: BTreeSet::new(),
            writes_since_welcome: 0,
            bounds: (setup.outbox_events, setup.outbox_bytes),
            outbox: StoredOutbox::default(),
            discarded: Vec::new(),
            erased: Vec::new(),
            #[cfg(feature = "audit")]
            sink: crate::audit::Sink::default(),
        }
    }

    /// Another page begins, with a client that knows nothing.
    pub(crate) fn begin_page(&mut self, now: Duration, client: Client, back: Duration) {
        self.client = client;
        self.clock.begin_page(now);
        self.sight = self.sight.of_next_page();
        self.folds = Folds::default();
        self.tasks = vec![(now + back, Task::Connect)];
        self.wishes.clear();
        self.socket = None;
        self.in_flight.clear();
        self.writes_since_welcome = 0;
        self.outbox = StoredOutbox::default();
        self.discarded.clear();
        self.erased.clear();
    }

    /// When the timer fires, in true time.
    pub(crate) fn timer(&self) -> Option<Duration> {
        Some(self.clock.timer(self.client.deadline()?))
    }

    /// A step of the client, with what a frame means if it is one.
    pub(crate) fn step(
        &mut self,
        now: Duration,
        input: Input,
        meanings: &[Meaning],
        (server, book, watch): (&Server, &mut Book, &mut Watch),
    ) -> Check {
        self.clock.wake(now);
        let reading = self.clock.read(now);
        watch.note(|| format!("{:?} {} <- {input:?} {meanings:?}", reading, self.index));
        watch.count("steps");
        let (visible, was_live) = (self.sight.visible(), self.sight.is_live);
        let sign_in = self.sight.sign_in;
        let mut ends_here = false;
        self.sight.begin_step();
        self.outbox.wait(reading.monotonic);
        match &input {
            Input::Frame { socket, .. } => {
                self.sight.frame(*socket, meanings, reading.monotonic);
            }
            Input::Closed { socket, code } => self.sight.closed(*socket, *code),
            Input::SignOut => {
                self.sight.end_sign_in();
                self.sight.wish(false);
            }
            Input::Connect(options) => {
                if let Some(user) = options.user.as_ref().and_then(|id| names::user(id.as_str())) {
                    self.sight.expect(user);
                }
                self.sight.wish(true);
            }
            Input::Reconnect => self.sight.wish(true),
            Input::Disconnect => self.sight.wish(false),
            Input::SignedOutElsewhere(user) => {
                let user = names::user(user.as_str());
                ends_here = user.is_some_and(|user| self.sight.end_elsewhere(user));
            }
            Input::StorageLost(user) if self.sight.owner().map(user_id).as_ref() == Some(user) => {
                watch.count("storage: lost under a page");
                book.told_of_loss(self.index);
            }
            Input::Loaded { operation, result } => {
                if let Some(events) = self.outbox.loaded(*operation, result, watch) {
                    book.restored(events, self.writing(now))?;
                }
            }
            Input::End => {
                self.sight.end_page();
                self.sight.rests = true;
            }
            _ => {}
        }
        if self.sight.sign_in != sign_in {
            self.outbox = StoredOutbox::default();
        }
        if self.sight.is_live && !was_live {
            self.writes_since_welcome = 0;
            watch.count("connections");
        }
        self.client.step(reading, input);
        self.drain(now, server, book, watch)?;
        if ends_here {
            watch.count("signed out elsewhere");
            self.check_signed_out()?;
        }
        self.check(book)?;
        self.check_lost(visible.without(self.sight.visible()), book)
    }

    /// The application emits an event.
    pub(crate) fn emit(
        &mut self,
        now: Duration,
        (kind, organization): (usize, Organization),
        payload: &str,
        (server, book, watch): (&Server, &mut Book, &mut Watch),
    ) -> Check {
        use yewdux_socket_core::event::Scope;
        self.clock.wake(now);
        self.outbox.wait(self.clock.read(now).monotonic);
        self.sight.begin_step();
        let organization = (KINDS[kind].scope == Scope::Organization).then_some(organization);
        let request = EmitRequest {
            event_type: KINDS[kind].name.into(),
            organization: organization.map(organization_id),
            payload: RawJson::parse(payload.to_owned()).expect("it is JSON"),
        };
        let result = self.client.emit(self.clock.read(now), &request);
        watch.note(|| format!("{now:?} {} emits {payload}: {result:?}", self.index));
        let accepted = match result {
            Ok(accepted) => {
                watch.count("events emitted");
                book.emitted(&accepted.id, self.writing(now), kind, organization)?;
                Some(accepted)
            }
            Err(error) => {
                watch.count(error.code());
                None
            }
        };
        self.drain(now, server, book, watch)?;
        if let Some(accepted) = accepted {
            let is_true = accepted.in_flight == self.in_flight.contains(&accepted.id);
            ensure!(is_true, rule::OUTCOME, "{accepted:?}, which is not so");
        }
        self.check(book)
    }

    fn writing(&self, now: Duration) -> Writing {
        Writing {
            device: self.index,
            sign_in: self.sight.sign_in,
            user: self.sight.expected,
            now,
            unnoticed: self.clock.unnoticed,
            dedupe: self.sight.limits.dedupe_ms.map(Duration::from_millis),
        }
    }

    fn drain(
        &mut self,
        now: Duration,
        server: &Server,
        book: &mut Book,
        watch: &mut Watch,
    ) -> Check {
        while let Some(effect) = self.client.poll_effect() {
            watch.note(|| format!("    {} -> {effect:?}", self.index));
            match effect {
                Effect::FetchToken { attempt, fresh } => {
                    let steady = self.clock.read(now).monotonic;
                    let early = self.sight.not_before.take().filter(|at| steady < *at);
                    ensure!(early.is_none(), rule::PROTOCOL, "an attempt before {early:?}");
                    ensure!(!self.sight.rests, rule::END, "an attempt that nobody wants");
                    self.wishes.push(Wish::Token { attempt, fresh });
                }
                Effect::Open { socket } => {
                    self.sight.socket = Some(socket);
                    self.socket = Some(socket);
                    self.in_flight.clear();
                    self.wishes.push(Wish::Open(socket));
                }
                Effect::Close { socket, .. } => {
                    if self.sight.socket == Some(socket) {
                        self.sight.lost();
                    }
                    ensure!(self.socket == Some(socket), rule::PROTOCOL, "closed twice");
                    self.socket = None;
                    self.in_flight.clear();
                    self.wishes.push(Wish::Close(socket));
                }
                Effect::Send { socket, frame } => self.send(now, socket, &frame, book)?,
                Effect::Deliver(inbound) => {
                    let truth = Truth {
                        streams: &server.streams,
                        abilities: server.setup.abilities,
                        visible: self.sight.visible(),
                    };
                    self.folds.deliver(&inbound, &truth, &self.client, watch)?;
                }
                Effect::Settled { id, outcome } => {
                    self.in_flight.remove(&id);
                    if outcome != Outcome::Unconfirmed {
                        self.discarded.push(id.clone());
                    }
                    book.settled(self.index, &id, outcome, watch)?;
                }
                Effect::Load { operation, user } => {
                    self.outbox.load(operation, self.clock.read(now).monotonic);
                    let user = self.owner(&user)?;
                    self.wishes.push(Wish::Storage(Operation::Load { operation, user }));
                }
                Effect::Store { operation, user, event } => {
                    book.handed(&event, self.writing(now))?;
                    let user = self.owner(&user)?;
                    self.wishes.push(Wish::Storage(Operation::Store {
                        operation,
                        user,
                        event: *event,
                    }));
                }
                Effect::Remove { user, id } => {
                    book.unkept(&id)?;
                    let user = self.owner(&user)?;
                    self.wishes.push(Wish::Storage(Operation::Remove { user, id }));
                }
                Effect::Erase { user } => {
                    let user = Self::named(&user)?;
                    self.take_leave(Farewell::Erase(user, Extent::All), book)?;
                }
                Effect::EraseHeld { user } => {
                    let user = Self::named(&user)?;
                    self.take_leave(Farewell::Erase(user, Extent::Held), book)?;
                }
                #[cfg(feature = "audit")]
                Effect::Audit { operation, entries } => {
                    self.hand_to_sink(now, operation, entries, watch);
                }
                Effect::SignedOut { user } => {
                    let user = Self::named(&user)?;
                    self.take_leave(Farewell::Tell(user), book)?;
                }
                _ => {}
            }
        }
        let owed = self.sight.pay();
        ensure!(owed.is_none(), rule::END, "a sign-in ended without {owed:?}");
        Ok(())
    }

    /// The client does something because a sign-in ended for good.
    fn take_leave(&mut self, farewell: Farewell, book: &mut Book) -> Check {
        let owed = self.sight.pay();
        let Some((_, sign_in)) = owed.filter(|(owed, _)| *owed == farewell) else {
            ensure!(false, rule::END, "{farewell:?}, it should be {owed:?}");
            return Ok(());
        };
        match farewell {
            Farewell::Tell(user) => self.wishes.push(Wish::Tell(user)),
            Farewell::Erase(user, extent) => {
                book.sign_in_ended(self.index, sign_in);
                self.outbox = StoredOutbox::default();
                self.erased.push(user);
                self.wishes.push(Wish::Storage(Operation::Erase { user, extent }));
            }
        }
        Ok(())
    }

    /// The user that the client names.
    fn named(id: &UserId) -> Check<User> {
        let user = names::user(id.as_str());
        ensure!(user.is_some(), rule::END, "{id} is nobody");
        Ok(user.unwrap_or_default())
    }

    /// Whose outbox it is that the client names.
    fn owner(&self, named: &UserId) -> Check<User> {
        let owners = &self.sight.owners;
        let owner = owners.iter().find(|owner| user_id(**owner) == *named);
        ensure!(
            owner.is_some(),
            rule::END,
            "the stored outbox of {named} is used, it belongs to {owners:?} here"
        );
        Ok(owner.copied().unwrap_or_default())
    }

    fn send(&mut self, now: Duration, socket: SocketId, frame: &str, book: &mut Book) -> Check {
        ensure!(self.socket == Some(socket), rule::PROTOCOL, "written to an old socket: {frame}");
        let item = split_frame(frame.as_bytes()).next().expect("a client writes frames");
        let message = item.and_then(decode_client).expect("a client writes messages");
        match &message {
            ClientMessage::Connect(connect) => {
                let resumes = connect.resume.is_some();
                ensure!(
                    !resumes || self.sight.user.is_some(),
                    rule::END,
                    "a sign-in that ended is resumed"
                );
            }
            ClientMessage::Emit(Emit { id, .. }) => {
                ensure!(
                    !self.outbox.is_loading(),
                    rule::OUTBOUND,
                    "{id} was written before what an earlier page left was there"
                );
                self.in_flight.insert(id.clone());
                book.written(id, self.writing(now))?;
                self.check_limits(now, frame.len())?;
            }
            _ => {}
        }
        self.wishes.push(Wish::Send(socket, message));
        Ok(())
    }

    /// How the application connects.
    pub(crate) fn options(&self) -> ConnectOptions {
        let mut options = ConnectOptions::default();
        options.organizations = self.sight.wanted.map(Organizations::ids);
        options.user = self.expects.then(|| user_id(self.user));
        options
    }

    pub(crate) fn status(&self) -> Status {
        self.client.connection_state().status
    }
}
