//! A sign-out leaves nothing of what was received, shown, queued or stored: not on the disk, not in the document, not in
//! the log, and not in the memory of the program, which overwrites what it frees.

use std::time::Duration;

use serde_json::{Value, json};
use tokio::time::sleep;
use yewdux_socket_core::event::{Patient, PatientStatus, PatientUpdated};
use yewdux_socket_core::{OrganizationId, Sensitive};
use yewdux_socket_e2e::{Failure, lab, report};

use crate::site::Site;

/// Long enough not to be there by chance.
const CANARY: &str = "kanarienvogel-7f3a91";

/// Where the canary is found in ana's page.
async fn find(site: &Site) -> Result<Value, Failure> {
    site.ana.page().read("lab.find(arguments[0])", &[json!(CANARY)]).await
}

/// Plants the canary in what is received, and what is emitted.
async fn plant(site: &Site, mark: u64) -> Result<(), Failure> {
    let patient = Patient {
        id: format!("p{}", mark % 10),
        name: CANARY.to_owned(),
        ward: CANARY.to_owned(),
        status: PatientStatus::Stable,
        heart_rate: 60,
        diagnosis: Sensitive::new(CANARY.to_owned()),
    };
    let north = OrganizationId::from(lab::NORTH);
    site.ward.server().publish(&north, &PatientUpdated { patient: patient.into() }).await?;
    let emit = "lab.emit(arguments[0], arguments[1], arguments[2], 3)";
    site.ana.page().read(emit, &[json!(lab::NORTH), json!(CANARY), json!(mark)]).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_leaves_the_canary_nowhere() -> Result<(), Failure> {
    let site =
        Site::open(lab::open().await?, "&persist&patients&backoff=10-200&stable=200").await?;
    let mut dice = report::seed("a_sign_out_leaves_the_canary_nowhere");
    let rounds = report::cycles(20, 1_000);
    let mut seen = 0;
    for round in 0..rounds {
        let connections = site.ana.connections().await?;
        let offline = round % 2 == 1;
        plant(&site, round * 6).await?;
        if offline {
            site.ana_link.refuse(true);
            site.ana_link.cut();
        }
        plant(&site, round * 6 + 3).await?;
        // A random moment: of what is under way, nobody knows how far it is.
        sleep(Duration::from_millis(dice.u64(0..60))).await;
        let before = find(&site).await?;
        seen += u64::from(before["memory"] != 0);
        site.ana.page().read("lab.signOut()", &[]).await?;
        site.ana.until("state.status === 'disconnected' && state.queued === 0").await?;
        site.ana.until_stored(0, 0).await?;
        let after = find(&site).await?;
        for place in ["memory", "stored", "document", "log"] {
            assert_eq!(
                after[place], 0,
                "round {round}, offline {offline}: {after}; before: {before}"
            );
        }
        assert_ne!(after["lines"], 0, "something is logged");
        // The next sign-in.
        site.ana_link.refuse(false);
        site.ana.page().read("lab.mount(false)", &[]).await?;
        site.ana.page().read("lab.mount(true)", &[]).await?;
        site.ana.reconnected(connections).await?;
    }
    assert!(seen > rounds / 2, "the canary can be found: {seen} of {rounds}");
    let found = format!("nothing, {rounds} times; {seen} times it was in memory before");
    report::found("a canary after a sign-out", "nowhere", &found);
    site.close().await
}
