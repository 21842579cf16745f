//! `POST /dev/load`: who may have it, what it does, and how it ends.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use yewdux_socket_server::Server;

use crate::common::{
    Answer, Client, NORTH, RESEARCH, SOUTH, concerning, config, http, start, token,
};

async fn ask(addr: SocketAddr, token: &str, body: &Value) -> Answer {
    let headers = format!("content-type: application/json\r\nauthorization: Bearer {token}\r\n");
    http(addr, "POST", "/dev/load", &headers, &body.to_string()).await
}

fn refusal(answer: &Answer) -> (u16, String) {
    (answer.status, answer.json()["code"].as_str().unwrap_or_default().to_owned())
}

/// Begins a load and returns its connection, once it has said how many there were.
async fn begin(addr: SocketAddr, token: &str, organization: &str, per_second: u32) -> TcpStream {
    let body =
        json!({"organization": organization, "perSecond": per_second, "seconds": 600}).to_string();
    let mut tcp = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let request = format!(
        "POST /dev/load HTTP/1.1\r\nhost: {addr}\r\ncontent-type: application/json\r\nauthorization: Bearer {token}\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let mut buffer = [0; 1_024];
    while !answer.contains("{\"sent\":") {
        let read = timeout(Duration::from_secs(20), tcp.read(&mut buffer)).await.unwrap().unwrap();
        assert!(read > 0, "it goes on: {answer}");
        answer.push_str(&String::from_utf8_lossy(&buffer[..read]));
    }
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    tcp
}

#[tokio::test]
async fn patients_change_for_all_who_may_see_them_and_for_nobody_else() {
    let server = start().await;
    let addr = server.addr();
    let mut ben = Client::connect(addr, "ben").await;
    let mut cleo = Client::connect(addr, "cleo").await;
    let ana = token(addr, "ana").await;
    let load = begin(addr, &ana, NORTH, 500).await;
    let mut seen = BTreeSet::new();
    let mut offset = None;
    for _ in 0..100 {
        let event = ben.of_type("patient_updated").await;
        assert_eq!(event["organizationId"], NORTH);
        let next = event["offset"].as_u64().unwrap();
        assert!(offset.is_none_or(|offset| next == offset + 1), "a stream without gaps");
        offset = Some(next);
        seen.insert(event["patient"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen.len(), 18, "each patient has its turn");
    drop(load);
    let seen = cleo.all_until_now().await;
    assert!(concerning(&seen, NORTH).is_empty(), "{seen:?}");
}

#[tokio::test]
async fn it_ends_with_its_connection_and_another_one_can_begin() {
    let server = start().await;
    let addr = server.addr();
    let ana = token(addr, "ana").await;
    let first = begin(addr, &ana, NORTH, 100).await;
    let second = ask(addr, &ana, &json!({"organization": SOUTH, "perSecond": 10})).await;
    assert_eq!(refusal(&second), (429, "load_running".to_owned()));
    drop(first);
    drop(begin(addr, &ana, SOUTH, 100).await);
}

#[tokio::test]
async fn it_ends_after_its_time_and_says_how_many_there_were() {
    let server = start().await;
    let addr = server.addr();
    let mut ben = Client::connect(addr, "ben").await;
    let ana = token(addr, "ana").await;
    let body = json!({"organization": NORTH, "perSecond": 200, "seconds": 1});
    let answer = ask(addr, &ana, &body).await;
    assert_eq!(answer.status, 200);
    let seen = ben.all_until_now().await;
    let changes = seen.iter().filter(|event| event["type"] == "patient_updated").count();
    assert!(changes > 0, "{seen:?}");
    let last = answer.body.lines().rfind(|line| line.starts_with('{'));
    assert_eq!(last, Some(&*format!("{{\"sent\":{changes}}}")), "{}", answer.body);
}

#[tokio::test]
async fn it_ends_when_the_session_is_revoked() {
    let server = start().await;
    let ana = token(server.addr(), "ana").await;
    let mut load = begin(server.addr(), &ana, NORTH, 100).await;
    server.revoke(&"ana".into()).await.unwrap();
    let mut rest = Vec::new();
    timeout(Duration::from_secs(20), async {
        while !rest.ends_with(b"0\r\n\r\n") {
            assert!(load.read_buf(&mut rest).await.unwrap() > 0);
        }
    })
    .await
    .expect("the answer ends, long before its time");
    let again = ask(server.addr(), &ana, &json!({"organization": NORTH, "perSecond": 10})).await;
    assert_eq!(refusal(&again), (401, "unauthorized".to_owned()));
}

#[tokio::test]
async fn a_server_that_is_not_for_development_makes_none() {
    let development = start().await;
    let ana = token(development.addr(), "ana").await;
    let mut config = config();
    config.dev = false;
    config.passwords = None;
    let server = Server::start(config).await.unwrap();
    // Whatever is asked for, and by whom.
    for body in [json!({"organization": NORTH, "perSecond": 10}), json!({}), json!("load")] {
        for token in [&*ana, ""] {
            let answer = ask(server.addr(), token, &body).await;
            assert_eq!(refusal(&answer), (403, "development_only".to_owned()));
        }
    }
}

#[tokio::test]
async fn only_members_who_may_edit_get_it_within_bounds() {
    let server = start().await;
    let addr = server.addr();
    let (ana, dora) = (token(addr, "ana").await, token(addr, "dora").await);
    let wanted = |organization, per_second: u32| json!({"organization": organization, "perSecond": per_second});
    for (token, body, status, code) in [
        ("forged", wanted(NORTH, 10), 401, "unauthorized"),
        (&*ana, wanted(RESEARCH, 10), 403, "not_permitted"),
        (&ana, wanted("nowhere", 10), 403, "not_permitted"),
        (&dora, wanted(NORTH, 10), 403, "not_permitted"),
        // A member, whose role may not.
        (&dora, wanted(RESEARCH, 10), 403, "not_permitted"),
        (&ana, wanted(NORTH, 9), 400, "out_of_bounds"),
        (&ana, wanted(NORTH, 10_001), 400, "out_of_bounds"),
        (
            &ana,
            json!({"organization": NORTH, "perSecond": 10, "seconds": 601}),
            400,
            "out_of_bounds",
        ),
        (&ana, json!({"organization": NORTH}), 400, "malformed"),
        (&ana, json!({"organization": NORTH, "perSecond": 10, "forever": true}), 400, "malformed"),
    ] {
        let answer = ask(addr, token, &body).await;
        assert_eq!(refusal(&answer), (status, code.to_owned()), "{body}");
    }
}
