//! The end-to-end tests: the pages that they use, and how they are told of them.

use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::tools::{BrowserName, Need, Toolbox};

/// The package of the tests.
pub(crate) const PACKAGE: &str = "yewdux-socket-e2e";

/// The tests mostly wait, so more of them than there are cores can run at the same time.
const AT_ONCE: &str = "--test-threads=4";

/// A page that the tests use.
#[derive(Debug, Clone, Copy)]
struct Page {
    /// Where its `index.html` is, from the workspace's root.
    source: &'static str,
    /// Where it is built, in the target directory.
    dist: &'static str,
    /// The variable by which the tests find it.
    variable: &'static str,
}

const WARD_BOARD: Page = Page { source: ".", dist: "e2e-dist", variable: "WARD_BOARD_DIST" };
const LAB: Page = Page { source: "tests/e2e/lab", dist: "lab-dist", variable: "LAB_DIST" };

impl Page {
    fn dist(self, toolbox: &Toolbox<'_>) -> PathBuf {
        toolbox.workspace.target.join(self.dist)
    }

    fn build(self, toolbox: &Toolbox<'_>, release: bool) -> Command {
        let mut build = toolbox.trunk("build");
        if release {
            build.arg("--release");
        }
        build.arg("--dist").arg(self.dist(toolbox));
        build.current_dir(toolbox.workspace.root.join(self.source));
        build
    }
}

/// The tools that the tests cannot do without.
pub(crate) fn needs(browser: BrowserName) -> Vec<Need> {
    vec![Need::WasmTarget, Need::WasmBindgen, Need::Trunk, browser.need()]
}

/// All tests.
pub(crate) fn commands(toolbox: &Toolbox<'_>, browser: BrowserName) -> Result<Vec<Command>> {
    let mut test = test(toolbox, browser)?;
    test.args(["--", AT_ONCE]);
    Ok(vec![WARD_BOARD.build(toolbox, false), LAB.build(toolbox, false), test])
}

/// The tests of faults alone, telling what they do, with the page as a development build or as for release.
pub(crate) fn faults(
    toolbox: &Toolbox<'_>,
    browser: BrowserName,
    release: bool,
) -> Result<(Command, Command)> {
    let mut test = test(toolbox, browser)?;
    test.args(["--test=faults", "--", "--nocapture", AT_ONCE]);
    Ok((LAB.build(toolbox, release), test))
}

/// Where the tests write what they measured.
pub(crate) fn report(toolbox: &Toolbox<'_>) -> PathBuf {
    toolbox.workspace.target.join("faults.jsonl")
}

fn test(toolbox: &Toolbox<'_>, browser: BrowserName) -> Result<Command> {
    let report = report(toolbox);
    crate::report::begin(&report)?;
    let mut test = toolbox.cargo();
    test.args(["test", "--package", PACKAGE]).env("FAULTS_REPORT", report);
    for page in [WARD_BOARD, LAB] {
        test.env(page.variable, page.dist(toolbox));
    }
    let [name, program, driver] = browser.variables();
    let found = toolbox.browser(browser)?;
    test.env("E2E_BROWSER", name).env(program, &found.browser).env(driver, &found.driver);
    Ok(test)
}
