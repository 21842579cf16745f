//! What pages do that their content security policy forbids, which no test may bring about. Chromium only.
//!
//! A script that is there before the page's own tells the console of each violation; the driver keeps the console of all tabs,
//! over reloads and after a tab is closed. Chromium says by itself what the script cannot know, such as that an inline script
//! before it was blocked.

use fantoccini::Client;
use serde_json::json;

use crate::Failure;
use crate::browser::Browser;
use crate::cdp;

/// Marks of the script's own lines. The first is said of each document, so that none goes unwatched in silence.
const WATCHED: &str = "watched document";
const VIOLATION: &str = "securitypolicyviolation";

/// What was seen.
#[derive(Debug, Default)]
pub struct Seen {
    /// How many documents were loaded from a server.
    pub documents: usize,
    /// Each violation in words, some of them twice: the script's and Chromium's.
    pub violations: Vec<String>,
}

impl Seen {
    /// Fails if a page did what its policy forbids, or if nobody would have seen it.
    pub fn verdict(&self) -> Result<(), Failure> {
        if !self.violations.is_empty() {
            return Err(format!("the page's policy forbids: {:#?}", self.violations).into());
        }
        if self.documents == 0 {
            return Err("nobody watched whether the page keeps to its policy".into());
        }
        Ok(())
    }
}

/// Watches all documents that the present tab loads from now on.
pub async fn watch(client: &Client) -> Result<(), Failure> {
    if Browser::chosen() != Browser::Chromium {
        return Ok(());
    }
    let source = format!(
        "if (location.protocol.startsWith('http')) console.warn('{WATCHED}');
        addEventListener('{VIOLATION}', ({{ effectiveDirective, blockedURI, sourceFile, lineNumber, sample }}) =>
            console.error('{VIOLATION}', effectiveDirective, blockedURI, sourceFile, lineNumber, sample));"
    );
    let params = json!({ "source": source });
    cdp::execute(client, "Page.addScriptToEvaluateOnNewDocument", params).await.map(drop)
}

/// What was seen in all tabs since this was asked last. `None` in another browser than Chromium.
pub async fn seen(client: &Client) -> Result<Option<Seen>, Failure> {
    if Browser::chosen() != Browser::Chromium {
        return Ok(None);
    }
    let mut seen = Seen::default();
    for entry in cdp::console(client).await? {
        let message = entry["message"].as_str().unwrap_or_default();
        if message.contains(WATCHED) {
            seen.documents += 1;
        } else if entry["source"] == "security" || message.contains(VIOLATION) {
            seen.violations.push(message.to_owned());
        }
    }
    Ok(Some(seen))
}
