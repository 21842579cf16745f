//! Without the feature `monitor` nothing is recorded.

#![expect(clippy::unused_self, reason = "called as the one is that is built in")]

use std::rc::Weak;
use std::time::Duration;

use yewdux_socket_core::config::MonitorConfig;
use yewdux_socket_core::{Client, Inbound, Input};

use super::Driver;

/// Stages of the pipeline, which nobody measures.
#[derive(Debug, Clone, Copy)]
pub(super) enum Stage {
    Commit,
    Handlers,
}

/// A stage that is not measured; it ends all the same.
#[derive(Debug)]
pub(super) struct Span;

impl Drop for Span {
    fn drop(&mut self) {}
}

#[derive(Debug)]
pub(crate) struct Monitor;

impl Monitor {
    pub(super) fn new(_config: MonitorConfig) -> Self {
        Self
    }

    pub(super) fn listen(&self, _driver: &Weak<Driver>) {}

    pub(super) fn stop(&self) {}

    pub(super) fn committed(&self, _began: Duration, _client: &Client, _changes: &[Inbound]) {}

    pub(super) fn look(&self, _driver: &Driver, _now: Option<Duration>) {}

    pub(super) fn take_shown(&self) -> Option<Duration> {
        None
    }

    pub(super) fn deadline(&self) -> Option<Duration> {
        None
    }

    pub(super) fn step(&self, _input: &Input) -> Span {
        Span
    }

    pub(super) fn stage(&self, _stage: Stage) -> Span {
        Span
    }
}
