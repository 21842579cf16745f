//! What is measured of a page.

mod full_speed;
mod machine;
mod memory;
mod steady;

use std::sync::Arc;

use anyhow::{Result, ensure};
use serde_json::Value;

pub use self::full_speed::full_speed;
pub use self::machine::machine;
pub use self::memory::memory;
pub use self::steady::{Rate, steady};
use crate::contender::Contender;
use crate::load::{Frames, Load, Scenario};
use crate::page::Fed;
use crate::server::{Pace, Server};

/// A page whose state is filled and which is warm.
struct Ready {
    fed: Fed,
    measured: Arc<Frames>,
    /// What was applied before anything is measured.
    before: usize,
    /// What the page will have counted at the end.
    target: usize,
    checksum: u32,
    contender: Contender,
}

impl Ready {
    async fn new(
        server: &mut Server,
        contender: Contender,
        scenario: Scenario,
        traced: bool,
    ) -> Result<Self> {
        // Before the browser is there, so that it has the machine for itself.
        let load = Load::new(scenario, contender.dialect());
        let [filled, warm, target] = contender.targets(&load);
        let Load { fill, warm_up, measured, checksum } = load;
        let before = warm_up.applied();
        let fed = if traced {
            Fed::open_traced(server, contender).await?
        } else {
            Fed::open(server, contender).await?
        };
        fed.work(&Arc::new(fill), Pace::Full, filled).await?;
        fed.work(&Arc::new(warm_up), Pace::Full, warm).await?;
        fed.page.collect_garbage().await?;
        // What was shown so far is of no interest.
        fed.page.read::<Value>("bench.takeShown().length").await?;
        fed.page.read::<Value>("bench.takeLongTasks().length").await?;
        Ok(Self { fed, measured: Arc::new(measured), before, target, checksum, contender })
    }

    /// Closes the page. Fails if its state is not what the events leave behind.
    async fn close(self) -> Result<()> {
        if self.contender.has_state() {
            let checksum: u32 = self.fed.page.read("bench.checksum()").await?;
            let (name, wanted) = (self.contender.name(), self.checksum);
            ensure!(checksum == wanted, "{name} ends in another state: {checksum}, not {wanted}");
        }
        self.fed.page.close().await
    }
}
