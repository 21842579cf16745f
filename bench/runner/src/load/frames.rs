//! Events in frames, made before anything is measured, so that the server never is what a page waits for.

use bytes::Bytes;

use super::{Generator, Kind, State};

/// Events in a frame of those that fill the state.
const FILLING: usize = 1_000;

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scenario {
    /// Entities that the state holds before anything is measured.
    pub entities: usize,
    /// Events in a frame.
    pub per_frame: usize,
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
    /// How many events to apply have been sent with each frame, all before it included.
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
    /// Is measured.
    pub measured: Frames,
    /// What a page has at the end.
    pub checksum: u32,
}

impl Load {
    /// The load of a scenario.
    pub fn new(scenario: Scenario, dialect: Dialect) -> Self {
        let mut generator = Generator::new(scenario.entities);
        let mut state = State::default();
        let (mut fill, mut measured) = (Frames::default(), Frames::default());
        loop {
            let events: Vec<_> = std::iter::from_fn(|| generator.fill()).take(FILLING).collect();
            if events.is_empty() {
                break;
            }
            events.iter().for_each(|event| state.apply(event));
            fill.events += events.len();
            fill.applied.push(fill.events);
            let texts: Vec<_> = events.into_iter().map(|event| event.json).collect();
            fill.frames.push(dialect.filling(&texts));
        }
        let mut applied = fill.events;
        while measured.events < scenario.events {
            let count = scenario.per_frame.min(scenario.events - measured.events);
            let events: Vec<_> = (0..count).map(|_| generator.next_event()).collect();
            events.iter().for_each(|event| state.apply(event));
            applied += events.iter().filter(|event| event.kind == Kind::Accepted).count();
            measured.events += count;
            measured.applied.push(applied);
            let texts: Vec<_> = events.into_iter().map(|event| event.json).collect();
            measured.frames.push(dialect.frame(&texts));
        }
        Self { fill, measured, checksum: state.checksum() }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const SCENARIO: Scenario = Scenario { entities: 2_500, per_frame: 64, events: 1_000 };

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
        let applied = load.measured.applied() - load.fill.applied();
        assert!((650..800).contains(&applied), "{applied}");
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
