//! Other strategies than the default one, and abilities that are switched off.

use super::*;
use crate::capabilities::{Capabilities, SwitchedOffBy};
use crate::recovery::{
    ConnectionRecovery, CorruptionRecovery, OfflineMode, OnlineSync, StateCorruption,
};

/// Decides everything otherwise.
#[derive(Debug)]
struct Other;

impl RecoveryStrategy for Other {
    fn handle_connection_error(&self, _: &ConnectionError, attempts: u32) -> ConnectionRecovery {
        if attempts == 0 {
            ConnectionRecovery::RetryAfter(secs(100))
        } else {
            ConnectionRecovery::GiveUp
        }
    }

    fn handle_state_corruption(&self, _: &StateCorruption) -> CorruptionRecovery {
        CorruptionRecovery::Ignore
    }

    fn enable_offline_mode(&self) -> OfflineMode {
        OfflineMode::Refuse
    }

    fn sync_when_online(&self) -> OnlineSync {
        OnlineSync::Snapshot
    }
}

fn other() -> World {
    World::online_with(Config { recovery: Arc::new(Other), ..config() })
}

#[test]
fn a_strategy_decides_when_to_try_again_and_when_to_give_up() {
    let mut world = other();
    world.close(1006);
    assert!(world.wait() >= secs(100));
    world.open();
    world.close(1006);
    assert_eq!((world.status(), world.last_error()), (Status::Error, "unreachable"));
}

#[test]
fn a_strategy_opens_nothing_that_the_server_closed_for_good() {
    let mut world = other();
    world.close(4003);
    world.pass(secs(1_000));
    assert_eq!((world.status(), world.tokens.len()), (Status::Error, 0));
}

#[test]
fn a_strategy_may_refuse_events_while_the_connection_is_lost() {
    let mut world = other();
    world.emit("a").unwrap();
    world.close(1006);
    assert_eq!(world.emit("b"), Err(EmitError::Offline));
    world.come_back(welcome());
    world.emit("c").unwrap();
    assert_eq!(world.written(), ["a", "c"]);
}

#[test]
fn a_strategy_may_refuse_events_before_the_first_connection_too() {
    let mut world = World::with(Config { recovery: Arc::new(Other), ..config() });
    world.step(Input::Connect(ConnectOptions::default()));
    assert_eq!(world.emit("a"), Err(EmitError::Offline));
    world.accept(welcome());
    world.emit("b").unwrap();
    assert_eq!(world.written(), ["b"]);
}

#[test]
fn a_strategy_may_fetch_everything_after_a_loss() {
    let mut world = other();
    world.close(1006);
    world.come_back(welcome());
    assert!(world.hello().resume.as_ref().unwrap().offsets.is_empty());
    assert_eq!(world.asked_for(), ["all north", "all south"]);
}

fn with(capabilities: Capabilities) -> World {
    World::online_with(Config { capabilities, ..config() })
}

#[test]
fn without_resumption_state_is_fetched() {
    let mut world = with(Capabilities { resume: false, ..Capabilities::default() });
    world.close(1006);
    world.come_back(welcome());
    assert!(world.hello().resume.as_ref().unwrap().offsets.is_empty());
    assert!(!world.hello().capabilities.contains(&capability::RESUME.to_owned()));
    assert_eq!(world.asked_for(), ["all north", "all south"]);
}

#[test]
fn without_snapshots_events_apply_from_where_the_connection_begins() {
    let mut world = with(Capabilities { snapshot: false, ..Capabilities::default() });
    world.say_raw(&note("north", 7, "a"));
    assert_eq!(world.delivered(), ["a"]);
    assert!(world.asked_for().is_empty());
}

#[test]
fn without_acks_an_event_is_written_once() {
    let mut world = with(Capabilities { ack: false, ..Capabilities::default() });
    world.emit("a").unwrap();
    assert_eq!(world.outcomes(), ["unconfirmed"]);
    world.close(1006);
    world.come_back(welcome());
    assert_eq!(world.written(), ["a"]);
}

#[test]
fn without_presence_nobody_is_known_to_be_online() {
    let mut world = World::with(Config {
        capabilities: Capabilities { presence: false, ..Capabilities::default() },
        ..config()
    });
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    assert!(world.requests().iter().all(|(_, _, topics)| topics == &["patients"]));
    world.say_raw(&presence_event("user_online", "ana", 1));
    assert!(world.shown().is_empty());
}

#[test]
fn what_is_off_is_said() {
    let world = with(Capabilities { resume: false, ..Capabilities::default() });
    let off = world.client.switched_off();
    let by = |name| off.iter().find(|off| off.capability == name).map(|off| off.by);
    assert_eq!(by(capability::RESUME), Some(SwitchedOffBy::Configuration));
    assert_eq!(by(capability::DIGEST), Some(SwitchedOffBy::Server));
    assert_eq!(by(capability::ACK), None);
    let mut world = World::online();
    world.close(1006);
    world.come_back(plain());
    let all = if cfg!(feature = "audit") { 9 } else { 8 };
    assert_eq!(world.client.switched_off().len(), all, "a plain server");
    world.step(Input::SignOut);
    assert!(world.client.switched_off().is_empty(), "what the next server offers is not known");
}

#[test]
fn what_is_volatile_is_written_at_once_or_not_at_all() {
    let mut world = World::online();
    let cursor = |world: &mut World, text| {
        world.emit_as("cursor", Some("north"), text).unwrap();
        (world.written(), world.outcomes())
    };
    assert_eq!(cursor(&mut world, "a"), (vec!["a".to_owned()], vec![]));
    world.answers = false;
    world.signal(Signal::Visible);
    assert_eq!(cursor(&mut world, "b"), (vec![], vec!["discarded"]), "the link is in doubt");
    world.close(1006);
    assert_eq!(world.outcomes(), ["unconfirmed"], "it was written, and is not written again");
    assert_eq!(cursor(&mut world, "c"), (vec![], vec!["discarded"]));
    world.come_back(welcome());
    assert!(world.written().is_empty());
}
