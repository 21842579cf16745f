//! What waits to be sent on one connection.
//!
//! The hub must never wait for a slow reader at the other end, so the queue takes everything at once and has a
//! limit. Over the limit nothing is left out in silence: the connection ends, and the client resumes with a
//! new one, or synchronizes anew.

mod item;

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::Notify;
use yewdux_socket_core::OrganizationId;
use yewdux_socket_core::wire::{ServerError, ServerMessage, close};

pub(crate) use item::Item;

/// Messages that share a frame, at most.
const FRAME_MESSAGES: usize = 512;
/// Size of a frame that several messages share, at most. A single message may be larger.
const FRAME_BYTES: usize = 256 * 1024;

/// What the client can take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Mode {
    /// Binary frames.
    pub(crate) binary: bool,
    /// Several messages in a frame.
    pub(crate) coalesce: bool,
}

/// What the writer does next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send a frame.
    Frame(String),
    /// Close with this code; nothing comes after it.
    Close(u16),
}

#[derive(Debug, Default)]
struct Waiting {
    items: VecDeque<Item>,
    counted: usize,
    counted_bytes: usize,
    /// Once set, nothing more is taken in.
    close: Option<u16>,
}

impl Waiting {
    fn take(&mut self) -> Option<Item> {
        let item = self.items.pop_front()?;
        self.discount(&item);
        Some(item)
    }

    fn discount(&mut self, item: &Item) {
        if !item.requested {
            self.counted -= 1;
            self.counted_bytes -= item.len();
        }
    }

    fn clear(&mut self) {
        self.items.clear();
        (self.counted, self.counted_bytes) = (0, 0);
    }

    fn add(&mut self, item: Item) {
        if !item.requested {
            self.counted += 1;
            self.counted_bytes += item.len();
        }
        self.items.push_back(item);
    }
}

/// The queue between the hub and one connection's writer.
#[derive(Debug)]
pub(crate) struct Outgoing {
    waiting: Mutex<Waiting>,
    writer: Notify,
    closing: Notify,
    mode: OnceLock<Mode>,
    max_messages: usize,
    max_bytes: usize,
}

