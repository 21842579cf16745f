//! Items of frames to messages, and messages to frames.

use super::control::{snapshot, withheld};
use super::message::{ClientMessage, ServerMessage};
use super::{EventItem, Item, RawJson};
use crate::error::ValidationError;
use crate::event::{Envelope, Position};
use crate::id::OrganizationId;
use crate::json::{Object, ToJson, Value, Wrong};

/// One item of a frame that came from a server.
#[derive(Debug)]
pub enum Incoming<'a> {
    /// A control message.
    Control(Box<ServerMessage>),
    /// An event, its payload unread.
    Event(EventItem<'a>),
    /// A control word of a later version, to be ignored; cut to 64 characters. Also the answer to a request that nobody
    /// made.
    Unknown(String),
}

/// Reads the envelope of an event, which must not be a control message.
///
/// # Errors
/// A [`ValidationError`] if a field of the envelope is missing, doubled or of the wrong form.
pub fn skim_event(json: &RawJson) -> Result<Envelope, ValidationError> {
    let item = Item::of(json);
    let head = item.head()?;
    if head.event_type.starts_with('$') {
        return Err(ValidationError::value(
            "type",
            "begins with `$`, which is kept for the protocol",
        ));
    }
    Ok(EventItem::new(head.of_event()?, item).envelope())
}

/// Reads one item of a frame that came from a server.
///
/// # Errors
/// A [`ValidationError`] if the item is no message of the protocol. The other items of the frame are
/// not affected.
pub fn decode_server(item: Item<'_>) -> Result<Incoming<'_>, ValidationError> {
    decode_expected(item, &|_, _| true)
}

/// As [`decode_server`], but the entries of a snapshot are read only if the answer to this request, about this
/// organization, is expected. One that is not is [`Incoming::Unknown`].
///
/// # Errors
/// As there.
pub fn decode_expected<'a>(
    item: Item<'a>,
    is_expected: &dyn Fn(u64, &OrganizationId) -> bool,
) -> Result<Incoming<'a>, ValidationError> {
    // What is no event has no envelope but its type: whatever else it says, it says in its own way.
    let word = item.message_type()?;
    if !word.starts_with('$') {
        return Ok(Incoming::Event(EventItem::new(item.head()?.of_event()?, item)));
    }
    Ok(match control(&word, item.value(), is_expected)? {
        Some(message) => Incoming::Control(Box::new(message)),
        None => Incoming::Unknown(word.chars().take(64).collect()),
    })
}

/// A control message, unless its word is unknown or nobody asked for it.
fn control(
    word: &str,
    value: Value<'_>,
    is_expected: &dyn Fn(u64, &OrganizationId) -> bool,
) -> Result<Option<ServerMessage>, ValidationError> {
    Ok(match word {
        "$snapshot" => snapshot(value, is_expected)?.map(ServerMessage::Snapshot),
        "$withheld" => Some(ServerMessage::Withheld(withheld(value)?)),
        _ => other(word, value)?,
    })
}

/// A control message that holds nothing that another reader has to judge.
fn other(word: &str, value: Value<'_>) -> Result<Option<ServerMessage>, Wrong> {
    Ok(Some(match word {
        "$welcome" => ServerMessage::Welcome(value.read()?),
        "$ack" => ServerMessage::Ack(value.read()?),
        "$ping" => ServerMessage::Ping(value.read()?),
        "$pong" => ServerMessage::Pong(value.read()?),
        "$subscribed" => ServerMessage::Subscribed(value.read()?),
        "$refreshed" => ServerMessage::Refreshed(value.read()?),
        "$membership" => ServerMessage::Membership(value.read()?),
        "$revoked" => ServerMessage::Revoked(value.read()?),
        "$resync" => ServerMessage::Resync(value.read()?),
        "$audit" => ServerMessage::Audit(value.read()?),
        "$error" => ServerMessage::Error(value.read()?),
        _ => return Ok(None),
    }))
}

