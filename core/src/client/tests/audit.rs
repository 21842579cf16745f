//! What is recorded, where it goes, and when it is forgotten.

use std::collections::{BTreeMap, BTreeSet};

use rand_core::Rng;

use super::*;
use crate::audit::{AuditAction, AuditEntry, OutcomeCode, StoredHead, verify};
use crate::error::AuditError;
use crate::wire::{AuditHead, Revoked};

fn with_sink() -> Config {
    let mut config = config();
    config.audit.sink = true;
    config
}

/// A `$welcome` of a server that countersigns.
fn countersigning() -> Welcome {
    let mut welcome = welcome();
    welcome.capabilities.push(capability::AUDIT.to_owned());
    welcome
}

/// `join north`, `drop foreign_organization ×3`.
fn described(entry: &AuditEntry) -> String {
    let mut text = entry.action.as_str().to_owned();
    let organization = entry.organization.as_ref().map(ToString::to_string);
    let foreign = entry.organization_hash.map(|_| "(foreign)".to_owned());
    let what = entry.outcome.detail.clone().into_iter().chain(organization).chain(foreign);
    for part in what.chain(entry.count.map(|count| format!("×{count}"))) {
        text = format!("{text} {part}");
    }
    text
}

impl World {
    fn audit(&self) -> Vec<String> {
        self.client.audit_entries().map(|entry| described(entry)).collect()
    }

    /// What was recorded after so many entries.
    fn audit_after(&self, known: usize) -> Vec<String> {
        self.audit().split_off(known)
    }

    fn count(&self) -> usize {
        self.client.audit_entries().len()
    }

    fn heads(&mut self) -> Vec<AuditHead> {
        let heads = self.sent.iter().filter_map(|message| match message {
            ClientMessage::Audit(head) => Some(head.clone()),
            _ => None,
        });
        let heads = heads.collect();
        self.sent.clear();
        heads
    }

    /// The server countersigns a head.
    fn sign(&mut self, head: &AuditHead) {
        let signature = Some(format!("of {}", head.sequence));
        self.say(&ServerMessage::Audit(AuditHead { signature, ..head.clone() }));
    }

    fn sink_answers(&mut self, operation: u64, result: Result<(), AuditError>) {
        self.step(Input::Audited { operation, result });
    }

    /// What the sink was given since the last look.
    fn handed(&mut self) -> Vec<String> {
        let handed = std::mem::take(&mut self.handed);
        handed.iter().flat_map(|(_, entries)| entries).map(|entry| described(entry)).collect()
    }
}

#[test]
fn connections_and_memberships_are_recorded_with_who_it_was() {
    let mut world = World::online();
    assert_eq!(world.audit(), ["connect", "join north", "join south"]);
    let entries: Vec<_> = world.client.audit_entries().cloned().collect();
    for entry in &entries {
        assert_eq!(entry.agent.who, Some(UserId::from("ana")));
        assert_eq!(entry.recorded, world.now.wall);
        let session = entry.agent.session_hash.unwrap().to_string();
        assert!(!session.contains("s1"));
    }
    world.say(&ServerMessage::Membership(crate::wire::Membership {
        organizations: memberships(&["north", "east"]),
    }));
    assert_eq!(world.audit_after(3), ["join east", "leave south", "purge south"]);
    world.close(1006);
    world.come_back(resumed(&["north"]));
    let after = world.audit_after(6);
    assert_eq!(after, ["connect", "join south", "leave east", "purge east"]);
}

#[test]
fn refusals_are_recorded_by_their_code() {
    let mut world = World::new();
    let user = Some(UserId::from("ana"));
    world.step(Input::Connect(ConnectOptions { user, ..ConnectOptions::default() }));
    world.open();
    world.close(4001);
    world.open();
    world.close(4001);
    assert_eq!(world.audit(), ["refuse unauthorized", "refuse unauthorized"]);
    let entry = world.client.audit_entries().next().unwrap();
    assert_eq!((&entry.agent.who, entry.outcome.code), (&Some("ana".into()), OutcomeCode::Failure));
    assert_eq!(entry.agent.session_hash, None);
    for (code, refusal) in [(4003, "refuse forbidden"), (4000, "refuse forbidden")] {
        let known = world.count();
        world.step(Input::Connect(ConnectOptions::default()));
        world.open();
        world.close(code);
        assert_eq!(world.audit_after(known), [refusal]);
    }
    let known = world.count();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(Welcome { protocol: 2, ..welcome() });
    assert_eq!(world.audit_after(known), ["refuse protocol_mismatch"]);
    world.step(Input::Connect(ConnectOptions::default()));
    world.open();
    world.close(1006);
    assert_eq!(world.count(), known + 1, "what cannot be reached refuses nothing");
}

