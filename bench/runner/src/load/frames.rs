//! Events in frames, made before anything is measured, so that the server never is what a page waits for.

use bytes::Bytes;

use super::{Event, Generator, Kind, State};

/// Events in a frame of those that fill the state.
const FILLING: usize = 1_000;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scenario {
    /// Entities that the state holds before anything is measured.
    pub entities: usize,
    /// Events in a frame.
    pub per_frame: usize,
    /// Events before anything is measured, so that the engines have optimized what runs often.
    pub warm_up: usize,
    /// Events that are measured.
    pub events: usize,
}

/// How a page wants its frames.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// Protocol v1: the state is filled by events.
    V1,
    /// Bare JSON: the state is filled by snapshots.
    Plain,
    /// What socket.io-client reads.
    SocketIo,
}

impl Dialect {
    fn frame(self, events: &[String]) -> Bytes {
        let body = match events {
            [single] => single.clone(),
            several => format!("[{}]", several.join(",")),
        };
        match self {
            Self::V1 | Self::Plain => body.into(),
            Self::SocketIo if events.len() == 1 => format!(r#"42["event",{body}]"#).into(),
            Self::SocketIo => format!(r#"42["events",{body}]"#).into(),
        }
    }

    fn filling(self, events: &[String]) -> Bytes {
        let body = events.join(",");
        match self {
            Self::V1 => format!("[{body}]").into(),
            Self::Plain => format!(r#"{{"type":"snapshot","events":[{body}]}}"#).into(),
            Self::SocketIo => format!(r#"42["snapshot",{{"events":[{body}]}}]"#).into(),
        }
    }
}

/// Frames in their order.
#[derive(Debug, Clone, Default)]
pub struct Frames {
    /// The frames.
    pub frames: Vec<Bytes>,
    /// How many events that are to be applied a page has been sent with each frame, all before it included.
    pub applied: Vec<usize>,
    /// Events in all.
    pub events: usize,
}

impl Frames {
    /// Events that a page has applied at the end.
    pub fn applied(&self) -> usize {
        self.applied.last().copied().unwrap_or(0)
    }
}

/// All that is sent to one page.
#[derive(Debug, Clone, Default)]
pub struct Load {
    /// Fills the state.
    pub fill: Frames,
    /// Warms the page up.
    pub warm_up: Frames,
    /// Is measured.
    pub measured: Frames,
    /// What a page has at the end.
    pub checksum: u32,
}

impl Load {
    /// The load of a scenario.
    pub fn new(scenario: Scenario, dialect: Dialect) -> Self {
        let mut maker = Maker::new(scenario, dialect);
        Self {
            fill: maker.fill(),
            warm_up: maker.frames(scenario.warm_up),
            measured: maker.frames(scenario.events),
            checksum: maker.state.checksum(),
        }
    }
}

/// Makes one stage after the other.
struct Maker {
    generator: Generator,
    state: State,
    applied: usize,
    per_frame: usize,
    dialect: Dialect,
}

impl Maker {
    fn new(scenario: Scenario, dialect: Dialect) -> Self {
        Self {
            generator: Generator::new(scenario.entities),
            state: State::default(),
            applied: 0,
            per_frame: scenario.per_frame,
            dialect,
        }
    }

    fn fill(&mut self) -> Frames {
        let mut frames = Frames::default();
        loop {
            let events: Vec<_> =
                std::iter::from_fn(|| self.generator.fill()).take(FILLING).collect();
            if events.is_empty() {
                return frames;
            }
            self.add(&mut frames, events, Dialect::filling);
        }
    }

    fn frames(&mut self, events: usize) -> Frames {
        let mut frames = Frames::default();
        while frames.events < events {
            let count = self.per_frame.min(events - frames.events);
            let events = (0..count).map(|_| self.generator.next_event()).collect();
            self.add(&mut frames, events, Dialect::frame);
        }
        frames
    }

    fn add(
        &mut self,
        frames: &mut Frames,
        events: Vec<Event>,
        frame: fn(Dialect, &[String]) -> Bytes,
    ) {
        for event in &events {
            self.state.apply(event);
        }
        self.applied += events.iter().filter(|event| event.kind == Kind::Accepted).count();
        frames.events += events.len();
        frames.applied.push(self.applied);
        let texts: Vec<_> = events.into_iter().map(|event| event.json).collect();
        frames.frames.push(frame(self.dialect, &texts));
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const SCENARIO: Scenario =
        Scenario { entities: 2_500, per_frame: 64, warm_up: 500, events: 1_000 };

    fn texts(frames: &Frames) -> Vec<Value> {
        let parse = |frame: &Bytes| serde_json::from_slice(frame).unwrap_or_default();
        frames.frames.iter().map(parse).collect()
    }

    #[test]
    fn every_event_is_in_a_frame_and_counted() {
        let load = Load::new(SCENARIO, Dialect::V1);
        let events: usize =
            texts(&load.measured).iter().filter_map(Value::as_array).map(Vec::len).sum();
        assert_eq!((events, load.measured.events), (1_000, 1_000));
        assert_eq!(load.measured.frames.len(), 16);
        assert_eq!(load.measured.applied.len(), 16);
        assert_eq!((load.fill.events, load.fill.applied()), (2_502, 2_502));
        let applied = load.measured.applied() - load.warm_up.applied();
        assert!((650..800).contains(&applied), "{applied}");
        assert_eq!(load.warm_up.events, 500);
    }

    #[test]
    fn all_dialects_say_the_same() {
        let [v1, plain, socket_io] = [Dialect::V1, Dialect::Plain, Dialect::SocketIo]
            .map(|dialect| Load::new(SCENARIO, dialect));
        assert_eq!(v1.checksum, plain.checksum);
        assert_eq!(v1.measured.frames, plain.measured.frames);
        let text = String::from_utf8_lossy(&v1.measured.frames[0]).into_owned();
        assert_eq!(socket_io.measured.frames[0], format!(r#"42["events",{text}]"#));
        assert_eq!(texts(&plain.fill)[0]["events"], texts(&v1.fill)[0]);
    }

    #[test]
    fn a_single_event_is_no_array() {
        let load = Load::new(Scenario { per_frame: 1, ..SCENARIO }, Dialect::Plain);
        assert!(texts(&load.measured).iter().all(Value::is_object));
    }
}
