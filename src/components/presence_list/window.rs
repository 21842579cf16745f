//! Which rows of a long list are in the page.

use std::ops::Range;

/// Lists of so many rows are in the page as a whole.
const WHOLE: usize = 100;
/// Rows beyond each end of what is in view, so that scrolling finds them there.
const MORE: usize = 8;
/// The window moves by so many rows at a time.
const STEP: usize = 8;
/// Rows in view at most: more than the largest screens show.
const MOST_VISIBLE: usize = 200;

/// Heights are counted in so many parts of a CSS pixel: as fine as browsers lay out, anything finer would be noise.
pub(super) const PARTS: u32 = 64;

/// What is in view of a long list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct View {
    /// The first row in view, down to a multiple of [`STEP`].
    first: usize,
    /// How many rows are in view, at most [`MOST_VISIBLE`].
    visible: usize,
    /// The height of a row in [`PARTS`] of a CSS pixel, more than 0.
    row_height: u32,
}

/// Until it is measured: the head of the list, in rows as the style sheet makes them.
impl Default for View {
    fn default() -> Self {
        Self { first: 0, visible: 16, row_height: 42 * PARTS }
    }
}

impl View {
    /// What is in view `scrolled` pixels below the list's beginning. `None` if that cannot be said: the list is not
    /// displayed.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "`as` saturates")]
    pub(super) fn measured(scrolled: f64, height: f64, row_height: f64) -> Option<Self> {
        let parts = f64::from(PARTS);
        let row_height = (row_height * parts).round() as u32;
        (height > 0.0 && row_height > 0).then(|| {
            let rows = |pixels: f64| pixels * parts / f64::from(row_height);
            let first = rows(scrolled) as usize;
            let visible = rows(height).ceil() as usize;
            let (first, visible) = (first - first % STEP, visible.min(MOST_VISIBLE));
            Self { first, visible, row_height }
        })
    }

    /// The rows of a list of `count` that are in the page.
    pub(super) fn range(&self, count: usize) -> Range<usize> {
        if count <= WHOLE {
            return 0..count;
        }
        let end = (self.first + self.visible + STEP + MORE).min(count);
        // The list may have become shorter than it was when it was scrolled.
        let last_first = count.saturating_sub(self.visible + STEP);
        self.first.min(last_first).saturating_sub(MORE)..end
    }

    /// The heights of what is left out before and after the rows in the page. `None` for a list that is in the page as a
    /// whole.
    pub(super) fn gaps(&self, count: usize) -> Option<Gaps> {
        let range = self.range(count);
        let gap = |rows: usize| rows as u64 * u64::from(self.row_height);
        (count > WHOLE).then(|| Gaps { before: gap(range.start), after: gap(count - range.end) })
    }
}

/// What is left out, in [`PARTS`] of a CSS pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Gaps {
    pub(super) before: u64,
    pub(super) after: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(scrolled: f64, height: f64) -> View {
        View::measured(scrolled, height, 40.0).unwrap()
    }

    #[test]
    fn a_short_list_is_in_the_page_as_a_whole() {
        assert_eq!(view(0.0, 400.0).range(100), 0..100);
        assert_eq!(view(0.0, 400.0).gaps(100), None);
    }

    #[test]
    fn of_a_long_list_what_is_in_view_is_in_the_page_and_some_more() {
        // 10 rows in view, from row 502 on.
        let view = view(502.0 * 40.0, 400.0);
        assert_eq!(view.range(10_000), 488..522);
        let row = 40 * u64::from(PARTS);
        let gaps = Gaps { before: 488 * row, after: (10_000 - 522) * row };
        assert_eq!(view.gaps(10_000), Some(gaps));
    }

    #[test]
    fn wherever_it_is_scrolled_what_is_in_view_is_in_the_page() {
        for row in 0..9_990 {
            let range = view(f64::from(row) * 40.0 + 39.0, 400.0).range(10_000);
            let row = usize::try_from(row).unwrap();
            assert!(range.start <= row && range.end >= (row + 11).min(10_000), "{row}: {range:?}");
            assert!(range.len() <= 11 + 2 * (MORE + STEP), "{row}: {range:?}");
        }
    }

    #[test]
    fn scrolling_by_less_than_a_step_moves_nothing() {
        assert_eq!(view(8.0 * 40.0, 400.0), view(16.0 * 40.0 - 1.0, 400.0));
        assert_ne!(view(8.0 * 40.0, 400.0), view(16.0 * 40.0, 400.0));
    }

    #[test]
    fn a_list_that_became_shorter_shows_its_end() {
        let range = view(9_000.0 * 40.0, 400.0).range(150);
        assert_eq!(range.end, 150);
        assert!(range.contains(&140) && range.len() <= 26, "{range:?}");
    }

    #[test]
    fn rows_in_the_page_are_bounded_whatever_is_measured() {
        for (height, row_height) in [(1e9, 20.0), (400.0, 0.02), (f64::INFINITY, 1.0)] {
            let view = View::measured(0.0, height, row_height).unwrap();
            assert!(view.range(100_000).len() <= MOST_VISIBLE + STEP + MORE);
        }
    }

    #[test]
    fn what_is_not_displayed_has_no_view() {
        assert_eq!(View::measured(0.0, 0.0, 40.0), None);
        assert_eq!(View::measured(0.0, 400.0, 0.0), None);
        assert_eq!(View::measured(0.0, 400.0, f64::NAN), None);
        assert_eq!(View::measured(-5.0, 400.0, 40.0).unwrap().range(1_000).start, 0);
    }
}