/// Reads one item of a frame that came from a client.
///
/// # Errors
/// A [`ValidationError`] if the item is no message that a client sends.
pub fn decode_client(item: Item<'_>) -> Result<ClientMessage, ValidationError> {
    let value = item.value();
    Ok(match &*item.message_type()? {
        "$connect" => ClientMessage::Connect(value.read()?),
        "$emit" => ClientMessage::Emit(value.read()?),
        "$ping" => ClientMessage::Ping(value.read()?),
        "$pong" => ClientMessage::Pong(value.read()?),
        "$subscribe" => ClientMessage::Subscribe(value.read()?),
        "$unsubscribe" => ClientMessage::Unsubscribe(value.read()?),
        "$snapshot" => ClientMessage::Snapshot(value.read()?),
        "$refresh" => ClientMessage::Refresh(value.read()?),
        "$audit" => ClientMessage::Audit(value.read()?),
        unknown => return Err(ValidationError::unknown_type(unknown)),
    })
}

/// One frame with one message to the server.
pub fn encode_client(message: &ClientMessage) -> String {
    let mut json = String::new();
    message.write(&mut json);
    json
}

/// One message to a client. Several can be coalesced by putting them into an array.
#[expect(
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "messages are strings, numbers, and maps with string keys: JSON can say it all"
)]
pub fn encode_server(message: &ServerMessage) -> String {
    serde_json::to_string(message).expect("a message is JSON")
}

