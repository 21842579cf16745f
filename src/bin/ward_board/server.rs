//! The HTTP half of the server: whether it is there, and signing in.

use std::fmt;

use gloo_net::http::{Request, Response};
use serde::{Deserialize, Serialize};
use web_sys::AbortSignal;
use yewdux_socket::Token;

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

/// What the server says of a sign-in.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct SignedIn {
    pub(crate) token: Token,
    pub(crate) expires_in_ms: f64,
    pub(crate) name: String,
}

/// Why a request led to nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Problem {
    /// No address is encrypted or on this machine.
    Insecure,
    /// Nothing answered, or not what a server of ours would answer.
    Unreachable { host: String },
    /// The server said no, in these words.
    Refused { message: String },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Insecure => f.write_str(
                "There is no secure way to the server from here. Open this page by an address that begins with https.",
            ),
            Self::Unreachable { host } => write!(f, "The server at {host} cannot be reached."),
            Self::Refused { message } => f.write_str(message),
        }
    }
}

/// The first address at which a server answers. The next one is asked only if something else answers, as where the page comes
/// from `trunk serve`: a server that is away is waited for, and nobody is asked in its place.
pub(crate) async fn find(addresses: &[Address]) -> Result<Server, Problem> {
    let Some(mut asked) = addresses.first() else { return Err(Problem::Insecure) };
    for address in addresses {
        asked = address;
        match look(address).await {
            Found::Server { dev } => return Ok(Server { address: address.clone(), dev }),
            Found::SomethingElse => {}
            Found::Nothing => break,
        }
    }
    Err(Problem::Unreachable { host: asked.host().to_owned() })
}

/// What is at an address.
enum Found {
    /// A server that can do its work, and whether it is a development server.
    Server { dev: bool },
    /// Something that is no server of ours.
    SomethingElse,
    /// Nobody, or a server that cannot do its work.
    Nothing,
}

async fn look(address: &Address) -> Found {
    #[derive(Deserialize)]
    struct Health {
        status: String,
        #[serde(default)]
        dev: bool,
    }
    let request = Request::get(&format!("{}/healthz", address.http))
        .abort_signal(Some(&AbortSignal::timeout_with_u32(PATIENCE_MS)));
    let Ok(response) = request.send().await else { return Found::Nothing };
    match response.json::<Health>().await {
        Ok(health) if health.status == "ok" => Found::Server { dev: health.dev },
        Ok(_) => Found::Nothing,
        Err(_) => Found::SomethingElse,
    }
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

/// Has a development server change an organization's patients so often a second, until `signal` aborts it or its time is over.
pub(crate) async fn load(
    address: &Address,
    token: &Token,
    organization: &str,
    per_second: u32,
    signal: &AbortSignal,
) -> Result<(), Problem> {
    #[derive(Serialize)]
    #[serde(rename_all = "camelCase")]
    struct Body<'a> {
        organization: &'a str,
        per_second: u32,
    }
    let unreachable = |_| Problem::Unreachable { host: address.host().to_owned() };
    let request = Request::post(&format!("{}/dev/load", address.http))
        .header("authorization", &format!("Bearer {}", token.reveal()))
        .abort_signal(Some(signal))
        .json(&Body { organization, per_second })
        .map_err(unreachable)?;
    let response = request.send().await.map_err(unreachable)?;
    if !response.ok() {
        return Err(refusal(&response).await);
    }
    // The answer lasts as long as the load. If it breaks off, so does the load.
    let _ = response.text().await;
    Ok(())
}

async fn refusal(response: &Response) -> Problem {
    #[derive(Deserialize)]
    struct Refusal {
        message: String,
    }
    let message = match response.json::<Refusal>().await {
        Ok(refusal) => refusal.message,
        Err(_) => format!("The server refused (status {}).", response.status()),
    };
    Problem::Refused { message }
}