#[test]
fn drops_become_one_entry_for_each_reason_and_organization() {
    let mut world = World::online();
    for offset in 1..=40 {
        world.say_raw(&note("west", offset, "secret"));
        world.say_raw(&note("east", offset, "secret"));
    }
    world.say_raw(&event("no_such_type", "north", Some(("e", 1)), "secret"));
    world.say_raw("no JSON");
    assert_eq!(world.count(), 3, "not before the interval is over");
    world.pass(secs(60));
    let mut dropped = world.audit_after(3);
    dropped.sort();
    let foreign = "drop foreign_organization (foreign) ×40";
    assert_eq!(dropped, [foreign, foreign, "drop malformed ×1", "drop unknown_type north ×1"]);
    let hashes: BTreeSet<_> =
        world.client.audit_entries().filter_map(|entry| entry.organization_hash).collect();
    assert_eq!(hashes.len(), 2, "two organizations, told apart");
    let export = world.client.export_audit(world.now);
    for secret in ["west", "east", "secret", "s1", "hush-hush"] {
        assert!(!export.contains(secret), "{secret}");
    }
}

#[test]
fn denials_are_recorded_whoever_denies() {
    let mut world = World::online();
    assert!(world.emit_as("note", Some("west"), "a").is_err());
    assert!(world.emit_as("note", Some("west"), "a").is_err());
    assert_eq!(world.audit_after(3), ["deny foreign_organization (foreign)"]);

    for (code, recorded) in [
        (Some("not_permitted"), "not_permitted"),
        (Some("Patient Ida"), "rejected"),
        (None, "rejected"),
    ] {
        let known = world.count();
        let id = world.emit("b").unwrap().id;
        let code = code.map(str::to_owned);
        let ack =
            Ack { id: id.clone(), status: AckStatus::Rejected, code, reason: Some("Ida".into()) };
        world.say(&ServerMessage::Ack(ack.clone()));
        world.say(&ServerMessage::Ack(ack));
        let after = world.audit_after(known);
        if code_is_new(known) {
            assert_eq!(after, [format!("deny {recorded} north")]);
            let entry = world.client.audit_entries().last().unwrap();
            assert_eq!(entry.entity.what.as_deref(), Some(id.as_str()));
        } else {
            assert!(after.is_empty(), "{after:?}");
        }
    }
    let id = world.emit("c").unwrap().id;
    let known = world.count();
    world.ack(&id, AckStatus::Conflict);
    assert_eq!(world.count(), known, "a conflict is no denial");
    world.pass(secs(60));
    let counted = world.audit_after(known);
    assert_eq!(counted, ["deny foreign_organization (foreign) ×1", "deny rejected north ×1"]);
}

/// The third denial has the code of the second.
fn code_is_new(known: usize) -> bool {
    known < 6
}

#[test]
fn an_event_that_may_no_longer_be_sent_is_denied() {
    let mut world = World::new();
    let user = Some(UserId::from("ana"));
    world.step(Input::Connect(ConnectOptions { user, ..ConnectOptions::default() }));
    world.emit_as("note", Some("west"), "a").unwrap();
    world.accept(welcome());
    assert_eq!(world.audit_after(3), ["deny foreign_organization (foreign)"]);
    let entry = world.client.audit_entries().last().unwrap();
    assert!(entry.entity.what.is_some());
}

