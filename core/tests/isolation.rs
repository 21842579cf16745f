//! A server that sends everybody everything, while what the user may see changes all the time: nothing of a foreign
//! organization comes through, and everything that does not is counted.
//!
//! `ISOLATION_EVENTS` sets how many events come. By default 1 000 000; a membership changes after every hundredth.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it saw"
)]

use std::collections::BTreeSet;
use std::time::Duration;

use chacha20::ChaCha8Rng;
use rand_core::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use yewdux_socket_core::event::{PatientUpdated, SocketEvent};
use yewdux_socket_core::wire::{
    Membership as MembershipMessage, ServerMessage, Token, Welcome, encode_server,
};
use yewdux_socket_core::{
    Client, Config, ConnectOptions, Effect, Inbound, Input, Membership, Now, OrganizationId, Rule,
    SocketId, Timestamp, UserId,
};

const ORGANIZATIONS: usize = 50;
const EVENTS_PER_CHANGE: u64 = 100;
const EVENTS_PER_FRAME: u64 = 16;

/// An event that says inside where it belongs.
#[derive(Serialize, Deserialize, yewdux_socket_core::SocketEvent)]
#[socket_event(type = "secret", crate = "yewdux_socket_core")]
struct Secret {
    of: OrganizationId,
}

/// What the user may see, by what the test told client and server: not by what the client thinks.
struct Truth {
    member: BTreeSet<usize>,
    narrowed: Option<BTreeSet<usize>>,
    subscribed: Option<BTreeSet<usize>>,
}

impl Truth {
    fn may_see(&self, organization: usize) -> bool {
        let within = |chosen: &Option<BTreeSet<usize>>| {
            chosen.as_ref().is_none_or(|chosen| chosen.contains(&organization))
        };
        self.member.contains(&organization) && within(&self.narrowed) && within(&self.subscribed)
    }
}

struct World {
    client: Client,
    dice: ChaCha8Rng,
    now: Now,
    socket: Option<SocketId>,
    truth: Truth,
    sent: u64,
    foreign: u64,
    delivered: u64,
}

fn id(organization: usize) -> OrganizationId {
    OrganizationId::from(format!("clinic-{organization}").as_str())
}

fn memberships(of: &BTreeSet<usize>) -> Vec<Membership> {
    let membership = |organization: &usize| Membership {
        id: id(*organization),
        name: String::new(),
        roles: vec!["nurse".to_owned()],
    };
    of.iter().map(membership).collect()
}

impl World {
    fn new(config: Config) -> Self {
        let mut world = Self {
            client: Client::new(config, [7; 32]),
            dice: ChaCha8Rng::seed_from_u64(4),
            now: Now { monotonic: Duration::ZERO, wall: Timestamp::from_millis(1_800_000_000_000) },
            socket: None,
            truth: Truth { member: (0..20).collect(), narrowed: None, subscribed: None },
            sent: 0,
            foreign: 0,
            delivered: 0,
        };
        world.step(Input::Connect(ConnectOptions::default())).unwrap();
        let welcome = Welcome {
            protocol: 1,
            session: "s".into(),
            user_id: UserId::from("ana"),
            organizations: memberships(&world.truth.member),
            heartbeat_ms: None,
            max_frame_bytes: None,
            emit_rate: None,
            max_in_flight: None,
            dedupe_ms: None,
            token_expires_in_ms: None,
            resumed: yewdux_socket_core::wire::Map::new(),
            capabilities: Vec::new(),
        };
        world.hear(encode_server(&ServerMessage::Welcome(welcome)).into_bytes()).unwrap();
        world
    }

