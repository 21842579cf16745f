//! The built page, so that one binary is a whole deployment, and the headers that keep foreign code out of it.
//!
//! `docs/hosting.md` says what each header and directive is for, for whoever serves the page by other means.

use std::collections::BTreeSet;
use std::path::Path;

use axum::Router;
use axum::http::{HeaderName, HeaderValue, header};
use tower_http::services::ServeDir;
use tower_http::set_header::SetResponseHeaderLayer;

use super::origin::AllowedOrigins;
use crate::config::Origin;

/// What the page may do, but for `connect-src`. Whatever has no directive of its own falls back to `default-src`.
const DIRECTIVES: [&str; 9] = [
    "default-src 'none'",
    // Without the second, WebAssembly is not compiled. It allows no `eval` of JavaScript.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self'",
    "base-uri 'none'",
    // The sign-in form is read by the page and never sent as a form.
    "form-action 'none'",
    "frame-ancestors 'none'",
    // No text becomes markup or script, and no policy can be made by which it would.
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
];

/// Each feature that the page does not use, so that nothing that gets into it can.
const NO_FEATURES: &str = "camera=(), clipboard-read=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

/// The policy of a page that connects to the server that serves it, and to `others`.
///
/// `'self'` is the host that the page came from; not all browsers take it to stand for its WebSocket too, so that is named.
/// Behind a proxy it is that of the allowed origins with `https:`: such a page has no business with addresses of its
/// user's machine, which the server's own would be. Without any, as on a developer's machine, it is the server's own.
pub(super) fn content_security_policy(allowed: &AllowedOrigins, others: &[Origin]) -> HeaderValue {
    let (encrypted, plain): (BTreeSet<_>, BTreeSet<_>) =
        allowed.iter().map(Origin::web_socket).partition(|origin| origin.starts_with("wss:"));
    let mut connect = if encrypted.is_empty() { plain } else { encrypted };
    connect.extend(others.iter().flat_map(|other| [other.to_string(), other.web_socket()]));
    let mut policy = DIRECTIVES.join("; ");
    policy.push_str("; connect-src 'self'");
    for source in connect {
        policy.push(' ');
        policy.push_str(&source);
    }
    // It is ASCII, as origins are. Were it not, no page would be better than one without a policy.
    HeaderValue::try_from(policy).unwrap_or(HeaderValue::from_static("default-src 'none'"))
}

/// Serves the files of a directory beside the routes.
pub(super) fn serve(routes: Router, dist: &Path, policy: HeaderValue) -> Router {
    let set = SetResponseHeaderLayer::<HeaderValue>::if_not_present;
    let fixed = |name: HeaderName, value| set(name, HeaderValue::from_static(value));
    // Compressed files beside the originals are used if they are there.
    routes
        .fallback_service(ServeDir::new(dist).precompressed_br().precompressed_gzip())
        // Asks every time whether a file has changed: a page and a program of different builds do not fit.
        .layer(fixed(header::CACHE_CONTROL, "no-cache"))
        .layer(set(header::CONTENT_SECURITY_POLICY, policy))
        .layer(fixed(HeaderName::from_static("cross-origin-opener-policy"), "same-origin"))
        .layer(fixed(HeaderName::from_static("cross-origin-resource-policy"), "same-origin"))
        .layer(fixed(HeaderName::from_static("permissions-policy"), NO_FEATURES))
        .layer(fixed(header::REFERRER_POLICY, "no-referrer"))
        .layer(fixed(header::X_CONTENT_TYPE_OPTIONS, "nosniff"))
        // For browsers that do not know `frame-ancestors`.
        .layer(fixed(header::X_FRAME_OPTIONS, "DENY"))
}
