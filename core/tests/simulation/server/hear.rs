//! What a client says.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use serde::Deserialize;
use yewdux_socket_core::wire::{
    Ack, AckStatus, ClientMessage, Emit, PRESENCE_TOPIC, Pong, PresenceSummary, RawJson, Refresh,
    Refreshed, ServerError, ServerMessage, SnapshotPart, SnapshotRequest,
};

use super::{GRACE, Key, REMEMBERED, Server};
use crate::book::Book;
use crate::link::LinkId;
use crate::names::{self, KINDS, User};
use crate::stream::{Entry, entry_json, online, presence_text};
use crate::watch::{Check, Watch, ensure, rule};

/// The topic of the organization's state.
pub(crate) const TOPIC: &str = "entries";

/// An emitted event.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Emitted {
    #[serde(rename = "type")]
    kind: String,
    organization_id: Option<String>,
    key: u64,
    value: String,
}

impl Server {
    /// A message came in. One of a connection that is over does not count.
    pub(crate) fn hear(
        &mut self,
        link: LinkId,
        message: ClientMessage,
        book: &mut Book,
        watch: &mut Watch,
    ) -> Check {
        let Some(connection) = self.connections.get(&link) else { return Ok(()) };
        let Some(user) = connection.user else {
            let ClientMessage::Connect(connect) = message else {
                ensure!(false, rule::PROTOCOL, "{message:?} before `$connect`");
                return Ok(());
            };
            self.connect(link, &connect, watch);
            return Ok(());
        };
        match message {
            ClientMessage::Emit(emit) => self.emit(link, user, emit, book, watch)?,
            ClientMessage::Ping(ping) => {
                let pong = self.pong(link, ping.id);
                self.send(link, &ServerMessage::Pong(pong));
            }
            ClientMessage::Subscribe(list) => {
                self.subscribe(link, Self::organizations(&list.organizations), true);
            }
            ClientMessage::Unsubscribe(list) => {
                self.subscribe(link, Self::organizations(&list.organizations), false);
            }
            ClientMessage::Snapshot(request) => self.snapshot(link, user, &request, watch),
            ClientMessage::Refresh(refresh) => self.refresh(link, user, &refresh, watch),
            #[cfg(feature = "audit")]
            ClientMessage::Audit(head) => self.countersign(link, user, head, watch)?,
            ClientMessage::Pong(_) => {}
            other => ensure!(false, rule::PROTOCOL, "{other:?} on an open connection"),
        }
        Ok(())
    }

    fn emit(
        &mut self,
        link: LinkId,
        user: User,
        Emit { id, event }: Emit,
        book: &mut Book,
        watch: &mut Watch,
    ) -> Check {
        let now = self.now;
        let keys = &mut self.accounts[user].keys;
        keys.retain(|_, key| key.known_until.is_none_or(|until| now < until));
        let answer = |status, code: Option<&str>| Ack {
            id: id.clone(),
            status,
            code: code.map(str::to_owned),
            reason: code.map(str::to_owned),
        };
        if let Some(key) = keys.get(&id) {
            watch.count("server: key known");
            ensure!(
                key.body == event.as_str(),
                rule::OUTBOUND,
                "{id} came with another body than before"
            );
            self.acknowledge(link, answer(AckStatus::Accepted, None));
            return Ok(());
        }
        if self.rejected.contains(&id) {
            watch.count("server: rejected again");
            self.acknowledge(link, answer(AckStatus::Rejected, Some("unwelcome")));
            return Ok(());
        }
        let emitted: Emitted = event.read().expect("the client checks what it emits");
        let organization = emitted.organization_id.as_deref();
        let organization = organization
            .and_then(|name| names::ORGANIZATIONS.iter().position(|known| *known == name));
        let permitted = organization
            .is_none_or(|organization| self.accounts[user].member.contains(organization));
        if !permitted {
            watch.count("server: not permitted");
            self.rejected.insert(id.clone());
            self.acknowledge(link, answer(AckStatus::Rejected, Some("not_permitted")));
            return Ok(());
        }
        if self.rejects > 0 {
            self.rejects -= 1;
            self.rejected.insert(id.clone());
            self.acknowledge(link, answer(AckStatus::Rejected, Some("unwelcome")));
            return Ok(());
        }
        book.applied(&id)?;
        watch.count("events in effect");
        let dedupe = self.connections.get(&link).and_then(|connection| connection.dedupe);
        let known_until = dedupe.map(|dedupe| now + dedupe + GRACE);
        let key = Key { body: event.as_str().to_owned(), known_until };
        self.accounts[user].keys.insert(id.clone(), key);
        if self.setup.abilities.ack {
            self.acknowledge(link, answer(AckStatus::Accepted, None));
        }
        let kind = KINDS.iter().find(|kind| kind.name == emitted.kind).expect("it is registered");
        let (key, value) = (emitted.key, emitted.value);
        match organization {
            Some(organization) => {
                self.publish(organization, Entry::Change { kind: kind.name, key, value });
            }
            None => self.broadcast(key, &value),
        }
        Ok(())
    }

