//! Commands of Chromium's `DevTools`, sent through chromedriver, and the console that it keeps.

use fantoccini::Client;
use fantoccini::wd::WebDriverCompatibleCommand;
use http::Method;
use serde_json::{Value, json};
use url::{ParseError, Url};

use crate::Failure;

/// Executes a command of the `DevTools` protocol. Chromium only.
pub async fn execute(client: &Client, method: &str, params: Value) -> Result<Value, Failure> {
    let body = json!({ "cmd": method, "params": params });
    Ok(client.issue_cmd(Command { endpoint: "goog/cdp/execute", body }).await?)
}

/// What all tabs have had on their consoles since this was asked last, warnings and errors only: `level`, `source`,
/// `message`. Chromium only.
pub async fn console(client: &Client) -> Result<Vec<Value>, Failure> {
    log(client, "browser").await
}

/// What a log of the driver has had since this was asked last. Chromium only.
pub async fn log(client: &Client, name: &str) -> Result<Vec<Value>, Failure> {
    let command = Command { endpoint: "se/log", body: json!({ "type": name }) };
    Ok(serde_json::from_value(client.issue_cmd(command).await?)?)
}

#[derive(Debug)]
struct Command {
    endpoint: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Command {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.endpoint))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(self.body.to_string()))
    }
}
