//! Children that do not outlive this program.
//!
//! Each child leads a process group of its own, so that stopping it stops what it started as well (trunk starts Cargo,
//! wasm-pack a driver, the driver a browser). Signals arrive as values in one queue, the end of a child among them:
//! whoever waits, waits for both.

use std::io;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use nix::errno::Errno;
use nix::sys::signal::{self, Signal};
use nix::unistd::Pid;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

/// How long a process group may take to end by itself.
const GRACE: Duration = Duration::from_secs(5);
/// How long a process group may take to end when it is not asked. What is left then are zombies that their adoptive
/// parent does not collect; they hold neither ports nor files.
const AFTER_FORCE: Duration = Duration::from_secs(1);
/// How often an ending process group is looked at; nothing announces the end of a grandchild.
const LOOK: Duration = Duration::from_millis(20);

/// The user asked to stop.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Interrupted(i32);

impl Interrupted {
    /// What a shell would report for a program that the signal ended.
    pub(crate) fn exit_code(self) -> ExitCode {
        ExitCode::from(u8::try_from(128 + self.0).unwrap_or(1))
    }
}

impl std::fmt::Display for Interrupted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("stopped on request")
    }
}

impl std::error::Error for Interrupted {}

/// Receives this program's signals from its first moment on.
#[derive(Debug)]
pub(crate) struct Supervisor {
    signals: Receiver<i32>,
}

impl Supervisor {
    /// Takes over the signals. Call it once, before the first child.
    pub(crate) fn new() -> Result<Self> {
        let mut signals = Signals::new([SIGCHLD, SIGHUP, SIGINT, SIGTERM])
            .context("cannot listen to the signals of this process")?;
        let (sender, receiver) = mpsc::channel();
        thread::spawn(move || signals.forever().try_for_each(|signal| sender.send(signal)));
        Ok(Self { signals: receiver })
    }

    /// Waits until a child may have ended, at most for `limit`; an error if the user asked to stop.
    pub(crate) fn wait(&self, limit: Option<Duration>) -> Result<()> {
        let signal = match limit {
            None => self.signals.recv().context("the signal thread is gone")?,
            Some(limit) => match self.signals.recv_timeout(limit) {
                Ok(signal) => signal,
                Err(RecvTimeoutError::Timeout) => return Ok(()),
                Err(RecvTimeoutError::Disconnected) => bail!("the signal thread is gone"),
            },
        };
        if signal == SIGCHLD { Ok(()) } else { Err(Interrupted(signal).into()) }
    }

    /// Runs a command to its end. If the user asks to stop, its whole process group is stopped.
    pub(crate) fn run(&self, command: &mut Command) -> Result<()> {
        let shown = show(command);
        let mut group = Group::spawn(command)?;
        loop {
            if let Some(status) = group.exited()? {
                return check(status, &shown);
            }
            self.wait(None)?;
        }
    }

    /// Runs a command in the terminal's foreground, where it can ask for a password.
    pub(crate) fn run_interactively(&self, command: &mut Command) -> Result<()> {
        let shown = show(command);
        let mut child = command.spawn().with_context(|| format!("cannot start `{shown}`"))?;
        loop {
            if let Some(status) =
                child.try_wait().with_context(|| format!("lost sight of `{shown}`"))?
            {
                return check(status, &shown);
            }
            if let Err(stop) = self.wait(None) {
                // Ctrl-C has reached the child already; another signal has not. A child of another user (sudo) cannot
                // be signalled, and is waited for all the same.
                let _ = signal::kill(pid(&child), Signal::SIGTERM);
                child.wait().with_context(|| format!("lost sight of `{shown}`"))?;
                return Err(stop);
            }
        }
    }
}

/// A child and all that it starts. Dropping it stops them.
#[derive(Debug)]
pub(crate) struct Group {
    child: Child,
    status: Option<ExitStatus>,
    grace: Duration,
}

