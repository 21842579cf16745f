//! Our reader against serde's: what is derived of the types says what a message is.

use std::fmt::Debug;

use serde::de::DeserializeOwned;

use crate::error::ValidationError;
use crate::event::{UserOffline, UserOnline};
use crate::json::{FromJson, Value, Wrong};
use crate::presence::UserPresence;
use crate::wire::{
    Ack, AuditHead, Connect, Emit, Incoming, MAX_OFFSET, Membership, OrganizationList, Ping, Pong,
    Refresh, Refreshed, Resync, Revoked, ServerError, ServerMessage, SnapshotPart, SnapshotRequest,
    Subscribed, Welcome, Withheld, decode_server, split_frame,
};

use super::part;

/// What stands in the place of a value of a message.
const VALUES: &[&str] = &[
    "null",
    "true",
    "false",
    "0",
    "-0",
    "7",
    "-1",
    "1.5",
    "1e2",
    "1E+2",
    "65536",
    "4294967296",
    "9007199254740992",
    "18446744073709551615",
    "18446744073709551616",
    "1e400",
    "-2.5e-3",
    r#""""#,
    r#""n""#,
    r#""a b""#,
    r#""\u0061\n""#,
    r#""\ud83d\ude00""#,
    r#""\ud83d""#,
    r#""\ude00""#,
    r#""\ud83d\u0061""#,
    r#""a\u202eb\u0000""#,
    r#""\"\\\/\b\f\r\t""#,
    r#""accepted""#,
    r#""conflict""#,
    r#""2026-01-01T00:00:00+01:00""#,
    r#""2026-02-30T00:00:00Z""#,
    r#""E5D2E8190426ECEF""#,
    "[]",
    "{}",
    r#"["n"]"#,
    r#"[ "n" , "m" ]"#,
    "[1]",
    "[null]",
    r#"{"n":true}"#,
    r#"{"a b":true}"#,
    r#"{"n":true,"\u006e":false}"#,
    r#"{"\ud83d":true}"#,
    r#"[{"id":"n","name":"N"}]"#,
    r#"[{"id":"n","name":"N","roles":[],"more":[{"id":[]}]}]"#,
    r#"{"perSecond":1,"burst":4294967296}"#,
    r#"{"perSecond":0.1,"burst":1,"burst":1}"#,
    r#"{"topic":[[],{"a":"]}"}," ",-1e5]}"#,
];

