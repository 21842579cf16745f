//! The ward board end to end: several users, isolation, interruptions, mistakes.
//!
//! Edits use heart rates above 150: no seeded patient has one, so each is a change.

use yewdux_socket_e2e::Failure;
use yewdux_socket_e2e::browser::Driver;
use yewdux_socket_e2e::page::Page;
use yewdux_socket_e2e::proxy::Proxy;
use yewdux_socket_e2e::ward::Ward;

#[tokio::test(flavor = "multi_thread")]
async fn colleagues_see_each_other_and_each_others_edits_and_strangers_see_neither()
-> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let ben = Page::signed_in(&driver, &ward, "ben").await?;
    let dora = Page::signed_in(&driver, &ward, "dora").await?;
    for page in [&ana, &ben] {
        for user in ["ana", "ben"] {
            page.shows(&format!("[data-organization='north-clinic'] [data-user-id='{user}']"))
                .await?;
        }
    }

    let patients = ana.patients(2).await?;
    ana.set_heart_rate(&patients[0], 191).await?;
    ben.shows_heart_rate(&patients[0], 191).await?;
    ana.outcome(&patients[0], "acknowledged").await?;
    ben.set_heart_rate(&patients[1], 158).await?;
    ana.shows_heart_rate(&patients[1], 158).await?;
    ben.shows("[data-event-type='patient_updated'][data-organization='north-clinic']").await?;

    // Her own organization's events prove that hers is a live page, not one that shows nothing at all.
    dora.shows("[data-user-id='dora']").await?;
    assert_eq!(dora.count("[data-user-id]:not([data-user-id='dora'])").await?, 0);
    assert_eq!(dora.count("[data-organization='north-clinic']").await?, 0);
    assert_eq!(dora.count(&format!("[data-patient-id='{}']", patients[0])).await?, 0);

    ben.close().await?;
    ana.hides("[data-user-id='ben']").await?;
    ana.close().await?;
    dora.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_made_while_the_server_is_away_arrive_once_and_in_order() -> Result<(), Failure> {
    let data = tempfile::tempdir()?;
    let driver = Driver::new();
    let mut ward = Ward::open_with(|config| config.data = Some(data.path().to_owned())).await?;
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let ben = Page::signed_in(&driver, &ward, "ben").await?;
    let patients = ana.patients(3).await?;

    ward.stop().await;
    ana.status("reconnecting").await?;
    for (patient, heart_rate) in patients.iter().zip([201, 202, 203]) {
        ana.set_heart_rate(patient, heart_rate).await?;
        ana.outcome(patient, "queued").await?;
        ana.shows_heart_rate(patient, heart_rate).await?;
    }
    ana.shows("[data-queued='3']").await?;

    ward.start_again().await?;
    for page in [&ana, &ben] {
        page.status("connected").await?;
        for (patient, heart_rate) in patients.iter().zip([201, 202, 203]) {
            page.shows_heart_rate(patient, heart_rate).await?;
        }
    }
    for patient in &patients {
        ana.outcome(patient, "acknowledged").await?;
    }
    ana.shows("[data-queued='0'][data-in-flight='0']").await?;

    // Newest first: each once, the last edit on top.
    let feed = "[...document.querySelectorAll(\"[data-event-type='patient_updated'] \")].length";
    assert_eq!(ben.read(feed, &[]).await?, 3, "each edit is one event");
    let rates = "[...document.querySelectorAll(\"[data-event-type='patient_updated']\")]
        .map(item => (item.innerText.match(/20[123]/) ?? [''])[0])";
    assert_eq!(ben.read(rates, &[]).await?, serde_json::json!(["203", "202", "201"]));
    ana.close().await?;
    ben.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_connection_queues_edits_and_restoring_it_sends_them() -> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let ben = Page::signed_in(&driver, &ward, "ben").await?;
    let patients = ana.patients(3).await?;

    ana.click("#cut-connection").await?;
    ana.status("disconnected").await?;
    ben.hides("[data-user-id='ana']").await?;
    for (patient, heart_rate) in patients.iter().zip([161, 162, 163]) {
        ana.set_heart_rate(patient, heart_rate).await?;
        ana.outcome(patient, "queued").await?;
    }
    ana.says(".ys-outbox", "3 waiting to be sent").await?;

    ana.click("#restore-connection").await?;
    ana.status("connected").await?;
    for (patient, heart_rate) in patients.iter().zip([161, 162, 163]) {
        ana.outcome(patient, "acknowledged").await?;
        ben.shows_heart_rate(patient, heart_rate).await?;
    }
    assert_eq!(ben.count("[data-event-type='patient_updated']").await?, 3);
    ana.close().await?;
    ben.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_made_offline_leaves_what_others_changed_meanwhile() -> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let ben = Page::signed_in(&driver, &ward, "ben").await?;
    let patient = ana.patients(1).await?.remove(0);
    let status = format!("[data-patient-id='{patient}'] [data-field='status'] select");
    ben.choose(&status, "stable").await?;
    ana.until("document.querySelector(arguments[0]).value === 'stable'", &[status.as_str().into()])
        .await?;

    ana.click("#cut-connection").await?;
    ana.status("disconnected").await?;
    ana.set_heart_rate(&patient, 171).await?;
    ana.outcome(&patient, "queued").await?;
    ben.choose(&status, "critical").await?;
    ben.outcome(&patient, "acknowledged").await?;
    ana.click("#restore-connection").await?;
    ana.outcome(&patient, "acknowledged").await?;
    for page in [&ana, &ben] {
        page.shows_heart_rate(&patient, 171).await?;
        page.until(
            "document.querySelector(arguments[0]).value === 'critical'",
            &[status.as_str().into()],
        )
        .await?;
    }
    ana.close().await?;
    ben.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_missed_while_away_is_caught_up() -> Result<(), Failure> {
    let (driver, mut ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let ben = Page::signed_in(&driver, &ward, "ben").await?;
    let patients = ana.patients(2).await?;

    ana.click("#cut-connection").await?;
    ana.status("disconnected").await?;
    ben.set_heart_rate(&patients[0], 177).await?;
    ben.outcome(&patients[0], "acknowledged").await?;
    ana.click("#restore-connection").await?;
    ana.shows_heart_rate(&patients[0], 177).await?;

    // A server that lost its history: nothing can be replayed, so the state is fetched anew.
    ben.set_heart_rate(&patients[1], 178).await?;
    ana.shows_heart_rate(&patients[1], 178).await?;
    ward.start_again().await?;
    for page in [&ana, &ben] {
        page.status("connected").await?;
        page.until(
            "document.querySelector(`[data-patient-id='${arguments[0]}'] [data-field='heartRate'] input`)?.value !== '178'",
            &[patients[1].as_str().into()],
        )
        .await?;
        page.shows("[data-user-id='ana']").await?;
        page.shows("[data-user-id='ben']").await?;
    }
    ana.close().await?;
    ben.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn organizations_are_a_click_away_and_stay_apart() -> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let cleo = Page::signed_in(&driver, &ward, "cleo").await?;
    let north = ana.patients(1).await?;
    ana.hides("[data-user-id='cleo']").await?;

    ana.click("[data-organization-tab='south-clinic']").await?;
    ana.shows("[data-organization='south-clinic'] [data-user-id='cleo']").await?;
    ana.hides(&format!("[data-patient-id='{}']", north[0])).await?;
    let south = cleo.patients(1).await?;
    cleo.set_heart_rate(&south[0], 199).await?;
    ana.shows_heart_rate(&south[0], 199).await?;
    ana.close().await?;
    cleo.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn roles_see_and_edit_what_is_for_them() -> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let hidden = ".row__diagnosis--hidden";
    assert_eq!(ana.count(hidden).await?, 0, "a nurse sees the diagnoses");
    ana.says("[data-field=diagnosis]", "Influenza").await?;
    ana.close().await?;
    let dora = Page::signed_in(&driver, &ward, "dora").await?;
    assert_eq!(
        dora.count(hidden).await?,
        dora.count("[data-patient-id]").await?,
        "a researcher none"
    );
    assert!(dora.count("[data-patient-id]").await? > 0);
    assert_eq!(dora.count("[data-patient-id] input, [data-patient-id] select").await?, 0);
    dora.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn mistakes_are_told_in_plain_words_and_leave_the_page_working() -> Result<(), Failure> {
    let (driver, mut ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let patients = ana.patients(1).await?;
    ana.set_heart_rate(&patients[0], 900).await?;
    ana.says(&format!("[data-patient-id='{}']", patients[0]), "350").await?;
    ana.set_heart_rate(&patients[0], 190).await?;
    ana.outcome(&patients[0], "acknowledged").await?;

    // The server ends her session for good.
    ward.server().revoke(&"ana".into()).await?;
    ana.status("error").await?;
    ana.says("body", "session was ended").await?;
    assert_eq!(
        ana.count("[data-patient-id]").await?,
        0,
        "nothing of the session stays on the page"
    );
    ana.close().await?;

    // Nobody is there at sign-in.
    let late = Page::open(&driver, &ward, "").await?;
    late.shows("[data-sign-in='ben']").await?;
    ward.stop().await;
    late.click("[data-sign-in='ben']").await?;
    late.says("[role=alert]", "reach").await?;
    ward.start_again().await?;
    late.click("[data-sign-in='ben']").await?;
    late.status("connected").await?;
    late.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_outlive_a_reload_while_the_server_is_away_and_arrive_once() -> Result<(), Failure> {
    let (driver, mut away) = (Driver::new(), Away::open().await?);
    let ana = away.signed_in(&driver, "?user=ana").await?;
    let ben = away.signed_in(&driver, "?user=ben").await?;
    let patient = ana.patients(1).await?.remove(0);

    away.ward.stop().await;
    ana.status("reconnecting").await?;
    ana.set_heart_rate(&patient, 211).await?;
    ana.shows("[data-queued='1'][data-durable='1']").await?;
    ana.client().refresh().await?;
    ana.says("[role=status]", "cannot be reached").await?;
    ana.says(".ys-outbox", "1 waiting to be sent, kept on this device").await?;
    ana.says(".kept", &format!("{patient}: Heart rate 211")).await?;
    ana.status("reconnecting").await?;

    away.ward.start_again().await?;
    ana.status("connected").await?;
    ana.shows_heart_rate(&patient, 211).await?;
    ana.outcome(&patient, "acknowledged").await?;
    ana.shows("[data-queued='0'][data-in-flight='0']").await?;
    ben.shows_heart_rate(&patient, 211).await?;
    arrived_once(&ana, &ben).await?;
    ana.close().await?;
    ben.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_made_offline_outlive_a_reload_and_arrive_once() -> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    // Signed in by a click: who it was outlives the reload, too.
    let ana = Page::open(&driver, &ward, "").await?;
    ana.click("[data-sign-in='ana']").await?;
    let ben = Page::signed_in(&driver, &ward, "ben").await?;
    let patient = ana.patients(1).await?.remove(0);

    ana.click("#cut-connection").await?;
    ana.status("disconnected").await?;
    ana.set_heart_rate(&patient, 212).await?;
    ana.shows("[data-queued='1'][data-durable='1']").await?;
    ana.client().refresh().await?;
    ana.status("connected").await?;
    ana.shows_heart_rate(&patient, 212).await?;
    ana.shows("[data-queued='0'][data-in-flight='0']").await?;
    ben.shows_heart_rate(&patient, 212).await?;
    arrived_once(&ana, &ben).await?;
    ana.close().await?;
    ben.close().await
}

/// An edit of ana's has arrived at ben's. Nothing of it is still to come: an edit made after it has arrived too.
async fn arrived_once(ana: &Page, ben: &Page) -> Result<(), Failure> {
    let last = ana.patients(2).await?.remove(1);
    ana.set_heart_rate(&last, 221).await?;
    ben.shows_heart_rate(&last, 221).await?;
    assert_eq!(
        ben.count("[data-event-type='patient_updated']").await?,
        2,
        "each edit is one event"
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_comes_back_may_refuse_whom_it_let_in_before() -> Result<(), Failure> {
    let (driver, mut away) = (Driver::new(), Away::open().await?);
    away.ward.stop().await;
    let nobody = away.open_page(&driver, "?user=nobody").await?;
    nobody.shows("#try-now").await?;
    away.ward.start_again().await?;
    nobody.says("[role=alert]", "nobody").await?;
    nobody.shows("[data-sign-in='ben']").await?;
    nobody.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_out_in_one_tab_closes_the_board_in_the_other() -> Result<(), Failure> {
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let first = ana.client().window().await?;
    let second = ana.open_another_tab().await?;
    ana.shows("[data-patient-id]").await?;
    ana.click("#sign-out").await?;
    ana.hides("#sign-out").await?;
    ana.go_to(&first).await?;
    ana.says(".ys-banner__text", "You signed out in another tab.").await?;
    ana.says("h1", "The board is closed").await?;
    assert_eq!(ana.count("[data-patient-id], [data-user-id]").await?, 0);
    ana.go_to(&second).await?;
    ana.close().await
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_with_unsent_changes_asks_first() -> Result<(), Failure> {
    let (driver, mut away) = (Driver::new(), Away::open().await?);
    let ana = away.signed_in(&driver, "?user=ana").await?;
    let patient = ana.patients(1).await?.remove(0);
    away.ward.stop().await;
    ana.status("reconnecting").await?;
    ana.set_heart_rate(&patient, 213).await?;
    ana.shows("[data-queued='1'][data-durable='1']").await?;
    ana.client().refresh().await?;
    ana.shows("[data-queued='1']").await?;

    ana.click("#sign-out").await?;
    ana.says("[role=alertdialog][open]", "1 change has not been sent yet").await?;
    let has_focus = "document.querySelector(arguments[0]).matches(':focus-within')";
    ana.until(has_focus, &["#sign-out-question".into()]).await?;
    ana.press("\u{e00c}").await?;
    ana.hides("[role=alertdialog][open]").await?;
    ana.until(has_focus, &["#sign-out".into()]).await?;
    ana.shows("[data-queued='1']").await?;

    ana.click("#sign-out").await?;
    ana.click("#sign-out-anyway").await?;
    ana.says("[role=alert]", "reach").await?;
    away.ward.start_again().await?;
    ana.client().refresh().await?;
    ana.click("[data-sign-in='ana']").await?;
    ana.status("connected").await?;
    ana.set_heart_rate(&patient, 214).await?;
    ana.outcome(&patient, "acknowledged").await?;
    ana.shows_heart_rate(&patient, 214).await?;
    ana.shows("[data-event-type='patient_updated']").await?;
    assert_eq!(ana.count("[data-event-type='patient_updated']").await?, 1, "the other was lost");
    ana.close().await
}

/// A server that goes away and comes back with its history, while its page can still be loaded from another one.
struct Away {
    ward: Ward,
    site: Ward,
    /// How the page reaches the server: its policy names where it may connect before the server has an address.
    link: Proxy,
    _data: tempfile::TempDir,
}

impl Away {
    async fn open() -> Result<Self, Failure> {
        let site = Ward::open().await?;
        let origin = site.page().trim_end_matches('/').parse()?;
        let data = tempfile::tempdir()?;
        let ward = Ward::open_with(|config| {
            config.allowed_origins.push(origin);
            config.data = Some(data.path().to_owned());
        })
        .await?;
        let link = site.link_to(ward.address())?;
        Ok(Self { ward, site, link, _data: data })
    }

    /// Opens the page with a query of its own.
    async fn open_page(&self, driver: &Driver, query: &str) -> Result<Page, Failure> {
        let server = format!("&server=ws://{}/ws", self.link.address());
        Page::open(driver, &self.site, &format!("{query}{server}")).await
    }

    /// Opens the page, connected.
    async fn signed_in(&self, driver: &Driver, query: &str) -> Result<Page, Failure> {
        let page = self.open_page(driver, query).await?;
        page.status("connected").await?;
        page.shows("[data-patient-id]").await?;
        Ok(page)
    }
}
