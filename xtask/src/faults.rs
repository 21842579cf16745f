//! `cargo xtask faults`: the tests of faults in their full form.

use anyhow::Result;
use clap::Args;

use crate::process::show;
use crate::tools::{BrowserName, Need, Toolbox};
use crate::{end_to_end, report};

/// How to test
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The browser to test in
    #[arg(long, value_name = "BROWSER", default_value = "chromium")]
    browser: BrowserName,
    /// Do each thing this often, instead of as often as is laid down for it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    cycles: Option<u32>,
    /// Build the page as for release: what is measured of its speed is that of an application
    #[arg(long)]
    release: bool,
    /// Run the tests alone whose names contain this
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// The seed of all random choices, to repeat a run that failed
    #[arg(long, value_name = "SEED")]
    seed: Option<u64>,
}

pub(crate) fn run(options: &Options, toolbox: &mut Toolbox<'_>) -> Result<()> {
    toolbox.ensure(&end_to_end::needs(options.browser))?;
    if options.release {
        toolbox.ensure(&[Need::WasmOpt])?;
    }
    let (mut build, mut test) = end_to_end::faults(toolbox, options.browser, options.release)?;
    test.args(&options.only).env("FAULTS", "full");
    if let Some(cycles) = options.cycles {
        test.env("FAULTS_CYCLES", cycles.to_string());
    }
    if let Some(seed) = options.seed {
        test.env("FAULTS_SEED", seed.to_string());
    }
    for command in [&mut build, &mut test] {
        println!("    {}", show(command));
    }
    toolbox.run(&mut build)?;
    let tested = toolbox.run(&mut test);
    // What was measured before a failure is worth reading too.
    print!("{}", report::read(&end_to_end::report(toolbox))?);
    tested
}