/// Holds what the reader makes of a text against what serde makes of it, and so of the text with each of its parts damaged.
fn agree<T: FromJson + DeserializeOwned + PartialEq + Debug>(sample: &str) {
    assert_eq!(both::<T>(sample), Verdict::Read, "{sample}");
    for value in parts(Value::parse(sample).unwrap()) {
        let start = value.as_ptr() as usize - sample.as_ptr() as usize;
        let (before, behind) = (&sample[..start], &sample[start + value.len()..]);
        for put in VALUES {
            let verdict = both::<T>(&format!("{before}{put}{behind}"));
            // serde takes an array of a struct's values in a row, too, which no message is.
            let is_row = verdict == Verdict::OnlyBySerde && put.starts_with('[');
            assert!(
                is_row || verdict != Verdict::OnlyBySerde,
                "only serde reads {put} in {sample}"
            );
            assert_eq!(both::<T>(&format!("{before} {put}\n{behind}")), verdict);
        }
    }
    let fields: Vec<_> = Value::parse(sample).unwrap().fields().unwrap().collect();
    let all: Vec<_> =
        fields.iter().map(|(key, value)| format!("{}:{}", key.as_str(), value.as_str())).collect();
    for index in 0..all.len() {
        let (mut without, mut twice, mut more, mut escaped) =
            (all.clone(), all.clone(), all.clone(), all.clone());
        without.remove(index);
        twice.push(all[index].clone());
        more.insert(index, r#""later":{"id":[{}]},"later":"\ud83d","l\u0061ter":[]"#.to_owned());
        escaped[index] = format!("\"\\u{:04x}{}", all[index].as_bytes()[1], &all[index][2..]);
        let read = |fields: &[String]| both::<T>(&format!("{{{}}}", fields.join(",")));
        assert_ne!(read(&without), Verdict::OnlyBySerde, "{without:?}");
        assert_eq!(read(&twice), Verdict::Refused, "{twice:?}");
        assert_eq!(read(&more), Verdict::Read, "{more:?}");
        assert_eq!(read(&escaped), Verdict::Read, "{escaped:?}");
    }
}

/// Who reads a text. That we read it and serde does not is a failure of its own.
#[derive(Debug, PartialEq)]
enum Verdict {
    Read,
    Refused,
    OnlyBySerde,
}

fn both<T: FromJson + DeserializeOwned + PartialEq + Debug>(json: &str) -> Verdict {
    let ours = Value::parse(json).unwrap().read::<T>();
    match (ours, serde_json::from_str::<T>(json)) {
        (Ok(ours), Ok(theirs)) => {
            assert_eq!(ours, theirs, "{json}");
            Verdict::Read
        }
        (Ok(ours), Err(error)) => panic!("only we read {json} as {ours:?}: {error}"),
        (Err(_), Ok(_)) => Verdict::OnlyBySerde,
        (Err(_), Err(_)) => Verdict::Refused,
    }
}

/// The texts of all values within a value.
fn parts(value: Value<'_>) -> Vec<&str> {
    let inner = value.fields().or_else(|_| value.entries());
    let inner = inner.into_iter().flatten().flat_map(|(_, value)| parts(value));
    std::iter::once(value.as_str()).chain(inner).collect()
}

/// A part that is expected, its position unbounded as serde leaves it.
impl FromJson for SnapshotPart {
    fn from_json(value: Value<'_>) -> Result<Self, Wrong> {
        part(value, |_, _, _| Ok(true)).map_err(|_| Wrong::form())?.ok_or_else(Wrong::form)
    }
}

#[test]
fn messages_of_a_server_are_read_as_serde_reads_them() {
    agree::<Welcome>(
        r#"{"protocol":1,"session":"s","userId":"u","organizations":[{"id":"n","name":"N","roles":["a"]},
        {"id":"m","name":"M"}],"heartbeatMs":15000,"maxFrameBytes":1000,"emitRate":{"perSecond":2.5,"burst":10},
        "maxInFlight":4,"dedupeMs":5,"tokenExpiresInMs":6,"resumed":{"n":true},"capabilities":["ack","later"]}"#,
    );
    agree::<Ack>(r#"{"id":"k","status":"rejected","code":"c","reason":"r"}"#);
    agree::<Ping>(r#"{"id":1}"#);
    agree::<Pong>(
        r#"{"id":1,"serverTime":"2026-01-01T00:00:00Z",
        "presence":{"n":{"epoch":"e","offset":7,"users":2,"digest":"e5d2e8190426ecef"}}}"#,
    );
    agree::<Subscribed>(r#"{"organizations":["n","m"]}"#);
    agree::<SnapshotPart>(
        r#"{"id":1,"organizationId":"n","epoch":"e","offset":7,
        "topics":{"presence":[{"a":[1,{"b":null}]},7,"x"],"beds":[]},"done":true}"#,
    );
    agree::<Refreshed>(r#"{"expiresInMs":5}"#);
    agree::<Membership>(r#"{"organizations":[{"id":"n","name":"N","roles":["nurse"]}]}"#);
    agree::<Revoked>(r#"{"code":"c"}"#);
    agree::<Resync>(r#"{"organizationId":"n","epoch":"e","offset":7}"#);
    agree::<AuditHead>(r#"{"chain":"c","sequence":1,"hash":"h","signature":"s"}"#);
    agree::<Withheld>(r#"{"organizationId":"n","epoch":"e","offset":7}"#);
    agree::<ServerError>(
        r#"{"code":"c","message":"m","retryable":true,"retryAfterMs":5,"regarding":"$audit"}"#,
    );
}

#[test]
fn messages_of_a_client_are_read_as_serde_reads_them() {
    agree::<Connect>(
        r#"{"protocol":1,"token":"t","organizations":["n"],
        "resume":{"session":"s","offsets":{"n":{"epoch":"e","offset":7}}},"capabilities":["ack"]}"#,
    );
    agree::<Emit>(r#"{"id":"k","event":{"type":"note","text":["a", 1.5]}}"#);
    agree::<OrganizationList>(r#"{"organizations":["n"]}"#);
    agree::<SnapshotRequest>(r#"{"id":1,"organizationId":"n","topics":["presence"]}"#);
    agree::<Refresh>(r#"{"token":"t"}"#);
}

#[test]
fn presence_is_read_as_serde_reads_it() {
    let entry = r#"{"userId":"u","user":{"id":"u","name":"U","email":"u@x","firstName":"F"},
        "lastSeen":"2026-01-01T00:00:00Z","socketCount":2,"organizations":["n"]}"#;
    agree::<UserPresence>(entry);
    agree::<UserOnline>(&format!(r#"{{"userId":"u","user":{entry}}}"#));
    agree::<UserOffline>(r#"{"userId":"u"}"#);
}

#[test]
fn lists_of_both_readers_have_the_same_bounds() {
    for (count, verdict) in [(1_000, Verdict::Read), (1_001, Verdict::Refused)] {
        let list = vec![r#""n""#; count].join(",");
        assert_eq!(both::<Subscribed>(&format!(r#"{{"organizations":[{list}]}}"#)), verdict);
    }
    for (count, verdict) in [(64, Verdict::Read), (65, Verdict::Refused)] {
        let roles = vec![r#""r""#; count].join(",");
        let json = format!(r#"{{"organizations":[{{"id":"n","name":"N","roles":[{roles}]}}]}}"#);
        assert_eq!(both::<Membership>(&json), verdict);
    }
    let connect = |names: &str| format!(r#"{{"protocol":1,"token":"t","capabilities":[{names}]}}"#);
    let names = vec![r#""c""#; 1_000].join(",");
    assert_eq!(both::<Connect>(&connect(&names)), Verdict::Read);
    assert_eq!(both::<Connect>(&connect(&format!("{names},7"))), Verdict::Refused);
}

#[test]
fn a_status_is_a_string() {
    let json = r#"{"id":"k","status":{"accepted":null}}"#;
    assert_eq!(both::<Ack>(json), Verdict::OnlyBySerde, "serde takes an enum so, too");
}

#[test]
fn an_error_names_the_field_and_holds_nothing_of_the_data() {
    for (json, field, detail) in [
        (r#"{"type":"$ack","id":"k"}"#, "", "missing field `status`"),
        (r#"{"type":"$ack","id":"k","id":"k","status":"accepted"}"#, "", "duplicate field `id`"),
        (r#"{"type":"$ack","id":"hush hush","status":"accepted"}"#, "id", "wrong type"),
        (
            r#"{"type":"$membership","organizations":[{"name":"hush"}]}"#,
            "organizations",
            "missing field `id`",
        ),
        (
            r#"{"type":"$pong","id":1,"presence":{"n":{"epoch":"hush hush"}}}"#,
            "presence",
            "wrong type",
        ),
        (r#"["$ack","hush"]"#, "", "wrong type"),
    ] {
        let frame = format!("[{json}]");
        let item = split_frame(frame.as_bytes()).next().unwrap();
        let error = item.and_then(decode_server).map(|_| ()).unwrap_err();
        assert_eq!(
            error,
            ValidationError::Structure { field, detail: detail.to_owned() },
            "{json}"
        );
    }
}

#[test]
fn positions_stay_below_two_to_the_53() {
    for (offset, fits) in [(MAX_OFFSET, true), (MAX_OFFSET + 1, false)] {
        for json in [
            format!(r#"{{"type":"$withheld","organizationId":"n","epoch":"e","offset":{offset}}}"#),
            format!(
                r#"{{"type":"$snapshot","id":1,"organizationId":"n","epoch":"e","offset":{offset},"topics":{{}},"done":true}}"#
            ),
        ] {
            let item = split_frame(json.as_bytes()).next().unwrap().unwrap();
            let read = decode_server(item);
            assert_eq!(matches!(read, Ok(Incoming::Control(_))), fits, "{json}");
        }
    }
}

#[test]
fn what_is_no_event_has_no_envelope_but_its_type() {
    for field in [
        r#""timestamp":1700000000"#,
        r#""epoch":5"#,
        r#""offset":-1,"offset":[]"#,
        r#""organizationId":["n"],"organizationI\u0064":"m""#,
    ] {
        let decoded = |word: &str| {
            let frame = format!(r#"{{"type":"{word}","id":7,{field}}}"#);
            let item = split_frame(frame.as_bytes()).next().unwrap().unwrap();
            format!("{:?}", decode_server(item).map_err(|error| error.code()))
        };
        let ping = Incoming::Control(Box::new(ServerMessage::Ping(Ping { id: 7 })));
        assert_eq!(decoded("$ping"), format!("{:?}", Ok::<_, &str>(ping)), "{field}");
        assert_eq!(decoded("$later"), r#"Ok(Unknown("$later"))"#, "{field}");
        assert_eq!(decoded("event"), r#"Err("invalid_structure")"#, "{field}");
    }
}
