//! Any bytes as a frame, read by both sides; what could be read is written again and read back.

use yewdux_socket_core::error::ValidationError;
use yewdux_socket_core::event::Position;
use yewdux_socket_core::wire::{
    ClientMessage, Incoming, MAX_OFFSET, RawJson, ServerMessage, ShapeLimits, decode_client,
    decode_server, encode_client, encode_event, encode_server, skim_event, split_frame,
};
use yewdux_socket_core::{Envelope, OrganizationId, StreamEpoch, Timestamp};

/// Reads a frame.
///
/// # Panics
/// If what was read is not what is read back, or if a payload changes the envelope around it.
pub fn run(frame: &[u8]) {
    passes_like_the_parser(frame);
    for item in split_frame(frame) {
        let Ok(item) = item else { break };
        match decode_server(item) {
            Ok(Incoming::Control(message)) => {
                let by_serde = by_serde(item.as_str()).map(without_fraction);
                let message = without_fraction(*message);
                assert_eq!(by_serde.as_ref(), Some(&message), "two readers read {item:?}");
                control(&message);
            }
            Ok(Incoming::Event(event)) => {
                let json = RawJson::parse(item.as_str().to_owned()).expect("an item is JSON");
                let skimmed = skim_event(&json).expect("the envelope was read before");
                assert_eq!(skimmed, event.envelope());
                assert!(skimmed.position.is_none_or(|position| position.offset <= MAX_OFFSET));
            }
            Ok(Incoming::Unknown(word)) => assert!(word.chars().count() <= 64),
            Err(error) => assert!(!error.code().is_empty() && !error.remedy().is_empty()),
        }
        if let Ok(message) = decode_client(item) {
            assert_eq!(by_serde_of_client(item.as_str()).as_ref(), Some(&message));
            let text = encode_client(&message);
            let read = split_frame(text.as_bytes()).next().expect("a message is an item");
            assert_eq!(read.and_then(decode_client), Ok(message));
        }
    }
    if let Ok(text) = std::str::from_utf8(frame) {
        payload(text);
    }
}

/// A message of a server as serde reads it. What we read, it reads too.
fn by_serde(json: &str) -> Option<ServerMessage> {
    Some(match &*message_type(json)? {
        "$welcome" => ServerMessage::Welcome(serde_json::from_str(json).ok()?),
        "$ack" => ServerMessage::Ack(serde_json::from_str(json).ok()?),
        "$ping" => ServerMessage::Ping(serde_json::from_str(json).ok()?),
        "$pong" => ServerMessage::Pong(serde_json::from_str(json).ok()?),
        "$subscribed" => ServerMessage::Subscribed(serde_json::from_str(json).ok()?),
        "$snapshot" => ServerMessage::Snapshot(serde_json::from_str(json).ok()?),
        "$refreshed" => ServerMessage::Refreshed(serde_json::from_str(json).ok()?),
        "$membership" => ServerMessage::Membership(serde_json::from_str(json).ok()?),
        "$revoked" => ServerMessage::Revoked(serde_json::from_str(json).ok()?),
        "$resync" => ServerMessage::Resync(serde_json::from_str(json).ok()?),
        "$audit" => ServerMessage::Audit(serde_json::from_str(json).ok()?),
        "$withheld" => ServerMessage::Withheld(serde_json::from_str(json).ok()?),
        "$error" => ServerMessage::Error(serde_json::from_str(json).ok()?),
        _ => return None,
    })
}

/// The same of a message of a client.
fn by_serde_of_client(json: &str) -> Option<ClientMessage> {
    Some(match &*message_type(json)? {
        "$connect" => ClientMessage::Connect(serde_json::from_str(json).ok()?),
        "$emit" => ClientMessage::Emit(serde_json::from_str(json).ok()?),
        "$ping" => ClientMessage::Ping(serde_json::from_str(json).ok()?),
        "$pong" => ClientMessage::Pong(serde_json::from_str(json).ok()?),
        "$subscribe" => ClientMessage::Subscribe(serde_json::from_str(json).ok()?),
        "$unsubscribe" => ClientMessage::Unsubscribe(serde_json::from_str(json).ok()?),
        "$snapshot" => ClientMessage::Snapshot(serde_json::from_str(json).ok()?),
        "$refresh" => ClientMessage::Refresh(serde_json::from_str(json).ok()?),
        "$audit" => ClientMessage::Audit(serde_json::from_str(json).ok()?),
        _ => return None,
    })
}

fn message_type(json: &str) -> Option<String> {
    #[derive(serde::Deserialize)]
    struct Typed {
        r#type: String,
    }
    serde_json::from_str::<Typed>(json).ok().map(|typed| typed.r#type)
}

/// A fraction need not be read as exactly the number that was written, nor the same by two readers.
fn without_fraction(mut message: ServerMessage) -> ServerMessage {
    if let ServerMessage::Welcome(welcome) = &mut message {
        welcome.emit_rate = None;
    }
    message
}

fn control(message: &ServerMessage) {
    let text = encode_server(message);
    let item = split_frame(text.as_bytes()).next().expect("a message is an item");
    let Ok(Incoming::Control(read)) = item.and_then(decode_server) else {
        panic!("a message is not read back: {text}");
    };
    assert_eq!(*read, *message);
}

/// The pass that finds where values end accepts what the parser accepts.
fn passes_like_the_parser(frame: &[u8]) {
    let Ok(text) = std::str::from_utf8(frame) else { return };
    let parsed = serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok();
    let shape = ShapeLimits::default().check(text);
    let passes = !matches!(shape, Err(ValidationError::Malformed { .. }));
    assert_eq!(passes, parsed, "{text}");
    assert_eq!(RawJson::parse(text.to_owned()).is_ok(), parsed, "{text}");
}

/// The text as the payload of an event.
fn payload(text: &str) {
    let envelope = Envelope {
        event_type: "patient_updated".into(),
        organization: Some(OrganizationId::from("north")),
        timestamp: Timestamp::from_millis(1_700_000_000_000),
        position: Some(Position { epoch: StreamEpoch::from("e"), offset: 7 }),
    };
    let Ok(event) = encode_event(&envelope, text) else { return };
    let item = split_frame(event.as_str().as_bytes()).next().expect("an event is an item");
    let Ok(Incoming::Event(read)) = item.and_then(decode_server) else {
        panic!("an event is not read back: {}", event.as_str());
    };
    assert_eq!(read.envelope(), envelope, "a payload changed the envelope");
}