impl Outgoing {
    pub(crate) fn new(max_messages: usize, max_bytes: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            writer: Notify::new(),
            closing: Notify::new(),
            mode: OnceLock::new(),
            max_messages,
            max_bytes,
        }
    }

    /// Sets what the client can take. Until then nothing is assumed.
    pub(crate) fn set_mode(&self, mode: Mode) {
        let _ = self.mode.set(mode);
    }

    pub(crate) fn mode(&self) -> Mode {
        self.mode.get().copied().unwrap_or_default()
    }

    /// Adds a message. If there is no room the connection ends.
    pub(crate) fn push(&self, item: Item) {
        let mut waiting = self.lock();
        if waiting.close.is_some() {
            return;
        }
        let full = waiting.counted >= self.max_messages
            || waiting.counted_bytes + item.len() > self.max_bytes;
        if full && !item.requested {
            drop(waiting);
            tracing::info!("a connection is too slow for what is sent to it");
            let error = ServerError {
                code: "slow_consumer".into(),
                message: "Messages arrive faster than they are read. Reconnect to resume.".into(),
                retryable: true,
                ..ServerError::default()
            };
            self.abort(&[ServerMessage::Error(error)], close::OVERLOADED);
            return;
        }
        waiting.add(item);
        drop(waiting);
        self.writer.notify_one();
    }

    /// Takes back what waits of an organization.
    pub(crate) fn forget(&self, organization: &OrganizationId) {
        let mut waiting = self.lock();
        let items = std::mem::take(&mut waiting.items);
        for item in items {
            waiting.discount(&item);
            if let Some(rest) = item.without(organization) {
                waiting.add(rest);
            }
        }
    }

    /// Ends the connection after what waits.
    pub(crate) fn finish(&self, last: &[ServerMessage], code: u16) {
        self.end(last, code, false);
    }

    /// Ends the connection without what waits.
    pub(crate) fn abort(&self, last: &[ServerMessage], code: u16) {
        self.end(last, code, true);
    }

    fn end(&self, last: &[ServerMessage], code: u16, discard: bool) {
        let mut waiting = self.lock();
        if waiting.close.is_some() {
            return;
        }
        if discard {
            waiting.clear();
        }
        for message in last {
            waiting.add(Item::message(message));
        }
        waiting.close = Some(code);
        drop(waiting);
        self.writer.notify_one();
        self.closing.notify_waiters();
    }

    /// Resolves once the connection is to end.
    pub(crate) async fn closed(&self) {
        loop {
            // Made before the look, so that an end between the two is not missed.
            let closing = self.closing.notified();
            if self.lock().close.is_some() {
                return;
            }
            closing.await;
        }
    }

    /// What to send next: everything that waits, as far as one frame may hold it.
    pub(crate) async fn next(&self) -> Next {
        loop {
            if let Some(next) = self.try_next() {
                return next;
            }
            self.writer.notified().await;
        }
    }

    pub(crate) fn try_next(&self) -> Option<Next> {
        let coalesce = self.mode().coalesce;
        let mut waiting = self.lock();
        let Some(first) = waiting.take() else {
            return waiting.close.map(Next::Close);
        };
        let mut together = vec![first];
        let mut bytes = together[0].len();
        while coalesce && together.len() < FRAME_MESSAGES {
            let Some(item) = waiting.items.front() else { break };
            if bytes + item.len() + 1 > FRAME_BYTES {
                break;
            }
            bytes += item.len() + 1;
            together.extend(waiting.take());
        }
        drop(waiting);
        Some(Next::Frame(frame(&together, bytes)))
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing panics while it holds the lock; if something did, the queue would still be one.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn frame(items: &[Item], bytes: usize) -> String {
    if let [only] = items {
        return only.as_str().to_owned();
    }
    let mut frame = String::with_capacity(bytes + 2);
    for (index, item) in items.iter().enumerate() {
        frame.push(if index == 0 { '[' } else { ',' });
        frame.push_str(item.as_str());
    }
    frame.push(']');
    frame
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use tokio::sync::Semaphore;
    use yewdux_socket_core::wire::{Pong, PresenceSummary, RawJson};
    use yewdux_socket_core::{PresenceDigest, StreamEpoch};

    use super::*;

    fn event(organization: &str, text: &str) -> Item {
        let json = RawJson::parse(serde_json::to_string(text).unwrap()).unwrap();
        Item::event(&OrganizationId::from(organization), &json)
    }

    fn frames(outgoing: &Outgoing) -> Vec<Next> {
        let mut frames = Vec::new();
        while let Some(next) = outgoing.try_next() {
            let last = matches!(next, Next::Close(_));
            frames.push(next);
            if last {
                break;
            }
        }
        frames
    }

    fn texts(outgoing: &Outgoing) -> Vec<String> {
        let text = |next| if let Next::Frame(text) = next { Some(text) } else { None };
        frames(outgoing).into_iter().filter_map(text).collect()
    }

    #[test]
    fn what_waits_shares_a_frame_if_the_client_can_take_it() {
        let outgoing = Outgoing::new(10, 1_000);
        for text in ["a", "b"] {
            outgoing.push(event("north", text));
        }
        assert_eq!(texts(&outgoing), [r#""a""#, r#""b""#]);
        outgoing.set_mode(Mode { coalesce: true, binary: false });
        for text in ["a", "b"] {
            outgoing.push(event("north", text));
        }
        assert_eq!(texts(&outgoing), [r#"["a","b"]"#]);
        outgoing.push(event("north", "alone"));
        assert_eq!(texts(&outgoing), [r#""alone""#], "a single message needs no array");
    }

    #[test]
    fn frames_are_bounded() {
        let outgoing = Outgoing::new(10_000, 10_000_000);
        outgoing.set_mode(Mode { coalesce: true, binary: false });
        (0..1_000).for_each(|_| outgoing.push(event("north", "a")));
        assert_eq!(texts(&outgoing).len(), 2, "512 and 488 messages");
        let large = "x".repeat(100 * 1024);
        (0..5).for_each(|_| outgoing.push(event("north", &large)));
        assert!(texts(&outgoing).iter().all(|text| text.len() <= FRAME_BYTES + 2));
    }

    #[test]
    fn too_much_ends_the_connection() {
        for outgoing in [Outgoing::new(2, 1_000), Outgoing::new(100, 7)] {
            for text in ["a", "b", "c"] {
                outgoing.push(event("north", text));
            }
            let frames = frames(&outgoing);
            assert!(
                matches!(&frames[..], [Next::Frame(error), Next::Close(close::OVERLOADED)] if error.contains("slow_consumer"))
            );
        }
    }

    #[test]
    fn answers_have_room_beside_the_limit() {
        let outgoing = Outgoing::new(1, 1_000);
        (0..5).for_each(|_| outgoing.push(event("north", "replayed").requested()));
        outgoing.push(event("north", "live"));
        assert_eq!(texts(&outgoing).len(), 6);
    }

    #[test]
    fn a_lost_organization_is_taken_back() {
        let outgoing = Outgoing::new(2, 1_000);
        outgoing.push(event("north", "a"));
        outgoing.push(event("south", "b"));
        outgoing.forget(&OrganizationId::from("north"));
        outgoing.push(event("south", "c"));
        assert_eq!(texts(&outgoing), [r#""b""#, r#""c""#], "and makes room");
    }

    #[test]
    fn of_a_pong_only_what_was_lost_is_taken_back() {
        let (north, south) = (OrganizationId::from("north"), OrganizationId::from("south"));
        let summary = PresenceSummary {
            epoch: StreamEpoch::from("e"),
            offset: 1,
            users: 1,
            digest: PresenceDigest::default(),
        };
        let presence = [(north.clone(), summary.clone()), (south, summary)].into();
        let outgoing = Outgoing::new(2, 1_000);
        outgoing.push(Item::pong(Pong { id: 7, server_time: None, presence }));
        outgoing.forget(&north);
        outgoing.push(event("south", "a"));
        let texts = texts(&outgoing);
        assert!(texts[0].contains(r#""id":7"#) && texts[0].contains("south"), "still an answer");
        assert!(!texts[0].contains("north"), "{texts:?}");
        assert_eq!((texts.len(), outgoing.lock().counted_bytes), (2, 0), "and counted as it is");
    }

    #[tokio::test]
    async fn permits_come_back_when_the_message_is_on_its_way() {
        let permits = Arc::new(Semaphore::new(1));
        let outgoing = Outgoing::new(10, 1_000);
        outgoing.push(event("north", "a").holding(permits.clone().try_acquire_owned().unwrap()));
        assert_eq!(permits.available_permits(), 0);
        assert!(matches!(outgoing.next().await, Next::Frame(_)));
        assert_eq!(permits.available_permits(), 1);
    }

    #[tokio::test]
    async fn the_first_end_counts_and_is_noticed() {
        let outgoing = Outgoing::new(10, 1_000);
        outgoing.push(event("north", "a"));
        let ((), ()) = tokio::join!(outgoing.closed(), async { outgoing.finish(&[], 4101) });
        outgoing.abort(&[], 4000);
        outgoing.push(event("north", "too late"));
        assert_eq!(frames(&outgoing), [Next::Frame(r#""a""#.into()), Next::Close(4101)]);
    }
}
