//! `POST /dev/load`: a development server lets patients change as fast as is wanted, to see what a page makes of it.
//!
//! The changes are real: each takes the way of an emitted `patient_edited`, is stored, and reaches every subscriber as
//! `patient_updated`. They end with the answer's connection, with the token, or after the time asked for. Without `--dev`
//! there is nothing here that could start them: the answer is `development_only`.

use std::convert::Infallible;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::body::Body;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use serde::Deserialize;
use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until, timeout};
use yewdux_socket_core::OrganizationId;
use yewdux_socket_core::wire::Token;

use super::app::{App, problem};
use crate::auth::Claims;
use crate::clock::until;
use crate::hub::{Command, Hub, LoadRefusal};

/// Events a second.
const RATES: RangeInclusive<u32> = 10..=10_000;
/// How long it may take, in seconds.
const SECONDS: RangeInclusive<u32> = 1..=600;
const DEFAULT_SECONDS: u32 = 60;
/// How often events are made.
const STEP: Duration = Duration::from_millis(10);
/// Events of one step at most: what could not be made in time is not made up for in one burst.
const BURST: u32 = 500;
/// How often the answer says how many there were. It also finds out that nobody listens any more.
const REPORT: Duration = Duration::from_millis(500);
/// How long a request waits for another one to end: whoever changes the rate ends one and begins the next.
const TURN_TIMEOUT: Duration = Duration::from_secs(2);

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Wanted {
    organization: OrganizationId,
    per_second: u32,
    #[serde(default = "default_seconds")]
    seconds: u32,
}

fn default_seconds() -> u32 {
    DEFAULT_SECONDS
}

/// Changes patients as long as the answer is read: a line of JSON now and then, `{"sent":4980}`, the last one with all.
pub(super) async fn load(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    wanted: Result<Json<Wanted>, JsonRejection>,
) -> Response {
    // None but on a development server, so that nothing below can be reached on another one.
    let Some(loads) = app.loads.clone() else {
        return problem(StatusCode::FORBIDDEN, "development_only", "This server makes no load.");
    };
    let Ok(Json(wanted)) = wanted else {
        return problem(StatusCode::BAD_REQUEST, "malformed", "The request asks for no load.");
    };
    if !RATES.contains(&wanted.per_second) || !SECONDS.contains(&wanted.seconds) {
        let message = "A load has 10 to 10 000 events a second, for 1 to 600 seconds.";
        return problem(StatusCode::BAD_REQUEST, "out_of_bounds", message);
    }
    let token = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
    let token = token.and_then(|value| value.strip_prefix("Bearer ")).map(Token::new);
    let Some(claims) = token.and_then(|token| app.service.signer.verify(&token)) else {
        return refused(LoadRefusal::Unauthorized);
    };
    let Ok(Ok(permit)) = timeout(TURN_TIMEOUT, loads.acquire_owned()).await else {
        return problem(StatusCode::TOO_MANY_REQUESTS, "load_running", "Another load is running.");
    };
    let mut load = Load::new(app.service.hub.clone(), claims, wanted, permit);
    if let Err(refusal) = load.make(0).await {
        return refused(refusal);
    }
    tracing::info!(user = %load.claims.user, organization = %load.wanted.organization, rate = load.wanted.per_second, "a load begins");
    let body = Body::from_stream(stream::unfold(load, |mut load| async {
        let line = load.run().await?;
        Some((Ok::<_, Infallible>(line), load))
    }));
    let headers =
        [(header::CONTENT_TYPE, "application/x-ndjson"), (header::CACHE_CONTROL, "no-store")];
    (headers, body).into_response()
}

fn refused(refusal: LoadRefusal) -> Response {
    match refusal {
        LoadRefusal::Unauthorized => {
            problem(StatusCode::UNAUTHORIZED, "unauthorized", "The token is not valid.")
        }
        LoadRefusal::NotPermitted => problem(
            StatusCode::FORBIDDEN,
            "not_permitted",
            "You may not change patients of this organization.",
        ),
        LoadRefusal::Stopped => {
            problem(StatusCode::SERVICE_UNAVAILABLE, "unavailable", "The server stops.")
        }
    }
}

/// A load that runs. It ends when this is dropped, and that is when nobody reads the answer.
struct Load {
    hub: Hub,
    claims: Claims,
    wanted: Wanted,
    begun: Instant,
    ends: Instant,
    step: Instant,
    reported: Instant,
    /// How many there should have been, had all gone as it should.
    owed: u64,
    sent: u64,
    is_over: bool,
    _permit: OwnedSemaphorePermit,
}

impl Load {
    fn new(hub: Hub, claims: Claims, wanted: Wanted, permit: OwnedSemaphorePermit) -> Self {
        let begun = Instant::now();
        let left = Duration::from_millis(until(claims.expires_at()));
        let ends = begun + left.min(Duration::from_secs(wanted.seconds.into()));
        Self {
            hub,
            claims,
            wanted,
            begun,
            ends,
            step: begun,
            reported: begun,
            owed: 0,
            sent: 0,
            is_over: false,
            _permit: permit,
        }
    }

    /// Makes events until it is time for a line; `None` after the one that says how many there were in all.
    async fn run(&mut self) -> Option<String> {
        if self.is_over {
            return None;
        }
        loop {
            self.step = Instant::now().max(self.step + STEP).min(self.ends);
            sleep_until(self.step).await;
            let now = Instant::now().min(self.ends);
            let micros = (now - self.begun).as_micros();
            let total = micros.saturating_mul(self.wanted.per_second.into()) / 1_000_000;
            let total = u64::try_from(total).unwrap_or(u64::MAX);
            let due = u32::try_from(total - self.owed).unwrap_or(BURST).min(BURST);
            self.owed = total;
            // One at a time: a hub that is slow is not asked for more meanwhile.
            self.is_over = self.make(due).await.is_err() || now == self.ends;
            if self.is_over || now - self.reported >= REPORT {
                self.reported = now;
                return Some(format!("{{\"sent\":{}}}\n", self.sent));
            }
        }
    }

    async fn make(&mut self, count: u32) -> Result<(), LoadRefusal> {
        let (claims, organization) = (self.claims.clone(), self.wanted.organization.clone());
        let from = self.sent;
        let asked =
            self.hub.ask(|reply| Command::Load { claims, organization, from, count, reply });
        asked.await.unwrap_or(Err(LoadRefusal::Stopped))?;
        self.sent += u64::from(count);
        Ok(())
    }
}
