//! The corpora to begin with: honest messages, and what somebody would write who means harm.
//!
//! `FUZZ_SEEDS=write cargo test -p yewdux-socket-fuzz --test seeds` writes them again.

use crate::{Target, session};

/// A file of a corpus: its name, and what is in it.
pub type Seed = (String, Vec<u8>);

/// The seeds of a target.
pub fn of(target: Target) -> Vec<Seed> {
    match target {
        Target::Wire => wire(),
        Target::Client => client(),
        Target::Server => server(),
    }
}

fn seed(name: &str, content: impl Into<Vec<u8>>) -> Seed {
    (format!("seed-{name}"), content.into())
}

/// Named after the message's type, and numbered, because some types come twice.
fn named(side: &str, frames: Vec<String>) -> Vec<Seed> {
    let kind = |frame: &str| {
        let kind = frame.split("\"type\":\"").nth(1).and_then(|rest| rest.split('"').next());
        kind.unwrap_or("none").trim_start_matches('$').replace('_', "-")
    };
    let number = |(index, frame): (usize, String)| {
        seed(&format!("{side}-{index:02}-{}", kind(&frame)), frame)
    };
    frames.into_iter().enumerate().map(number).collect()
}

fn wire() -> Vec<Seed> {
    let mut seeds = named("from-server", session::server_frames());
    seeds.push(seed("from-server-welcome", session::welcome(&["north", "south"])));
    seeds.extend(named("from-client", session::client_frames()));
    seeds
        .extend(hostile().into_iter().map(|(name, frame)| seed(&format!("hostile-{name}"), frame)));
    seeds
}

