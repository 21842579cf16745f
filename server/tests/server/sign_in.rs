//! `POST /sign-in`, `GET /healthz` and the page.

use std::io::Write;

use serde_json::json;
use yewdux_socket_server::{Server, StartError, hash_password};

use crate::common::{ORIGIN, config, http, sign_in, start};

#[tokio::test]
async fn a_development_server_takes_everybody_at_their_word_and_says_so() {
    let server = start().await;
    let answer = sign_in(server.addr(), &json!({"user": "ana"})).await;
    assert_eq!(answer.status, 200);
    let body = answer.json();
    assert_eq!((&body["userId"], &body["name"]), (&json!("ana"), &json!("Ana Lindqvist")));
    assert_eq!(body["expiresInMs"], 15 * 60 * 1_000);
    assert!(answer.head.contains("cache-control: no-store"));
    assert_eq!(sign_in(server.addr(), &json!({"user": "mallory"})).await.status, 401);
    let health = http(server.addr(), "GET", "/healthz", "", "").await;
    assert_eq!(health.json(), json!({"status": "ok", "dev": true}));
}

#[tokio::test]
async fn passwords_are_checked_and_failures_look_alike() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    let hash = hash_password("correct horse").unwrap();
    write!(file, "{}", json!({"ana": hash, "stranger": hash})).unwrap();
    let mut config = config();
    config.dev = false;
    config.passwords = Some(file.path().to_owned());
    let server = Server::start(config).await.unwrap();
    let addr = server.addr();
    assert_eq!(
        sign_in(addr, &json!({"user": "ana", "password": "correct horse"})).await.status,
        200
    );
    let mut failures = Vec::new();
    for body in [
        json!({"user": "ana"}),
        json!({"user": "ana", "password": "wrong"}),
        json!({"user": "ben", "password": "correct horse"}),
        json!({"user": "nobody", "password": "correct horse"}),
        // Has a password, and is no user of the server.
        json!({"user": "stranger", "password": "correct horse"}),
    ] {
        let answer = sign_in(addr, &body).await;
        assert_eq!(answer.status, 401, "{body}");
        failures.push(answer.body);
    }
    failures.dedup();
    assert_eq!(failures, [r#"{"code":"unauthorized","message":"User or password is wrong."}"#]);
    assert_eq!(http(addr, "GET", "/healthz", "", "").await.json()["dev"], false);
}

#[tokio::test]
async fn guessing_is_slowed_down() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{}", json!({"ana": hash_password("correct horse").unwrap()})).unwrap();
    let mut config = config();
    config.dev = false;
    config.passwords = Some(file.path().to_owned());
    let server = Server::start(config).await.unwrap();
    for _ in 0..10 {
        assert_eq!(
            sign_in(server.addr(), &json!({"user": "ana", "password": "guess"})).await.status,
            401
        );
    }
    let answer = sign_in(server.addr(), &json!({"user": "ana", "password": "correct horse"})).await;
    assert_eq!((answer.status, answer.json()["code"].as_str()), (429, Some("too_many_attempts")));
}

#[tokio::test]
async fn bodies_are_bounded_and_must_be_json() {
    let server = start().await;
    let large = json!({"user": "ana", "password": "x".repeat(10_000)});
    assert_eq!(sign_in(server.addr(), &large).await.status, 413);
    for body in
        [json!({}), json!([]), json!({"user": ""}), json!({"user": "a\nb"}), json!({"user": 7})]
    {
        assert_eq!(sign_in(server.addr(), &body).await.status, 400, "{body}");
    }
    let answer = http(
        server.addr(),
        "POST",
        "/sign-in",
        "content-type: text/plain\r\n",
        r#"{"user":"ana"}"#,
    )
    .await;
    assert_eq!(answer.status, 400, "a form of another page cannot sign in");
}

#[tokio::test]
async fn only_allowed_pages_may_read_the_answers() {
    let server = start().await;
    let addr = server.addr();
    let preflight = |origin: &str| {
        let headers = format!(
            "origin: {origin}\r\naccess-control-request-method: POST\r\naccess-control-request-headers: content-type\r\n"
        );
        async move { http(addr, "OPTIONS", "/sign-in", &headers, "").await.head }
    };
    let allowed = preflight(ORIGIN).await;
    assert!(allowed.contains(&format!("access-control-allow-origin: {ORIGIN}")), "{allowed}");
    let foreign = preflight("http://evil.example").await;
    assert!(!foreign.contains("access-control-allow-origin"), "{foreign}");
}

