//! The program itself.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use serde_json::json;

use crate::common::{Client, NORTH, ORIGIN, patient_updated, token};

const SERVER: &str = env!("CARGO_BIN_EXE_yewdux-socket-server");

#[test]
fn it_says_where_it_listens_and_stops_in_order() {
    let mut server = Command::new(SERVER)
        .args(["--dev", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert!(line.starts_with("listening on http://127.0.0.1:"), "{line}");
    let stopped = Command::new("kill").args(["-TERM", &server.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert_eq!(server.wait().unwrap().code(), Some(0));
}

#[test]
fn it_makes_hashes_for_the_file_of_passwords() {
    let mut server = Command::new(SERVER)
        .arg("hash-password")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    server.stdin.take().unwrap().write_all(b"correct horse\n").unwrap();
    let output = server.wait_with_output().unwrap();
    assert!(output.status.success());
    assert!(output.stdout.starts_with(b"$argon2id$"));
}

#[test]
fn it_wants_to_know_how_users_sign_in() {
    let output = Command::new(SERVER).args(["--listen", "127.0.0.1:0"]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let help = Command::new(SERVER).arg("--help").output().unwrap();
    let help = String::from_utf8(help.stdout).unwrap();
    for flag in [
        "--listen",
        "--dev",
        "--passwords",
        "--allow-origin",
        "--data",
        "--dist",
        "127.0.0.1:9000",
        "[default: 900]",
    ] {
        assert!(help.contains(flag), "{flag}");
    }
}

/// Starts the program with a data directory and waits until it listens.
fn start_with(data: &tempfile::TempDir) -> (Child, SocketAddr) {
    let mut server = Command::new(SERVER)
        .args(["--dev", "--listen", "127.0.0.1:0", "--log", "trace"])
        .args(["--allow-origin", ORIGIN])
        .arg("--data")
        .arg(data.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let addr = line.trim().strip_prefix("listening on http://").unwrap().parse().unwrap();
    (server, addr)
}

#[tokio::test]
async fn what_was_acknowledged_survives_being_killed_and_the_log_holds_no_data() {
    let data = tempfile::tempdir().unwrap();
    let (mut server, addr) = start_with(&data);
    let secret = token(addr, "ana").await;
    let mut ana = Client::connect(addr, "ana").await;
    for rate in 0..20 {
        let event = patient_updated(NORTH, "north-001", rate);
        assert_eq!(ana.emit(&format!("k{rate}"), &event).await["status"], "accepted");
    }
    let mut refused = patient_updated(NORTH, "north-001", 1);
    refused["patient"]["status"] = json!("canary");
    assert_eq!(ana.emit("refused", &refused).await["status"], "rejected");
    let mut dora = Client::connect(addr, "dora").await;
    for key in ["a", "b", "c"] {
        let event = patient_updated(NORTH, "north-001", 1);
        assert_eq!(dora.emit(key, &event).await["code"], "foreign_organization");
    }
    let (epoch, offset, _) = ana.snapshot(NORTH, &["patients"]).await;
    // Not asked to stop: killed.
    server.kill().unwrap();
    server.wait().unwrap();
    let mut log = String::new();
    server.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert!(log.contains("joined") && log.contains("emit"), "{log}");
    let refusals = |line: &&str| line.contains("WARN") && line.contains("for want of permission");
    assert_eq!(log.lines().filter(refusals).count(), 2, "the first and the second of three: {log}");
    let said = [secret.as_str(), "Ida Holm", "Influenza", "eyJ", "heartRate", "canary"];
    let line = log.lines().find(|line| said.iter().any(|secret| line.contains(secret)));
    assert_eq!(line, None, "at no level");

    let (mut server, addr) = start_with(&data);
    let resume = json!({"session": "gone", "offsets": {NORTH: {"epoch": epoch, "offset": offset}}});
    let (mut ana, welcome) = Client::connect_with(addr, "ana", json!({ "resume": resume })).await;
    assert_eq!(welcome["resumed"][NORTH], true);
    let other = patient_updated(NORTH, "north-001", 99);
    assert_eq!(ana.emit("k19", &other).await["status"], "conflict");
    let (_, _, snapshot) = ana.snapshot(NORTH, &["patients", "presence"]).await;
    assert_eq!(snapshot["patients"][0]["heartRate"], 19);
    assert_eq!(snapshot["presence"][0]["socketCount"], 1, "the killed server's guests are gone");
    server.kill().unwrap();
    server.wait().unwrap();
}
