//! Versions, as tools print them.

use std::fmt;

/// Three numbers. What follows them (a pre-release, a build) does not matter to any decision here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Version {
    /// The first number.
    pub(crate) major: u64,
    /// The second, or 0 where a tool prints only one (`wasm-opt version 132`).
    pub(crate) minor: u64,
    /// The third, or 0.
    pub(crate) patch: u64,
}

impl Version {
    /// A version by its numbers.
    pub(crate) const fn new(major: u64, minor: u64, patch: u64) -> Self {
        Self { major, minor, patch }
    }

    /// Reads `1`, `1.2`, `1.2.3`, `1.2.3-rc.1` and Chromium's `1.2.3.4`.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let core = text.split(['-', '+']).next()?;
        let mut numbers = core.split('.').map(str::parse);
        let major = numbers.next()?.ok()?;
        let mut next = || numbers.next().unwrap_or(Ok(0)).ok();
        Some(Self { major, minor: next()?, patch: next()? })
    }

    /// The first word of a tool's `--version` output that is a version.
    pub(crate) fn find(output: &str) -> Option<Self> {
        output.split_whitespace().find_map(Self::parse)
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_outputs() {
        let outputs = [
            ("trunk 0.21.14\n", Version::new(0, 21, 14)),
            ("wasm-bindgen-test-runner 0.2.130\n", Version::new(0, 2, 130)),
            ("wasm-opt version 132 (version_132)\n", Version::new(132, 0, 0)),
            (
                "Chromium 156.0.8078.79 built on Debian GNU/Linux 12 (bookworm)\n",
                Version::new(156, 0, 8078),
            ),
            (
                "ChromeDriver 156.0.8078.79 (a21ce95c24ce-refs/branch-heads/8078@{#1704})\n",
                Version::new(156, 0, 8078),
            ),
            ("Google Chrome 140.0.7339.80 \n", Version::new(140, 0, 7339)),
        ];
        for (output, version) in outputs {
            assert_eq!(Version::find(output), Some(version), "{output}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        assert!(Version::new(0, 2, 130) > Version::new(0, 2, 99));
        assert!(Version::new(0, 22, 0) > Version::new(0, 21, 14));
    }

    #[test]
    fn what_is_no_version_is_refused() {
        for text in ["", "version", "v1.2.3", "1.x.3", "(version_132)", "1..2"] {
            assert_eq!(Version::parse(text), None, "{text}");
        }
    }
}