    fn acknowledge(&mut self, link: LinkId, ack: Ack) {
        if let Some(connection) = self.connections.get_mut(&link) {
            if connection.acks.len() == REMEMBERED {
                connection.acks.pop_front();
            }
            connection.acks.push_back(ack.clone());
        }
        self.send(link, &ServerMessage::Ack(ack));
    }

    fn pong(&self, link: LinkId, id: u64) -> Pong {
        let connection = &self.connections[&link];
        let mut presence = BTreeMap::new();
        if connection.digests {
            for organization in connection.subscribed.iter() {
                let stream = &self.streams[organization];
                let (head, (users, digest)) = (stream.head(), stream.presence_digest());
                let summary =
                    PresenceSummary { epoch: head.epoch, offset: head.offset, users, digest };
                presence.insert(stream.id(), summary);
            }
        }
        Pong { id, server_time: Some(self.clock()), presence: presence.into() }
    }

    fn snapshot(&mut self, link: LinkId, user: User, request: &SnapshotRequest, watch: &mut Watch) {
        let Some(organization) = names::organization(&request.organization_id)
            .filter(|organization| self.accounts[user].member.contains(*organization))
        else {
            let error = ServerError {
                code: "foreign_organization".to_owned(),
                message: "This organization is not yours.".to_owned(),
                ..ServerError::default()
            };
            return self.send(link, &ServerMessage::Error(error));
        };
        let by = if self.lagging.0 > 0 { self.lagging.1 } else { 0 };
        self.lagging.0 = self.lagging.0.saturating_sub(1);
        let (position, entries, sockets) = self.streams[organization].lagging(by);
        let at = self.clock().to_string();
        let mut all: VecDeque<(&str, RawJson)> = VecDeque::new();
        for topic in &request.topics {
            if topic == PRESENCE_TOPIC {
                let texts = online(&sockets)
                    .map(|(user, count)| presence_text(organization, user, count, &at));
                let texts = texts.map(|text| RawJson::parse(text).expect("it is JSON"));
                all.extend(texts.map(|entry| (PRESENCE_TOPIC, entry)));
            } else if topic == TOPIC {
                all.extend(entries.iter().map(|(key, value)| (TOPIC, entry_json(*key, value))));
            }
        }
        let whole = request.topics.len() > 1;
        watch.count(if whole { "server: snapshot" } else { "server: presence snapshot" });
        let connection = self.connections.get_mut(&link).expect("it is connected");
        if whole {
            connection.resync.remove(&organization);
        }
        let mut due = self.now;
        loop {
            let mut topics: BTreeMap<String, Vec<RawJson>> = BTreeMap::new();
            for (topic, entry) in all.drain(..self.setup.part_entries.min(all.len())) {
                topics.entry(topic.to_owned()).or_default().push(entry);
            }
            let done = all.is_empty();
            let part = SnapshotPart {
                id: request.id,
                organization_id: request.organization_id.clone(),
                epoch: position.epoch.clone(),
                offset: position.offset,
                topics: topics.into(),
                done,
            };
            connection.parts.push_back((due, part));
            if done {
                break;
            }
            due += Duration::from_millis(self.setup.part_gap_ms);
        }
        self.say_parts(link);
    }

    /// Sends the parts of snapshots that are due.
    pub(super) fn say_parts(&mut self, link: LinkId) {
        while let Some(connection) = self.connections.get_mut(&link)
            && connection.parts.front().is_some_and(|(at, _)| *at <= self.now)
            && let Some((_, part)) = connection.parts.pop_front()
        {
            self.send(link, &ServerMessage::Snapshot(part));
        }
    }

    fn refresh(&mut self, link: LinkId, user: User, refresh: &Refresh, watch: &mut Watch) {
        match self.check_token(&refresh.token) {
            Some((owner, expires_at)) if owner == user => {
                watch.count("server: token renewed");
                self.connections.get_mut(&link).expect("it is connected").expires_at = expires_at;
                let expires_in_ms = self.left(expires_at).unwrap_or(u64::from(u32::MAX));
                self.send(link, &ServerMessage::Refreshed(Refreshed { expires_in_ms }));
            }
            _ => {
                watch.count("server: renewal refused");
                let error = ServerError {
                    code: "unauthorized".to_owned(),
                    message: "This token is not good.".to_owned(),
                    retryable: true,
                    regarding: Some("$refresh".to_owned()),
                    ..ServerError::default()
                };
                self.send(link, &ServerMessage::Error(error));
            }
        }
    }
}
