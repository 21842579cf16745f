//! Browsers and their drivers: Chromium or Chrome with the driver of the same version, and Firefox.

use std::path::{Path, PathBuf};
use std::{env, fs};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use super::{Need, Toolbox, announce, cargo_tool, system};
use crate::version::Version;

/// The browsers that tests can run in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum BrowserName {
    Chromium,
    Firefox,
}

impl BrowserName {
    /// What a task that runs tests in it has to ask for.
    pub(crate) fn need(self) -> Need {
        match self {
            Self::Chromium => Need::Browser,
            Self::Firefox => Need::Firefox,
        }
    }

    /// Its name, as the end-to-end tests know it, and the variables by which they find its program and its driver.
    pub(crate) fn variables(self) -> [&'static str; 3] {
        match self {
            Self::Chromium => ["chromium", BROWSER_VARIABLE, DRIVER_VARIABLE],
            Self::Firefox => ["firefox", FIREFOX_VARIABLE, GECKODRIVER_VARIABLE],
        }
    }
}

/// In the order in which the driver itself looks for one.
const BROWSERS: [&str; 5] =
    ["google-chrome", "google-chrome-stable", "chrome", "chromium", "chromium-browser"];
const DRIVER: &str = "chromedriver";
/// How a user says which ones to take. The end-to-end tests read them too.
const BROWSER_VARIABLE: &str = "CHROMIUM";
const DRIVER_VARIABLE: &str = "CHROMEDRIVER";
const PACKAGES: [&str; 2] = ["chromium", "chromium-driver"];
const FIREFOXES: [&str; 2] = ["firefox", "firefox-esr"];
const FIREFOX_VARIABLE: &str = "FIREFOX";
const GECKODRIVER_VARIABLE: &str = "GECKODRIVER";
const FIREFOX_PACKAGE: &str = "firefox-esr";

/// A browser and a driver that fit together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Browser {
    /// The browser's program.
    pub(crate) browser: PathBuf,
    /// The driver's program.
    pub(crate) driver: PathBuf,
}

impl Browser {
    /// Writes the capabilities that the browser tests ask the driver for, with *this* browser in them: left alone, the
    /// driver takes the first that it knows the name of, whatever its version.
    pub(crate) fn write_capabilities(&self, template: &Path, output: &Path) -> Result<()> {
        let read = fs::read_to_string(template)
            .with_context(|| format!("cannot read {}", template.display()))?;
        let mut capabilities: Value = serde_json::from_str(&read)
            .with_context(|| format!("{} is not JSON", template.display()))?;
        capabilities["goog:chromeOptions"]["binary"] = Value::from(self.browser.to_string_lossy());
        fs::write(output, capabilities.to_string())
            .with_context(|| format!("cannot write {}", output.display()))
    }
}

pub(super) fn ensure(toolbox: &Toolbox<'_>) -> Result<Browser> {
    if let Some(fitting) = fitting(toolbox) {
        return Ok(fitting);
    }
    let advice = format!(
        "install Chromium or Chrome and the chromedriver of the same version, or say where they are with \
         {BROWSER_VARIABLE}=<program> {DRIVER_VARIABLE}=<program>"
    );
    for variable in [BROWSER_VARIABLE, DRIVER_VARIABLE] {
        if let Some(chosen) = env::var_os(variable) {
            bail!(
                "{variable} is {}, and there is nothing of the same version to go with it; {advice}",
                chosen.display()
            );
        }
    }
    announce(&PACKAGES.join(" and "), "the tests run in a real browser", "about a minute");
    system::install(toolbox, &PACKAGES)
        .with_context(|| format!("no browser and driver of one version; {advice}"))?;
    fitting(toolbox).with_context(|| {
        format!("the packages brought no browser and driver of one version; {advice}")
    })
}

/// What the user chose by the environment, or else what is on the `PATH`; none if the two are not of one version.
fn fitting(toolbox: &Toolbox<'_>) -> Option<Browser> {
    let chosen = |variable| env::var_os(variable).map(PathBuf::from);
    let driver = chosen(DRIVER_VARIABLE).or_else(|| toolbox.path.find(DRIVER))?;
    let driver_version = toolbox.version_of(&driver)?;
    let browsers = match chosen(BROWSER_VARIABLE) {
        Some(browser) => vec![browser],
        None => BROWSERS.iter().filter_map(|name| toolbox.path.find(name)).collect(),
    };
    let fits = |path: &PathBuf| {
        toolbox.version_of(path).is_some_and(|version| fit(version, driver_version))
    };
    Some(Browser { browser: browsers.into_iter().find(fits)?, driver })
}

/// Firefox, and a driver that drives every Firefox of the last years.
pub(super) fn ensure_firefox(toolbox: &mut Toolbox<'_>) -> Result<Browser> {
    let find = |toolbox: &Toolbox<'_>| {
        let chosen = env::var_os(FIREFOX_VARIABLE).map(PathBuf::from);
        chosen.or_else(|| FIREFOXES.iter().find_map(|name| toolbox.path.find(name)))
    };
    if find(toolbox).is_none() {
        announce(FIREFOX_PACKAGE, "the tests run in Firefox too", "about half a minute");
        system::install(toolbox, &[FIREFOX_PACKAGE]).with_context(|| {
            format!("there is no Firefox: install it, or say where it is with {FIREFOX_VARIABLE}=<program>")
        })?;
    }
    let driver = match env::var_os(GECKODRIVER_VARIABLE) {
        Some(chosen) => chosen.into(),
        None => cargo_tool::ensure_geckodriver(toolbox)?,
    };
    let browser = find(toolbox).context("the package brought no program named firefox")?;
    Ok(Browser { browser, driver })
}

fn fit(browser: Version, driver: Version) -> bool {
    browser.major == driver.major
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_decides() {
        assert!(fit(Version::new(156, 0, 8078), Version::new(156, 0, 8000)));
        assert!(!fit(Version::new(156, 0, 8078), Version::new(155, 0, 8078)));
    }

    #[test]
    fn the_browser_is_added_to_the_committed_capabilities() -> Result<()> {
        let browser = Browser { browser: "/opt/chrome".into(), driver: "/opt/driver".into() };
        let committed = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../webdriver.json"));
        let output = env::temp_dir().join(format!("xtask-webdriver-{}.json", std::process::id()));
        browser.write_capabilities(committed, &output)?;
        let options =
            &serde_json::from_str::<Value>(&fs::read_to_string(&output)?)?["goog:chromeOptions"];
        fs::remove_file(&output)?;
        assert_eq!(options["binary"], "/opt/chrome");
        let args = options["args"].as_array().context("no args")?;
        assert!(args.contains(&Value::from("--no-sandbox")), "{args:?}");
        Ok(())
    }
}
