//! The tools that the tasks stand on, installed where they are missing.
//!
//! What the machine has is used if it fits. What is missing altogether is installed where its users would expect it, so
//! that `trunk serve` and `wasm-pack test` work by themselves afterwards. What is there in another version is left alone:
//! the right one goes into `target/tools` and is found first by the commands that run from here.

mod binaryen;
mod browser;
mod cargo_tool;
mod node;
mod path;
mod rust;
mod system;

use std::env;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

pub(crate) use self::browser::{Browser, BrowserName};
use self::path::SearchPath;
use crate::process::Supervisor;
use crate::version::Version;
use crate::workspace::{Workspace, cargo};

/// Something that a task cannot do without.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// The compiler's target `wasm32-unknown-unknown`.
    WasmTarget,
    /// `cargo fmt` and `cargo clippy`.
    Linters,
    /// `wasm-bindgen` and its test runner, of the library's very version.
    WasmBindgen,
    /// Builds and serves the page. It is told to stay offline, so the sources of the dependencies are fetched with it.
    Trunk,
    /// Runs the browser tests.
    WasmPack,
    /// Optimizes release builds.
    WasmOpt,
    /// Chromium and its driver.
    Browser,
    /// Firefox and its driver.
    Firefox,
    /// Checks licences, duplicates and sources of the dependencies.
    Deny,
    /// cargo-fuzz, and a compiler for libFuzzer.
    Fuzzer,
    /// Node.js with npm.
    Node,
}

/// What is installed, and how to run it.
#[derive(Debug)]
pub(crate) struct Toolbox<'a> {
    /// The workspace that the tools work on.
    pub(crate) workspace: &'a Workspace,
    /// Who runs them.
    pub(crate) supervisor: &'a Supervisor,
    path: SearchPath,
    browser: Option<Browser>,
    firefox: Option<Browser>,
}

impl<'a> Toolbox<'a> {
    /// The tools of the machine as it is.
    pub(crate) fn new(workspace: &'a Workspace, supervisor: &'a Supervisor) -> Self {
        Self { workspace, supervisor, path: SearchPath::of_user(), browser: None, firefox: None }
    }

    /// Installs what is missing of these.
    pub(crate) fn ensure(&mut self, needs: &[Need]) -> Result<()> {
        for need in needs {
            match need {
                Need::WasmTarget => rust::ensure_wasm_target(self)?,
                Need::Linters => rust::ensure_linters(self)?,
                Need::WasmBindgen => cargo_tool::ensure_wasm_bindgen(self)?,
                Need::Trunk => {
                    cargo_tool::ensure_trunk(self)?;
                    self.run(self.cargo().arg("fetch"))?;
                }
                Need::WasmPack => cargo_tool::ensure_wasm_pack(self)?,
                Need::WasmOpt => binaryen::ensure(self)?,
                Need::Browser => self.browser = Some(browser::ensure(self)?),
                Need::Deny => cargo_tool::ensure_cargo_deny(self)?,
                Need::Fuzzer => cargo_tool::ensure_fuzzer(self)?,
                Need::Node => node::ensure(self, "the pages of the peers are built by it")?,
                Need::Firefox => self.firefox = Some(browser::ensure_firefox(self)?),
            }
        }
        // What several installations had in common; it is of no use afterwards, and large.
        crate::workspace::remove_dir(&self.build_dir())
    }

    /// A browser; an error if it was not asked for with [`BrowserName::need`].
    pub(crate) fn browser(&self, name: BrowserName) -> Result<&Browser> {
        let browser = match name {
            BrowserName::Chromium => &self.browser,
            BrowserName::Firefox => &self.firefox,
        };
        browser.as_ref().context("this step did not declare that it needs a browser")
    }

    /// The nightly toolchain that is installed, if there is one.
    pub(crate) fn nightly(&self) -> Option<String> {
        rust::nightly(self)
    }

    /// A command in the workspace's root that finds the installed tools.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.workspace.root).env("PATH", self.path.to_env());
        // Cargo describes *this* package to this program. Passed on, it would make the build scripts that look at it run
        // again each time that one changes between `cargo xtask` and `cargo`.
        for (name, _) in env::vars_os() {
            if ["CARGO_PKG_", "CARGO_MANIFEST_"]
                .iter()
                .any(|prefix| name.to_string_lossy().starts_with(prefix))
            {
                command.env_remove(name);
            }
        }
        command
    }

    /// [`Self::command`] for the Cargo that runs this program.
    pub(crate) fn cargo(&self) -> Command {
        self.command(cargo())
    }

    /// [`Self::command`] for trunk, kept from the network: it shall not fetch other versions of tools.
    pub(crate) fn trunk(&self, task: &str) -> Command {
        let mut command = self.command("trunk");
        command.args([task, "--offline"]);
        // The convention is that any value means yes; trunk 0.21 refuses all but `true` and `false`.
        if env::var_os("NO_COLOR").is_some() {
            command.env_remove("NO_COLOR").arg("--color=never");
        }
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        self.supervisor.run(command)
    }

    /// Where a tool goes that must not replace the user's own.
    fn private_dir(&self, name: &str, version: Version) -> PathBuf {
        self.workspace.target.join("tools").join(format!("{name}-{version}"))
    }

    /// Where tools are compiled.
    fn build_dir(&self) -> PathBuf {
        self.workspace.target.join("tools-build")
    }

    /// What `program --version` says, if that is a version.
    fn version_of(&self, program: &Path) -> Option<Version> {
        let output = self.command(program).arg("--version").stdin(Stdio::null()).output().ok()?;
        output.status.success().then(|| Version::find(&String::from_utf8_lossy(&output.stdout)))?
    }
}

/// Says what is being installed, why, and how long that takes.
fn announce(what: &str, why: &str, duration: &str) {
    println!("==> installing {what}: {why}; takes {duration}");
}
