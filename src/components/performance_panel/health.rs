//! The health in words, with its reasons.

use yew::prelude::*;
use yewdux_socket_core::monitor::{Finding, HealthReason, HealthStatus, PerformanceSnapshot};

use super::figures::{bytes, count, millis, nearest, percent, whole};

/// What can be said of the health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Nothing is recorded.
    NotMeasured,
    /// No connection is there or was just lost, and nothing else is wrong. That it is lost for long is a reason of its own;
    /// one that nobody wants is none.
    NotConnected,
    Measured(HealthStatus),
}

impl Verdict {
    pub(super) fn new(performance: &PerformanceSnapshot, has_connection: bool) -> Self {
        match performance.health.status {
            _ if !performance.is_enabled => Self::NotMeasured,
            HealthStatus::Healthy if !has_connection => Self::NotConnected,
            status => Self::Measured(status),
        }
    }

    /// For programs.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::NotMeasured => "not-measured",
            Self::NotConnected => "not-connected",
            Self::Measured(status) => status.as_str(),
        }
    }

    fn mark(self) -> &'static str {
        match self {
            Self::NotMeasured | Self::NotConnected => "–",
            Self::Measured(status) => mark(status),
        }
    }

    fn text(self) -> &'static str {
        match self {
            Self::NotMeasured => "Not measured",
            Self::NotConnected => "Not connected",
            Self::Measured(status) => status_text(status),
        }
    }
}

/// The verdict, told to screen readers when it changes, and its reasons with their figures, which are not.
pub(super) fn health_line(verdict: Verdict, performance: &PerformanceSnapshot) -> Html {
    let is_measured = verdict != Verdict::NotMeasured;
    // What was found before recording was switched off need not hold any more.
    let reasons: &[_] = if is_measured { &performance.health.reasons } else { &[] };
    html! {
        <div class="ys-performance__health">
            <p class="ys-performance__status" role="status" data-status={verdict.code()}>
                <span class="ys-performance__mark" aria-hidden="true">{ verdict.mark() }</span>
                { verdict.text() }
            </p>
            if !is_measured && !performance.history.is_empty() {
                <p class="ys-performance__note">{ "The figures are those of when it was switched off." }</p>
            }
            if !reasons.is_empty() {
                <ul class="ys-performance__reasons" aria-label="Reasons">
                    { for reasons.iter().map(reason) }
                </ul>
            }
        </div>
    }
}

fn reason(found: &Finding) -> Html {
    let unit = unit(found.reason);
    html! {
        <li data-reason={found.reason.code()} data-status={found.status.as_str()}>
            <span class="ys-performance__mark" aria-hidden="true">{ mark(found.status) }</span>
            { reason_text(found.reason) }
            if let Some(unit) = unit {
                { format!(": {}, {} from {}", now(found, unit), found.status.as_str(), unit(found.threshold)) }
            }
        </li>
    }
}

/// The figure, and that it is better by now where only the time is waited for that it has to stay so.
fn now(found: &Finding, unit: fn(f64) -> String) -> String {
    let value = unit(found.value);
    if found.value < found.threshold { format!("{value} by now") } else { value }
}

/// Tells the statuses apart without colour.
fn mark(status: HealthStatus) -> &'static str {
    match status {
        HealthStatus::Healthy => "✓",
        HealthStatus::Degraded => "!",
        HealthStatus::Unhealthy => "✕",
    }
}

fn status_text(status: HealthStatus) -> &'static str {
    match status {
        HealthStatus::Healthy => "Healthy",
        HealthStatus::Degraded => "Degraded",
        HealthStatus::Unhealthy => "Unhealthy",
    }
}

fn reason_text(reason: HealthReason) -> &'static str {
    match reason {
        HealthReason::Disconnected => "The connection is lost",
        HealthReason::SlowLink => "The way to the server is slow",
        HealthReason::LossyLink => "The server does not answer every probe",
        HealthReason::Errors => "Errors in the last minute",
        HealthReason::LateEvents => "Events arrive late",
        HealthReason::SlowProcessing => "Events are shown late",
        HealthReason::BusyPage => "Long tasks keep the page busy",
        HealthReason::Backlog => "Events wait to be sent",
        HealthReason::Memory => "The program takes much memory",
        _ => reason.code(),
    }
}

/// How a reason's figure is written, if it has one that says anything.
fn unit(reason: HealthReason) -> Option<fn(f64) -> String> {
    match reason {
        HealthReason::SlowLink
        | HealthReason::LateEvents
        | HealthReason::SlowProcessing
        | HealthReason::BusyPage => Some(millis),
        HealthReason::LossyLink => Some(percent),
        HealthReason::Errors | HealthReason::Backlog => Some(|value| whole(nearest(value))),
        HealthReason::Memory => Some(|mib| bytes(mib * count(1 << 20))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_reason_and_each_status_has_words_of_its_own() {
        let words: BTreeSet<_> = HealthReason::ALL.into_iter().map(reason_text).collect();
        assert_eq!(words.len(), HealthReason::ALL.len());
        assert!(HealthReason::ALL.into_iter().all(|reason| reason_text(reason) != reason.code()));
        let marks =
            [HealthStatus::Healthy, HealthStatus::Degraded, HealthStatus::Unhealthy].map(mark);
        assert_eq!(marks.into_iter().collect::<BTreeSet<_>>().len(), 3);
    }
}
