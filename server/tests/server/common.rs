//! A client of the protocol that hides nothing: what was sent is sent, what came is looked at.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};
use yewdux_socket_server::{Config, Running, Server};

pub(crate) const ORIGIN: &str = "http://page.example";
/// Longest wait for anything. A test that waits this long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

pub(crate) const NORTH: &str = "north-clinic";
pub(crate) const SOUTH: &str = "south-clinic";
pub(crate) const RESEARCH: &str = "research";

pub(crate) fn config() -> Config {
    let mut config = Config::default();
    config.dev = true;
    config.allowed_origins = vec![ORIGIN.parse().unwrap()];
    config
}

pub(crate) async fn start() -> Running {
    Server::start(config()).await.unwrap()
}

/// An HTTP answer.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap()
    }
}

/// One HTTP request, written by hand.
pub(crate) async fn http(
    addr: SocketAddr,
    method: &str,
    path: &str,
    headers: &str,
    body: &str,
) -> Answer {
    let mut tcp = TcpStream::connect(addr).await.unwrap();
    let length = body.len();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nhost: {addr}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n{body}"
    );
    tcp.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(PATIENCE, tcp.read_to_end(&mut answer)).await.unwrap().unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    Answer {
        status: head[9..12].parse().unwrap(),
        head: head.to_lowercase(),
        body: body.to_owned(),
    }
}

pub(crate) async fn sign_in(addr: SocketAddr, body: &Value) -> Answer {
    http(addr, "POST", "/sign-in", "content-type: application/json\r\n", &body.to_string()).await
}

pub(crate) async fn token(addr: SocketAddr, user: &str) -> String {
    let answer = sign_in(addr, &json!({ "user": user })).await;
    assert_eq!(answer.status, 200, "{}", answer.body);
    answer.json()["token"].as_str().unwrap().to_owned()
}

/// What came in.
#[derive(Debug, PartialEq)]
pub(crate) enum Came {
    Message(Value),
    Closed(u16),
}

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

pub(crate) struct Client {
    socket: Socket,
    waiting: VecDeque<Value>,
    /// How many messages each frame held.
    pub(crate) frames: Vec<usize>,
    /// Whether each frame was binary.
    pub(crate) binary: Vec<bool>,
    /// Counts the pings that mark where everything until now has come.
    barriers: u64,
}

