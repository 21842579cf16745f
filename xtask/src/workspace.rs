//! Where the workspace and its target directory are, and what its lock file says.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, ffi::OsString, fs};

use anyhow::{Context as _, Result, bail};

use crate::version::Version;

/// The directories that every task works in.
#[derive(Debug)]
pub(crate) struct Workspace {
    /// The directory of the workspace's `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// Cargo's target directory, wherever the environment or a configuration file puts it.
    pub(crate) target: PathBuf,
}

impl Workspace {
    /// Asks Cargo, since only Cargo knows every way in which the target directory can be set.
    pub(crate) fn locate() -> Result<Self> {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        let output = Command::new(cargo())
            .args(["metadata", "--no-deps", "--format-version=1", "--manifest-path", manifest])
            .output()
            .context("cannot start `cargo metadata`")?;
        if !output.status.success() {
            bail!("`cargo metadata` failed: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
            .context("`cargo metadata` did not answer with JSON")?;
        let directory = |key: &str| match metadata[key].as_str() {
            Some(path) => Ok(PathBuf::from(path)),
            None => bail!("`cargo metadata` did not say `{key}`"),
        };
        Ok(Self { root: directory("workspace_root")?, target: directory("target_directory")? })
    }

    /// The version of a package as `Cargo.lock` has it.
    pub(crate) fn locked(&self, package: &str) -> Result<Version> {
        let path = self.root.join("Cargo.lock");
        let lock = fs::read_to_string(&path).with_context(|| {
            format!("cannot read {}; `cargo generate-lockfile` writes it", path.display())
        })?;
        locked_version(&lock, package)
            .with_context(|| format!("{} does not name `{package}`", path.display()))
    }
}

/// The Cargo that runs this program, so that the children use the same toolchain.
pub(crate) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

/// Makes sure that a directory does not exist.
pub(crate) fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            Err(error).with_context(|| format!("cannot remove {}", path.display()))
        }
        _ => Ok(()),
    }
}

/// The first entry of that name, which is the one that trunk goes by too.
fn locked_version(lock: &str, package: &str) -> Option<Version> {
    let wanted = format!("name = \"{package}\"");
    let mut lines = lock.lines().skip_while(|line| line.trim() != wanted);
    lines.next()?;
    let version = lines
        .take_while(|line| !line.starts_with("[["))
        .find_map(|line| line.strip_prefix("version = "))?;
    Version::parse(version.trim().trim_matches('"'))
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"
version = 4

[[package]]
name = "wasm-bindgen-macro"
version = "9.9.9"

[[package]]
name = "wasm-bindgen"
version = "0.2.130"
source = "registry"
dependencies = [
 "wasm-bindgen-macro",
]

[[package]]
name = "broken"

[[package]]
name = "zeroize"
version = "1.8.1"
"#;

    #[test]
    fn the_whole_name_has_to_match() {
        assert_eq!(locked_version(LOCK, "wasm-bindgen"), Version::parse("0.2.130"));
        assert_eq!(locked_version(LOCK, "bindgen"), None);
    }

    #[test]
    fn the_version_of_the_next_package_is_not_taken() {
        assert_eq!(locked_version(LOCK, "broken"), None);
    }

    #[test]
    fn this_workspace_is_found() -> Result<()> {
        let workspace = Workspace::locate()?;
        assert!(workspace.root.join("xtask/Cargo.toml").is_file());
        assert!(workspace.locked("wasm-bindgen")? >= Version::new(0, 2, 100));
        Ok(())
    }

    #[test]
    fn removing_what_is_not_there_is_no_error() -> Result<()> {
        remove_dir(Path::new("/nonexistent/for/sure"))
    }
}
