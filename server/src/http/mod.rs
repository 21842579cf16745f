//! The routes: `POST /sign-in`, `GET /healthz`, `GET /ws`, and the built page; `POST /dev/load` for development.

mod app;
mod attempts;
mod load;
mod origin;
mod page;
mod sign_in;
mod upgrade;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Serialize;
use tower_http::cors::{AllowOrigin, CorsLayer};

pub(crate) use app::App;
pub(crate) use origin::AllowedOrigins;

use crate::config::Origin;

/// Largest body of a request, in bytes.
const MAX_BODY: usize = 4 * 1024;

/// All routes, and the page in `dist`, which may connect to other servers too.
pub(crate) fn router(app: App, dist: Option<&Path>, others: &[Origin]) -> Router {
    let policy = page::content_security_policy(&app.origins, others);
    let origins = app.origins.iter();
    let origins = origins.filter_map(|origin| HeaderValue::from_str(origin.as_str()).ok());
    let cors = CorsLayer::new()
        .allow_origin(AllowOrigin::list(origins))
        .allow_methods([Method::GET, Method::POST])
        .allow_headers([header::CONTENT_TYPE, header::AUTHORIZATION])
        .max_age(Duration::from_mins(10));
    let shared = Router::new()
        .route("/sign-in", post(sign_in::sign_in))
        .route("/healthz", get(healthz))
        .route("/dev/load", post(load::load))
        .layer(cors)
        .layer(DefaultBodyLimit::max(MAX_BODY));
    let routes =
        Router::new().route("/ws", get(upgrade::upgrade)).merge(shared).with_state(Arc::new(app));
    match dist {
        Some(dist) => page::serve(routes, dist, policy),
        None => routes,
    }
}

/// `GET /healthz`: whether the server can do its work, and whether it takes everybody at their word.
async fn healthz(State(app): State<Arc<App>>) -> Response {
    #[derive(Serialize)]
    struct Health {
        status: &'static str,
        dev: bool,
    }
    let (code, status) = if app.service.hub.is_alive() {
        (StatusCode::OK, "ok")
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "failed")
    };
    (code, [(header::CACHE_CONTROL, "no-store")], Json(Health { status, dev: app.dev }))
        .into_response()
}