impl Group {
    /// Starts a command as the leader of a process group of its own, without access to the terminal's input: a background
    /// group that reads from the terminal would be suspended.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let child = command
            .stdin(Stdio::null())
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start `{}`", show(command)))?;
        Ok(Self { child, status: None, grace: GRACE })
    }

    /// The status of the leader if it has ended.
    pub(crate) fn exited(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.status.is_none() {
            self.status = self.child.try_wait()?;
        }
        Ok(self.status)
    }

    /// Asks the group to end, waits, and ends by force what is left.
    fn stop(&mut self) -> io::Result<()> {
        let group = pid(&self.child);
        for (signal, patience) in [(Signal::SIGTERM, self.grace), (Signal::SIGKILL, AFTER_FORCE)] {
            // An ended leader counts as a member of its group until its status is read.
            self.exited()?;
            if !reached(signal::killpg(group, signal))? {
                break;
            }
            let deadline = Instant::now() + patience;
            while self.exited()?.is_none() || reached(signal::killpg(group, None))? {
                if Instant::now() >= deadline {
                    break;
                }
                thread::sleep(LOOK);
            }
        }
        self.child.wait().map(drop)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("warning: process group {} may be left behind: {error}", self.child.id());
        }
    }
}

/// A command as one would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = std::path::Path::new(command.get_program());
    let name = program.file_name().unwrap_or(command.get_program());
    let words = std::iter::once(name).chain(command.get_args());
    words.map(|word| quote(&word.to_string_lossy())).collect::<Vec<_>>().join(" ")
}

fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@,+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.into()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

fn pid(child: &Child) -> Pid {
    // The system's own process ids are `i32`; std only changes the sign in the type.
    Pid::from_raw(child.id().cast_signed())
}

/// Whether a signal found someone. macOS says `EPERM` of a group in which only zombies are left.
fn reached(sent: nix::Result<()>) -> io::Result<bool> {
    match sent {
        Ok(()) => Ok(true),
        Err(Errno::ESRCH | Errno::EPERM) => Ok(false),
        Err(other) => Err(other.into()),
    }
}

fn check(status: ExitStatus, shown: &str) -> Result<()> {
    if status.success() { Ok(()) } else { bail!("`{shown}` failed ({status})") }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn commands_are_shown_as_one_would_type_them() {
        let mut command = Command::new("/opt/rust/bin/cargo");
        command.args(["test", "--package=xtask", "", "it's"]);
        assert_eq!(show(&command), r"cargo test --package=xtask '' 'it'\''s'");
    }

    #[test]
    fn the_status_of_the_leader_is_read_once_and_kept() -> Result<()> {
        let mut group = Group::spawn(Command::new("sh").args(["-c", "exit 7"]))?;
        let deadline = Instant::now() + GRACE;
        while group.exited()?.is_none() && Instant::now() < deadline {
            thread::sleep(LOOK);
        }
        assert_eq!(group.exited()?.and_then(|status| status.code()), Some(7));
        assert_eq!(group.exited()?.and_then(|status| status.code()), Some(7));
        Ok(())
    }

    #[test]
    fn dropping_a_group_ends_what_the_leader_started_even_if_it_ignores_the_request() -> Result<()>
    {
        let note = std::env::temp_dir().join(format!("xtask-group-{}", std::process::id()));
        let script = format!(
            "(trap '' TERM; exec sleep 600) & echo $! > '{0}.tmp'; mv '{0}.tmp' '{0}'; wait",
            note.display()
        );
        let mut group = Group::spawn(Command::new("sh").args(["-c", &script]))?;
        let deadline = Instant::now() + GRACE;
        while !note.exists() && Instant::now() < deadline {
            thread::sleep(LOOK);
        }
        let grandchild: i32 = fs::read_to_string(&note)?.trim().parse()?;
        fs::remove_file(&note)?;
        assert!(signal::kill(Pid::from_raw(grandchild), None).is_ok());
        group.grace = Duration::from_millis(200);
        drop(group);
        assert!(ended(grandchild), "the grandchild {grandchild} is still running");
        Ok(())
    }

    /// Gone, or a zombie that whoever adopted it has not collected yet.
    fn ended(pid: i32) -> bool {
        match fs::read_to_string(format!("/proc/{pid}/stat")) {
            Ok(stat) => {
                stat.rsplit(')').next().is_some_and(|rest| rest.trim_start().starts_with('Z'))
            }
            Err(_) => signal::kill(Pid::from_raw(pid), None).is_err(),
        }
    }
}
