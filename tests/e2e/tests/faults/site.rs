//! A server and two colleagues.

use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::lab::LabPage;
use yewdux_socket_e2e::proxy::Proxy;
use yewdux_socket_e2e::ward::Ward;

/// A server and two colleagues, each with a link of their own.
pub(crate) struct Site {
    // The browsers end first.
    _driver: Driver,
    pub(crate) ana: LabPage,
    pub(crate) ben: LabPage,
    pub(crate) ana_link: Proxy,
    pub(crate) ben_link: Proxy,
    pub(crate) ward: Ward,
    marks: u64,
}

impl Site {
    /// Opens both pages, with more parameters of their address.
    pub(crate) async fn open(ward: Ward, settings: &str) -> Result<Self, Failure> {
        let driver = Driver::new();
        let (ana_link, ben_link) = (ward.link_to(ward.address())?, ward.link_to(ward.address())?);
        let ana = LabPage::open(&driver, &ward, &ana_link, "ana", settings).await?;
        let ben = LabPage::open(&driver, &ward, &ben_link, "ben", settings).await?;
        Ok(Self { _driver: driver, ana, ben, ana_link, ben_link, ward, marks: 0 })
    }

    /// Ana's page works, both ways, over one socket, which has come to count as stable.
    pub(crate) async fn is_well(&mut self) -> Result<(), Failure> {
        self.ana.emit(self.marks, 1).await?;
        self.marks += 1;
        self.ben.until(&format!("state.received === {}", self.marks)).await?;
        self.ana.until("state.queued === 0 && state.attempts === 0").await?;
        self.ana.sees_one_socket_of("ben").await?;
        self.ben.sees_one_socket_of("ana").await
    }

    /// Ana's link dies: without a word, or by a reset, in turn.
    pub(crate) fn lose_link_of_ana(&self, cycle: u64) {
        if cycle.is_multiple_of(2) {
            self.ana_link.black_hole();
        } else {
            self.ana_link.cut();
        }
    }

    /// Ends the sessions. Fails if a page panicked.
    pub(crate) async fn close(self) -> Result<(), Failure> {
        self.ana.close().await?;
        self.ben.close().await
    }
}
