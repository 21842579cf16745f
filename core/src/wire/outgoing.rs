//! What a client sends as JSON, to the letter as a serializer would write it.

use super::message::{
    AuditHead, ClientMessage, Connect, Emit, OrganizationList, Ping, Pong, PresenceSummary,
    Refresh, Resume, SnapshotRequest,
};
use crate::event::Position;
use crate::json::{Object, ToJson};

impl ToJson for ClientMessage {
    fn write(&self, json: &mut String) {
        let mut object = Object::new(json);
        let mut of_type = |name: &'static str| {
            object.field("type", &name);
        };
        match self {
            Self::Connect(message) => {
                of_type("$connect");
                connect(message, &mut object);
            }
            Self::Emit(Emit { id, event }) => {
                of_type("$emit");
                object.field("id", id).field("event", event);
            }
            Self::Ping(Ping { id }) => {
                of_type("$ping");
                object.field("id", id);
            }
            Self::Pong(message) => {
                of_type("$pong");
                pong(message, &mut object);
            }
            Self::Subscribe(OrganizationList { organizations }) => {
                of_type("$subscribe");
                object.field("organizations", organizations);
            }
            Self::Unsubscribe(OrganizationList { organizations }) => {
                of_type("$unsubscribe");
                object.field("organizations", organizations);
            }
            Self::Snapshot(SnapshotRequest { id, organization_id, topics }) => {
                of_type("$snapshot");
                object
                    .field("id", id)
                    .field("organizationId", organization_id)
                    .field("topics", topics);
            }
            Self::Refresh(Refresh { token }) => {
                of_type("$refresh");
                object.field("token", token);
            }
            Self::Audit(AuditHead { chain, sequence, hash, signature }) => {
                of_type("$audit");
                object.field("chain", chain).field("sequence", sequence).field("hash", hash);
                object.optional("signature", signature.as_ref());
            }
        }
        object.end();
    }
}

fn connect(message: &Connect, object: &mut Object<'_>) {
    let Connect { protocol, token, organizations, resume, capabilities } = message;
    object.field("protocol", protocol).field("token", token);
    object.optional("organizations", organizations.as_ref());
    object.optional("resume", resume.as_ref());
    object.field("capabilities", capabilities);
}

fn pong(message: &Pong, object: &mut Object<'_>) {
    let Pong { id, server_time, presence } = message;
    object.field("id", id).optional("serverTime", server_time.as_ref());
    if !presence.is_empty() {
        object.field("presence", presence);
    }
}

impl ToJson for Resume {
    fn write(&self, json: &mut String) {
        Object::new(json).field("session", &self.session).field("offsets", &self.offsets).end();
    }
}

impl ToJson for Position {
    fn write(&self, json: &mut String) {
        Object::new(json).field("epoch", &self.epoch).field("offset", &self.offset).end();
    }
}

impl ToJson for PresenceSummary {
    fn write(&self, json: &mut String) {
        let mut object = Object::new(json);
        object.field("epoch", &self.epoch).field("offset", &self.offset);
        object.field("users", &self.users).field("digest", &self.digest).end();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AuditChainId, EventId, OrganizationId, SessionId, StreamEpoch};
    use crate::presence::PresenceDigest;
    use crate::time::Timestamp;
    use crate::wire::{Map, RawJson, Token, encode_client};

    /// All messages, once with all fields and once with the fewest.
    fn messages() -> Vec<ClientMessage> {
        let north = OrganizationId::from("north\"\\\n");
        let list = || OrganizationList { organizations: vec![north.clone(), "south".into()] };
        let position = Position { epoch: StreamEpoch::from("e"), offset: 7 };
        let summary = PresenceSummary {
            epoch: StreamEpoch::from("e"),
            offset: u64::MAX,
            users: 2,
            digest: PresenceDigest::default(),
        };
        let event = r#"{ "type":"note","text":"é\n" }"#.to_owned();
        let head = |signature| AuditHead {
            chain: AuditChainId::from("c"),
            sequence: 1,
            hash: "h".to_owned(),
            signature,
        };
        vec![
            ClientMessage::Connect(Connect {
                protocol: 1,
                token: Token::new("t\"\u{1f}"),
                organizations: Some(list().organizations),
                resume: Some(Resume {
                    session: SessionId::from("s"),
                    offsets: Map::from([(north.clone(), position.clone()), ("m".into(), position)]),
                }),
                capabilities: vec!["ack".to_owned(), "é".to_owned()],
            }),
            ClientMessage::Connect(Connect {
                protocol: 1,
                token: Token::new(""),
                organizations: Some(Vec::new()),
                resume: Some(Resume { session: SessionId::from("s"), offsets: Map::new() }),
                capabilities: Vec::new(),
            }),
            ClientMessage::Connect(Connect {
                protocol: 1,
                token: Token::new("t"),
                organizations: None,
                resume: None,
                capabilities: Vec::new(),
            }),
            ClientMessage::Emit(Emit {
                id: EventId::from_bits(7),
                event: RawJson::parse(event).unwrap(),
            }),
            ClientMessage::Ping(Ping { id: 0 }),
            ClientMessage::Pong(Pong { id: 3, ..Pong::default() }),
            ClientMessage::Pong(Pong {
                id: 3,
                server_time: Some(Timestamp::from_millis(1)),
                presence: Map::from([(north.clone(), summary)]),
            }),
            ClientMessage::Subscribe(list()),
            ClientMessage::Unsubscribe(list()),
            ClientMessage::Snapshot(SnapshotRequest {
                id: 3,
                organization_id: north,
                topics: vec!["presence".to_owned(), "\u{2028}".to_owned()],
            }),
            ClientMessage::Refresh(Refresh { token: Token::new("t") }),
            ClientMessage::Audit(head(None)),
            ClientMessage::Audit(head(Some("s".to_owned()))),
        ]
    }

    #[test]
    fn messages_are_written_to_the_letter_as_serde_writes_them() {
        for message in messages() {
            assert_eq!(encode_client(&message), serde_json::to_string(&message).unwrap());
        }
    }
}
