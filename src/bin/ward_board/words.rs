//! Plain words for what programs name otherwise.

use yewdux_socket::event::PatientStatus;
use yewdux_socket::{EmitError, Outcome};

/// All statuses, the most urgent first.
pub(crate) const STATUSES: [PatientStatus; 4] = [
    PatientStatus::Critical,
    PatientStatus::Observation,
    PatientStatus::Stable,
    PatientStatus::Discharged,
];

/// A status in words.
pub(crate) fn status_name(status: PatientStatus) -> &'static str {
    match status {
        PatientStatus::Critical => "Critical",
        PatientStatus::Observation => "Observation",
        PatientStatus::Stable => "Stable",
        PatientStatus::Discharged => "Discharged",
    }
}

/// A status as forms and style sheets spell it: as it is on the wire.
pub(crate) fn status_code(status: PatientStatus) -> &'static str {
    match status {
        PatientStatus::Critical => "critical",
        PatientStatus::Observation => "observation",
        PatientStatus::Stable => "stable",
        PatientStatus::Discharged => "discharged",
    }
}

/// The status that a form's value means.
pub(crate) fn status_of(code: &str) -> Option<PatientStatus> {
    STATUSES.into_iter().find(|status| status_code(*status) == code)
}

/// Why a change could not even be taken on.
pub(crate) fn emit_problem(error: &EmitError) -> String {
    match error {
        EmitError::QueueFull { .. } => "too many changes are waiting for a connection.".to_owned(),
        EmitError::RateLimited { retry_after_ms } => {
            format!("that was too quick. Try again in {} s.", retry_after_ms.div_ceil(1_000).max(1))
        }
        EmitError::NotPermitted(_) => {
            "you may not change patients of this organization.".to_owned()
        }
        EmitError::Closed => "nobody is signed in any more.".to_owned(),
        EmitError::Invalid(problem) => problem.to_string(),
        _ => error.to_string(),
    }
}

/// What became of a change that was not acknowledged.
pub(crate) fn outcome_problem(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Rejected { reason, .. } => shorten(reason),
        Outcome::Expired => "it waited too long for a connection.".to_owned(),
        Outcome::Unconfirmed => "the server may or may not have it. Check the value.".to_owned(),
        Outcome::Discarded => "you lost access before it could be sent.".to_owned(),
        _ => "it is not known why.".to_owned(),
    }
}

/// What a server says in its own words, as far as there is room for it.
pub(crate) fn shorten(text: &str) -> String {
    const MOST: usize = 200;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text[..end].trim_end()),
        None => text.to_owned(),
    }
}

/// "1 patient", "2 patients".
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A number as the performance panel writes it: with a narrow space between thousands.
pub(crate) fn grouped(number: u64) -> String {
    match number {
        0..1_000 => number.to_string(),
        _ => format!("{}\u{202f}{:03}", grouped(number / 1_000), number % 1_000),
    }
}

/// The initials of a name, two at most.
pub(crate) fn initials(name: &str) -> String {
    name.split_whitespace().filter_map(|word| word.chars().next()).take(2).collect()
}

/// The time of day, as on a wall clock.
pub(crate) fn time_of_day() -> String {
    let now = js_sys::Date::new_0();
    format!("{:02}:{:02}", now.get_hours(), now.get_minutes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_status_survives_the_form() {
        for status in STATUSES {
            assert_eq!(status_of(status_code(status)), Some(status));
            assert_eq!(
                serde_json::to_value(status).unwrap(),
                status_code(status),
                "as on the wire"
            );
        }
        assert_eq!(status_of("asleep"), None);
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        assert_eq!(shorten("No."), "No.");
        assert_eq!(shorten(&"ö".repeat(200)), "ö".repeat(200));
        assert_eq!(shorten(&"ö".repeat(201)), format!("{}…", "ö".repeat(200)));
    }

    #[test]
    fn thousands_stand_apart() {
        assert_eq!(
            [7, 1_000, 1_034_067].map(grouped),
            ["7", "1\u{202f}000", "1\u{202f}034\u{202f}067"]
        );
    }

    #[test]
    fn problems_are_sentences() {
        let waiting = emit_problem(&EmitError::RateLimited { retry_after_ms: 1_200 });
        assert_eq!(waiting, "that was too quick. Try again in 2 s.");
        for outcome in [Outcome::Expired, Outcome::Unconfirmed, Outcome::Discarded] {
            assert!(outcome_problem(&outcome).ends_with('.'));
        }
    }
}
