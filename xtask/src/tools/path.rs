//! Where programs are looked for: the private tools first, then the user's `PATH`, then Cargo's directory.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

/// An ordered list of directories.
#[derive(Debug, Clone)]
pub(crate) struct SearchPath {
    dirs: Vec<PathBuf>,
}

impl SearchPath {
    /// The user's `PATH`, then Cargo's own directory of programs, in case the user's `PATH` lacks it.
    pub(crate) fn of_user() -> Self {
        Self::new(&env::var_os("PATH").unwrap_or_default(), cargo_bin_dir())
    }

    fn new(path: &OsStr, last: Option<PathBuf>) -> Self {
        let mut dirs: Vec<_> = env::split_paths(path).collect();
        dirs.extend(last.filter(|last| !dirs.contains(last)));
        Self { dirs }
    }

    /// Looks into this directory before all others.
    pub(crate) fn prefer(&mut self, dir: PathBuf) {
        self.dirs.retain(|other| *other != dir);
        self.dirs.insert(0, dir);
    }

    /// The program of that name that a command would run.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        self.dirs.iter().map(|dir| dir.join(program)).find(|path| is_program(path))
    }

    /// The value of `PATH` for a command.
    pub(crate) fn to_env(&self) -> OsString {
        // `join_paths` refuses a directory with a colon in its name; no `PATH` can hold one.
        env::join_paths(
            self.dirs.iter().filter(|dir| !dir.as_os_str().as_encoded_bytes().contains(&b':')),
        )
        .unwrap_or_else(|_| env::var_os("PATH").unwrap_or_default())
    }
}

/// Whether this is a file that may be run.
fn is_program(path: &Path) -> bool {
    path.metadata()
        .is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

/// Where `cargo install` puts programs.
fn cargo_bin_dir() -> Option<PathBuf> {
    let root =
        env::var_os("CARGO_INSTALL_ROOT").or_else(|| env::var_os("CARGO_HOME")).map(PathBuf::from);
    root.or_else(|| env::home_dir().map(|home| home.join(".cargo"))).map(|root| root.join("bin"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_private_directory_comes_first_and_cargos_last() {
        let mut path =
            SearchPath::new(OsStr::new("/usr/bin:/bin"), Some("/home/me/.cargo/bin".into()));
        path.prefer("/target/tools/trunk-0.21.14/bin".into());
        assert_eq!(
            path.to_env(),
            "/target/tools/trunk-0.21.14/bin:/usr/bin:/bin:/home/me/.cargo/bin"
        );
    }

    #[test]
    fn no_directory_is_listed_twice() {
        let mut path = SearchPath::new(
            OsStr::new("/home/me/.cargo/bin:/bin"),
            Some("/home/me/.cargo/bin".into()),
        );
        assert_eq!(path.to_env(), "/home/me/.cargo/bin:/bin");
        path.prefer("/bin".into());
        assert_eq!(path.to_env(), "/bin:/home/me/.cargo/bin");
    }

    #[test]
    fn only_files_that_may_be_run_are_found() -> std::io::Result<()> {
        let dir = env::temp_dir().join(format!("xtask-path-{}", std::process::id()));
        let (plain, runnable) = (dir.join("a"), dir.join("b"));
        for (dir, mode) in [(&plain, 0o644), (&runnable, 0o755)] {
            fs::create_dir_all(dir)?;
            fs::write(dir.join("tool"), "")?;
            fs::set_permissions(dir.join("tool"), fs::Permissions::from_mode(mode))?;
        }
        let path = SearchPath { dirs: vec![plain, runnable.clone()] };
        assert_eq!(path.find("tool"), Some(runnable.join("tool")));
        assert_eq!(path.find("other"), None);
        fs::remove_dir_all(dir)
    }
}
