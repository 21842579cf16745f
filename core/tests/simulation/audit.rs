//! The audit logs: what the sinks of devices hold, what the server knows of it, and that both agree at the end.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use yewdux_socket_core::audit::{AuditEntry, StoredHead, verify};
use yewdux_socket_core::error::AuditError;
use yewdux_socket_core::wire::{AuditHead, ServerMessage};
use yewdux_socket_core::{AuditChainId, Input};

use crate::device::{Device, Task};
use crate::link::LinkId;
use crate::names::User;
use crate::server::Server;
use crate::watch::{Check, Watch, ensure, rule};
use crate::world::World;

/// How long a sink takes to answer.
const DELAY: Duration = Duration::from_millis(50);
/// One in so many batches is not taken.
const FAILURES: u64 = 7;

/// What the sink of a device wrote down, by chain and sequence.
#[derive(Default)]
pub(crate) struct Sink {
    files: BTreeMap<AuditChainId, BTreeMap<u64, Arc<AuditEntry>>>,
    batches: u64,
}

impl Device {
    /// The sink is given entries. Now and then it does not take them, or writes them down and says that it did not.
    pub(crate) fn hand_to_sink(
        &mut self,
        now: Duration,
        operation: u64,
        entries: Vec<Arc<AuditEntry>>,
        watch: &mut Watch,
    ) {
        self.sink.batches += 1;
        let fails = self.sink.batches.is_multiple_of(FAILURES);
        if !fails || self.sink.batches.is_multiple_of(2) {
            for entry in entries {
                let file = self.sink.files.entry(entry.chain.clone()).or_default();
                file.insert(entry.sequence, entry);
            }
        }
        watch.count(if fails { "audit: not taken" } else { "audit: taken" });
        self.tasks.push((now + DELAY, Task::Audited { operation, fails }));
    }
}

impl Server {
    /// `$audit`: a chain only grows, whatever happens to lines and sessions.
    pub(crate) fn countersign(
        &mut self,
        link: LinkId,
        user: User,
        head: AuditHead,
        watch: &mut Watch,
    ) -> Check {
        let known = self.heads.get(&(user, head.chain.clone()));
        ensure!(
            known.is_none_or(|known| {
                known.sequence < head.sequence
                    || known.hash == head.hash && known.sequence == head.sequence
            }),
            rule::PROTOCOL,
            "{head:?} of user {user} after {known:?}"
        );
        ensure!(
            self.heads.keys().all(|(owner, chain)| *owner == user || *chain != head.chain),
            rule::END,
            "a chain of another user: {head:?}"
        );
        self.heads.insert((user, head.chain.clone()), head.clone());
        watch.count("audit: head countersigned");
        let signature = Some("signed".to_owned());
        self.send(link, &ServerMessage::Audit(AuditHead { signature, ..head }));
        Ok(())
    }

    fn head(&self, chain: &AuditChainId) -> Option<StoredHead> {
        let (_, head) = self.heads.iter().find(|((_, known), _)| known == chain)?;
        Some(StoredHead { sequence: head.sequence, hash: head.hash.parse().ok()? })
    }
}

impl World {
    pub(crate) fn audited(&mut self, device: usize, operation: u64, fails: bool) -> Check {
        let reason = || AuditError::NotTaken { reason: "not now".to_owned() };
        let result = if fails { Err(reason()) } else { Ok(()) };
        self.step(device, Input::Audited { operation, result })
    }

    /// Each log is intact, as long as the server knows, and whole where the sink has it.
    pub(crate) fn check_audit(&mut self) -> Check {
        for device in 0..self.devices.len() {
            let reading = self.devices[device].clock.read(self.now);
            let page = &mut self.devices[device];
            let export = page.client.export_audit(reading);
            let chain = page.client.audit_entries().next().map(|entry| entry.chain.clone());
            let stored = chain.as_ref().and_then(|chain| self.server.head(chain));
            let verdict = verify(&export, stored);
            ensure!(verdict.is_ok(), rule::AUDIT, "the log of device {device}: {verdict:?}");
            for (chain, file) in &self.devices[device].sink.files {
                let lines: Vec<_> = file.values().map(|entry| entry.canonical()).collect();
                let verdict = verify(&lines.join("\n"), None);
                let is_whole = verdict.as_ref().is_ok_and(|report| report.missing == 0);
                ensure!(is_whole, rule::AUDIT, "the sink's file of {chain}: {verdict:?}");
                self.watch.count("audit: chains verified");
            }
        }
        Ok(())
    }
}
