//! One organization's event history: consecutive offsets from 1, the last events kept for replay.

use std::collections::VecDeque;

use yewdux_socket_core::StreamEpoch;
use yewdux_socket_core::event::Position;
use yewdux_socket_core::wire::{MAX_OFFSET, RawJson};

/// The history of one organization.
#[derive(Debug)]
pub(super) struct Stream {
    epoch: StreamEpoch,
    events: VecDeque<RawJson>,
    /// The offset of the first kept event, or of the next one if none is kept.
    first: u64,
    bytes: usize,
    max_events: usize,
    max_bytes: usize,
}

impl Stream {
    pub(super) fn new(
        epoch: StreamEpoch,
        first: u64,
        events: Vec<RawJson>,
        max_events: usize,
        max_bytes: usize,
    ) -> Self {
        let bytes = events.iter().map(|event| event.as_str().len()).sum();
        let mut stream = Self {
            epoch,
            events: events.into(),
            first,
            bytes,
            max_events: max_events.max(1),
            max_bytes,
        };
        stream.trim();
        stream
    }

    /// The position of the last event.
    pub(super) fn head(&self) -> Position {
        Position { epoch: self.epoch.clone(), offset: self.first + self.events.len() as u64 - 1 }
    }

    /// The position that the next event will have.
    pub(super) fn next(&self) -> Position {
        let head = self.head();
        Position { offset: head.offset + 1, ..head }
    }

    /// Adds the event at [`Self::next`]. Returns the offset that the history begins at from now on, if it is
    /// another than before.
    pub(super) fn push(&mut self, event: RawJson) -> Option<u64> {
        self.bytes += event.as_str().len();
        self.events.push_back(event);
        self.trim()
    }

    /// Drops the oldest events over the limits. The last one stays in any case: a store that keeps it knows
    /// the offset of the next.
    fn trim(&mut self) -> Option<u64> {
        let before = self.first;
        while self.events.len() > self.max_events
            || (self.bytes > self.max_bytes && self.events.len() > 1)
        {
            if let Some(event) = self.events.pop_front() {
                self.bytes -= event.as_str().len();
                self.first += 1;
            }
        }
        (self.first != before).then_some(self.first)
    }

    /// The events after a position, or `None` if they are not all here.
    pub(super) fn after(&self, position: &Position) -> Option<impl Iterator<Item = &RawJson>> {
        // A client says what it likes: no offset is above the bound, and the sum below must not overflow.
        if position.offset > MAX_OFFSET
            || position.offset > self.head().offset
            || position.epoch != self.epoch
        {
            return None;
        }
        // At most as large as the number of kept events, which is a `usize`.
        let skip = usize::try_from((position.offset + 1).checked_sub(self.first)?).ok()?;
        Some(self.events.iter().skip(skip))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(offset: u64) -> RawJson {
        RawJson::of(&offset).unwrap()
    }

    fn stream(events: u64, max_events: usize, max_bytes: usize) -> Stream {
        let mut stream = Stream::new(StreamEpoch::from("e"), 1, Vec::new(), max_events, max_bytes);
        for _ in 0..events {
            let offset = stream.next().offset;
            stream.push(event(offset));
        }
        stream
    }

    fn after(stream: &Stream, epoch: &str, offset: u64) -> Option<Vec<u64>> {
        let position = Position { epoch: StreamEpoch::from(epoch), offset };
        stream.after(&position).map(|events| events.map(|event| event.read().unwrap()).collect())
    }

    #[test]
    fn offsets_are_consecutive_from_one() {
        assert_eq!(stream(0, 10, 1_000).next().offset, 1);
        assert_eq!(stream(3, 10, 1_000).head().offset, 3);
        assert_eq!(after(&stream(3, 10, 1_000), "e", 0), Some(vec![1, 2, 3]));
    }

    #[test]
    fn only_what_is_whole_is_replayed() {
        let stream = stream(10, 4, 1_000);
        assert_eq!(after(&stream, "e", 6), Some(vec![7, 8, 9, 10]), "the oldest that is kept");
        assert_eq!(after(&stream, "e", 10), Some(vec![]), "nothing was missed");
        assert_eq!(after(&stream, "e", 5), None, "6 is gone");
        assert_eq!(after(&stream, "e", 11), None, "never happened");
        for offset in [MAX_OFFSET, MAX_OFFSET + 1, u64::MAX - 1, u64::MAX] {
            assert_eq!(after(&stream, "e", offset), None, "{offset}");
        }
        assert_eq!(after(&stream, "other", 8), None);
    }

    #[test]
    fn bytes_are_bounded_too_and_the_last_event_stays() {
        let stream = stream(10, 100, 1);
        assert_eq!(after(&stream, "e", 9), Some(vec![10]));
        assert_eq!(after(&stream, "e", 8), None);
    }

    #[test]
    fn a_stored_history_goes_on() {
        let mut stream = Stream::new(StreamEpoch::from("e"), 6, vec![event(6), event(7)], 2, 1_000);
        assert_eq!(stream.next().offset, 8);
        assert_eq!(stream.push(event(8)), Some(7), "and says where it begins");
        assert_eq!(after(&stream, "e", 6), Some(vec![7, 8]));
    }
}
