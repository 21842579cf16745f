//! A TCP proxy between page and server that fails on command.
//!
//! Browsers' own emulation of a lost network leaves an open WebSocket half-open and delivers later what was
//! held; a real network loses it. Here the bytes themselves are lost, late or cut.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep;

use crate::Failure;

/// Which way bytes travel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// From the page to the server.
    Up,
    /// From the server to the page.
    Down,
}

/// What the connections keep an eye on. They are numbered in the order in which they come.
#[derive(Debug, Clone, Copy, Default)]
struct Rules {
    /// How many connections have come.
    accepted: u64,
    refusing: bool,
    /// Whether bytes are held back.
    stalled: bool,
    bytes_per_second: Option<u32>,
    /// Connections below this number are cut.
    cut_below: u64,
    /// How often there was a cut.
    cuts: u64,
    /// What connections below this number carry is swallowed.
    swallow_below: u64,
}

impl Rules {
    fn cut(&mut self) {
        self.cut_below = self.accepted;
        self.cuts += 1;
    }
}

/// A cut that waits for its moment.
#[derive(Debug, Clone, Copy)]
enum Plan {
    /// When this many more bytes have passed, wherever that is.
    After(Direction, usize),
    /// Before the last byte of what passes next.
    Inside(Direction),
}

#[derive(Debug)]
struct Shared {
    server: SocketAddr,
    rules: watch::Sender<Rules>,
    plan: Mutex<Option<Plan>>,
    /// What the page is sent before what passes next to it.
    insertion: Mutex<Option<Vec<u8>>>,
}

/// The proxy. Dropping it ends it and every connection through it.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: AbortHandle,
}

impl Proxy {
    /// Listens on a free port, in front of a server.
    pub async fn open(server: SocketAddr) -> Result<Self, Failure> {
        Self::at(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?, server)
    }

