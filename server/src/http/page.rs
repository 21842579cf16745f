//! The built page, so that one binary is a whole deployment.

use std::path::Path;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

/// Serves the files of a directory beside the routes.
pub(super) fn serve(routes: Router, dist: &Path) -> Router {
    let set = |name: HeaderName, value| {
        SetResponseHeaderLayer::if_not_present(name, HeaderValue::from_static(value))
    };
    // Compressed files beside the originals are used if they are there.
    routes
        .fallback_service(ServeDir::new(dist).precompressed_br().precompressed_gzip())
        // Asks every time whether a file has changed: a page and a program of different builds do not fit.
        .layer(set(header::CACHE_CONTROL, "no-cache"))
        .layer(set(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        .layer(set(header::X_FRAME_OPTIONS, "DENY"))
        .layer(set(header::REFERRER_POLICY, "no-referrer"))
}
