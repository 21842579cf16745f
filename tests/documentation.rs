//! What the documentation lists agrees with the code: the errors of `docs/errors.md`, the defaults of
//! `docs/library.md`.

#![cfg(not(target_arch = "wasm32"))]
#![allow(missing_docs, reason = "tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "tests")]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use yewdux_socket::config::Threshold;
use yewdux_socket::error::{
    AuditError, ConnectionError, EmitError, Error, ErrorClass, PerformanceError, PermissionError,
    StorageError, ValidationError,
};
use yewdux_socket::event::DEFAULT_TIME_TO_LIVE;
use yewdux_socket::recovery::StateCorruption;
use yewdux_socket::{Config, OrganizationId, Outcome, PermissionPolicy};

const ERRORS: &str = include_str!("../docs/errors.md");
const LIBRARY: &str = include_str!("../docs/library.md");

/// A source file of the core.
fn source(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("core/src").join(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The codes in a source file: what its `code` methods answer.
fn codes(path: &str) -> BTreeSet<String> {
    let source = source(path);
    let methods = source.split("pub fn code(").skip(1);
    let bodies = methods.map(|method| method.split("\n    }").next().unwrap_or_default());
    bodies
        .flat_map(|body| body.split("=> \"").skip(1))
        .map(|rest| rest.split('"').next().unwrap_or_default().to_owned())
        .collect()
}

/// The cells of the rows of the table below a heading, without the table's own heading.
fn table(page: &str, heading: &str) -> Vec<Vec<String>> {
    let section = page.split(&format!("\n{heading}\n")).nth(1);
    let section = section.unwrap_or_else(|| panic!("there is no `{heading}`"));
    let lines = section.lines().skip_while(|line| !line.starts_with('|'));
    let rows = lines.take_while(|line| line.starts_with('|')).skip(2);
    rows.map(|row| row.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

fn class(class: ErrorClass) -> &'static str {
    match class {
        ErrorClass::Connection => "connection",
        ErrorClass::Permission => "permission",
        ErrorClass::Validation => "validation",
        ErrorClass::Performance => "performance",
    }
}

fn row(code: &str, of: ErrorClass, retryable: bool, remedy: &str) -> Vec<String> {
    let retryable = if retryable { "yes" } else { "no" };
    vec![format!("`{code}`"), class(of).to_owned(), retryable.to_owned(), remedy.to_owned()]
}

/// Holds the table below a heading against rows without their second cell, which says when the error comes.
fn assert_documented(heading: &str, rows: &[Vec<String>], path: &str) {
    let known: BTreeSet<_> = rows.iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    assert_eq!(known, codes(path), "this test knows all codes of {path}");
    let mut documented = table(ERRORS, heading);
    for row in &mut documented {
        let when = row.remove(1);
        assert!(!when.is_empty(), "{heading}: {row:?} says when it comes");
    }
    assert_eq!(documented, rows, "{heading}");
}

fn errors(errors: impl IntoIterator<Item = Error>) -> Vec<Vec<String>> {
    let rows = errors.into_iter();
    rows.map(|error| row(error.code(), error.class(), error.is_retryable(), error.remedy()))
        .collect()
}

#[test]
fn errors_of_the_connection_are_documented() {
    let reason = String::new;
    let rows = errors(
        [
            ConnectionError::Unreachable,
            ConnectionError::ConnectTimeout,
            ConnectionError::HeartbeatTimeout,
            ConnectionError::Closed { code: 1006 },
            ConnectionError::Unauthorized,
            ConnectionError::TokenUnavailable { reason: reason(), retryable: true },
            ConnectionError::TokenUnavailable { reason: reason(), retryable: false },
            ConnectionError::RefreshFailed { reason: reason() },
            ConnectionError::Forbidden { code: 4003 },
            ConnectionError::Revoked,
            ConnectionError::SignedOutElsewhere,
            ConnectionError::ProtocolMismatch { offered: 2, expected: 1 },
            ConnectionError::Protocol { what: "" },
            ConnectionError::Reported { code: reason(), retryable: true },
            ConnectionError::Reported { code: reason(), retryable: false },
            ConnectionError::InvalidAddress { reason: reason() },
            ConnectionError::InsecureAddress,
            ConnectionError::Disconnected,
            ConnectionError::AttemptsExhausted { attempts: 1 },
            ConnectionError::Unsupported,
        ]
        .map(Error::from),
    );
    assert_documented("## Connection", &rows, "error/connection.rs");
}

#[test]
fn errors_of_permission_are_documented() {
    let event_type = String::new;
    let rows = errors(
        [
            PermissionError::ForeignOrganization,
            PermissionError::NotSubscribed { organization: OrganizationId::from("a") },
            PermissionError::OrganizationMissing { event_type: event_type() },
            PermissionError::OrganizationUnexpected { event_type: event_type() },
            PermissionError::NoRule { event_type: event_type() },
            PermissionError::RoleMissing { event_type: event_type(), roles: Vec::new() },
            PermissionError::RefusedRepeatedly { refusals: 1, within_s: 1 },
            PermissionError::WrongDirection { event_type: event_type() },
        ]
        .map(Error::from),
    );
    assert_documented("## Permission", &rows, "error/permission.rs");
}

#[test]
fn errors_of_validation_are_documented() {
    let text = String::new;
    let rows = errors(
        [
            ValidationError::Malformed { detail: text() },
            ValidationError::FrameTooLarge { bytes: 1, limit: 0 },
            ValidationError::UnknownType { event_type: text() },
            ValidationError::Structure { field: "", detail: text() },
            ValidationError::value("", ""),
            ValidationError::TooComplex { what: "", limit: 0 },
            ValidationError::TooManyMessages { messages: 1, limit: 0 },
            ValidationError::FutureTimestamp,
            ValidationError::EventTooLarge { bytes: 1, limit: 0 },
            ValidationError::PayloadShape,
        ]
        .map(Error::from),
    );
    assert_documented("## Validation", &rows, "error/validation.rs");
}

#[test]
fn errors_of_performance_are_documented() {
    let organization = || OrganizationId::from("a");
    let rows = errors(
        [
            PerformanceError::Resynchronized { organization: organization(), epoch: "e".into() },
            PerformanceError::EventsMissed { organization: organization() },
            PerformanceError::BufferFull { limit: 0 },
            PerformanceError::Repaired { organization: organization(), corruption: "" },
        ]
        .map(Error::from),
    );
    assert_documented("## Performance", &rows, "error/performance.rs");
}

#[test]
fn errors_of_storage_are_documented() {
    let rows = errors(
        [
            StorageError::Unavailable { reason: String::new() },
            StorageError::Full,
            StorageError::Blocked,
            StorageError::NewerVersion,
            StorageError::HeldElsewhere,
            StorageError::Damaged,
            StorageError::Foreign,
            StorageError::Stale,
            StorageError::NotErased,
        ]
        .map(Error::from),
    );
    assert_documented("## The stored outbox", &rows, "error/storage.rs");
}

#[test]
fn errors_of_the_audit_log_are_documented() {
    let rows = errors(
        [AuditError::NotTaken { reason: String::new() }, AuditError::Lost { entries: 1 }]
            .map(Error::from),
    );
    assert_documented("## The audit log", &rows, "error/audit.rs");
}

#[test]
fn errors_of_emitting_are_documented() {
    let rows = [
        EmitError::RateLimited { retry_after_ms: 1 },
        EmitError::QueueFull { events: 1, bytes: 1 },
        EmitError::Closed,
        EmitError::Offline,
    ]
    .map(|error| row(error.code(), error.class(), error.is_retryable(), error.remedy()));
    assert_documented("## Emitting", &rows, "error/emit.rs");
}

#[test]
fn outcomes_are_documented() {
    let outcomes = [
        Outcome::Acknowledged,
        Outcome::Rejected { code: String::new(), reason: String::new() },
        Outcome::Expired,
        Outcome::Unconfirmed,
        Outcome::Discarded,
    ];
    let known: BTreeSet<_> = outcomes.iter().map(|outcome| outcome.code().to_owned()).collect();
    assert_eq!(known, codes("outbox/mod.rs"), "this test knows all outcomes");
    let documented = table(LIBRARY, "## Outcomes").into_iter().map(|row| row[0].clone());
    assert!(documented.eq(outcomes.iter().map(|outcome| format!("`{}`", outcome.code()))));
}

#[test]
fn corruptions_are_documented() {
    let organization = || OrganizationId::from("a");
    let corruptions = [
        StateCorruption::PresenceDigest { organization: organization() },
        StateCorruption::PresenceCount { organization: organization() },
        StateCorruption::StoredRecord { error: StorageError::Damaged },
    ];
    let known: BTreeSet<_> =
        corruptions.iter().map(|corruption| corruption.code().to_owned()).collect();
    assert_eq!(known, codes("recovery.rs"), "this test knows all corruptions");
    let documented = table(ERRORS, "## State that was found to be wrong");
    let documented = documented.into_iter().map(|row| row[0].clone());
    assert!(documented.eq(corruptions.iter().map(|corruption| format!("`{}`", corruption.code()))));
}

fn time(time: Duration) -> String {
    let millis = time.as_millis();
    match (millis % 1_000, millis / 1_000) {
        (0, seconds) if seconds % 3_600 == 0 => format!("{} h", seconds / 3_600),
        (0, seconds) if seconds % 60 == 0 => format!("{} min", seconds / 60),
        (0, seconds) => format!("{seconds} s"),
        _ => format!("{millis} ms"),
    }
}

fn bytes(bytes: usize) -> String {
    if bytes >= 1 << 20 { format!("{} MiB", bytes >> 20) } else { format!("{} KiB", bytes >> 10) }
}

fn count(count: usize) -> String {
    if count >= 1_000 {
        format!("{} {:03}", count / 1_000, count % 1_000)
    } else {
        count.to_string()
    }
}

fn threshold(Threshold { degraded, unhealthy }: Threshold) -> String {
    let number = |number: f64| {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a default")]
        if number < 1.0 { number.to_string() } else { count(number as usize) }
    };
    format!("{} and {}", number(degraded), number(unhealthy))
}

/// Its setting is a threshold of the monitor, which the table of defaults holds to the code.
#[cfg(feature = "monitor")]
#[test]
fn reasons_of_health_are_documented() {
    use yewdux_socket::monitor::HealthReason;

    let documented = table(LIBRARY, "## Reasons").into_iter().map(|row| row[0].clone());
    assert!(documented.eq(HealthReason::ALL.map(|reason| format!("`{}`", reason.code()))));
    let known: BTreeSet<_> =
        HealthReason::ALL.into_iter().map(|reason| reason.code().to_owned()).collect();
    assert_eq!(known, codes("monitor/reason.rs"), "all reasons are in the list");
}

/// What the documentation says of the event types that are known by default.
fn registry(config: &Config) -> String {
    let kinds = config.registry.kinds().map(|kind| &*kind.event_type);
    let is_presence = kinds.eq(["user_offline", "user_online"]);
    if is_presence { "the events of presence" } else { "others" }.to_owned()
}

#[test]
fn defaults_are_documented() {
    let config = Config::default();
    let (backoff, heartbeat) = (config.backoff, config.heartbeat);
    let (outbox, inbound, rate) = (config.outbox, config.inbound, config.emit_rate);
    let shape = config.shape;
    let (audit, monitor) = (config.audit, config.monitor);
    let all_on = !format!("{:?}", config.capabilities).contains("false");
    let rows = [
        ("registry", registry(&config)),
        (
            "permissions",
            if config.permissions == PermissionPolicy::builtin() {
                "those of the built-in events"
            } else {
                "others"
            }
            .to_owned(),
        ),
        ("topics", if config.topics.is_empty() { "none" } else { "some" }.to_owned()),
        ("backoff.min", time(backoff.min)),
        ("backoff.max", time(backoff.max)),
        ("backoff.prompt", time(backoff.prompt)),
        ("backoff.stable_after", time(backoff.stable_after)),
        (
            "backoff.max_attempts",
            backoff.max_attempts.map_or("none".to_owned(), |most| most.to_string()),
        ),
        ("heartbeat.interval", time(heartbeat.interval)),
        ("heartbeat.timeout", time(heartbeat.timeout)),
        ("heartbeat.probe_timeout", time(heartbeat.probe_timeout)),
        ("heartbeat.clock_tolerance", time(heartbeat.clock_tolerance)),
        ("connect_timeout", time(config.connect_timeout)),
        ("snapshot_timeout", time(config.snapshot_timeout)),
        ("grace", time(config.grace)),
        ("emit_rate", format!("{}/s, {} at once", rate.per_second, rate.burst)),
        ("max_in_flight", count(config.max_in_flight)),
        ("outbox.max_events", count(outbox.max_events)),
        ("outbox.max_bytes", bytes(outbox.max_bytes)),
        ("outbox.max_event_bytes", bytes(outbox.max_event_bytes)),
        ("inbound.max_frame_bytes", bytes(inbound.max_frame_bytes)),
        ("inbound.max_frame_messages", count(inbound.max_frame_messages)),
        ("inbound.max_early_bytes", bytes(inbound.max_early_bytes)),
        ("inbound.max_held_events", count(inbound.max_held_events)),
        ("inbound.max_snapshot_bytes", bytes(inbound.max_snapshot_bytes)),
        ("inbound.max_future", time(inbound.max_future)),
        ("inbound.max_recent_errors", count(inbound.max_recent_errors)),
        ("inbound.max_quarantined", count(inbound.max_quarantined)),
        ("shape.nesting", count(shape.nesting)),
        ("shape.string_bytes", bytes(shape.string_bytes)),
        ("shape.items", count(shape.items)),
        ("unknown_events", format!("`{:?}`", config.unknown_events)),
        ("refusals.count", config.refusals.count.to_string()),
        ("refusals.within", time(config.refusals.within)),
        ("topic_entries", if config.topic_entries.is_empty() { "none" } else { "some" }.to_owned()),
        ("capabilities", if all_on { "all on" } else { "some off" }.to_owned()),
        ("recovery", format!("`{:?}`", config.recovery)),
        ("repair_interval", time(config.repair_interval)),
        ("refresh_before", time(config.refresh_before)),
        ("persist", if config.persist { "on" } else { "off" }.to_owned()),
        ("storage_timeout", time(config.storage_timeout)),
        ("audit.sink", if audit.sink { "on" } else { "off" }.to_owned()),
        ("audit.max_entries", count(audit.max_entries)),
        ("audit.interval", time(audit.interval)),
        ("audit.max_reasons", count(audit.max_reasons)),
        ("audit.head_interval", time(audit.head_interval)),
        ("monitor.enabled", if monitor.enabled { "on" } else { "off" }.to_owned()),
        ("monitor.user_timing", if monitor.user_timing { "on" } else { "off" }.to_owned()),
        ("monitor.max_event_types", count(monitor.max_event_types)),
        ("monitor.worse_after", time(monitor.worse_after)),
        ("monitor.better_after", time(monitor.better_after)),
        ("monitor.round_trip_ms", threshold(monitor.round_trip_ms)),
        ("monitor.packet_loss", threshold(monitor.packet_loss)),
        ("monitor.errors_per_minute", threshold(monitor.errors_per_minute)),
        ("monitor.delivery_ms", threshold(monitor.delivery_ms)),
        ("monitor.processing_ms", threshold(monitor.processing_ms)),
        ("monitor.long_tasks_ms", threshold(monitor.long_tasks_ms)),
        ("monitor.queued", threshold(monitor.queued)),
        ("monitor.memory_mib", threshold(monitor.memory_mib)),
        ("SocketEvent::time_to_live", time(DEFAULT_TIME_TO_LIVE)),
    ];
    let rows: Vec<_> = rows.map(|(name, value)| (format!("`{name}`"), value)).into();

    // Each public field of each struct in the source is in a row, so that a new one is not forgotten.
    let source = source("config.rs");
    let fields = source.lines().filter_map(|line| line.strip_prefix("    pub "));
    let fields = fields.filter_map(|line| Some(line.split_once(": ")?.0));
    let fields: Vec<_> = fields.filter(|name| !name.contains(['(', ' '])).collect();
    assert!(fields.len() > 25, "the fields are found: {fields:?}");
    for field in fields {
        let groups =
            ["backoff", "heartbeat", "outbox", "inbound", "shape", "refusals", "audit", "monitor"];
        let is_group = groups.contains(&field);
        // Of a rate, of the entries of a topic, and of a threshold.
        let is_part = ["per_second", "burst", "sensitive", "kept_by", "degraded", "unhealthy"]
            .contains(&field);
        let is_known =
            rows.iter().any(|(name, _)| name.trim_matches('`').rsplit('.').next() == Some(field));
        assert!(is_group || is_part || is_known, "`{field}` is in the table");
    }

    let documented = table(LIBRARY, "# Defaults").into_iter();
    let documented: Vec<_> = documented.map(|row| (row[0].clone(), row[1].clone())).collect();
    assert_eq!(documented, rows);
}