    /// Listens where `listener` does, in front of a server.
    pub fn at(listener: TcpListener, server: SocketAddr) -> Result<Self, Failure> {
        let address = listener.local_addr()?;
        let rules = watch::Sender::new(Rules::default());
        let shared =
            Arc::new(Shared { server, rules, plan: Mutex::default(), insertion: Mutex::default() });
        let accepting = tokio::spawn(accept(listener, shared.clone())).abort_handle();
        Ok(Self { address, shared, accepting })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    fn change(&self, change: impl FnOnce(&mut Rules)) {
        self.shared.rules.send_modify(change);
    }

    fn plan(&self, plan: Plan) {
        *self.shared.plan.lock().unwrap_or_else(PoisonError::into_inner) = Some(plan);
    }

    /// Resets the present connections, on both sides.
    pub fn cut(&self) {
        self.change(Rules::cut);
    }

    /// Resets them when this many more bytes have passed in a direction, wherever in a frame that is.
    pub fn cut_after(&self, direction: Direction, bytes: usize) {
        self.plan(Plan::After(direction, bytes));
    }

    /// Resets them before the last byte of what passes next in a direction, so in the middle of a frame.
    pub fn cut_inside_a_frame(&self, direction: Direction) {
        self.plan(Plan::Inside(direction));
    }

    /// Sends the page these bytes before what passes next to it. Where nothing else is under way that is between two
    /// frames.
    pub fn insert(&self, bytes: Vec<u8>) {
        *self.shared.insertion.lock().unwrap_or_else(PoisonError::into_inner) = Some(bytes);
    }

    /// How often there was a cut.
    pub fn cuts(&self) -> u64 {
        self.shared.rules.borrow().cuts
    }

    /// Waits until there were so many cuts.
    pub async fn was_cut(&self, cuts: u64) {
        // It fails only if the sender is gone, which is this proxy's own.
        drop(self.shared.rules.subscribe().wait_for(|rules| rules.cuts >= cuts).await);
    }

    /// Swallows all that the present connections carry, and tells nobody. New connections pass.
    pub fn black_hole(&self) {
        self.change(|rules| rules.swallow_below = rules.accepted);
    }

    /// Resets new connections as soon as they are made, or lets them pass again.
    pub fn refuse(&self, refusing: bool) {
        self.change(|rules| rules.refusing = refusing);
    }

    /// Holds all bytes back, or lets them go on.
    pub fn stall(&self, stalled: bool) {
        self.change(|rules| rules.stalled = stalled);
    }

    /// Passes on only so many bytes a second, for each connection and direction, or as fast as they come.
    pub fn throttle(&self, bytes_per_second: Option<u32>) {
        self.change(|rules| rules.bytes_per_second = bytes_per_second);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        // The connections are the accepting task's own and end with it.
        self.accepting.abort();
    }
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    let mut connections = JoinSet::new();
    while let Ok((page, _)) = listener.accept().await {
        let mut number = 0;
        shared.rules.send_modify(|rules| {
            number = rules.accepted;
            rules.accepted += 1;
        });
        if shared.rules.borrow().refusing {
            reset(page);
        } else {
            connections.spawn(carry(page, number, shared.clone()));
        }
        while connections.try_join_next().is_some() {}
    }
}

/// Why carrying stopped before both sides were done.
struct Cut;

async fn carry(mut page: TcpStream, number: u64, shared: Arc<Shared>) {
    let Ok(mut server) = TcpStream::connect(shared.server).await else { return reset(page) };
    // Whether small frames wait for more does not matter to the tests' outcome, only to their time.
    let _ = (page.set_nodelay(true), server.set_nodelay(true));
    let mut rules = shared.rules.subscribe();
    let (from_page, to_page) = page.split();
    let (from_server, to_server) = server.split();
    let both = async {
        tokio::try_join!(
            pump(Direction::Up, number, from_page, to_server, &shared),
            pump(Direction::Down, number, from_server, to_page, &shared),
        )
    };
    let carried = tokio::select! {
        carried = both => carried.map(drop),
        _ = rules.wait_for(|rules| rules.cut_below > number) => Err(Cut),
    };
    if carried.is_err() {
        reset(page);
        reset(server);
    }
}

async fn pump(
    direction: Direction,
    number: u64,
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    shared: &Shared,
) -> Result<(), Cut> {
    let mut rules = shared.rules.subscribe();
    let mut buffer = vec![0; 16 * 1024];
    loop {
        // A connection that failed is one that ended: what to tell the other side is the same.
        let read = from.read(&mut buffer).await.unwrap_or(0);
        let Ok(now) = rules.wait_for(|rules| !rules.stalled).await.map(|rules| *rules) else {
            return Err(Cut);
        };
        if now.swallow_below > number {
            if read == 0 {
                return Ok(());
            }
            continue;
        }
        if read == 0 {
            // The other side may be gone already.
            let _ = to.shutdown().await;
            return Ok(());
        }
        if let Some(rate) = now.bytes_per_second {
            sleep(Duration::from_secs(1) * u32::try_from(read).unwrap_or(u32::MAX) / rate).await;
        }
        if let Some(bytes) = shared.inserted(direction)
            && to.write_all(&bytes).await.is_err()
        {
            return Err(Cut);
        }
        let before = shared.cut_within(direction, read);
        if to.write_all(&buffer[..before.unwrap_or(read)]).await.is_err() {
            return Err(Cut);
        }
        if before.is_some() {
            shared.rules.send_modify(Rules::cut);
            return Err(Cut);
        }
    }
}

impl Shared {
    /// What is to come before what passes now.
    fn inserted(&self, direction: Direction) -> Option<Vec<u8>> {
        let mut insertion = self.insertion.lock().unwrap_or_else(PoisonError::into_inner);
        if direction == Direction::Down { insertion.take() } else { None }
    }

    /// After how many of the next bytes the planned cut comes, if it comes within them.
    fn cut_within(&self, direction: Direction, bytes: usize) -> Option<usize> {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        let before = match &mut *plan {
            Some(Plan::Inside(planned)) if *planned == direction => bytes - 1,
            Some(Plan::After(planned, left)) if *planned == direction => {
                if bytes < *left {
                    *left -= bytes;
                    return None;
                }
                *left
            }
            _ => return None,
        };
        *plan = None;
        Some(before)
    }
}

/// Closes a connection by a reset, as a network does that lost its state.
fn reset(stream: TcpStream) {
    // Without it the close is a friendly one, which is bad enough for the other side.
    let _ = stream.set_zero_linger();
    drop(stream);
}
