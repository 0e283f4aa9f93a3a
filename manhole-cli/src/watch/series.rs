//! The recent numbers of an expression, one for each interval.

use std::collections::VecDeque;
use std::time::Duration;

use manhole_protocol::Data;

/// How many numbers are kept: two hours of seconds.
const MAX_VALUES: usize = 7_200;

/// The time over which the rate of a counter is taken.
const RATE_TIME: Duration = Duration::from_secs(10);

/// Numbers over time.
#[derive(Default)]
pub(super) struct Series {
    values: VecDeque<f64>,
    /// The current value, until the next change.
    now: Option<f64>,
    /// Whether no interval has passed since the last change.
    is_new: bool,
    /// The lowest and the highest value.
    range: Option<(f64, f64)>,
    /// Whether a value was smaller than the one before.
    has_fallen: bool,
}

impl Series {
    /// Sets the current value.
    pub(super) fn set(&mut self, data: &Data) {
        // Keeps a value that was current for less than an interval.
        if self.is_new {
            self.tick();
        }
        let number = number(data);
        if let (Some(old), Some(new)) = (self.now, number) {
            self.has_fallen |= new < old;
        }
        if let Some(new) = number {
            let (low, high) = self.range.unwrap_or((new, new));
            self.range = Some((low.min(new), high.max(new)));
        }
        (self.now, self.is_new) = (number, true);
    }

    /// Records the current value. Call this once an interval.
    pub(super) fn tick(&mut self) {
        self.is_new = false;
        if let Some(now) = self.now {
            self.values.push_back(now);
            if self.values.len() > MAX_VALUES {
                self.values.pop_front();
            }
        }
    }

    /// Forgets what was before the current value.
    pub(super) fn clear(&mut self) {
        self.values.clear();
        self.range = self.now.map(|now| (now, now));
        self.has_fallen = false;
    }

    pub(super) fn is_numeric(&self) -> bool {
        self.now.is_some() || !self.values.is_empty()
    }

    /// Returns the minimum and the maximum.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        self.range
    }

    /// Returns the growth per second over the last seconds, of a number that has only grown.
    pub(super) fn rate(&self, interval: Duration) -> Option<f64> {
        let (low, high) = self.range?;
        if self.has_fallen || low >= high {
            return None;
        }
        let intervals = (RATE_TIME.as_secs_f64() / interval.as_secs_f64()).ceil().max(1.0) as usize;
        let newest = *self.values.back()?;
        let skipped = self.values.len().saturating_sub(intervals + 1);
        let passed = (self.values.len() - 1 - skipped) as f64 * interval.as_secs_f64();
        (passed > 0.0).then(|| (newest - self.values[skipped]) / passed)
    }

    /// Returns the last `width` points of a chart in which each point stands for `intervals`: the last value in them, or the growth per
    /// second if `interval` is given.
    pub(super) fn points(&self, width: usize, intervals: usize, interval: Option<Duration>) -> Vec<f64> {
        // From the newest one, so that a point keeps its values while it moves.
        let mut newest_first: Vec<_> =
            self.values.iter().rev().step_by(intervals.max(1)).take(width + 1).copied().collect();
        newest_first.reverse();
        let seconds = interval.map(|interval| interval.as_secs_f64() * intervals.max(1) as f64);
        let points: Vec<_> = match seconds {
            None => newest_first,
            Some(seconds) => newest_first.windows(2).map(|pair| (pair[1] - pair[0]) / seconds).collect(),
        };
        points[points.len().saturating_sub(width)..].to_vec()
    }
}

/// Scales points to heights from 60 to 1000.
pub(super) fn heights(points: &[f64]) -> Vec<u64> {
    let low = points.iter().copied().fold(f64::INFINITY, f64::min);
    let high = points.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let span = high - low;
    // A constant is a line in the middle. No height is zero, which would look like a gap.
    let height = |value: f64| if span > 0.0 { 60.0 + (value - low) / span * 940.0 } else { 500.0 };
    points.iter().map(|value| height(*value) as u64).collect()
}

/// Converts a value to a number.
fn number(data: &Data) -> Option<f64> {
    let number = match data {
        Data::Int(value) => *value as f64,
        Data::Uint(value) => *value as f64,
        Data::Float(value) => *value,
        Data::Bool(value) => f64::from(u8::from(*value)),
        _ => return None,
    };
    number.is_finite().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[i64]) -> Series {
        let mut series = Series::default();
        for value in values {
            series.set(&(*value).into());
            series.tick();
        }
        series
    }

    #[test]
    fn heights_are_scaled_to_the_range() {
        let series = series(&[1, 3, 2]);
        assert_eq!(heights(&series.points(10, 1, None)), [60, 1000, 530]);
        assert_eq!(heights(&series.points(2, 1, None)), [1000, 60]);
        assert_eq!(series.range(), Some((1.0, 3.0)));
    }

    #[test]
    fn a_point_may_stand_for_several_intervals() {
        let series = series(&[0, 1, 4, 9, 16]);
        assert_eq!(series.points(10, 2, None), [0.0, 4.0, 16.0]);
        assert_eq!(series.points(10, 2, Some(Duration::from_secs(1))), [2.0, 6.0]);
        assert_eq!(series.points(1, 1, Some(Duration::from_millis(500))), [14.0]);
    }

    #[test]
    fn a_number_that_only_grows_has_a_rate() {
        let second = Duration::from_secs(1);
        assert_eq!(series(&[0, 5, 5, 15]).rate(second), Some(5.0));
        // Over the last ten seconds.
        let growing: Vec<_> = (0..100).map(|second| second * second).collect();
        assert_eq!(series(&growing).rate(second), Some(188.0));
        for values in [&[1][..], &[1, 1], &[1, 3, 2]] {
            assert_eq!(series(values).rate(second), None, "{values:?}");
        }
        let mut series = series(&[3, 1, 2]);
        series.clear();
        assert_eq!((series.range(), series.rate(second)), (Some((2.0, 2.0)), None));
    }

    #[test]
    fn values_shorter_than_an_interval_are_kept() {
        let mut series = Series::default();
        for value in [1_i64, 3, 2] {
            series.set(&value.into());
        }
        assert_eq!(series.range(), Some((1.0, 3.0)));
        assert_eq!(series.points(10, 1, None), [1.0, 3.0]);
    }

    #[test]
    fn a_string_has_no_points() {
        let mut series = Series::default();
        series.set(&"text".into());
        series.tick();
        assert!(!series.is_numeric());
        assert_eq!(series.points(10, 1, None), Vec::<f64>::new());
    }
}
