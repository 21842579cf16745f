//! The HTTP half of the server: whether it is there, and signing in.

use std::fmt;

use wasm_bindgen::JsValue;
use web_sys::AbortSignal;
use yewdux_socket::Token;

use crate::config::Address;
use crate::request::{Answer, Fields, get, post};

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
pub(crate) struct SignedIn {
    pub(crate) token: Token,
    pub(crate) expires_in_ms: f64,
    pub(crate) name: String,
}

impl SignedIn {
    fn read(fields: &Fields) -> Option<Self> {
        Some(Self {
            token: fields.text("token")?.into(),
            expires_in_ms: fields.number("expiresInMs")?,
            name: fields.text("name")?,
        })
    }
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
    let patience = AbortSignal::timeout_with_u32(PATIENCE_MS);
    let Ok(answer) = get(&format!("{}/healthz", address.http), &patience).await else {
        return Found::Nothing;
    };
    match answer.fields().await.ok().and_then(|health| Some((health.text("status")?, health))) {
        Some((status, health)) if status == "ok" => Found::Server { dev: health.flag("dev") },
        Some(_) => Found::Nothing,
        None => Found::SomethingElse,
    }
}

/// Signs in. The password may be left out with a development server only.
pub(crate) async fn sign_in(
    address: &Address,
    user: &str,
    password: Option<&str>,
) -> Result<SignedIn, Problem> {
    let mut body = vec![("user", user.into())];
    body.extend(password.map(|password| ("password", password.into())));
    let patience = AbortSignal::timeout_with_u32(PATIENCE_MS);
    let answer = request(address, "/sign-in", None, &body, &patience).await?;
    let fields = answer.fields().await.map_err(|_| unreachable(address))?;
    SignedIn::read(&fields).ok_or_else(|| unreachable(address))
}

/// Has a development server change an organization's patients so often a second, until `signal` aborts it or its time is
/// over. Returns how many changes there were, if the server has said so.
pub(crate) async fn load(
    address: &Address,
    token: &Token,
    organization: &str,
    per_second: u32,
    signal: &AbortSignal,
) -> Result<Option<u64>, Problem> {
    let body = [("organization", organization.into()), ("perSecond", per_second.into())];
    let answer = request(address, "/dev/load", Some(token), &body, signal).await?;
    // The answer lasts as long as the load. If it breaks off, so does the load.
    Ok(answer.text().await.ok().and_then(|lines| sent(lines.lines().last()?)))
}

/// What a line of a load's answer says.
fn sent(line: &str) -> Option<u64> {
    line.strip_prefix("{\"sent\":")?.strip_suffix('}')?.parse().ok()
}

/// Hands something in; what is refused is a problem.
async fn request(
    address: &Address,
    path: &str,
    token: Option<&Token>,
    body: &[(&str, JsValue)],
    signal: &AbortSignal,
) -> Result<Answer, Problem> {
    let url = format!("{}{path}", address.http);
    let answer = post(&url, token, body, signal).await.map_err(|_| unreachable(address))?;
    if answer.is_ok() {
        return Ok(answer);
    }
    let message = answer.fields().await.ok().and_then(|refusal| refusal.text("message"));
    let status = || format!("The server refused (status {}).", answer.status());
    Err(Problem::Refused { message: message.unwrap_or_else(status) })
}

fn unreachable(address: &Address) -> Problem {
    Problem::Unreachable { host: address.host().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_end_of_a_load_says_how_many_there_were() {
        assert_eq!(sent("{\"sent\":60000}"), Some(60_000));
        assert!(["", "{}", "{\"sent\":}", "{\"sent\":6"].iter().all(|line| sent(line).is_none()));
    }
}
