//! `GET /ws`: from HTTP to a WebSocket.

use std::sync::Arc;

use axum::extract::State;
use axum::extract::ws::WebSocketUpgrade;
use axum::extract::ws::rejection::WebSocketUpgradeRejection;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use super::app::{App, problem};
use crate::connection;

/// How many times larger than announced a frame may be to be refused with an explanation. Beyond it the
/// WebSocket layer stops reading, and the connection ends without one.
const POLITENESS: usize = 4;

/// How much is read from the socket at once. The buffer is there for as long as the connection is, and the
/// default of 128 KiB would be most of what an idle connection costs. Frames are mostly far smaller than this;
/// a larger one takes several reads.
const READ_BUFFER: usize = 8 * 1024;

pub(super) async fn upgrade(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Response {
    if !app.origins.admit(&headers) {
        tracing::info!(origin = ?headers.get("origin"), "a page of another origin was refused");
        return problem(
            StatusCode::FORBIDDEN,
            "forbidden_origin",
            "Pages of this origin may not connect.",
        );
    }
    let upgrade = match upgrade {
        Ok(upgrade) => upgrade,
        Err(rejection) => return rejection.into_response(),
    };
    let Ok(permit) = app.connections.clone().try_acquire_owned() else {
        tracing::warn!("too many connections");
        return problem(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_connections",
            "The server has too many connections.",
        );
    };
    let service = app.service.clone();
    let largest = service.limits.frame_bytes.saturating_mul(POLITENESS);
    upgrade
        .read_buffer_size(READ_BUFFER)
        .max_message_size(largest)
        .max_frame_size(largest)
        .on_upgrade(move |socket| connection::serve(service, socket, permit))
}