    /// Steps the client, and holds what it delivers against the truth.
    fn step(&mut self, input: Input) -> Result<(), String> {
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
                Effect::Deliver(Inbound::Event(event)) => {
                    self.delivered += 1;
                    let organization = event.envelope.organization.clone().unwrap();
                    let number = organization.as_str().rsplit('-').next().unwrap().parse().unwrap();
                    if !self.truth.may_see(number) {
                        return Err(format!("{organization} was delivered"));
                    }
                    let inside = event.payload::<Secret>().map(|secret| &secret.of);
                    if inside.is_some_and(|inside| *inside != organization) {
                        return Err(format!("what is {inside:?}'s came as {organization}'s"));
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn hear(&mut self, data: Vec<u8>) -> Result<(), String> {
        let socket = self.socket.unwrap();
        self.step(Input::Frame { socket, data })
    }

    fn below(&mut self, end: usize) -> usize {
        usize::try_from(self.dice.next_u64() % u64::try_from(end).unwrap()).unwrap()
    }

    fn some(&mut self) -> BTreeSet<usize> {
        let count = 20 + self.below(60);
        (0..count).map(|_| self.below(ORGANIZATIONS)).collect()
    }

    /// The text of an event: mostly one like all others, some with a broken payload, of an unknown type, with the
    /// organization twice, or no object.
    fn event(&mut self) -> String {
        let number = self.below(ORGANIZATIONS);
        let of = id(number);
        let time = r#""timestamp":"2026-11-23T08:00:00Z""#;
        self.sent += 1;
        let kind = self.below(100);
        // What has no readable envelope belongs to nobody.
        self.foreign += u64::from(kind != 0 && kind != 1 && !self.truth.may_see(number));
        match kind {
            0 => format!(
                r#"{{"type":"secret","organizationId":"{of}","organizationId":"x",{time}}}"#
            ),
            1 => format!(r#"[{{"type":"secret","organizationId":"{of}",{time}}}]"#),
            2 => format!(r#"{{"type":"secret","organizationId":"{of}",{time},"of":7}}"#),
            3 => format!(r#"{{"type":"later","organizationId":"{of}",{time},"of":"{of}"}}"#),
            4 => format!(
                r#"{{"type":"{}","organizationId":"{of}",{time},"patient":{{"id":"{of}"}}}}"#,
                PatientUpdated::TYPE
            ),
            _ => format!(r#"{{"type":"secret","organizationId":"{of}",{time},"of":"{of}"}}"#),
        }
    }

    /// What the user may see changes: by the server, by the application, or by its choice of what to listen to.
    fn change(&mut self) -> Result<(), String> {
        let some = self.some();
        match self.below(3) {
            0 => {
                self.truth.member = some;
                let organizations = memberships(&self.truth.member);
                let message = ServerMessage::Membership(MembershipMessage { organizations });
                self.hear(encode_server(&message).into_bytes())
            }
            1 => {
                self.truth.narrowed = Some(some.iter().copied().chain(0..25).collect());
                let chosen = self.truth.narrowed.iter().flatten().map(|number| id(*number));
                let chosen = chosen.collect();
                self.step(Input::UpdateUserOrganizations(chosen))
            }
            _ => {
                self.truth.subscribed = (self.below(2) == 0).then_some(some);
                let chosen = self.truth.subscribed.as_ref();
                let chosen = chosen.map(|some| some.iter().map(|number| id(*number)).collect());
                self.step(Input::UpdateSubscriptions(chosen))
            }
        }
    }
}

fn config() -> Config {
    let mut config = Config::default();
    config.registry.add_builtin().register::<Secret>().unwrap();
    config.permissions.receive(Secret::TYPE, Rule::Member);
    config
}

fn run(config: Config, events: u64) -> Result<World, String> {
    let mut world = World::new(config);
    while world.sent < events {
        let frame: Vec<_> = (0..EVENTS_PER_FRAME).map(|_| world.event()).collect();
        world.hear(format!("[{}]", frame.join(",")).into_bytes())?;
        if world.sent / EVENTS_PER_CHANGE != (world.sent - EVENTS_PER_FRAME) / EVENTS_PER_CHANGE {
            world.change()?;
            // A frame that is no JSON is one message that cannot be read.
            world.sent += 1;
            world.hear(br#"[{"type":"secret""#.into())?;
        }
    }
    Ok(world)
}

#[test]
fn nothing_foreign_comes_through_and_everything_is_counted() {
    let events =
        std::env::var("ISOLATION_EVENTS").ok().map_or(1_000_000, |events| events.parse().unwrap());
    let world = run(config(), events).unwrap();
    let metrics = world.client.metrics();
    assert_eq!(
        metrics.dropped_foreign, world.foreign,
        "what the user may not see, and nothing else"
    );
    assert_eq!(metrics.events_delivered, world.delivered);
    let dropped = metrics.dropped_foreign + metrics.dropped_invalid + metrics.dropped_unknown;
    assert_eq!(world.delivered + dropped, world.sent, "every drop is counted: {metrics:?}");
    assert!(world.delivered > events / 5 && metrics.dropped_foreign > events / 5, "{metrics:?}");
    println!("{} events, {} delivered, {} foreign", world.sent, world.delivered, world.foreign);
}

#[cfg(feature = "controls")]
#[test]
fn without_the_tenant_filter_it_fails_at_once() {
    use yewdux_socket_core::safeguards::Safeguard;

    let failure = run(config().without(Safeguard::TenantFilter), 1_000).err();
    assert!(failure.is_some_and(|failure| failure.ends_with("was delivered")));
}
