//! What the benches of `benches/` share: a client that is signed in, and the frames that it hears.
//!
//! `cargo bench -p native-bench` runs them. Their figures say where the time goes in the core, not how fast a page is: for
//! that there is `cargo xtask bench`.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use yewdux_socket::error::ValidationError;
use yewdux_socket::{Entity, EntityChange, SocketEvent};
use yewdux_socket_core::wire::Token;
use yewdux_socket_core::{
    Client, Config, ConnectOptions, Effect, Inbound, Input, Now, ReceivedEvent, Rule, SocketId,
    Timestamp,
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
    /// If it does not get that far.
    pub fn new() -> Self {
        let now =
            Now { monotonic: Duration::ZERO, wall: Timestamp::from_millis(1_800_000_000_000) };
        let mut config = Config::default();
        assert!(
            config.registry.add_builtin().register::<ChartUpdated>().is_ok(),
            "no other has its name"
        );
        config.permissions.receive(ChartUpdated::TYPE, Rule::Member);
        let client = Client::new(config, [7; 32]);
        let mut this = Self { client, now, socket: None, delivered: Vec::new() };
        this.step(Input::Connect(ConnectOptions::default()));
        this.hear(WELCOME.into());
        assert!(this.client.principal().is_some(), "the user is signed in");
        this
    }

    /// Takes in a frame, as the driver hands it on: without a copy. What it delivers is what the last one delivered no longer.
    pub fn hear(&mut self, frame: Vec<u8>) -> &[Arc<ReceivedEvent>] {
        self.delivered.clear();
        if let Some(socket) = self.socket {
            self.step(Input::Frame { socket, data: frame });
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

/// The JSON of a `patient_updated` of an organization, the user's if below [`OWN`]: about 230 bytes.
pub fn patient_updated(organization: usize, patient: usize, offset: u64) -> String {
    // One that says what is known already would change nothing.
    let rate = 40 + offset % 140;
    format!(
        r#"{{"type":"patient_updated","organizationId":"clinic-{organization}","timestamp":"2026-11-24T10:00:00.123Z","epoch":"e1","offset":{offset},"patient":{{"id":"patient-{patient:06}","name":"Ida Holm {patient}","ward":"A1","status":"stable","heartRate":{rate},"diagnosis":"influenza"}}}}"#
    )
}

/// What was measured at a patient.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Observation {
    code: String,
    value: f64,
    unit: String,
    at: Timestamp,
}

/// A patient's chart.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Chart {
    id: String,
    observations: Vec<Observation>,
}

/// `chart_updated`
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, SocketEvent)]
#[socket_event(type = "chart_updated", validate = Self::has_units)]
pub struct ChartUpdated {
    chart: Arc<Chart>,
}

impl ChartUpdated {
    fn has_units(&self) -> Result<(), ValidationError> {
        let lacks = |observation: &Observation| observation.unit.is_empty();
        if self.chart.observations.iter().any(lacks) {
            return Err(ValidationError::value("chart.observations.unit", "missing"));
        }
        Ok(())
    }
}

impl Entity for Chart {
    type Event = ChartUpdated;
    const TOPIC: &'static str = "charts";

    fn id(&self) -> &str {
        &self.id
    }

    fn change(event: &ChartUpdated) -> EntityChange<Self> {
        EntityChange::Set(event.chart.clone())
    }
}

/// The JSON of a `chart_updated` of an organization, the user's if below [`OWN`]: about 1 kB.
pub fn chart_updated(organization: usize, patient: usize, offset: u64) -> String {
    let rate = 40 + offset % 60;
    let observation = format!(
        r#"{{"code":"8867-4","value":{rate}.5,"unit":"/min","at":"2026-11-24T09:59:30.000Z"}}"#
    );
    let observations = vec![observation; 11].join(",");
    format!(
        r#"{{"type":"chart_updated","organizationId":"clinic-{organization}","timestamp":"2026-11-24T10:00:00.123Z","epoch":"e1","offset":{offset},"chart":{{"id":"patient-{patient:06}","observations":[{observations}]}}}}"#
    )
}
