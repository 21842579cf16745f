//! Node.js with npm.

use anyhow::{Context as _, Result};

use super::{Toolbox, announce, system};

/// Installs it if it is missing. `why` is for the person who waits.
pub(super) fn ensure(toolbox: &Toolbox<'_>, why: &str) -> Result<()> {
    if toolbox.path.find("npm").is_some() {
        return Ok(());
    }
    announce("Node.js and npm", why, "about a minute");
    system::install(toolbox, &["nodejs", "npm"])
        .context("npm is missing: install Node.js 20 or later, which has it")
}
