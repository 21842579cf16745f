//! Commands of Chromium's `DevTools`, sent through chromedriver.

use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::Failure;

/// Executes a command of the `DevTools` protocol. Chromium only.
pub async fn execute(client: &Client, method: &str, params: Value) -> Result<Value, Failure> {
    let command = Command { body: json!({ "cmd": method, "params": params }).to_string() };
    Ok(client.issue_cmd(command).await?)
}

#[derive(Debug)]
struct Command {
    body: String,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.clone()))
    }
}
