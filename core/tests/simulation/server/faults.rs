//! What a server should not do, or does on a bad day.

use yewdux_socket_core::event::Position;
use yewdux_socket_core::wire::{Map, Ping, Resync, ServerMessage, SnapshotPart};

use super::Server;
use crate::action::{Foreign, Garbage, Limits};
use crate::link::{Down, LinkId, Meaning};
use crate::names::{GHOST, Organization};
use crate::stream::presence_text;
use crate::watch::Watch;

/// Clients accept smaller frames only.
pub(crate) const TOO_LARGE: usize = 20_000;

impl Server {
    /// The server goes away. Nobody is told in the streams who left.
    pub(crate) fn restart(
        &mut self,
        down: std::time::Duration,
        loses_history: bool,
        forgets_sessions: bool,
        code: u16,
    ) {
        for link in std::mem::take(&mut self.connections).into_keys() {
            self.out.push((link, Down::Close(code)));
        }
        for session in self.sessions.values_mut() {
            session.link = None;
        }
        if forgets_sessions {
            self.sessions.clear();
        }
        for stream in &mut self.streams {
            stream.forget_presence();
            if loses_history {
                stream.lose_history();
            }
        }
        self.up_at = self.now + down;
    }

    /// Where pages leave events to later ones, keys are never said to be known for longer than before: a page
    /// cannot know what an earlier one was told.
    pub(crate) fn set_limits(&mut self, limits: Limits) {
        let former = self.limits.dedupe_ms.filter(|_| self.setup.persists);
        let dedupe_ms = limits.dedupe_ms.min(former).or(limits.dedupe_ms).or(former);
        self.limits = Limits { dedupe_ms, ..limits };
    }

    pub(crate) fn reject(&mut self, count: u64) {
        self.rejects = count;
    }

    pub(crate) fn refuse_tokens(&mut self, count: u64) {
        self.refused_tokens = count;
    }

    pub(crate) fn lag(&mut self, answers: u64, by: u64) {
        self.lagging = (answers, by);
    }

    /// Ends all faults.
    pub(crate) fn recover(&mut self) {
        (self.rejects, self.refused_tokens, self.lagging) = (0, 0, (0, 0));
        // Pages that sign in anew every few seconds, and fetch everything each time, are never at rest together.
        self.setup.token_life_ms = None;
        self.up_at = self.up_at.min(self.now);
        for connection in self.connections.values_mut() {
            connection.skipped = 0;
        }
    }

    /// Whether everybody who is connected compares presence.
    fn presence_is_compared(&self) -> bool {
        self.setup.abilities.digest
            && self.connections.values().all(|connection| connection.digests)
    }

    /// Presence changes without a word.
    pub(crate) fn corrupt(&mut self, organization: Organization, sockets: u32, watch: &mut Watch) {
        let present = &mut self.streams[organization].sockets[GHOST];
        if *present != sockets && self.presence_is_compared() {
            watch.count("server: presence corrupted");
            self.streams[organization].sockets[GHOST] = sockets;
        }
    }

    /// The next events are not sent to a connection.
    pub(crate) fn skip(&mut self, link: LinkId, count: u64) {
        if let Some(connection) = self.connections.get_mut(&link)
            && self.setup.abilities.positions
        {
            connection.skipped = count;
        }
    }

    /// Says events and acks again. Without positions a client has no means to tell.
    pub(crate) fn repeat(&mut self, link: LinkId, events: usize, acks: usize) {
        let Some(connection) = self.connections.get(&link) else { return };
        let subscribed = connection.subscribed;
        let events = if self.setup.abilities.positions { events } else { 0 };
        let first = connection.events.len().saturating_sub(events);
        let events: Vec<_> = connection.events.iter().skip(first).cloned().collect();
        let first = connection.acks.len().saturating_sub(acks);
        let acks: Vec<_> = connection.acks.iter().skip(first).cloned().collect();
        for ack in acks {
            self.send(link, &ServerMessage::Ack(ack));
        }
        if subscribed.0 != 0 {
            for text in events {
                self.send_text(link, text);
            }
        }
    }

