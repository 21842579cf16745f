//! The end.

use std::time::{Duration, Instant};

use serde_json::json;
use tokio::net::TcpStream;

use crate::common::{Client, start};

#[tokio::test]
async fn everybody_is_told_and_waited_for() {
    let server = start().await;
    let addr = server.addr();
    let mut ana = Client::connect(addr, "ana").await;
    let mut ben = Client::connect(addr, "ben").await;
    let began = Instant::now();
    let farewell = async {
        for client in [&mut ana, &mut ben] {
            let error = client.of_type("$error").await;
            assert_eq!((&error["code"], &error["retryable"]), (&json!("restarting"), &json!(true)));
            assert_eq!(error.get("regarding"), None, "it concerns the whole connection");
            let after = error["retryAfterMs"].as_u64().unwrap();
            assert!((500..=2_000).contains(&after), "{after}");
            assert_eq!(client.end().await.1, 4101);
        }
        drop((ana, ben));
    };
    tokio::join!(server.shutdown(), farewell);
    assert!(began.elapsed() < Duration::from_secs(4), "nobody was cut off");
    assert!(TcpStream::connect(addr).await.is_err(), "nobody listens any more");
}

#[tokio::test]
async fn dropping_the_server_stops_it() {
    let server = start().await;
    let mut ana = Client::connect(server.addr(), "ana").await;
    drop(server);
    assert_eq!(ana.end().await, ("restarting".into(), 4101));
}
