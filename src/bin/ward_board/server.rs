//! The HTTP half of the server: whether it is there, and signing in.

use std::fmt;

use gloo_net::http::{Request, Response};
use serde::{Deserialize, Serialize};
use web_sys::AbortSignal;

use crate::config::Address;

/// How long the server may take for an answer. A network that swallows everything must not keep the user waiting
/// for the changes that are kept on the device.
const PATIENCE_MS: u32 = 5_000;

/// A server that answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Server {
    pub(crate) address: Address,
    /// Whether it is a development server, which takes everybody at their word.
    pub(crate) dev: bool,
}

/// What the server says of a sign-in. There is no `Debug`: the token must not be printed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedIn {
    pub(crate) token: String,
    pub(crate) expires_in_ms: f64,
    pub(crate) name: String,
}

/// Why a request led to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// Nothing answered, or not what a server of ours would answer.
    Unreachable { host: String },
    /// The server said no, in these words.
    Refused { message: String },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable { host } => write!(f, "The server at {host} cannot be reached."),
            Self::Refused { message } => f.write_str(message),
        }
    }
}

/// The first address at which a server answers.
pub(crate) async fn find(addresses: &[Address]) -> Result<Server, Problem> {
    for address in addresses {
        if let Some(dev) = health(address).await {
            return Ok(Server { address: address.clone(), dev });
        }
    }
    let host = addresses.last().map_or("an invalid address", Address::host).to_owned();
    Err(Problem::Unreachable { host })
}

/// Whether a server answers, and if so whether it is a development server.
async fn health(address: &Address) -> Option<bool> {
    #[derive(Deserialize)]
    struct Health {
        status: String,
        #[serde(default)]
        dev: bool,
    }
    let request = Request::get(&format!("{}/healthz", address.http))
        .abort_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)));
    let response = request.send().await.ok()?;
    let health: Health = response.json().await.ok()?;
    (health.status == "ok").then_some(health.dev)
}

/// Signs in. The password may be left out with a development server only.
pub(crate) async fn sign_in(
    address: &Address,
    user: &str,
    password: Option<&str>,
) -> Result<SignedIn, Problem> {
    #[derive(Serialize)]
    struct Body<'a> {
        user: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        password: Option<&'a str>,
    }
    let unreachable = |_| Problem::Unreachable { host: address.host().to_owned() };
    let request = Request::post(&format!("{}/sign-in", address.http))
        .abort_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)))
        .json(&Body { user, password })
        .map_err(unreachable)?;
    let response = request.send().await.map_err(unreachable)?;
    if response.ok() {
        response.json().await.map_err(unreachable)
    } else {
        Err(refusal(&response).await)
    }
}

async fn refusal(response: &Response) -> Problem {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let message = match response.json::<Refusal>().await {
        Ok(refusal) => refusal.message,
        Err(_) => format!("The server refused the sign-in (status {}).", response.status()),
    };
    Problem::Refused { message }
}
