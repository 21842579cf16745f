//! The steps of `cargo xtask test`: what each checks, needs and runs.

use std::process::Command;

use anyhow::Result;
use clap::ValueEnum;

use crate::end_to_end;
use crate::tools::{BrowserName, Need, Toolbox};

const WASM: &str = "--target=wasm32-unknown-unknown";

/// None of the library's features, and each of them.
const FEATURES: [&str; 6] = ["", "components", "persist", "audit", "monitor", "devtools"];

/// A step, in the order in which they run: the quick ones and the ones that explain the failures of others first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Step {
    Fmt,
    Deny,
    Clippy,
    ClippyWasm,
    Doc,
    Native,
    Browser,
    Embed,
    E2e,
}

impl Step {
    /// The name on the command line.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Fmt => "fmt",
            Self::Deny => "deny",
            Self::Clippy => "clippy",
            Self::ClippyWasm => "clippy-wasm",
            Self::Doc => "doc",
            Self::Native => "native",
            Self::Browser => "browser",
            Self::Embed => "embed",
            Self::E2e => "e2e",
        }
    }

    /// What it is good for.
    pub(crate) fn why(self) -> &'static str {
        match self {
            Self::Fmt => "all code is formatted alike",
            Self::Deny => {
                "licences, duplicates and sources of the dependencies are as `deny.toml` says"
            }
            Self::Clippy => "no lint fires in code for this machine",
            Self::ClippyWasm => "no lint fires in code for the browser",
            Self::Doc => "the documentation builds, and its links lead somewhere",
            Self::Native => "unit, integration and documentation tests, on this machine",
            Self::Browser => "the browser half, in a real Chromium",
            Self::Embed => "an application of its own can embed the library",
            Self::E2e => "the demo, the real server and a real browser together",
        }
    }

    /// The tools it cannot do without, if the end-to-end tests run in this browser.
    pub(crate) fn needs(self, browser: BrowserName) -> Vec<Need> {
        match self {
            Self::Fmt | Self::Clippy => vec![Need::Linters],
            Self::ClippyWasm => vec![Need::Linters, Need::WasmTarget],
            Self::Deny => vec![Need::Deny],
            Self::Doc | Self::Native => vec![],
            Self::Browser => {
                vec![Need::WasmTarget, Need::WasmBindgen, Need::WasmPack, Need::Browser]
            }
            Self::Embed => vec![Need::WasmTarget],
            Self::E2e => end_to_end::needs(browser),
        }
    }

    /// The commands it consists of.
    pub(crate) fn commands(
        self,
        toolbox: &Toolbox<'_>,
        browser: BrowserName,
    ) -> Result<Vec<Command>> {
        let cargo = |args: &[&str]| {
            let mut command = toolbox.cargo();
            command.args(args);
            command
        };
        Ok(match self {
            Self::Fmt => vec![cargo(&["fmt", "--all", "--check"])],
            Self::Deny => {
                // The graph is read offline, so the sources are fetched first, those for other systems too.
                let check = ["deny", "--offline", "check", "licenses", "bans", "sources"];
                vec![cargo(&["fetch", "--locked"]), cargo(&check)]
            }
            Self::Clippy => {
                vec![cargo(&[
                    "clippy",
                    "--workspace",
                    "--all-targets",
                    "--all-features",
                    "--",
                    "--deny=warnings",
                ])]
            }
            Self::ClippyWasm => {
                let core = "--package=yewdux-socket-core";
                let mut commands = vec![
                    cargo(&["clippy", WASM, core, "--", "--deny=warnings"]),
                    cargo(&[
                        "clippy",
                        WASM,
                        "--package=yewdux-socket",
                        "--package=embed",
                        "--package=yewdux-socket-lab",
                        "--package=yewdux-socket-bench-page",
                        "--all-targets",
                        "--all-features",
                        "--",
                        "--deny=warnings",
                    ]),
                ];
                // Without any feature, and with each one alone, nothing may be left over either.
                commands.extend(FEATURES.map(|feature| {
                    cargo(&[
                        "clippy",
                        WASM,
                        "--package=yewdux-socket",
                        "--lib",
                        "--no-default-features",
                        &format!("--features={feature}"),
                        "--",
                        "--deny=warnings",
                    ])
                }));
                commands
            }
            Self::Doc => {
                let mut doc = cargo(&["doc", "--workspace", "--no-deps"]);
                doc.env("RUSTDOCFLAGS", "--deny=warnings");
                vec![doc]
            }
            Self::Native => {
                vec![cargo(&[
                    "test",
                    "--workspace",
                    "--exclude",
                    end_to_end::PACKAGE,
                    "--all-features",
                ])]
            }
            Self::Browser => vec![browser_tests(toolbox)?],
            Self::Embed => vec![cargo(&["build", WASM, "--package=embed"])],
            Self::E2e => end_to_end::commands(toolbox, browser)?,
        })
    }
}

fn browser_tests(toolbox: &Toolbox<'_>) -> Result<Command> {
    let browser = toolbox.browser(BrowserName::Chromium)?;
    let capabilities = toolbox.workspace.target.join("webdriver.json");
    browser.write_capabilities(&toolbox.workspace.root.join("webdriver.json"), &capabilities)?;
    let mut command = toolbox.command("wasm-pack");
    command
        .args(["test", "--headless", "--chrome", "--mode=no-install", "--chromedriver"])
        .arg(&browser.driver);
    command.args([".", "--all-features"]).env("WASM_BINDGEN_TEST_WEBDRIVER_JSON", capabilities);
    // The defaults, 5 s for the driver's start and 20 s for all tests of a file, are short on a loaded machine.
    for (name, seconds) in
        [("WASM_BINDGEN_TEST_DRIVER_TIMEOUT", "60"), ("WASM_BINDGEN_TEST_TIMEOUT", "300")]
    {
        if std::env::var_os(name).is_none() {
            command.env(name, seconds);
        }
    }
    Ok(command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_feature_of_the_library_is_looked_at_alone() -> Result<()> {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml");
        let manifest = std::fs::read_to_string(manifest)?;
        let features = manifest.split("[features]\n").nth(1).unwrap_or_default();
        let features = features.split("\n[").next().unwrap_or_default();
        let named: Vec<_> = features
            .lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_lowercase()))
            .filter_map(|line| line.split(" =").next())
            .filter(|name| !["default", "ward-board"].contains(name))
            .collect();
        assert_eq!(named, FEATURES[1..]);
        Ok(())
    }

    #[test]
    fn the_command_line_knows_each_step_by_its_name() {
        for step in Step::value_variants() {
            let value = step.to_possible_value();
            assert_eq!(
                value.as_ref().map(clap::builder::PossibleValue::get_name),
                Some(step.name())
            );
        }
    }
}