    /// Says in the middle of a connection that something was missed.
    pub(crate) fn overflow(&mut self, link: LinkId, organization: Organization) {
        if let Some(connection) = self.connections.get_mut(&link)
            && self.setup.abilities.snapshot
            && connection.subscribed.contains(organization)
        {
            connection.resync.insert(organization, self.now);
            self.say_resyncs(link);
        }
    }

    pub(crate) fn ping(&mut self, link: LinkId) {
        if self.connections.get(&link).is_some_and(|connection| connection.user.is_some()) {
            self.send(link, &ServerMessage::Ping(Ping { id: 7 }));
        }
    }

    /// Sends what the connection did not subscribe.
    pub(crate) fn intrude(&mut self, link: LinkId, organization: Organization, what: Foreign) {
        let Some(connection) = self.connections.get(&link) else { return };
        if connection.user.is_none() || connection.subscribed.contains(organization) {
            return;
        }
        let (stream, at) = (&self.streams[organization], self.clock().to_string());
        let head = stream.head();
        match what {
            Foreign::Event => {
                if let Some(text) = stream.last().map(str::to_owned) {
                    self.send_text(link, text);
                }
            }
            Foreign::Online => {
                let presence = presence_text(organization, GHOST, 1, &at);
                let (id, Position { epoch, offset }) = (stream.id(), head);
                let text = format!(
                    r#"{{"type":"user_online","organizationId":"{id}","timestamp":"{at}","epoch":"{epoch}","offset":{offset},"userId":"ghost","user":{presence}}}"#
                );
                self.send_text(link, text);
            }
            Foreign::Snapshot => {
                let part = SnapshotPart {
                    id: 999_999,
                    organization_id: stream.id(),
                    epoch: head.epoch,
                    offset: head.offset,
                    topics: Map::new(),
                    done: true,
                };
                self.send(link, &ServerMessage::Snapshot(part));
            }
            Foreign::Resync => {
                let organization_id = stream.id();
                let resync = Resync { organization_id, epoch: head.epoch, offset: head.offset };
                self.send(link, &ServerMessage::Resync(resync));
            }
        }
    }

    /// Sends something that is no message.
    pub(crate) fn garble(&mut self, link: LinkId, what: Garbage) {
        if !self.connections.contains_key(&link) {
            return;
        }
        let (text, meaning) = match what {
            Garbage::Truncated => (r#"{"type":"note","org"#.to_owned(), Meaning::Unreadable),
            Garbage::NotJson => ("hello".to_owned(), Meaning::Unreadable),
            Garbage::NotUtf8 | Garbage::TooLarge => (String::new(), Meaning::Unreadable),
            Garbage::Empty => ("[]".to_owned(), Meaning::Other),
            Garbage::MixedArray => (
                r#"[1,{"type":"$future"},{"organizationId":"north"}]"#.to_owned(),
                Meaning::Unreadable,
            ),
            Garbage::UnknownWord => (r#"{"type":"$future","x":[1]}"#.to_owned(), Meaning::Other),
            Garbage::WrongFields => {
                (r#"{"type":"$ack","id":"a","status":"perhaps"}"#.to_owned(), Meaning::Unreadable)
            }
            Garbage::DoubledKey => (
                r#"{"type":"note","organizationId":"north","organizationId":"south","timestamp":"2026-01-01T00:00:00Z"}"#
                    .to_owned(),
                Meaning::Unreadable,
            ),
            Garbage::HalfPosition => (
                r#"{"type":"note","organizationId":"north","timestamp":"2026-01-01T00:00:00Z","offset":1}"#
                    .to_owned(),
                Meaning::Unreadable,
            ),
            Garbage::UnaskedSnapshot => (
                r#"{"type":"$snapshot","id":999999,"organizationId":"north","epoch":"x","offset":9,"topics":{},"done":true}"#
                    .to_owned(),
                Meaning::Other,
            ),
            Garbage::UnaskedAck => {
                (r#"{"type":"$ack","id":"nobody","status":"rejected"}"#.to_owned(), Meaning::Other)
            }
        };
        let (bytes, meaning) = match what {
            Garbage::NotUtf8 => (vec![b'"', 0xff, b'"'], meaning),
            Garbage::TooLarge => (vec![b' '; TOO_LARGE + 1], Meaning::TooLarge),
            _ => (text.into_bytes(), meaning),
        };
        self.out.push((link, Down::Raw { bytes, meaning }));
    }
}
