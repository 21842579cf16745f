//! What verification accepts, and what it says of what it does not.

use super::*;

fn flaw(text: &str, stored: Option<StoredHead>) -> (usize, Flaw) {
    let flaw = verify(text, stored).unwrap_err();
    (flaw.line, flaw.flaw)
}

#[test]
fn an_export_is_intact_up_to_its_head() {
    let mut log = log_of(5, 100);
    let head = signed(&log);
    append(&mut log);
    let text = export(log.entries(), Some(&head));
    assert_eq!(text.lines().count(), 7);
    assert!(text.lines().last().unwrap().starts_with(r#"{"head":{"chain":""#));
    let report = verify(&text, None).unwrap();
    assert_eq!((report.first, report.last, report.missing), (1, head_of(&log), 0));
    assert_eq!((report.head, report.anchored), (Some(head), 5));
    assert_eq!(verify(&text, Some(head_of(&log))).unwrap().anchored, 6);

    let without = export(log.entries(), None);
    assert!(without.ends_with("{\"head\":null}\n"));
    let report = verify(&without, None).unwrap();
    assert_eq!((report.head, report.anchored), (None, 0));
    let entries = without.strip_suffix("{\"head\":null}\n").unwrap();
    assert_eq!(verify(entries, None).unwrap().anchored, 0, "as a sink writes it");
}

#[test]
fn the_end_is_held_against_heads() {
    let log = log_of(5, 100);
    let shorter = log_of(4, 100);
    let truncated = Flaw::Truncated { last: 4, sequence: 5 };
    let text = export(shorter.entries(), None);
    assert_eq!(flaw(&text, Some(head_of(&log))), (4, truncated.clone()));
    assert_eq!(flaw(&export(shorter.entries(), Some(&signed(&log))), None), (5, truncated));
    let other = StoredHead { hash: AuditHash::NONE, ..head_of(&log) };
    assert_eq!(
        flaw(&export(log.entries(), None), Some(other)),
        (5, Flaw::OtherHead { sequence: 5 })
    );

    let rolled = log_of(1_000, 100);
    let gone = StoredHead { sequence: 3, hash: AuditHash::NONE };
    let text = export(rolled.entries(), None);
    assert!(matches!(flaw(&text, Some(gone)).1, Flaw::HeadGone { sequence: 3 }));
    let mut of_another = signed(&log);
    of_another.chain = AuditChainId::from_bits(1);
    assert_eq!(flaw(&export(log.entries(), Some(&of_another)), None), (6, Flaw::OtherChain));
}

#[test]
fn what_is_no_export_is_said_to_be_none() {
    let log = log_of(3, 100);
    let text = export(log.entries(), None);
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(flaw("", None), (1, Flaw::Empty));
    assert_eq!(flaw("{\"head\":null}\n", None), (1, Flaw::Empty));
    assert_eq!(flaw("hello\n", None), (1, Flaw::Unreadable));
    assert_eq!(flaw(&format!("{text}{}\n", lines[2]), None), (5, Flaw::BehindHead));
    let blanks = text.replacen(':', ": ", 1);
    assert_eq!(flaw(&blanks, None), (1, Flaw::NotCanonical));
    let more = text.replacen('{', r#"{"note":"x","#, 1);
    assert_eq!(flaw(&more, None), (1, Flaw::Unreadable), "a member that nobody knows");
    let mut other = Log::new([9; 32], 100);
    append(&mut other);
    let mixed = format!("{}\n{}", lines[0], export(other.entries(), None));
    assert_eq!(flaw(&mixed, None), (2, Flaw::OtherChain));
}

#[test]
fn flaws_name_the_line_and_the_reason() {
    let log = log_of(3, 100);
    let text = export(log.entries(), None);
    let lines: Vec<_> = text.lines().collect();
    let of = |order: &[usize]| order.iter().map(|at| lines[*at]).collect::<Vec<_>>().join("\n");
    assert_eq!(flaw(&of(&[0, 1, 1]), None), (3, Flaw::Order { expected: 3, found: 2 }));
    assert_eq!(flaw(&of(&[0, 2]), None), (2, Flaw::Missing { from: 2, to: 2 }));
    assert_eq!(flaw(&of(&[1, 2]), None), (1, Flaw::Missing { from: 1, to: 1 }));
    let altered = text.replacen("ana", "eva", 1);
    assert_eq!(flaw(&altered, None), (1, Flaw::Altered));
    let mut forged = (*log.entries()[1]).clone();
    forged.monotonic_ms += 1;
    forged.hash = forged.true_hash();
    let forged = [lines[0], &forged.canonical(), lines[2]].join("\n");
    assert_eq!(flaw(&forged, None), (3, Flaw::Broken));
    let text = verify(&forged, None).unwrap_err().to_string();
    assert_eq!(text, "line 3: the entry before is not the one that this entry was chained to");
}

#[test]
fn heads_are_written_as_sequence_and_hash() {
    let head = head_of(&log_of(3, 100));
    assert_eq!(head.to_string().parse(), Ok(head));
    for bad in
        ["", "3", ":", "0:00", &format!("0:{}", head.hash), &format!("x:{}", head.hash), "3:ab"]
    {
        assert_eq!(bad.parse::<StoredHead>(), Err(InvalidHead), "{bad}");
    }
}
