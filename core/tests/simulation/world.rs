//! Devices, lines and the server together, on true time. Whatever is due next happens next.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use yewdux_socket_core::{Client, Config, Input, SocketId};

use crate::action::Setup;
use crate::book::Book;
use crate::control::Control;
use crate::device::Device;
use crate::dice::Dice;
use crate::link::{Arrival, Link, LinkId, Meaning, Up};
use crate::names::{self, User};
use crate::recovery::Careless;
use crate::server::{Server, TOO_LARGE, TOPIC};
use crate::storage::Storage;
use crate::watch::{Check, Trace, Watch, ensure, rule};

/// Latency and flush interval of a line at first.
pub(crate) const PACE: (Duration, Duration) = (Duration::from_millis(20), Duration::ZERO);
/// How much may happen without time passing.
const MOST_AT_ONCE: u32 = 5_000;

/// The first user and those of the other devices. One of them has two.
const PEOPLE: [User; 3] = [0, 1, 0];

/// How long the memory of a device lasts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Memory {
    /// As long as the page.
    Page,
    /// Over reloads, in the browser.
    Browser,
}

pub(crate) struct World {
    pub(crate) now: Duration,
    pub(crate) server: Server,
    pub(crate) devices: Vec<Device>,
    pub(crate) links: BTreeMap<LinkId, Link>,
    pub(crate) next_link: LinkId,
    pub(crate) paces: Vec<(Duration, Duration)>,
    pub(crate) storage: Storage,
    pub(crate) book: Book,
    pub(crate) watch: Watch,
    control: Control,
    dice: Dice,
    /// How many values were made up.
    pub(crate) values: u64,
}

/// What happens next.
#[derive(Clone, Copy)]
enum Due {
    Timer(usize),
    Task(usize, usize),
    Up(LinkId),
    Down(LinkId),
    Storage(usize),
    Server,
}

impl World {
    pub(crate) fn new(seed: u64, setup: &Setup, control: Control, trace: Trace) -> Self {
        let mut world = Self {
            now: Duration::ZERO,
            server: Server::new(setup),
            devices: Vec::new(),
            links: BTreeMap::new(),
            next_link: 0,
            paces: Vec::new(),
            storage: Storage::new(control.breach),
            book: Book::default(),
            watch: Watch::new(trace),
            control,
            dice: Dice::new(!seed),
            values: 0,
        };
        for (device, user) in PEOPLE[..setup.devices].iter().enumerate() {
            let browser = if setup.tabs && device == 2 { 0 } else { device };
            let memory = if setup.persists { Memory::Browser } else { Memory::Page };
            world.add_device(*user, browser, memory);
        }
        world
    }

    /// A device of its own, with a client that knows nothing.
    pub(crate) fn add_device(&mut self, user: User, browser: usize, memory: Memory) {
        let index = self.devices.len();
        let client = self.new_client(memory);
        let mut device = Device::new(index, user, (client, memory), &self.server.setup);
        device.tasks[0].0 = self.now;
        self.devices.push(device);
        self.paces.push(PACE);
        self.storage.add(browser);
    }

    /// A client that knows nothing.
    pub(crate) fn new_client(&mut self, memory: Memory) -> Client {
        let setup = &self.server.setup;
        let mut config = Config::default();
        config.registry = names::registry();
        config.permissions = names::permissions();
        config.topics = vec![TOPIC.to_owned()];
        config.inbound.max_frame_bytes = TOO_LARGE;
        config.outbox.max_events = setup.outbox_events;
        config.outbox.max_bytes = setup.outbox_bytes;
        config.emit_rate.burst = setup.emit_burst;
        config.persist = memory != Memory::Page;
        config.audit.sink = cfg!(feature = "audit");
        config.audit.head_interval = Duration::from_secs(5);
        if setup.careless {
            config.recovery = Arc::new(Careless);
        }
        Client::new(self.control.apply(config), self.dice.entropy())
    }

    /// A value that was never there before.
    pub(crate) fn value(&mut self, padding: usize) -> String {
        self.values += 1;
        format!("v{}{}", self.values, "x".repeat(padding))
    }

    /// Lets time pass.
    pub(crate) fn pass(&mut self, time: Duration) -> Check {
        let end = self.now + time;
        let mut at_once = 0;
        while let Some((at, due)) = self.next().filter(|(at, _)| *at <= end) {
            at_once = if at > self.now { 0 } else { at_once + 1 };
            ensure!(at_once < MOST_AT_ONCE, rule::BOUNDS, "it does not come to rest");
            self.set_time(at.max(self.now));
            self.carry_out(due)?;
        }
        self.set_time(end);
        Ok(())
    }

    fn set_time(&mut self, now: Duration) {
        self.now = now;
        self.server.now = now;
    }