#[test]
fn each_end_of_a_sign_in_is_handed_over_and_forgotten() {
    type End = fn(&mut World);
    let ends: [(&str, End); 5] = [
        ("signed_out", |world| world.step(Input::SignOut)),
        ("signed_out_elsewhere", |world| world.step(Input::SignedOutElsewhere("ana".into()))),
        ("revoked", |world| world.say(&ServerMessage::Revoked(Revoked { code: "left".into() }))),
        ("revoked", |world| world.close(4002)),
        ("page_ended", |world| world.step(Input::End)),
    ];
    for (code, end) in ends {
        let mut world = World::online_with(with_sink());
        world.say_raw(&note("west", 1, "x"));
        world.handed.clear();
        end(&mut world);
        let last = [
            "drop foreign_organization (foreign) ×1".to_owned(),
            format!("signOut {code}"),
            "purge".to_owned(),
        ];
        let handed = world.handed();
        assert_eq!(handed[handed.len() - 3..], last, "{code}");
        assert_eq!(world.count(), 0, "{code}: nothing is left for the next user");
        assert_eq!(world.client.audit_head(), None);
        let known = world.handed.len();
        end_again(&mut world);
        assert_eq!(world.handed.len(), known, "{code}: once is enough");
    }
}

fn end_again(world: &mut World) {
    world.step(Input::SignOut);
    world.step(Input::SignOut);
}

#[test]
fn another_user_begins_a_chain_of_their_own() {
    let mut world = World::online_with(with_sink());
    let first = world.client.audit_entries().next().unwrap().clone();
    world.close(1006);
    world.come_back(Welcome { user_id: UserId::from("ben"), ..countersigning() });
    assert_eq!(world.audit(), ["connect", "join north", "join south"]);
    let entries: Vec<_> = world.client.audit_entries().cloned().collect();
    assert!(entries.iter().all(|entry| entry.agent.who == Some("ben".into())));
    assert!(entries.iter().all(|entry| entry.chain != first.chain));
    let handed = world.handed();
    assert!(handed.contains(&"signOut other_user".to_owned()), "{handed:?}");
    let heads = world.heads();
    assert!(
        heads.iter().all(|head| head.chain == entries[0].chain),
        "no head goes to another user"
    );
}

#[test]
fn the_sink_gets_everything_once_and_again_what_it_did_not_take() {
    let mut world = World::new();
    world.client = Client::new(with_sink(), [7; 32]);
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(welcome());
    let (operation, entries) = world.handed.remove(0);
    assert_eq!(entries.len(), 3);
    let error = AuditError::NotTaken { reason: "the network is away".into() };
    world.sink_answers(operation, Err(error));
    assert!(world.error_codes().contains(&"audit_not_taken"));
    world.pass(secs(1));
    let (again, entries) = world.handed.remove(0);
    assert_eq!(entries.len(), 3);
    world.sink_answers(operation, Ok(()));
    assert!(world.handed.is_empty(), "the answer to an earlier operation is ignored");
    world.sink_answers(again, Ok(()));
    world.pass(secs(100));
    assert!(world.handed.is_empty());
}

#[test]
fn entries_that_no_sink_took_are_missed_aloud() {
    let mut config = with_sink();
    config.audit.max_entries = 20;
    let mut world = World::online_with(config);
    for _ in 0..30 {
        world.close(1006);
        world.come_back(welcome());
    }
    assert!(world.error_codes().contains(&"audit_lost"));
    // What comes again is known by its sequence.
    let mut file: BTreeMap<u64, Arc<AuditEntry>> = BTreeMap::new();
    let mut idle = 0;
    while idle < 3 {
        world.pass(secs(61));
        let handed = std::mem::take(&mut world.handed);
        idle = if handed.is_empty() { idle + 1 } else { 0 };
        if let Some((operation, entries)) = handed.last() {
            file.extend(entries.iter().map(|entry| (entry.sequence, entry.clone())));
            world.sink_answers(*operation, Ok(()));
        }
    }
    let lines: Vec<_> = file.values().map(|entry| entry.canonical()).collect();
    let report = verify(&lines.join("\n"), None).unwrap();
    assert!(report.missing > 0);
    let last = world.client.audit_entries().last().unwrap();
    assert_eq!(report.last, StoredHead { sequence: last.sequence, hash: last.hash });
    let losses =
        file.values().filter(|entry| entry.outcome.detail.as_deref() == Some("audit_lost"));
    assert!(losses.count() > 0, "the chain says so itself");
}