/// Frames of somebody who means harm.
fn hostile() -> Vec<(&'static str, Vec<u8>)> {
    let event = |inside: &str| {
        format!(r#"{{"type":"patient_updated","timestamp":"2026-11-23T08:00:00Z","organizationId":"north"{inside}}}"#)
            .into_bytes()
    };
    let place = |offset: &str| event(&format!(r#","epoch":"e","offset":{offset}"#));
    let honest = session::patient("north", session::EPOCH, 1, "p1", 72);
    vec![
        ("doubled-type", event(r#","type":"user_updated""#)),
        ("doubled-organization", event(r#","organizationId":"research""#)),
        ("doubled-by-escape", event(r#","\u006frganizationId":"research""#)),
        ("type-by-escape", br#"{"type":"\u0024welcome","protocol":1}"#.to_vec()),
        ("deep-arrays", event(&format!(r#","a":{}{}"#, "[".repeat(1_500), "]".repeat(1_500)))),
        ("deep-objects", event(&format!(r#","a":{}1{}"#, r#"{"a":"#.repeat(500), "}".repeat(500)))),
        ("deep-and-open", "[".repeat(3_000).into_bytes()),
        ("half-a-surrogate", event(r#","note":"\ud800""#)),
        ("half-a-surrogate-in-the-type", br#"{"type":"\ud800","timestamp":"2026-11-23T08:00:00Z"}"#.to_vec()),
        ("control-characters", br#"{"type":"a\u0000\u001b[0m","timestamp":"2026-11-23T08:00:00Z"}"#.to_vec()),
        ("a-zero-byte", b"{\"type\":\"$ping\",\"id\":1}\0".to_vec()),
        ("not-utf-8", b"{\"type\":\"$error\",\"code\":\"\xff\xfe\",\"message\":\"\xc0\xaf\"}".to_vec()),
        ("byte-order-mark", b"\xef\xbb\xbf{\"type\":\"$ping\",\"id\":1}".to_vec()),
        ("offset-2-to-the-53", place("9007199254740992")),
        ("offset-below-2-to-the-53", place("9007199254740991")),
        ("offset-of-64-bits", place("18446744073709551615")),
        ("offset-too-large", place("1e400")),
        ("offset-negative", place("-1")),
        ("offset-fraction", place("1.0000000000000000000000000000001")),
        ("epoch-alone", event(r#","epoch":"e""#)),
        ("time-far-away", br#"{"type":"a","timestamp":"9999-12-31T23:59:59.999999999-23:59"}"#.to_vec()),
        ("time-long-ago", br#"{"type":"a","timestamp":"-009999-01-01T00:00:00Z"}"#.to_vec()),
        ("empty-array", b"[]".to_vec()),
        ("empty-arrays", b"[[],[],[[]],{},\"\",0,null]".to_vec()),
        ("many-tiny-items", format!("[{}{{}}]", "{},".repeat(1_000)).into_bytes()),
        ("many-numbers", format!("[{}1]", "1,".repeat(1_500)).into_bytes()),
        ("garbage-in-the-middle", format!("[{honest},???,{honest}]").into_bytes()),
        ("garbage-at-the-end", format!("[{honest}]{honest}").into_bytes()),
        ("no-comma", format!("[{honest}{honest}]").into_bytes()),
        ("cut-off", honest.as_bytes()[..honest.len() - 1].to_vec()),
        ("long-id", event(&format!(r#","epoch":"{}","offset":1"#, "x".repeat(129)))),
        ("many-capabilities", format!(r#"{{"type":"$connect","protocol":1,"token":"t","capabilities":[{}""]}}"#, r#""","#.repeat(1_000)).into_bytes()),
        ("many-topics", format!(r#"{{"type":"$snapshot","id":1,"organizationId":"north","epoch":"e","offset":1,"topics":{{"a":[{}1]}},"done":true}}"#, "1,".repeat(1_500)).into_bytes()),
        ("limits-beyond-all", br#"{"type":"$welcome","protocol":1,"session":"s","userId":"u","organizations":[],"heartbeatMs":18446744073709551615,"maxFrameBytes":0,"emitRate":{"perSecond":1e308,"burst":0},"maxInFlight":0,"dedupeMs":18446744073709551615,"tokenExpiresInMs":0}"#.to_vec()),
        ("payload-of-a-payload", br#"{"patient":{"id":"p1"},"note":"\"type\":\"x\""}"#.to_vec()),
        ("payload-with-envelope", br#"{"organizationId":"research"}"#.to_vec()),
    ]
}

/// A script up to `$welcome` and the first snapshots.
fn online(rest: &str) -> String {
    let welcome = session::welcome(&["north", "south"]);
    format!("connect\ntoken\nopen\nsay {welcome}\nsnapshots 0\n{rest}")
}

/// Lines that say frames.
fn said(frames: impl IntoIterator<Item = String>) -> String {
    frames.into_iter().map(|frame| ["say ", &frame, "\n"].concat()).collect()
}

fn client() -> Vec<Seed> {
    let edit = r#"{"patientId":"p1","ward":"B2"}"#;
    let emit = format!("move patient_edited\nemit north {edit}\n");
    let all = said(session::server_frames());
    let hostile = hostile().into_iter().filter(|(name, frame)| {
        // What a line cannot hold, and what would make the file long.
        frame.len() < 400 && !frame.contains(&b'\n') && !name.contains("many")
    });
    let hostile: Vec<u8> =
        hostile.flat_map(|(_, frame)| [b"say ", &frame[..], b"\n"].concat()).collect();
    let (one, two) = hostile.split_at(hostile.len() / 2);
    let patient = |offset| session::patient("north", session::EPOCH, offset, "p1", 72);
    vec![
        seed("session-1", online(&all[..all.len().min(2_800)])),
        seed("session-2", online(all.get(2_400..).and_then(|rest| rest.split_once('\n')).map_or("", |(_, rest)| rest))),
        seed("hostile-1", [online("").as_bytes(), &one[..one.len().min(3_000)]].concat()),
        seed("hostile-2", [online("").as_bytes(), &two[..two.len().min(3_000)]].concat()),
        seed("acks", online(&format!("{emit}{emit}{emit}ack accepted\nack rejected\nack conflict\nack accepted\n"))),
        seed("offline", online(&format!("close 1006\n{emit}{emit}pass 3000\ntoken\nopen\nwelcome north\nack accepted\n"))),
        seed("full", online(&format!("{}pass 1000\n", emit.repeat(12)))),
        seed("closes", online("close 4001\ntoken\nopen\nclose 4001\nconnect\ntoken\nopen\nclose 4100\npass 60000\ntoken\nopen\nwelcome north\nclose 4201\npass 500\ntoken\nopen\nclose 4002\nreconnect\nconnect\n")),
        seed("liveness", online("pass 16000\npong\npass 60000\nnetwork\npass 2000\ntoken\nopen\nwelcome north\nvisible\npong\nthawed\nonline\noffline\n")),
        seed("clocks", online(&format!("{emit}wall 3600000\npass 10\nwall -7200000\npass 90000000\n"))),
        seed("membership", online(&format!("say {}\nnarrow north\nsay {}\nsay {}\nlisten\nlisten south\nnarrow\n", patient(1), session::membership(&["south"]), patient(2)))),
        seed("gap", online(&format!("say {}\nsay {}\nsay {}\nsnapshots 9\nsay {}\n", patient(5), patient(6), patient(7), patient(10)))),
        seed("held", online(&format!("say {}\n{}snapshots 20\n", session::resync("north", "e"), said((1..=12).map(patient))))),
        seed("storage", online(&format!("{emit}loaded\n{emit}stored\nnot-stored\nlost\nloaded\nreleased\nnot-loaded\npass 6000\nelsewhere ana\nconnect-as ana\nloaded\nnot-erased\n"))),
        seed("another-page", format!("connect-as ana\nnot-loaded\n{emit}end\nconnect-as ana\nloaded\ntoken\nopen\nwelcome north\nack accepted\n")),
        seed("another-user", format!("connect-as ben\n{emit}loaded\ntoken\nopen\nwelcome north\n{emit}sign-out\nconnect\ntoken\nopen\nwelcome south\n")),
        seed("tokens", online("pass 3600000\ntoken\nno-token\npass 60000\ntoken\nopen\nwelcome north\n")),
        seed("late", online(&format!("close 4100\npass 5000\ntoken\nopen\nlate {}\nlate {}\nsay {}\n", session::welcome(&["research"]), patient(1), patient(1)))),
        seed("refused", "connect\nno-token\npass 60000\ntoken\nbad-address\nreconnect\ntoken\nopen\noversized\ndisconnect\nconnect\ntoken\nopen\nsay {\nsay []\n".to_owned()),
        seed("oversized", online("oversized\npass 3000\ntoken\nopen\nwelcome north,south\nsnapshots 0\n")),
    ]
}

fn server() -> Vec<Seed> {
    let frames = session::client_frames();
    let connect = &frames[0];
    let joined = |rest: &str| format!("{connect}\n{rest}");
    let emits: Vec<_> = frames.iter().filter(|frame| frame.contains("$emit")).cloned().collect();
    let edit = &emits[1];
    let mut seeds = vec![
        seed("session", frames.join("\n")),
        seed("coalesced", joined(&format!("[{}]", emits.join(",")))),
        seed("not-joined", edit.clone()),
        seed("joined-twice", joined(connect)),
        seed("foreign", joined(&edit.replace("north", "south"))),
        seed("conflict", joined(&format!("{edit}\n{edit}\n{}", edit.replace("B2", "C3")))),
        seed(
            "position",
            joined(&edit.replace(r#""event":{"#, r#""event":{"epoch":"e","offset":1,"#)),
        ),
        seed("reserved", joined(&edit.replace("patient_edited", "$emit"))),
        seed("unknown-type", joined(&edit.replace("patient_edited", "made_up"))),
        seed("doubled-key", joined(&edit.replace(r#""ward":"#, r#""ward":"A","ward":"#))),
        seed(
            "deep",
            joined(&edit.replace(r#""B2""#, &format!("{}1{}", "[".repeat(70), "]".repeat(70)))),
        ),
        seed("no-organization", joined(&edit.replace(r#""organizationId":"north","#, ""))),
        seed(
            "resume-beyond-all",
            connect.replace(r#""offset":3"#, r#""offset":18446744073709551615"#),
        ),
        seed("resume-of-nobody", connect.replace(r#""session":"s1""#, r#""session":"nobody's""#)),
        seed("connect-in-an-array", format!("[{connect}]")),
        seed("two-connects", format!("[{connect},{connect}]")),
        seed("protocol-2", connect.replace(r#""protocol":1"#, r#""protocol":2"#)),
        seed(
            "many-topics",
            joined(&format!(
                r#"{{"type":"$snapshot","id":1,"organizationId":"north","topics":[{}"presence"]}}"#,
                r#""patients","#.repeat(20)
            )),
        ),
        seed(
            "many-organizations",
            joined(&format!(
                r#"{{"type":"$subscribe","organizations":[{}"north"]}}"#,
                r#""south","#.repeat(300)
            )),
        ),
        seed(
            "audit-not-hexadecimal",
            joined(r#"{"type":"$audit","sequence":18446744073709551615,"hash":"no"}"#),
        ),
    ];
    seeds.extend(hostile().into_iter().filter(|(_, frame)| frame.len() < 3_600).map(
        |(name, frame)| {
            seed(&format!("hostile-{name}"), [connect.as_bytes(), b"\n", &frame].concat())
        },
    ));
    seeds
}