impl Client {
    /// Opens a WebSocket with an `Origin`, or says with which HTTP status it was refused.
    pub(crate) async fn try_open(addr: SocketAddr, origin: Option<&str>) -> Result<Self, u16> {
        let mut request = format!("ws://{addr}/ws").into_client_request().unwrap();
        if let Some(origin) = origin {
            request.headers_mut().insert("origin", origin.parse().unwrap());
        }
        match timeout(PATIENCE, tokio_tungstenite::connect_async(request)).await.unwrap() {
            Ok((socket, _)) => Ok(Self {
                socket,
                waiting: VecDeque::new(),
                frames: Vec::new(),
                binary: Vec::new(),
                barriers: 1_000_000,
            }),
            Err(tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
            Err(error) => panic!("{error}"),
        }
    }

    pub(crate) async fn open(addr: SocketAddr) -> Self {
        Self::try_open(addr, Some(ORIGIN)).await.unwrap()
    }

    /// Opens, signs in, and says `$connect` with further fields. Returns the welcome as well.
    pub(crate) async fn connect_with(addr: SocketAddr, user: &str, fields: Value) -> (Self, Value) {
        let token = token(addr, user).await;
        let mut client = Self::open(addr).await;
        let mut connect =
            json!({"type": "$connect", "protocol": 1, "token": token, "capabilities": []});
        connect.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        client.send(&connect).await;
        let welcome = client.message().await;
        assert_eq!(welcome["type"], "$welcome", "{welcome}");
        (client, welcome)
    }

    pub(crate) async fn connect(addr: SocketAddr, user: &str) -> Self {
        Self::connect_with(addr, user, json!({})).await.0
    }

    pub(crate) async fn send(&mut self, message: &Value) {
        self.send_text(&message.to_string()).await;
    }

    pub(crate) async fn send_text(&mut self, text: &str) {
        // Sending on a connection that the server is closing may fail; what comes next tells.
        let _ = self.socket.send(Message::text(text)).await;
    }

    pub(crate) async fn send_binary(&mut self, message: &Value) {
        self.socket.send(Message::binary(message.to_string().into_bytes())).await.unwrap();
    }

    /// The next message, or the close.
    pub(crate) async fn next(&mut self) -> Came {
        loop {
            if let Some(message) = self.waiting.pop_front() {
                return Came::Message(message);
            }
            let frame = match timeout(PATIENCE, self.socket.next())
                .await
                .expect("something comes in time")
            {
                Some(Ok(Message::Text(text))) => (text.as_bytes().to_vec(), false),
                Some(Ok(Message::Binary(bytes))) => (bytes.to_vec(), true),
                Some(Ok(Message::Close(Some(frame)))) => return Came::Closed(frame.code.into()),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => continue,
                other => panic!("the connection ended without a code: {other:?}"),
            };
            self.binary.push(frame.1);
            match serde_json::from_slice(&frame.0).unwrap() {
                Value::Array(messages) => {
                    self.frames.push(messages.len());
                    self.waiting.extend(messages);
                }
                message => {
                    self.frames.push(1);
                    self.waiting.push_back(message);
                }
            }
        }
    }

    pub(crate) async fn message(&mut self) -> Value {
        match self.next().await {
            Came::Message(message) => message,
            Came::Closed(code) => panic!("closed with {code}"),
        }
    }

    /// The next message of a type. What comes before it is skipped.
    pub(crate) async fn of_type(&mut self, message_type: &str) -> Value {
        loop {
            let message = self.message().await;
            if message["type"] == message_type {
                return message;
            }
        }
    }

    /// The code of the `$error` and of the close that end the connection.
    pub(crate) async fn end(&mut self) -> (String, u16) {
        let mut error = String::new();
        loop {
            match self.next().await {
                Came::Message(message) if message["type"] == "$error" => {
                    error = message["code"].as_str().unwrap().into();
                }
                Came::Message(_) => {}
                Came::Closed(code) => return (error, code),
            }
        }
    }

    /// Everything that the hub had for this connection until now.
    pub(crate) async fn all_until_now(&mut self) -> Vec<Value> {
        self.barriers += 1;
        let id = self.barriers;
        self.send(&json!({"type": "$ping", "id": id})).await;
        let mut all = Vec::new();
        loop {
            let message = self.message().await;
            if message["type"] == "$pong" && message["id"] == id {
                return all;
            }
            all.push(message);
        }
    }

    /// Emits an event and waits for its ack.
    pub(crate) async fn emit(&mut self, id: &str, event: &Value) -> Value {
        self.send(&json!({"type": "$emit", "id": id, "event": event})).await;
        loop {
            let ack = self.of_type("$ack").await;
            if ack["id"] == id {
                return ack;
            }
        }
    }

    /// A snapshot, its parts put together: position and topics.
    pub(crate) async fn snapshot(
        &mut self,
        organization: &str,
        topics: &[&str],
    ) -> (String, u64, Value) {
        self.send(&json!({"type": "$snapshot", "id": 7, "organizationId": organization, "topics": topics})).await;
        let mut whole = json!({});
        loop {
            let part = self.of_type("$snapshot").await;
            for (topic, entries) in part["topics"].as_object().unwrap() {
                let known = whole.as_object_mut().unwrap().entry(topic).or_insert(json!([]));
                known.as_array_mut().unwrap().extend(entries.as_array().unwrap().clone());
            }
            if part["done"] == true {
                return (
                    part["epoch"].as_str().unwrap().to_owned(),
                    part["offset"].as_u64().unwrap(),
                    whole,
                );
            }
        }
    }

    pub(crate) async fn leave(mut self) {
        self.socket.close(None).await.unwrap();
        while let Some(Ok(_)) = timeout(PATIENCE, self.socket.next()).await.unwrap() {}
    }
}

pub(crate) fn patient_updated(organization: &str, id: &str, heart_rate: u16) -> Value {
    json!({
        "type": "patient_updated",
        "organizationId": organization,
        "timestamp": "2026-11-23T10:00:00.000Z",
        "patient": {"id": id, "name": "Ida Holm", "ward": "A1", "status": "stable", "heartRate": heart_rate},
    })
}

/// Everything in a list that concerns an organization.
pub(crate) fn concerning<'a>(messages: &'a [Value], organization: &str) -> Vec<&'a Value> {
    messages.iter().filter(|message| message["organizationId"] == organization).collect()
}

/// Status and code of an `$ack`.
pub(crate) fn outcome(ack: &Value) -> (&str, &str) {
    (ack["status"].as_str().unwrap(), ack["code"].as_str().unwrap_or(""))
}