/// The JSON object of an event: the envelope's fields first, then those of the payload, which must be a
/// JSON object that uses none of the envelope's keys.
///
/// # Errors
/// [`ValidationError::PayloadShape`] if it is not such an object.
pub fn encode_event(envelope: &Envelope, payload: &str) -> Result<RawJson, ValidationError> {
    let fields = payload
        .trim()
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'))
        .ok_or(ValidationError::PayloadShape)?
        .trim();
    let mut json = String::with_capacity(payload.len() + 128);
    let mut head = Object::new(&mut json);
    head.field("type", &&*envelope.event_type);
    head.optional("organizationId", envelope.organization.as_ref());
    head.field("timestamp", &envelope.timestamp);
    if let Some(Position { epoch, offset }) = &envelope.position {
        head.field("epoch", epoch).field("offset", offset);
    }
    if !fields.is_empty() {
        json.push(',');
        json.push_str(fields);
    }
    json.push('}');
    let json = RawJson::parse(json).map_err(|_| ValidationError::PayloadShape)?;
    // Reading it back finds keys that come twice, or that the payload smuggled in.
    match skim_event(&json) {
        Ok(read_back) if read_back == *envelope => Ok(json),
        _ => Err(ValidationError::PayloadShape),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{EventId, StreamEpoch};
    use crate::time::Timestamp;
    use crate::wire::{Ack, AckStatus, Ping, split_frame};

    fn one(json: &str) -> Item<'_> {
        split_frame(json.as_bytes()).next().unwrap().unwrap()
    }

    fn sample() -> Envelope {
        Envelope {
            event_type: "patient_updated".into(),
            organization: Some(OrganizationId::from("north")),
            timestamp: Timestamp::from_millis(1_000),
            position: Some(Position { epoch: StreamEpoch::from("e"), offset: 7 }),
        }
    }

    #[test]
    fn control_messages_survive_the_way() {
        let ack = ServerMessage::Ack(Ack {
            id: EventId::from("k"),
            status: AckStatus::Rejected,
            code: Some("forbidden".into()),
            reason: None,
        });
        let json = encode_server(&ack);
        assert_eq!(json, r#"{"type":"$ack","id":"k","status":"rejected","code":"forbidden"}"#);
        match decode_server(one(&json)).unwrap() {
            Incoming::Control(message) => assert_eq!(*message, ack),
            other => panic!("a control message is no {other:?}"),
        }
        let ping = ClientMessage::Ping(Ping { id: 3 });
        assert_eq!(decode_client(one(&encode_client(&ping))).unwrap(), ping);
    }

    #[test]
    fn unknown_control_words_pass_and_unknown_client_messages_do_not() {
        match decode_server(one(r#"{"type":"$later","x":1}"#)).unwrap() {
            Incoming::Unknown(word) => assert_eq!(word, "$later"),
            other => panic!("{other:?}"),
        }
        assert_eq!(decode_client(one(r#"{"type":"$later"}"#)).unwrap_err().code(), "unknown_type");
    }

    #[test]
    fn entries_of_a_snapshot_that_nobody_asked_for_are_not_read() {
        let json = r#"{"type":"$snapshot","id":4,"organizationId":"n","epoch":"e","offset":1,"topics":7,"done":true}"#;
        let read = |id, name: &str| {
            decode_expected(one(json), &|asked, about| asked == id && about.as_str() == name)
        };
        assert!(matches!(read(5, "n"), Ok(Incoming::Unknown(word)) if word == "$snapshot"));
        assert!(matches!(read(4, "m"), Ok(Incoming::Unknown(_))));
        assert_eq!(read(4, "n").unwrap_err().code(), "invalid_structure");
    }

    #[test]
    fn events_are_encoded_flat_and_skimmed_back() {
        let json = encode_event(&sample(), r#"{"patient":{"id":"p1"}}"#).unwrap();
        assert_eq!(
            json.as_str(),
            r#"{"type":"patient_updated","organizationId":"north","timestamp":"1970-01-01T00:00:01.000Z","epoch":"e","offset":7,"patient":{"id":"p1"}}"#
        );
        match decode_server(one(json.as_str())).unwrap() {
            Incoming::Event(item) => assert_eq!(item.envelope(), sample()),
            other => panic!("an event is no {other:?}"),
        }
        assert!(encode_event(&sample(), "{}").is_ok(), "an empty payload is one");
    }

    #[test]
    fn payloads_cannot_forge_the_envelope() {
        for payload in [
            r#"{"organizationId":"south"}"#,
            r#"{"type":"x"}"#,
            r#"{"offset":9}"#,
            r#"{"\u0074ype":"x"}"#,
            "[1]",
            "7",
            r#"{"a":1},{"b":2}"#,
        ] {
            assert_eq!(
                encode_event(&sample(), payload),
                Err(ValidationError::PayloadShape),
                "{payload}"
            );
        }
    }

    #[test]
    fn debug_output_holds_no_payload() {
        let json = r#"{"type":"a","timestamp":"1970-01-01T00:00:01Z","diagnosis":"secret"}"#;
        assert!(!format!("{:?}", decode_server(one(json)).unwrap()).contains("secret"));
    }

    #[test]
    fn envelopes_are_strict() {
        let long =
            format!(r#"{{"type":"{}","timestamp":"1970-01-01T00:00:01Z"}}"#, "x".repeat(129));
        for (json, code) in [
            (long.as_str(), "invalid_value"),
            (r#"{"type":"a\u001b[0m","timestamp":"1970-01-01T00:00:01Z"}"#, "invalid_value"),
            (
                r#"{"type":"$snapshot","id":1,"organizationId":"n","epoch":"e","offset":9007199254740992,"topics":{},"done":true}"#,
                "invalid_value",
            ),
            (r#"{"type":"a"}"#, "invalid_value"),
            (r#"{"type":"a","timestamp":"1970-01-01T00:00:01Z","offset":1}"#, "invalid_value"),
            (
                r#"{"type":"a","timestamp":"1970-01-01T00:00:01Z","epoch":"e","offset":9007199254740992}"#,
                "invalid_value",
            ),
            (r#"{"type":"a","timestamp":"soon"}"#, "invalid_structure"),
            (r#"{"type":"a","type":"b","timestamp":"1970-01-01T00:00:01Z"}"#, "invalid_structure"),
            (r#"{"timestamp":"1970-01-01T00:00:01Z"}"#, "invalid_structure"),
            ("1", "invalid_structure"),
            (r#"["a","north","1970-01-01T00:00:01Z",1,"e"]"#, "invalid_structure"),
            (r#"["$later",null,null,null,null]"#, "invalid_structure"),
        ] {
            assert_eq!(decode_server(one(json)).unwrap_err().code(), code, "{json}");
        }
    }
}
