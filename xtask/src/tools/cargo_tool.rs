//! Tools that come as Rust packages: wasm-bindgen, trunk, wasm-pack, geckodriver, cargo-deny, cargo-fuzz.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use super::{Toolbox, announce, system};
use crate::version::Version;

/// A package with programs, and which versions of them will do.
#[derive(Debug)]
struct CargoTool {
    package: &'static str,
    /// The first one tells the version; all have to be there.
    programs: &'static [&'static str],
    wanted: Wanted,
    /// How Cargo has to be asked.
    flags: &'static [&'static str],
    why: &'static str,
    /// Compiled on two cores.
    minutes: u8,
}

#[derive(Debug, Clone, Copy)]
enum Wanted {
    /// This version and no other.
    Exactly(Version),
    /// This version, or a later one that promises to be compatible with it.
    AtLeast(Version),
}

impl Wanted {
    fn version(self) -> Version {
        match self {
            Self::Exactly(version) | Self::AtLeast(version) => version,
        }
    }

    fn accepts(self, found: Version) -> bool {
        match self {
            Self::Exactly(wanted) => found == wanted,
            Self::AtLeast(wanted) => {
                (found.major, found.minor) == (wanted.major, wanted.minor) && found >= wanted
            }
        }
    }
}

/// What the machine has of a tool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Found {
    /// None of its programs.
    Nothing,
    /// All of its programs, all of this version.
    Version(Version),
    /// Some of its programs, or of different versions, or of one that they do not tell.
    Unclear,
}

/// What to do about it.
#[derive(Debug, PartialEq, Eq)]
enum Plan {
    Use,
    /// Install it where Cargo installs programs.
    Install,
    /// Install it into the target directory, because the user has something else of that name.
    InstallBeside,
}

fn plan(wanted: Wanted, found: Found) -> Plan {
    match found {
        Found::Nothing => Plan::Install,
        Found::Version(version) if wanted.accepts(version) => Plan::Use,
        Found::Version(_) | Found::Unclear => Plan::InstallBeside,
    }
}

/// The bindings' generator and the library have to be of one version, to the letter.
pub(super) fn ensure_wasm_bindgen(toolbox: &mut Toolbox<'_>) -> Result<()> {
    let version = toolbox.workspace.locked("wasm-bindgen")?;
    ensure(
        toolbox,
        &CargoTool {
            package: "wasm-bindgen-cli",
            programs: &["wasm-bindgen", "wasm-bindgen-test-runner"],
            wanted: Wanted::Exactly(version),
            // Not `--locked`: its lock file has named versions that the registry did not serve yet.
            flags: &[],
            why: "it generates the JavaScript between the page and its WebAssembly, in the version of Cargo.lock",
            minutes: 3,
        },
    )
}

/// trunk 0.22 wants a later Rust than this workspace does.
pub(super) fn ensure_trunk(toolbox: &mut Toolbox<'_>) -> Result<()> {
    ensure(
        toolbox,
        &CargoTool {
            package: "trunk",
            programs: &["trunk"],
            wanted: Wanted::AtLeast(Version::new(0, 21, 14)),
            // rustls needs no system library.
            flags: &["--locked", "--no-default-features", "--features=rustls"],
            why: "it builds and serves the page",
            minutes: 6,
        },
    )
}

/// The runner of the browser tests.
pub(super) fn ensure_wasm_pack(toolbox: &mut Toolbox<'_>) -> Result<()> {
    ensure(
        toolbox,
        &CargoTool {
            package: "wasm-pack",
            programs: &["wasm-pack"],
            wanted: Wanted::AtLeast(Version::new(0, 15, 1)),
            flags: &["--locked"],
            why: "it runs the browser tests",
            minutes: 3,
        },
    )
}

/// Drives Firefox. Distributions rarely have it, and its makers publish it as a Rust package.
pub(super) fn ensure_geckodriver(toolbox: &mut Toolbox<'_>) -> Result<PathBuf> {
    ensure(
        toolbox,
        &CargoTool {
            package: "geckodriver",
            programs: &["geckodriver"],
            wanted: Wanted::AtLeast(Version::new(0, 37, 0)),
            flags: &["--locked"],
            why: "it drives Firefox",
            minutes: 2,
        },
    )?;
    toolbox.path.find("geckodriver").context("geckodriver was there just now, and is gone")
}

/// Checks what `deny.toml` says.
pub(super) fn ensure_cargo_deny(toolbox: &mut Toolbox<'_>) -> Result<()> {
    ensure(
        toolbox,
        &CargoTool {
            package: "cargo-deny",
            programs: &["cargo-deny"],
            wanted: Wanted::AtLeast(Version::new(0, 20, 2)),
            flags: &["--locked"],
            why: "it checks licences, duplicates and sources of the dependencies",
            minutes: 2,
        },
    )
}

/// Builds and runs the harness in `fuzz/`. libFuzzer is C++.
pub(super) fn ensure_fuzzer(toolbox: &mut Toolbox<'_>) -> Result<()> {
    if !["c++", "g++", "clang++"].iter().any(|compiler| toolbox.path.find(compiler).is_some()) {
        announce("g++", "libFuzzer is C++", "about a minute");
        system::install(toolbox, &["g++"])
            .context("fuzzing needs a C++ compiler, by which libFuzzer is built")?;
    }
    ensure(
        toolbox,
        &CargoTool {
            package: "cargo-fuzz",
            programs: &["cargo-fuzz"],
            wanted: Wanted::AtLeast(Version::new(0, 13, 2)),
            flags: &["--locked"],
            why: "it builds and runs the harness of the fuzz targets",
            minutes: 1,
        },
    )
}

