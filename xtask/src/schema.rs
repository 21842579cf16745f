//! `cargo xtask schema`: JSON Schema of every message and event, made from the types.

use anyhow::Result;

use crate::process::show;
use crate::tools::Toolbox;

/// Writes `docs/schema`. A test of the core says if it is not fresh.
pub(crate) fn run(toolbox: &Toolbox<'_>) -> Result<()> {
    let mut command = toolbox.cargo();
    command
        .args(["run", "--quiet", "--package=yewdux-socket-core", "--features=schema"])
        .args(["--example=schema", "--", "docs/schema"])
        .current_dir(&toolbox.workspace.root);
    println!("    {}", show(&command));
    toolbox.run(&mut command)
}
