//! `POST /sign-in`: a user and a password for a token.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Json;
use axum::extract::{FromRequest, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use tokio::time::timeout;
use yewdux_socket_core::UserId;
use yewdux_socket_core::wire::Token;

use super::app::{App, problem};
use crate::auth::{Claims, Passwords};
use crate::clock::now;
use crate::hub::Command;

/// How long the body may take to arrive.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an attempt waits for its turn to be checked.
const TURN_TIMEOUT: Duration = Duration::from_secs(5);

#[derive(Deserialize)]
pub(super) struct SignIn {
    user: UserId,
    #[serde(default)]
    password: Option<String>,
}

impl fmt::Debug for SignIn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SignIn").field("user", &self.user).finish_non_exhaustive()
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct SignedIn {
    token: Token,
    expires_in_ms: u64,
    user_id: UserId,
    name: String,
}

/// Checks the password, or on a development server nothing, and signs a token.
pub(super) async fn sign_in(State(app): State<Arc<App>>, request: Request) -> Response {
    let sign_in = match timeout(BODY_TIMEOUT, Json::<SignIn>::from_request(request, &())).await {
        Ok(Ok(Json(sign_in))) => sign_in,
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            return problem(
                StatusCode::PAYLOAD_TOO_LARGE,
                "too_large",
                "The request is too large.",
            );
        }
        Ok(Err(_)) => {
            return problem(StatusCode::BAD_REQUEST, "malformed", "The request is no sign-in.");
        }
        Err(_) => {
            return problem(StatusCode::REQUEST_TIMEOUT, "timeout", "The request took too long.");
        }
    };
    if !app.dev
        && let Err(refused) = check_password(&app, &sign_in).await
    {
        return refused;
    }
    let account =
        app.service.hub.ask(|reply| Command::Account { user: sign_in.user.clone(), reply }).await;
    let account = match account {
        Ok(Some(account)) => account,
        Ok(None) => return wrong(),
        Err(_) => return unavailable(),
    };
    let claims = Claims::new(
        account.user.id.clone(),
        account.memberships,
        account.generation,
        now(),
        app.token_ttl,
    );
    let Some(token) = app.service.signer.sign(&claims) else { return unavailable() };
    tracing::info!(user = %account.user.id, "signed in");
    let signed_in = SignedIn {
        token,
        expires_in_ms: u64::try_from(app.token_ttl.as_millis()).unwrap_or(u64::MAX),
        user_id: account.user.id,
        name: account.user.name,
    };
    ([(header::CACHE_CONTROL, "no-store")], Json(signed_in)).into_response()
}

async fn check_password(app: &App, sign_in: &SignIn) -> Result<(), Response> {
    let (Some(passwords), Some(password)) = (&app.passwords, &sign_in.password) else {
        return Err(wrong());
    };
    let user = &sign_in.user;
    if !app.attempts.begin(user, Instant::now()) {
        tracing::warn!(%user, "too many failed attempts to sign in");
        let message = "Too many attempts. Try again in a minute.";
        return Err(problem(StatusCode::TOO_MANY_REQUESTS, "too_many_attempts", message));
    }
    if !verify(app, passwords.clone(), user.clone(), password.clone()).await? {
        tracing::info!(%user, "failed to sign in");
        return Err(wrong());
    }
    app.attempts.succeeded(user);
    Ok(())
}

/// Hashing takes a core for some time, so it gets a thread of its own and waits for its turn.
async fn verify(
    app: &App,
    passwords: Arc<Passwords>,
    user: UserId,
    password: String,
) -> Result<bool, Response> {
    let Ok(Ok(turn)) = timeout(TURN_TIMEOUT, app.hashing.clone().acquire_owned()).await else {
        return Err(unavailable());
    };
    let verified = tokio::task::spawn_blocking(move || {
        let verified = passwords.verify(&user, &password);
        drop(turn);
        verified
    });
    verified.await.map_err(|_| unavailable())
}

/// One answer for an unknown user, a wrong password and a missing one.
fn wrong() -> Response {
    problem(StatusCode::UNAUTHORIZED, "unauthorized", "User or password is wrong.")
}

fn unavailable() -> Response {
    problem(
        StatusCode::SERVICE_UNAVAILABLE,
        "unavailable",
        "The server cannot sign anybody in at present.",
    )
}
