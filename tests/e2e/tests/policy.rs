//! The content security policy of the pages: that the tests notice what it forbids, and that it forbids it.

use std::time::{Duration, Instant};

use yewdux_socket_e2e::browser::{Browser, Driver};
use yewdux_socket_e2e::page::Page;
use yewdux_socket_e2e::policy::{self, Seen};
use yewdux_socket_e2e::ward::Ward;
use yewdux_socket_e2e::{Failure, report};

/// What foreign code in a page might do, and the directive that forbids it.
const DEEDS: [(&str, &str); 11] = [
    ("eval('1')", "require-trusted-types-for"),
    ("document.body.innerHTML = '<p>'", "require-trusted-types-for"),
    (
        "document.body.append(Object.assign(document.createElement('script'), { src: '/other.js' }))",
        "require-trusted-types-for",
    ),
    ("trustedTypes.createPolicy('any', {})", "trusted-types"),
    ("document.body.setAttribute('style', 'color: red')", "style-src"),
    (
        "document.body.append(Object.assign(document.createElement('style'), { textContent: 'p {}' }))",
        "style-src",
    ),
    ("document.body.append(Object.assign(new Image(), { src: 'http://127.0.0.1:2/' }))", "img-src"),
    (
        "document.body.append(Object.assign(document.createElement('iframe'), { src: '/' }))",
        "frame-src",
    ),
    (
        "document.head.append(Object.assign(document.createElement('base'), { href: '/other/' }))",
        "base-uri",
    ),
    ("fetch('http://127.0.0.1:2/').catch(() => 0)", "connect-src"),
    ("new WebSocket('ws://127.0.0.1:2/')", "connect-src"),
];
/// No notice takes longer, however slow the machine is.
const LIMIT: Duration = Duration::from_secs(20);

/// Waits until a violation was seen, now or before, in which all of these words are.
async fn noticed(page: &Page, all: &mut Vec<String>, words: &[&str]) -> Result<(), Failure> {
    let started = Instant::now();
    while started.elapsed() < LIMIT {
        all.extend(seen(page).await?.violations);
        if all.iter().any(|violation| words.iter().all(|word| violation.contains(word))) {
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    Err(format!("{words:?} was not noticed, only: {all:#?}").into())
}

async fn seen(page: &Page) -> Result<Seen, Failure> {
    policy::seen(page.client()).await?.ok_or_else(|| "this needs Chromium".into())
}

/// Lets the page do something. What the driver does itself may be allowed more, as `eval` is.
async fn does(page: &Page, deed: &str) -> Result<(), Failure> {
    let script = format!("setTimeout(() => {{ {deed} }})");
    Ok(page.client().execute(&script, Vec::new()).await.map(drop)?)
}

fn needs_chromium(test: &str) -> bool {
    let missing = Browser::chosen() != Browser::Chromium;
    if missing {
        report::skipped(test, "it needs the console that chromedriver keeps");
    }
    missing
}

#[tokio::test(flavor = "multi_thread")]
async fn what_foreign_code_might_do_is_forbidden_and_noticed() -> Result<(), Failure> {
    if needs_chromium("what_foreign_code_might_do_is_forbidden_and_noticed") {
        return Ok(());
    }
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let before = seen(&ana).await?;
    assert!(before.verdict().is_ok(), "{before:#?}");
    for (deed, directive) in DEEDS {
        does(&ana, deed).await?;
        noticed(&ana, &mut Vec::new(), &["securitypolicyviolation", directive])
            .await
            .map_err(|error| format!("{deed}: {error}"))?;
    }
    Ok(ana.client().clone().close().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_forbidden_is_known_after_a_reload_and_from_a_closed_tab() -> Result<(), Failure> {
    if needs_chromium("what_was_forbidden_is_known_after_a_reload_and_from_a_closed_tab") {
        return Ok(());
    }
    let (driver, ward) = (Driver::new(), Ward::open().await?);
    let ana = Page::signed_in(&driver, &ward, "ana").await?;
    let first = ana.client().window().await?;
    does(
        &ana,
        "addEventListener('securitypolicyviolation', () => document.title = 'done'); eval('1')",
    )
    .await?;
    ana.until("document.title === 'done'", &[]).await?;
    ana.client().refresh().await?;
    ana.status("connected").await?;
    let later = seen(&ana).await?;
    assert_eq!(later.documents, 2);
    assert!(later.verdict().is_err(), "{later:#?}");

    ana.open_another_tab().await?;
    ana.status("connected").await?;
    assert_eq!(seen(&ana).await?.documents, 1, "it is watched, too");
    does(&ana, "document.body.setAttribute('style', 'color: red'); document.title = 'done'")
        .await?;
    ana.until("document.title === 'done'", &[]).await?;
    ana.client().close_window().await?;
    ana.go_to(&first).await?;
    noticed(&ana, &mut Vec::new(), &["style-src"]).await?;
    assert!(seen(&ana).await?.verdict().is_err(), "and a page that nobody watched does not pass");
    Ok(ana.client().clone().close().await?)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_inline_script_or_style_in_the_page_itself_is_noticed() -> Result<(), Failure> {
    if needs_chromium("an_inline_script_or_style_in_the_page_itself_is_noticed") {
        return Ok(());
    }
    let dist = tempfile::tempdir()?;
    let page = "<!doctype html><p style='color: red' id=p>text</p><script>p.textContent = 'changed'</script>";
    std::fs::write(dist.path().join("index.html"), page)?;
    let ward = Ward::open_with(|config| config.dist = Some(dist.path().to_owned())).await?;
    let driver = Driver::new();
    let page = Page::open(&driver, &ward, "").await?;
    assert_eq!(page.read("p.textContent", &[]).await?, "text", "the script did not run");
    let mut all = Vec::new();
    for directive in ["script-src", "style-src"] {
        // The script that watches is there in time, and Chromium says it too.
        for source in ["securitypolicyviolation", "Content Security Policy"] {
            noticed(&page, &mut all, &[source, directive]).await?;
        }
    }
    Ok(page.client().clone().close().await?)
}