    fn next(&self) -> Option<(Duration, Due)> {
        let mut first: Option<(Duration, Due)> = self.server.deadline().map(|at| (at, Due::Server));
        let mut consider = |at: Option<Duration>, due: Due| {
            if let Some(at) = at
                && first.is_none_or(|(first, _)| at < first)
            {
                first = Some((at, due));
            }
        };
        for (id, link) in &self.links {
            consider(link.next_up(), Due::Up(*id));
            let device = &self.devices[link.device];
            consider(link.next_down().map(|at| device.clock.awake_at(at)), Due::Down(*id));
        }
        for device in &self.devices {
            for (task, (at, _)) in device.tasks.iter().enumerate() {
                consider(Some(device.clock.awake_at(*at)), Due::Task(device.index, task));
            }
            consider(device.timer(), Due::Timer(device.index));
            let stored = self.storage.next(device.index);
            consider(stored.map(|at| device.clock.awake_at(at)), Due::Storage(device.index));
        }
        first
    }

    fn carry_out(&mut self, due: Due) -> Check {
        match due {
            Due::Server => self.server.tick(),
            Due::Timer(device) => self.step(device, Input::Tick)?,
            Due::Task(device, task) => {
                let (_, task) = self.devices[device].tasks.remove(task);
                self.task(device, &task)?;
            }
            Due::Storage(device) => self.keep(device)?,
            Due::Up(id) => self.hear(id)?,
            Due::Down(id) => self.arrive(id)?,
        }
        self.carry_server();
        Ok(())
    }

    /// Puts on the lines what the server says.
    pub(crate) fn carry_server(&mut self) {
        for (id, down) in std::mem::take(&mut self.server.out) {
            if let Some(link) = self.links.get_mut(&id) {
                link.send_down(self.now, down);
            }
        }
    }

    fn hear(&mut self, id: LinkId) -> Check {
        let Some(up) = self.links.get_mut(&id).and_then(Link::take_up) else { return Ok(()) };
        match up {
            Up::Message(message) => {
                self.watch.note(|| format!("    server {id} <- {message:?}"));
                self.server.hear(id, message, &mut self.book, &mut self.watch)?;
            }
            Up::Closed => self.server.gone(id),
        }
        self.tidy(id);
        Ok(())
    }

    fn arrive(&mut self, id: LinkId) -> Check {
        // Servers that can do nothing else do not coalesce either.
        let coalesced = self.server.setup.abilities.snapshot;
        let Some(link) = self.links.get_mut(&id) else { return Ok(()) };
        let (device, Some(socket)) = (link.device, link.socket) else { return Ok(()) };
        let arrival = link.take_down(self.now, coalesced);
        if self.devices[device].sight.socket != Some(socket) {
            self.watch.count("arrived on an old socket");
        }
        match arrival {
            Some(Arrival::Frame { bytes, meanings }) => {
                self.watch.count("frames");
                self.watch.add("messages", meanings.len() as u64);
                self.watch.note(|| String::from_utf8_lossy(&bytes).into_owned());
                self.step_meaning(device, Input::Frame { socket, data: bytes }, &meanings)?;
            }
            Some(Arrival::Closed(code)) => {
                link.client_done = true;
                self.step(device, Input::Closed { socket, code })?;
            }
            None => {}
        }
        self.tidy(id);
        Ok(())
    }

    /// Forgets a line on which nothing can happen any more.
    fn tidy(&mut self, id: LinkId) {
        let over = |link: &Link| link.client_done && link.is_quiet();
        if self.links.get(&id).is_some_and(over) && !self.server.knows(id) {
            self.links.remove(&id);
        }
    }

    pub(crate) fn step(&mut self, device: usize, input: Input) -> Check {
        self.step_meaning(device, input, &[])
    }

    fn step_meaning(&mut self, device: usize, input: Input, meanings: &[Meaning]) -> Check {
        let state = (&self.server, &mut self.book, &mut self.watch);
        self.devices[device].step(self.now, input, meanings, state)?;
        self.settle_step(device)
    }

    /// After each step of a client: does what it wants done, and looks at what is stored.
    pub(crate) fn settle_step(&mut self, device: usize) -> Check {
        self.grant(device);
        self.check_kept(device)
    }

    pub(crate) fn link_of(
        &mut self,
        device: usize,
        socket: SocketId,
    ) -> Option<(LinkId, &mut Link)> {
        let mut links = self.links.iter_mut();
        let found = links.find(|(_, link)| link.device == device && link.socket == Some(socket))?;
        Some((*found.0, found.1))
    }

    /// The line of the socket that counts, if it is open.
    pub(crate) fn line(&mut self, device: usize) -> Option<(LinkId, &mut Link)> {
        let socket = self.devices[device].sight.socket?;
        self.link_of(device, socket)
    }
}
