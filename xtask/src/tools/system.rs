//! Packages of the system.

use std::io::IsTerminal as _;
use std::process::Command;

use anyhow::{Result, bail};

use super::Toolbox;

/// Who may install packages here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Right {
    Root,
    /// Through sudo, which may ask for a password only if someone can answer.
    Sudo {
        ask: bool,
    },
    None,
}

/// Installs packages of Debian or one of its kin.
pub(super) fn install(toolbox: &Toolbox<'_>, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if toolbox.path.find("apt-get").is_none() {
        bail!(
            "this system has no apt-get: install what your system calls `{list}`, and run this again"
        );
    }
    let right = match (nix::unistd::geteuid().is_root(), toolbox.path.find("sudo")) {
        (true, _) => Right::Root,
        (false, Some(_)) => Right::Sudo { ask: std::io::stdin().is_terminal() },
        (false, None) => Right::None,
    };
    for args in
        [&["update"][..], &[&["install", "--yes", "--no-install-recommends"], packages].concat()]
    {
        let Some(words) = apt_get(right, args) else {
            bail!(
                "installing packages needs root, and there is no sudo: as root, run `apt-get update && apt-get install {list}`"
            );
        };
        let mut command: Command = toolbox.command(&words[0]);
        command.args(&words[1..]).env("DEBIAN_FRONTEND", "noninteractive");
        toolbox.supervisor.run_interactively(&mut command)?;
    }
    Ok(())
}

fn apt_get(right: Right, args: &[&str]) -> Option<Vec<String>> {
    // sudo drops the environment.
    let front: &[&str] = match right {
        Right::Root => &["apt-get"],
        Right::Sudo { ask: true } => &["sudo", "DEBIAN_FRONTEND=noninteractive", "apt-get"],
        Right::Sudo { ask: false } => {
            &["sudo", "--non-interactive", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        }
        Right::None => return None,
    };
    Some([front, args].concat().into_iter().map(String::from).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sudo_is_used_only_where_it_is_needed_and_asks_only_a_person() {
        let line = |right| apt_get(right, &["update"]).map(|words| words.join(" "));
        assert_eq!(line(Right::Root).as_deref(), Some("apt-get update"));
        let asking = line(Right::Sudo { ask: true });
        assert_eq!(asking.as_deref(), Some("sudo DEBIAN_FRONTEND=noninteractive apt-get update"));
        assert!(
            line(Right::Sudo { ask: false })
                .is_some_and(|line| line.starts_with("sudo --non-interactive "))
        );
        assert_eq!(line(Right::None), None);
    }
}