fn ensure(toolbox: &mut Toolbox<'_>, tool: &CargoTool) -> Result<()> {
    let beside = toolbox.private_dir(tool.package, tool.wanted.version());
    let bin = beside.join("bin");
    if bin.is_dir() {
        toolbox.path.prefer(bin.clone());
    }
    let found = find(toolbox, tool);
    match plan(tool.wanted, found) {
        Plan::Use => return Ok(()),
        Plan::Install => install(toolbox, tool, tool.why, None)?,
        Plan::InstallBeside => {
            let why = match found {
                Found::Version(version) => {
                    format!("{}; you have {version}, which stays as it is", tool.why)
                }
                _ => format!(
                    "{}; what you have of that name is something else, and stays as it is",
                    tool.why
                ),
            };
            install(toolbox, tool, &why, Some(&beside))?;
            toolbox.path.prefer(bin);
        }
    }
    match plan(tool.wanted, find(toolbox, tool)) {
        Plan::Use => Ok(()),
        _ => bail!(
            "{} {} was installed, but `{} --version` does not answer with it: look what stands before Cargo's directory \
             of programs on your PATH",
            tool.package,
            tool.wanted.version(),
            tool.programs.join(" --version` or `")
        ),
    }
}

fn find(toolbox: &Toolbox<'_>, tool: &CargoTool) -> Found {
    let paths: Vec<_> =
        tool.programs.iter().filter_map(|program| toolbox.path.find(program)).collect();
    if paths.is_empty() {
        return Found::Nothing;
    }
    let versions: Option<Vec<_>> = paths.iter().map(|path| toolbox.version_of(path)).collect();
    match versions.as_deref() {
        Some([first, others @ ..])
            if paths.len() == tool.programs.len() && others.iter().all(|v| v == first) =>
        {
            Found::Version(*first)
        }
        _ => Found::Unclear,
    }
}

fn install(toolbox: &Toolbox<'_>, tool: &CargoTool, why: &str, root: Option<&Path>) -> Result<()> {
    let package = format!("{}@{}", tool.package, tool.wanted.version());
    let into = |command: &mut Command| {
        if let Some(root) = root {
            command.arg("--root").arg(root);
        }
        command.arg(&package);
    };

    if toolbox.path.find("cargo-binstall").is_some() {
        announce(&package, why, "some seconds if a prebuilt program can be had");
        let mut binstall = toolbox.cargo();
        into(binstall.args(["binstall", "--no-confirm", "--disable-strategies=compile"]));
        match toolbox.run(&mut binstall) {
            Ok(()) => return Ok(()),
            Err(error) if error.is::<crate::process::Interrupted>() => return Err(error),
            Err(error) => println!(
                "==> no prebuilt program of {package} can be had ({error:#}), so it is compiled"
            ),
        }
    }

    announce(&package, why, &format!("about {} minutes on two cores, once", tool.minutes));
    let mut command = toolbox.cargo();
    into(command.arg("install").args(tool.flags));
    command
        // The tools' default profiles optimize them for minutes; they work for seconds.
        .env("CARGO_PROFILE_RELEASE_LTO", "off")
        .env("CARGO_PROFILE_RELEASE_OPT_LEVEL", "1")
        .env("CARGO_PROFILE_RELEASE_CODEGEN_UNITS", "16")
        // One directory for all, so that what they have in common is compiled once.
        .env("CARGO_TARGET_DIR", toolbox.build_dir());
    toolbox.run(&mut command).with_context(|| {
        format!("cannot install {package}; look at Cargo's messages above, or install it yourself and run this again")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const EXACT: Wanted = Wanted::Exactly(Version::new(0, 2, 130));
    const RANGE: Wanted = Wanted::AtLeast(Version::new(0, 21, 14));

    #[test]
    fn what_is_missing_goes_where_its_users_expect_it() {
        assert_eq!(plan(EXACT, Found::Nothing), Plan::Install);
        assert_eq!(plan(RANGE, Found::Nothing), Plan::Install);
    }

    #[test]
    fn what_fits_is_used() {
        assert_eq!(plan(EXACT, Found::Version(Version::new(0, 2, 130))), Plan::Use);
        for patch in [14, 15, 99] {
            assert_eq!(plan(RANGE, Found::Version(Version::new(0, 21, patch))), Plan::Use);
        }
    }

    #[test]
    fn what_does_not_fit_is_left_alone() {
        for patch in [129, 131] {
            assert_eq!(plan(EXACT, Found::Version(Version::new(0, 2, patch))), Plan::InstallBeside);
        }
        for (minor, patch) in [(21, 13), (22, 14), (20, 99)] {
            assert_eq!(
                plan(RANGE, Found::Version(Version::new(0, minor, patch))),
                Plan::InstallBeside
            );
        }
        assert_eq!(plan(RANGE, Found::Version(Version::new(1, 21, 14))), Plan::InstallBeside);
        assert_eq!(plan(EXACT, Found::Unclear), Plan::InstallBeside);
    }
}
