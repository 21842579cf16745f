//! What the benches of `benches/` share: a client that is signed in, and the frames that it hears.
//!
//! `cargo bench -p native-bench` runs them. Their figures say where the time goes in the core, not how fast a page is: for
//! that there is `cargo xtask bench`.

use std::sync::Arc;
use std::time::Duration;

use yewdux_socket_core::wire::Token;
use yewdux_socket_core::{
    Client, Config, ConnectOptions, Effect, Inbound, Input, Now, ReceivedEvent, SocketId, Timestamp,
};

const WELCOME: &str = r#"{"type":"$welcome","protocol":1,"session":"s","userId":"ana","organizations":[
    {"id":"clinic-0","name":"North","roles":["nurse"]},
    {"id":"clinic-1","name":"South","roles":["nurse"]},
    {"id":"clinic-2","name":"West","roles":["doctor","admin"]}],"capabilities":["coalesce"]}"#;

/// The organizations of the user. One more sends events, too.
pub const OWN: usize = 3;

/// A client whose user is signed in.
#[derive(Debug)]
pub struct SignedIn {
    client: Client,
    now: Now,
    socket: Option<SocketId>,
    delivered: Vec<Arc<ReceivedEvent>>,
}

impl SignedIn {
    /// Connects with the default configuration.
    ///
    /// # Panics
    /// If the client does not get that far.
    pub fn new() -> Self {
        let now =
            Now { monotonic: Duration::ZERO, wall: Timestamp::from_millis(1_800_000_000_000) };
        let client = Client::new(Config::default(), [7; 32]);
        let mut this = Self { client, now, socket: None, delivered: Vec::new() };
        this.step(Input::Connect(ConnectOptions::default()));
        this.hear(WELCOME.as_bytes());
        assert!(this.client.principal().is_some(), "the user is signed in");
        this
    }

    /// Takes in a frame. What it delivers is what the last one delivered no longer.
    pub fn hear(&mut self, frame: &[u8]) -> &[Arc<ReceivedEvent>] {
        self.delivered.clear();
        if let Some(socket) = self.socket {
            self.step(Input::Frame { socket, data: frame.to_vec() });
        }
        &self.delivered
    }

    fn step(&mut self, input: Input) {
        self.now.monotonic += Duration::from_millis(1);
        self.client.step(self.now, input);
        while let Some(effect) = self.client.poll_effect() {
            match effect {
                Effect::FetchToken { attempt, .. } => {
                    let result = Ok(Token::new("hush"));
                    self.client.step(self.now, Input::Token { attempt, result });
                }
                Effect::Open { socket } => {
                    self.socket = Some(socket);
                    self.client.step(self.now, Input::Opened { socket });
                }
                Effect::Deliver(Inbound::Event(event)) => self.delivered.push(event),
                _ => {}
            }
        }
    }
}

impl Default for SignedIn {
    fn default() -> Self {
        Self::new()
    }
}

/// The JSON of a `patient_updated` of an organization, the user's if below [`OWN`]: about 230 bytes, and `more` bytes of
/// text that the type does not know.
pub fn patient_updated(organization: usize, patient: usize, offset: u64, more: usize) -> String {
    let note = if more == 0 { String::new() } else { format!(r#","note":"{}""#, "x".repeat(more)) };
    format!(
        r#"{{"type":"patient_updated","organizationId":"clinic-{organization}","timestamp":"2026-11-24T10:00:00.123Z","epoch":"e1","offset":{offset},"patient":{{"id":"patient-{patient:06}","name":"Ida Holm {patient}","ward":"A1","status":"stable","heartRate":72,"diagnosis":"influenza"}}{note}}}"#
    )
}