#[tokio::test]
async fn the_page_is_served_with_the_right_types() {
    let dist = tempfile::tempdir().unwrap();
    std::fs::write(dist.path().join("index.html"), "<!doctype html>").unwrap();
    std::fs::write(dist.path().join("app.wasm"), b"\0asm").unwrap();
    std::fs::write(dist.path().join("app.js"), "").unwrap();
    std::fs::write(dist.path().join("app.css"), "").unwrap();
    std::fs::write(dist.path().join("app.svg"), "").unwrap();
    std::fs::create_dir(dist.path().join("inner")).unwrap();
    let mut config = config();
    config.dist = Some(dist.path().to_owned());
    let server = Server::start(config).await.unwrap();
    let index = http(server.addr(), "GET", "/", "", "").await;
    assert!(
        index.status == 200 && index.head.contains("content-type: text/html"),
        "{}",
        index.head
    );
    assert!(index.head.contains("x-content-type-options: nosniff"));
    // With `nosniff`, a script or stylesheet of another type is not used.
    for (file, content_type) in [
        ("/app.wasm", "application/wasm"),
        ("/app.js", "text/javascript"),
        ("/app.css", "text/css"),
        ("/app.svg", "image/svg+xml"),
    ] {
        let head = http(server.addr(), "GET", file, "", "").await.head;
        assert!(head.contains(&format!("content-type: {content_type}\r\n")), "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    }
    for outside in
        ["/../Cargo.toml", "/%2e%2e/Cargo.toml", "/inner/..%2f..%2fetc%2fpasswd", "/missing"]
    {
        assert_eq!(http(server.addr(), "GET", outside, "", "").await.status, 404, "{outside}");
    }
    assert_eq!(
        http(server.addr(), "GET", "/healthz", "", "").await.status,
        200,
        "routes come first"
    );
    let own = format!("http://{}", server.addr());
    assert!(
        crate::common::Client::try_open(server.addr(), Some(&own)).await.is_ok(),
        "the own page may connect"
    );
}

#[tokio::test]
async fn the_page_comes_with_a_strict_policy() {
    let dist = tempfile::tempdir().unwrap();
    std::fs::write(dist.path().join("index.html"), "<!doctype html>").unwrap();
    let mut config = config();
    config.dist = Some(dist.path().to_owned());
    config.connect_origins.push("https://realtime.ward.example:8443".parse().unwrap());
    let server = Server::start(config).await.unwrap();
    let port = server.addr().port();
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self'; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'; \
         connect-src 'self' https://realtime.ward.example:8443 ws://127.0.0.1:{port} \
         ws://localhost:{port} ws://page.example wss://realtime.ward.example:8443"
    );
    // Also with what is no page: an error, an answer of the sign-in.
    for path in ["/", "/missing", "/healthz"] {
        let answer = http(server.addr(), "GET", path, "", "").await;
        let header = |name: &str| {
            let mut values = answer
                .head
                .lines()
                .filter_map(|line| line.split_once(": "))
                .filter(|(n, _)| *n == name);
            let value = values.next().map(|(_, value)| value.to_owned());
            assert_eq!(values.next(), None, "{path}: {name} comes once");
            value.unwrap_or_default()
        };
        assert_eq!(header("content-security-policy"), policy, "{path}");
        assert_eq!(header("cross-origin-opener-policy"), "same-origin");
        assert_eq!(header("cross-origin-resource-policy"), "same-origin");
        assert_eq!(header("referrer-policy"), "no-referrer");
        assert_eq!(header("x-content-type-options"), "nosniff");
        assert_eq!(header("x-frame-options"), "deny");
        assert_eq!(
            header("permissions-policy"),
            "camera=(), clipboard-read=(), display-capture=(), geolocation=(), gyroscope=(), hid=(), \
             idle-detection=(), local-fonts=(), magnetometer=(), microphone=(), midi=(), payment=(), \
             publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()"
        );
        let cached = if path == "/healthz" { "no-store" } else { "no-cache" };
        assert_eq!(header("cache-control"), cached);
    }
}

#[tokio::test]
async fn the_policy_of_the_documentation_is_the_servers() {
    let documentation = include_str!("../../../docs/hosting.md");
    let (_, documented) = documentation.split_once("```text\n").unwrap();
    let documented = documented.lines().next().unwrap();
    let snippets = documentation.matches("default-src 'none'; ").count();
    assert_eq!(documentation.matches(documented).count(), snippets, "all snippets have this one");

    let dist = tempfile::tempdir().unwrap();
    let mut config = config();
    config.dist = Some(dist.path().to_owned());
    config.allowed_origins.push("https://ward.example".parse().unwrap());
    let server = Server::start(config).await.unwrap();
    let head = http(server.addr(), "GET", "/", "", "").await.head;
    let policy = head.lines().find_map(|line| line.strip_prefix("content-security-policy: "));
    assert_eq!(policy, Some(documented));

    // Each directive has its line in the table, and the table has no other.
    let rows = documentation.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('`'));
    let directives: Vec<_> = documented.split("; ").collect();
    let explained: Vec<_> = rows.map(|(directive, _)| directive).take(directives.len()).collect();
    assert_eq!(explained, directives);
}

#[tokio::test]
async fn a_server_without_a_page_has_no_policy_of_one() {
    let server = start().await;
    let answer = http(server.addr(), "GET", "/healthz", "", "").await;
    assert!(!answer.head.contains("content-security-policy"), "{}", answer.head);
}

#[tokio::test]
async fn what_cannot_be_used_is_said_at_the_start() {
    let server = start().await;
    let mut taken = config();
    taken.listen = server.addr();
    assert!(matches!(Server::start(taken).await, Err(StartError::Listen { .. })));
    let mut missing = config();
    missing.dist = Some("/nonexistent".into());
    assert!(matches!(Server::start(missing).await, Err(StartError::Dist(_))));
    let mut missing = config();
    missing.passwords = Some("/nonexistent".into());
    assert!(matches!(Server::start(missing).await, Err(StartError::Passwords(_))));
}
