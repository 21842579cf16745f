//! `cargo xtask serve`: the reference server and the page, until someone stops them.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;

use crate::http;
use crate::process::{Group, Interrupted};
use crate::tools::{Need, Toolbox};
use crate::workspace::remove_dir;

const SERVER: &str = "yewdux-socket-server";
/// The port that the page expects the server at if nothing else is said.
const SERVER_PORT: u16 = 9000;
/// How often the two are asked whether they are up.
const ASK: Duration = Duration::from_millis(200);
/// A cold release build on a slow machine takes minutes; more than this is no build any more.
const DEADLINE: Duration = Duration::from_mins(30);

/// How to serve
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The page's port on 127.0.0.1
    #[arg(long, default_value_t = 8080, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) port: u16,
    /// The server's port on 127.0.0.1
    #[arg(long, default_value_t = SERVER_PORT, value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) server_port: u16,
    /// Build both for speed: slower to build, what users would get
    #[arg(long)]
    pub(crate) release: bool,
}

pub(crate) fn run(options: &Options, toolbox: &mut Toolbox<'_>) -> Result<()> {
    check_ports(options)?;
    toolbox.ensure(&[Need::WasmTarget, Need::WasmBindgen, Need::Trunk])?;
    if options.release {
        toolbox.ensure(&[Need::WasmOpt])?;
    }

    println!("==> building the server");
    let mut build = toolbox.cargo();
    build
        .args(["build", "--package", SERVER, "--bin", SERVER])
        .args(options.release.then_some("--release"));
    toolbox.run(&mut build)?;

    println!(
        "==> starting the server, and trunk, which builds the page and rebuilds it on changes"
    );
    let mut running = [
        Running {
            name: "the server",
            flag: "--server-port",
            group: start_server(options, toolbox)?,
        },
        Running { name: "trunk", flag: "--port", group: start_trunk(options, toolbox)? },
    ];
    match attend(options, toolbox, &mut running) {
        // The only way in which serving ends well.
        Err(error) if error.is::<Interrupted>() => {
            println!("==> stopping");
            Ok(())
        }
        other => other,
    }
}

/// A child that has to stay up.
struct Running {
    name: &'static str,
    flag: &'static str,
    group: Group,
}

/// Announces that both are up as soon as they are; returns when one of them ends or the user stops them.
fn attend(options: &Options, toolbox: &Toolbox<'_>, running: &mut [Running]) -> Result<()> {
    let started = Instant::now();
    let mut ready = false;
    loop {
        for Running { name, flag, group } in &mut *running {
            if let Some(status) = group.exited().with_context(|| format!("lost sight of {name}"))? {
                bail!(
                    "{name} has ended ({status}): its last lines above say why; if its port was taken, choose another with {flag}"
                );
            }
        }
        if !ready && answer(options)? {
            ready = true;
            println!("ready: {}", address(options));
        }
        if !ready && started.elapsed() > DEADLINE {
            bail!(
                "the server and the page did not both answer within {} minutes",
                DEADLINE.as_secs() / 60
            );
        }
        toolbox.supervisor.wait((!ready).then_some(ASK))?;
    }
}

/// Whether both answer with success. That one does not answer yet is no error; a wrong answer of the page is.
fn answer(options: &Options) -> Result<bool> {
    if !http::status(options.server_port, "/healthz").is_ok_and(|status| status == 200) {
        return Ok(false);
    }
    match http::status(options.port, "/") {
        Ok(200) => Ok(true),
        // trunk listens once its first build is through, be it in vain.
        Ok(status) => bail!(
            "the page could not be built (trunk answers {status}): trunk's messages above say why"
        ),
        Err(_) => Ok(false),
    }
}

/// Fails at once, rather than after minutes of building.
fn check_ports(options: &Options) -> Result<()> {
    if options.port == options.server_port {
        bail!(
            "the page and the server cannot share port {}: change --port or --server-port",
            options.port
        );
    }
    for (port, flag) in [(options.port, "--port"), (options.server_port, "--server-port")] {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(_) => {}
            Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                bail!(
                    "port {port} is taken by another program: stop that one, or choose another port with {flag}"
                )
            }
            Err(error) => bail!("port {port} cannot be used ({error}): choose another with {flag}"),
        }
    }
    Ok(())
}

fn start_server(options: &Options, toolbox: &Toolbox<'_>) -> Result<Group> {
    let profile = if options.release { "release" } else { "debug" };
    let mut server = toolbox.command(toolbox.workspace.target.join(profile).join(SERVER));
    server.arg("--listen").arg(format!("127.0.0.1:{}", options.server_port));
    for host in ["127.0.0.1", "localhost"] {
        server.arg("--allow-origin").arg(format!("http://{host}:{}", options.port));
    }
    // The demo's sign-in without passwords.
    Group::spawn(server.arg("--dev"))
}

fn start_trunk(options: &Options, toolbox: &Toolbox<'_>) -> Result<Group> {
    // A page that an earlier build left behind would look like success.
    let dist = toolbox.workspace.target.join("serve-dist");
    remove_dir(&dist)?;
    let mut trunk = toolbox.trunk("serve");
    trunk
        .args(["--address=127.0.0.1", "--port"])
        .arg(options.port.to_string())
        .arg("--dist")
        .arg(dist);
    // Without a network the look-up of 127.0.0.1's name delays the start by seconds.
    trunk.arg("--disable-address-lookup").args(options.release.then_some("--release"));
    Group::spawn(&mut trunk)
}

/// Where to look at the page. It knows the usual port of the server; another one is passed in the address.
fn address(options: &Options) -> String {
    let page = format!("http://127.0.0.1:{}/", options.port);
    match options.server_port {
        SERVER_PORT => page,
        port => format!("{page}?server=ws%3A%2F%2F127.0.0.1%3A{port}%2Fws"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(port: u16, server_port: u16) -> Options {
        Options { port, server_port, release: false }
    }

    #[test]
    fn the_address_names_the_server_only_if_the_page_cannot_know_it() {
        assert_eq!(address(&options(8080, 9000)), "http://127.0.0.1:8080/");
        assert_eq!(
            address(&options(8081, 9100)),
            "http://127.0.0.1:8081/?server=ws%3A%2F%2F127.0.0.1%3A9100%2Fws"
        );
    }

    #[test]
    fn a_taken_port_is_named_with_the_flag_that_changes_it() -> Result<()> {
        let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let port = taken.local_addr()?.port();
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        for (options, flag) in
            [(options(port, free), "--port"), (options(free, port), "--server-port")]
        {
            let message =
                check_ports(&options).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(message.contains(&port.to_string()) && message.ends_with(flag), "{message}");
        }
        assert!(check_ports(&options(free, free)).is_err());
        Ok(())
    }
}