#[test]
fn heads_go_to_a_server_that_countersigns_at_a_bounded_rate() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(countersigning());
    let heads = world.heads();
    assert_eq!((heads.len(), heads[0].sequence, heads[0].signature.clone()), (1, 3, None));
    world.sign(&heads[0]);
    assert_eq!(world.client.audit_head().unwrap().signature.as_deref(), Some("of 3"));
    for name in ["a", "b", "c"] {
        world.step(Input::UpdateUserOrganizations(organizations(&["north", name])));
        world.step(Input::UpdateUserOrganizations(organizations(&["north", "south"])));
    }
    assert!(world.heads().is_empty(), "not before the interval is over");
    world.pass(secs(60));
    let heads = world.heads();
    assert_eq!((heads.len(), heads[0].sequence), (1, world.count() as u64));
    world.pass(secs(60));
    assert_eq!(world.heads(), heads, "again, because it was not answered");
    world.sign(&heads[0]);
    world.pass(secs(600));
    assert!(world.heads().is_empty(), "and not once it was");

    let mut plain = World::online();
    plain.pass(secs(600));
    assert!(plain.heads().is_empty(), "a server that does not countersign is not asked");
}

#[test]
fn a_countersignature_of_something_else_is_ignored() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(countersigning());
    let head = world.heads().remove(0);
    let wrong: [fn(&mut AuditHead); 4] = [
        |head| head.chain = "another".into(),
        |head| head.sequence = 2,
        |head| head.hash = "00".repeat(32),
        |head| head.signature = Some("x".repeat(1_000)),
    ];
    for change in wrong {
        let mut answer = AuditHead { signature: Some("s".into()), ..head.clone() };
        change(&mut answer);
        world.say(&ServerMessage::Audit(answer));
        assert_eq!(world.client.audit_head(), None);
    }
    world.say(&ServerMessage::Audit(head));
    assert_eq!(world.client.audit_head(), None, "without a signature it is none");
}

#[test]
fn a_refused_head_is_reported_and_not_repeated_on_this_connection() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(countersigning());
    assert_eq!(world.heads().len(), 1);
    world.say(&ServerMessage::Error(ServerError {
        code: "audit_rewound".into(),
        regarding: Some("$audit".into()),
        ..ServerError::default()
    }));
    assert!(world.error_codes().contains(&"reported"));
    world.pass(secs(600));
    assert!(world.heads().is_empty());
    world.close(1006);
    world.come_back(countersigning());
    assert_eq!(world.heads().len(), 1);
}

#[test]
fn the_last_head_of_a_sign_in_goes_out_before_the_connection_is_closed() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(countersigning());
    let first = world.heads().remove(0);
    let chain = first.chain.clone();
    world.step(Input::SignOut);
    let last = world.heads().remove(0);
    assert_eq!((last.chain, last.sequence), (chain, first.sequence + 2), "signOut and purge");
}

#[test]
fn an_export_verifies_and_is_recorded() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(countersigning());
    let head = world.heads().remove(0);
    world.sign(&head);
    world.say_raw(&note("west", 1, "x"));
    let export = world.client.export_audit(world.now);
    world.drain();
    let report = verify(&export, None).unwrap();
    assert_eq!((report.first, report.missing, report.anchored), (1, 0, 3));
    assert_eq!(report.head.unwrap().signature.as_deref(), Some("of 3"));
    let last = world.client.audit_entries().last().unwrap();
    assert_eq!((last.action, last.sequence), (AuditAction::Export, report.last.sequence));
    assert_eq!(world.audit_after(3), ["drop foreign_organization (foreign) ×1", "export"]);
}

#[test]
fn the_log_draws_no_numbers_of_the_client() {
    let mut world = World::online();
    let id = world.emit("a").unwrap().id;
    let mut rng = ChaCha8Rng::from_seed([7; 32]);
    let bits = (u128::from(rng.next_u64()) << 64) | u128::from(rng.next_u64());
    assert_eq!(id, EventId::from_bits(bits));
}

/// The form of an export is what other programs read.
#[test]
fn an_export_looks_as_it_always_did() {
    let mut world = World::new();
    world.step(Input::Connect(ConnectOptions::default()));
    world.accept(countersigning());
    let head = world.heads().remove(0);
    world.sign(&head);
    let export = world.client.export_audit(world.now);
    assert_eq!(export, include_str!("../../audit/tests/export.jsonl"));
}
