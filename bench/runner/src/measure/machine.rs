//! Where it is measured.

use std::fs;

use crate::page::Page;
use crate::results::Machine;

/// This machine, and the browser of a page.
pub fn machine(page: &Page) -> Machine {
    let processor = fs::read_to_string("/proc/cpuinfo").ok().and_then(|text| {
        let line = text.lines().find(|line| line.starts_with("model name"))?;
        Some(line.split_once(':')?.1.trim().to_owned())
    });
    let system = fs::read_to_string("/etc/os-release").ok().and_then(|text| {
        let name = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="))?;
        Some(name.trim_matches('"').to_owned())
    });
    Machine {
        processor: processor.unwrap_or_else(|| std::env::consts::ARCH.to_owned()),
        cores: std::thread::available_parallelism().map_or(1, usize::from),
        system: system.unwrap_or_else(|| std::env::consts::OS.to_owned()),
        browser: page.browser(),
    }
}
