//! The command line of the reference server.

use std::io::{self, BufRead, IsTerminal, Write};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::{ArgGroup, Parser, Subcommand};
use tracing::Level;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};
use yewdux_socket_server::{Config, Origin, Server, hash_password};

/// The reference server of yewdux-socket: sign-in, tenant isolation, history, presence and idempotent
/// delivery over one WebSocket.
#[derive(Debug, Parser)]
#[command(version, subcommand_negates_reqs = true, args_conflicts_with_subcommands = true)]
#[command(group = ArgGroup::new("sign-in").args(["dev", "passwords"]).required(true))]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,

    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:9000")]
    listen: SocketAddr,

    /// Development: whoever names a user is signed in as that user, without a password
    #[arg(long)]
    dev: bool,

    /// Check passwords against this JSON file: {"ana": "$argon2id$…"}. `hash-password` makes a hash
    #[arg(long, value_name = "FILE")]
    passwords: Option<PathBuf>,

    /// How long a sign-in token is good for
    #[arg(long, value_name = "SECONDS", default_value_t = 900, value_parser = clap::value_parser!(u64).range(1..))]
    token_ttl: u64,

    /// Let pages of this origin connect, as in `https://ward.example`; may be given several times. The server's
    /// own origin is allowed if it serves a page
    #[arg(long, value_name = "ORIGIN")]
    allow_origin: Vec<Origin>,

    /// Keep state over restarts in this directory; without it everything is in memory
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,

    /// Serve the built page in this directory
    #[arg(long, value_name = "DIR")]
    dist: Option<PathBuf>,

    /// Let the served page connect to this origin too, as in `https://realtime.ward.example`; may be given several
    /// times. The page may connect to the server that serves it
    #[arg(long, value_name = "ORIGIN")]
    connect_origin: Vec<Origin>,

    /// Events that each organization's history keeps for replay
    #[arg(long, value_name = "EVENTS", default_value_t = 10_000)]
    history: usize,

    /// Idempotency keys that are kept for each user
    #[arg(long, value_name = "KEYS", default_value_t = 20_000)]
    dedupe_keys: usize,

    /// Connections that may be open at the same time
    #[arg(long, value_name = "CONNECTIONS", default_value_t = 10_000)]
    max_connections: usize,

    /// Connections that one user may have open at the same time
    #[arg(long, value_name = "CONNECTIONS", default_value_t = 50)]
    max_connections_per_user: usize,

    /// What to log, as in `debug` or `yewdux_socket_server=debug`; the variable `RUST_LOG` says the same
    /// [default: info]
    #[arg(long, value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a password from standard input and print its hash for the file of --passwords
    HashPassword,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let result = match arguments.command {
        Some(Command::HashPassword) => print_hash(),
        None => serve(arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "error: {error}");
            ExitCode::FAILURE
        }
    }
}

type Outcome = Result<(), Box<dyn std::error::Error>>;

fn print_hash() -> Outcome {
    let mut password = String::new();
    io::stdin().lock().read_line(&mut password)?;
    let hash = hash_password(password.trim_end_matches(['\r', '\n']))?;
    writeln!(io::stdout(), "{hash}")?;
    Ok(())
}

#[tokio::main]
async fn serve(arguments: Arguments) -> Outcome {
    let filter = match &arguments.log {
        Some(filter) => EnvFilter::try_new(filter)?,
        None => EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("info")),
    };
    // The libraries below log what travels over a WebSocket at their lower levels, payloads and tokens included.
    let ours = filter_fn(|metadata| {
        metadata.target().starts_with("yewdux_socket") || *metadata.level() <= Level::WARN
    });
    // No colours in a file, nor where nobody wants them (no-color.org).
    let is_plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let has_colours = io::stderr().is_terminal() && !is_plain;
    let log = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(has_colours);
    tracing_subscriber::registry().with(log.with_filter(filter).with_filter(ours)).init();

    // Before the server is said to listen, so that nobody stops it too early to be heard.
    let stop = stop_signal()?;
    let running = Server::start(config(arguments)).await?;
    // Also for scripts, which need not read the log.
    writeln!(io::stdout(), "listening on http://{}", running.addr())?;
    tokio::select! {
        () = stop => {
            running.shutdown().await;
            Ok(())
        }
        () = running.failed() => Err("the store failed".into()),
    }
}

fn config(arguments: Arguments) -> Config {
    let mut config = Config::default();
    config.listen = arguments.listen;
    config.dev = arguments.dev;
    config.passwords = arguments.passwords;
    config.token_ttl = Duration::from_secs(arguments.token_ttl);
    config.allowed_origins = arguments.allow_origin;
    config.data = arguments.data;
    config.dist = arguments.dist;
    config.connect_origins = arguments.connect_origin;
    config.limits.history_events = arguments.history;
    config.limits.dedupe_keys = arguments.dedupe_keys;
    config.limits.connections = arguments.max_connections;
    config.limits.connections_per_user = arguments.max_connections_per_user;
    config
}

/// Resolves when the process is asked to stop.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    use tokio::signal::unix::{SignalKind, signal};

    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
    })
}

/// Resolves when the process is asked to stop.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async { drop(tokio::signal::ctrl_c().await) })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Arguments::command().debug_assert();
        assert!(
            Arguments::try_parse_from(["server"]).is_err(),
            "some way to sign in must be chosen"
        );
        assert!(
            Arguments::try_parse_from(["server", "--dev", "--passwords", "p"]).is_err(),
            "and only one"
        );
        assert!(Arguments::try_parse_from(["server", "hash-password"]).is_ok());
        let arguments = Arguments::try_parse_from([
            "server",
            "--dev",
            "--allow-origin",
            "http://127.0.0.1:8080",
        ])
        .unwrap();
        let (config, default) = (config(arguments), Config::default());
        assert_eq!(config.limits, default.limits, "the defaults of library and binary agree");
        assert_eq!(config.token_ttl, default.token_ttl);
        assert_eq!(config.allowed_origins[0].as_str(), "http://127.0.0.1:8080");
    }
}
