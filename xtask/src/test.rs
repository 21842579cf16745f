//! `cargo xtask test`: every check and every test, one after another.

use std::time::{Duration, Instant};

use anyhow::Result;
use clap::{Args, ValueEnum as _};

use crate::process::{Interrupted, show};
use crate::steps::Step;
use crate::tools::{BrowserName, Need, Toolbox};
use crate::{end_to_end, report};

/// What to test
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Run this step only; repeat it for several
    #[arg(long, value_name = "STEP")]
    only: Vec<Step>,
    /// The browser of the end-to-end tests
    #[arg(long, value_name = "BROWSER", default_value = "chromium")]
    browser: BrowserName,
    /// List the steps and run none
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(options: &Options, toolbox: &mut Toolbox<'_>) -> Result<()> {
    let steps = selected(&options.only);
    if options.list {
        for step in steps {
            println!("{:12} {}", step.name(), step.why());
        }
        return Ok(());
    }

    let mut times = Vec::with_capacity(steps.len() + 1);
    let started = Instant::now();
    // All at once: the user may go away after the installations.
    toolbox.ensure(&needs(&steps, options.browser))?;
    times.push(("tools", started.elapsed()));

    for step in steps {
        println!("==> {}: {}", step.name(), step.why());
        let started = Instant::now();
        for mut command in step.commands(toolbox, options.browser)? {
            println!("    {}", show(&command));
            toolbox.run(&mut command).map_err(|error| explain(error, step))?;
        }
        if step == Step::E2e {
            print!("{}", report::read(&end_to_end::report(toolbox))?);
        }
        times.push((step.name(), started.elapsed()));
    }
    print!("{}", summary(&times));
    Ok(())
}

/// In the steps' own order, whatever the order on the command line.
fn selected(only: &[Step]) -> Vec<Step> {
    let wanted = |step: &&Step| only.is_empty() || only.contains(step);
    Step::value_variants().iter().filter(wanted).copied().collect()
}

/// What the steps need, each thing once.
fn needs(steps: &[Step], browser: BrowserName) -> Vec<Need> {
    let mut needs = Vec::new();
    for need in steps.iter().flat_map(|step| step.needs(browser)) {
        if !needs.contains(&need) {
            needs.push(need);
        }
    }
    needs
}

fn explain(error: anyhow::Error, step: Step) -> anyhow::Error {
    if error.is::<Interrupted>() {
        return error;
    }
    let name = step.name();
    error
        .context(format!("step `{name}` failed; to run it alone: `cargo xtask test --only {name}`"))
}

fn summary(times: &[(&str, Duration)]) -> String {
    let total = times.iter().map(|(_, time)| *time).sum();
    let line = |name: &str, time: Duration| format!("    {name:12} {:8.1} s\n", time.as_secs_f64());
    let lines: String = times.iter().map(|&(name, time)| line(name, time)).collect();
    format!("==> all passed\n{lines}{}", line("total", total))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_choice_all_steps_run() {
        assert_eq!(selected(&[]), Step::value_variants());
    }

    #[test]
    fn chosen_steps_run_once_and_in_their_own_order() {
        assert_eq!(selected(&[Step::E2e, Step::Fmt, Step::E2e]), [Step::Fmt, Step::E2e]);
    }

    #[test]
    fn a_tool_that_two_steps_need_is_installed_once() {
        let needs = needs(&[Step::Browser, Step::E2e], BrowserName::Chromium);
        assert_eq!(needs.iter().filter(|need| **need == Need::WasmBindgen).count(), 1);
        assert!(needs.contains(&Need::Trunk) && needs.contains(&Need::WasmPack));
    }

    #[test]
    fn quick_checks_install_no_browser() {
        assert_eq!(needs(&[Step::Fmt, Step::Clippy], BrowserName::Firefox), [Need::Linters]);
    }

    #[test]
    fn the_chosen_browser_is_installed_for_the_end_to_end_tests() {
        let needs = needs(&[Step::E2e], BrowserName::Firefox);
        assert!(needs.contains(&Need::Firefox) && !needs.contains(&Need::Browser), "{needs:?}");
    }

    #[test]
    fn the_summary_adds_up() {
        let text =
            summary(&[("fmt", Duration::from_millis(1_500)), ("e2e", Duration::from_mins(1))]);
        assert!(text.ends_with("total            61.5 s\n"), "{text}");
    }
}
