//! What entries say, how they are written, and how the log stays bounded.

use super::*;

#[test]
fn an_entry_has_one_form() {
    let mut log = Log::new([7; 32], 100);
    let agent = AuditAgent {
        who: Some(UserId::from("ana")),
        session_hash: Some(log.session(&SessionId::from("s1"))),
    };
    let tenant = log.foreign(&OrganizationId::from("south-clinic"));
    let draft = Draft::failure(AuditAction::Drop, EntityKind::Event, "foreign_organization");
    let entry = log.append(now(0), &agent, draft.of(tenant).times(3)).remove(0);
    let canonical = entry.canonical();
    let expected = format!(
        r#"{{"sequence":1,"chain":"{}","recorded":"2025-11-23T00:00:00.000Z","monotonicMs":0,"action":"drop","outcome":{{"code":"failure","detail":"foreign_organization"}},"agent":{{"who":"ana","sessionHash":"{}"}},"organizationHash":"{}","entity":{{"type":"event"}},"count":3,"previous":"{}","hash":"{}"}}"#,
        entry.chain,
        agent.session_hash.unwrap(),
        entry.organization_hash.unwrap(),
        AuditHash::NONE,
        entry.hash,
    );
    assert_eq!(canonical, expected);
    let without_hash = expected.replace(&format!(r#","hash":"{}""#, entry.hash), "");
    assert_eq!(entry.hash, AuditHash::of(&[without_hash.as_bytes()]), "as docs/library.md says");
}

#[test]
fn what_must_not_be_known_is_not_in_it() {
    let log = log_of(50, 100);
    let text = export(log.entries(), None);
    assert!(
        text.contains("north-clinic") && !text.contains("south-clinic") && !text.contains("\"s1\"")
    );
    let bare = AuditHash::of(&[b"south-clinic"]).to_string();
    assert!(!text.contains(&bare), "a bare hash of an id that can be guessed hides nothing");
    let foreign = |log: &Log| log.foreign(&OrganizationId::from("south-clinic"));
    assert_eq!(foreign(&log), foreign(&log), "the same organization is recognized within a chain");
    let mut next = log_of(0, 100);
    let before = (foreign(&next), next.chain().clone());
    next.begin_anew();
    assert_ne!(before.0, foreign(&next), "and not from one chain to the next");
    assert_ne!(before.1, *next.chain());
    assert_ne!(Log::new([8; 32], 100).chain(), Log::new([7; 32], 100).chain());
}

#[test]
fn the_log_is_bounded_and_says_what_went() {
    let log = log_of(1_000, 100);
    assert!((75..=101).contains(&log.entries().len()), "{} entries", log.entries().len());
    let first = log.entries()[0].sequence;
    let gone = log.entries().iter().rev().find_map(|entry| entry.discarded.clone()).unwrap();
    assert_eq!((gone.from, gone.to), (1, first - 1));
    let report = verify(&export(log.entries(), None), None).unwrap();
    assert_eq!((report.first, report.missing), (first, first - 1));
    assert_eq!(report.last, head_of(&log));
}

#[test]
fn another_chain_begins_at_one_and_empty() {
    let mut log = log_of(5, 100);
    log.begin_anew();
    assert_eq!((log.entries().len(), log.head()), (0, (0, AuditHash::NONE)));
    let entry = append(&mut log).remove(0);
    assert_eq!((entry.sequence, entry.previous), (1, AuditHash::NONE));
}
