//! The stages of the pipeline in the browser's profiler, by User Timing (W3C, Level 3).
//!
//! The browser keeps marks and measures until they are cleared, without a bound. The profiler has taken them by then, and so
//! has a `PerformanceObserver`: each is cleared as soon as it was made.

use web_sys::Performance;

/// A stage of the pipeline.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    /// A frame goes through the client: decoding, filter, permission, validation.
    Frame,
    /// A batch is folded into the slices.
    Commit,
    /// Handlers of the application run.
    Handlers,
}

impl Stage {
    fn name(self) -> &'static str {
        match self {
            Self::Frame => "yewdux-socket: frame",
            Self::Commit => "yewdux-socket: commit",
            Self::Handlers => "yewdux-socket: handlers",
        }
    }
}

/// A stage that runs. It ends when this is dropped.
#[derive(Debug)]
#[must_use = "the stage ends as soon as this is dropped"]
pub(crate) struct Span {
    performance: Performance,
    stage: Stage,
}

impl Span {
    /// Begins a stage; `None` where there is no browser, or it does not take marks.
    pub(super) fn begin(stage: Stage) -> Option<Self> {
        let performance = web_sys::window()?.performance()?;
        performance.mark(stage.name()).ok()?;
        Some(Self { performance, stage })
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        let name = self.stage.name();
        // It fails only if the page has cleared the mark meanwhile.
        let _ = self.performance.measure_with_start_mark(name, name);
        self.performance.clear_marks_with_mark_name(name);
        self.performance.clear_measures_with_measure_name(name);
    }
}
