//! The server, the proxy in front of it, and the page.

use std::time::Duration;

use anyhow::{Result, ensure};
use fastrand::Rng;
use serde_json::Value;
use tokio::time::{MissedTickBehavior, interval, sleep};
use yewdux_socket_core::event::{Patient, PatientStatus, PatientUpdated};
use yewdux_socket_core::{OrganizationId, Sensitive};
use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::lab::now;
use yewdux_socket_e2e::proxy::Proxy;
use yewdux_socket_e2e::ward::Ward;

use super::look::Look;
use crate::page::Page;

/// Where everybody works who is of interest here.
const ORGANIZATION: &str = "north-clinic";
/// Whose page it is.
const USER: &str = "ana";
/// Patients whose data change.
const PATIENTS: usize = 1_000;
/// Events go out so often.
const TICK: Duration = Duration::from_millis(10);
/// So many ticks make a second.
const TICKS: u64 = 100;
/// Longer than it takes until a page waits for what is published next.
const HEAD_START: Duration = Duration::from_millis(50);

/// What is kept busy.
pub(super) struct Session {
    ward: Ward,
    proxy: Proxy,
    page: Page,
    /// The page leaves a result after so many events.
    events: u64,
    organization: OrganizationId,
}

impl Session {
    /// Starts all, and waits until the page is connected. It is to leave a result after so many events.
    pub(super) async fn open(events: u64) -> Result<Self> {
        let ward = Ward::serve("BENCH_DIST", |config| {
            // What is missed while the connection is broken is replayed.
            config.limits.history_events = 100_000;
            config.limits.patients = 10 * PATIENTS;
        })
        .await
        .map_err(failed)?;
        let proxy = ward.link_to(ward.address()).map_err(failed)?;
        let server = format!("ws://{}/ws", proxy.address());
        let address = format!("{}?server={server}&user={USER}&timers&events={events}", ward.page());
        let page = Page::at(&address).await?;
        let organization = OrganizationId::from(ORGANIZATION);
        Ok(Self { ward, proxy, page, events, organization })
    }

    /// Publishes events at a rate, for ever.
    pub(super) async fn publish(&self, rate: u64) -> Result<()> {
        let mut random = Rng::with_seed(rate);
        let mut clock = interval(TICK);
        clock.set_missed_tick_behavior(MissedTickBehavior::Burst);
        for tick in 0_u64.. {
            clock.tick().await;
            // So many as have to be out by the end of this tick, less those that are.
            for _ in tick * rate / TICKS..(tick + 1) * rate / TICKS {
                let name = format!("Patient {}", random.u8(..));
                let id = format!("soak-{:04}", random.usize(..PATIENTS));
                self.send(id, name, random.u16(40..180)).await?;
            }
        }
        Ok(())
    }

    /// Cuts the connection again and again, for ever.
    pub(super) async fn cut(&self, every: Duration) -> Result<()> {
        loop {
            sleep(every).await;
            self.proxy.cut();
        }
    }

    /// Publishes an event that is in the document for sure, and waits for it there: milliseconds from one to the other.
    pub(super) async fn probe(&self, number: u64) -> Result<f64> {
        // The full stop tells 1 from 10.
        let name = format!("Probe {number}.");
        let published = async {
            sleep(HEAD_START).await;
            let at = now();
            // The first of all, since only the first rows are shown.
            self.send("a-probe".to_owned(), name.clone(), 60).await?;
            anyhow::Ok(at)
        };
        let (seen, published) = tokio::try_join!(self.page.sees(&name), published)?;
        Ok(seen - published)
    }

    async fn send(&self, id: String, name: String, heart_rate: u16) -> Result<()> {
        let patient = Patient {
            id,
            name,
            ward: "Cardiology".to_owned(),
            status: PatientStatus::Stable,
            heart_rate,
            diagnosis: Sensitive::new("Influenza".to_owned()),
        };
        let event = PatientUpdated { patient: patient.into() };
        self.ward.server().publish(&self.organization, &event).await?;
        Ok(())
    }

    /// What the page is now.
    pub(super) async fn look(&self, seconds: u64, latencies_ms: Vec<f64>) -> Result<Look> {
        let page = &self.page;
        page.collect_garbage().await?;
        let metrics = page.metrics().await?;
        let long_tasks: Vec<f64> = page.read("bench.takeLongTasks()").await?;
        // It is not looked at, and would be kept.
        page.read::<usize>("bench.takeShown().length").await?;
        Ok(Look {
            seconds,
            applied: page.read("bench.count()").await?,
            cuts: self.proxy.cuts(),
            heap_bytes: metrics.heap_bytes,
            wasm_bytes: page.read("bench.wasmBytes()").await?,
            listeners: metrics.listeners,
            nodes: metrics.nodes,
            timers: page.read("bench.timers()").await?,
            long_tasks: long_tasks.len(),
            latencies_ms,
        })
    }

    /// Ends all. Fails if the page has not left its result.
    pub(super) async fn close(self) -> Result<()> {
        let result: Value = self.page.read("window.__benchResult ?? null").await?;
        self.page.close().await?;
        let wanted = self.events;
        let events = result["events"].as_u64();
        ensure!(events >= Some(wanted), "the page left no result of {wanted} events: {result}");
        Ok(())
    }
}

fn failed(error: Failure) -> anyhow::Error {
    anyhow::Error::from_boxed(error)
}
