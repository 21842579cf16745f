//! wasm-opt, which trunk runs over release builds.

use anyhow::{Context as _, Result, bail};

use super::{Toolbox, announce, node};
use crate::version::Version;

/// Older ones do not know instructions that today's compiler emits.
const OLDEST: u64 = 130;
/// The npm package: the distributions' packages are years behind.
const PACKAGE: Version = Version::new(132, 0, 0);

pub(super) fn ensure(toolbox: &mut Toolbox<'_>) -> Result<()> {
    let dir = toolbox.private_dir("binaryen", PACKAGE);
    let bin = dir.join("node_modules/.bin");
    if bin.is_dir() {
        toolbox.path.prefer(bin.clone());
    }
    if present(toolbox) {
        return Ok(());
    }
    node::ensure(toolbox, "wasm-opt comes as an npm package")
        .with_context(|| format!("or put wasm-opt {OLDEST} or later on your PATH"))?;
    let package = format!("binaryen@{}", PACKAGE.major);
    announce(
        &package,
        "its wasm-opt makes release builds smaller and faster",
        "about half a minute",
    );
    let mut npm = toolbox.command("npm");
    npm.args(["install", "--no-audit", "--no-fund", "--prefix"]).arg(&dir).arg(&package);
    toolbox.supervisor.run_interactively(&mut npm).with_context(|| {
        format!("cannot install {package}; look at npm's messages above, or put wasm-opt {OLDEST} or later on your PATH")
    })?;
    toolbox.path.prefer(bin);
    if present(toolbox) {
        Ok(())
    } else {
        bail!("{package} was installed, but its wasm-opt does not run: is Node.js 18 or later?")
    }
}

fn present(toolbox: &Toolbox<'_>) -> bool {
    let version = toolbox.path.find("wasm-opt").and_then(|path| toolbox.version_of(&path));
    version.is_some_and(|version| version.major >= OLDEST)
}
