//! The recent numbers of an expression, one for each interval.

use std::collections::VecDeque;

use manhole_protocol::Data;

/// How many numbers are kept: the columns of a wide screen.
const MAX_VALUES: usize = 512;

/// Numbers over time.
#[derive(Default)]
pub(super) struct Series {
    values: VecDeque<f64>,
    /// The current value, until the next change.
    now: Option<f64>,
    /// Whether no interval has passed since the last change.
    is_new: bool,
}

impl Series {
    /// Sets the current value.
    pub(super) fn set(&mut self, data: &Data) {
        // Keeps a value that was current for less than an interval.
        if self.is_new {
            self.tick();
        }
        (self.now, self.is_new) = (number(data), true);
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

    pub(super) fn is_numeric(&self) -> bool {
        self.now.is_some() || !self.values.is_empty()
    }

    /// Returns the minimum and the maximum.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        let all = self.values.iter().chain(&self.now);
        all.fold(None, |range, value| match range {
            None => Some((*value, *value)),
            Some((low, high)) => Some((low.min(*value), high.max(*value))),
        })
    }

    /// Scales the last `width` values to heights from 60 to 1000.
    pub(super) fn heights(&self, width: usize) -> Vec<u64> {
        let Some((low, high)) = self.range() else { return Vec::new() };
        let skipped = self.values.len().saturating_sub(width);
        let span = high - low;
        // A constant is a line in the middle. No height is zero, which would look like a gap.
        let height = |value: f64| if span > 0.0 { 60.0 + (value - low) / span * 940.0 } else { 500.0 };
        self.values.iter().skip(skipped).map(|value| height(*value) as u64).collect()
    }
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

    #[test]
    fn heights_are_scaled_to_the_range() {
        let mut series = Series::default();
        for value in [1_i64, 3, 2] {
            series.set(&value.into());
            series.tick();
        }
        assert_eq!(series.heights(10), [60, 1000, 530]);
        assert_eq!(series.heights(2), [1000, 530]);
        assert_eq!(series.range(), Some((1.0, 3.0)));
    }

    #[test]
    fn values_shorter_than_an_interval_are_kept() {
        let mut series = Series::default();
        for value in [1_i64, 3, 2] {
            series.set(&value.into());
        }
        assert_eq!(series.range(), Some((1.0, 3.0)));
    }

    #[test]
    fn a_string_has_no_heights() {
        let mut series = Series::default();
        series.set(&"text".into());
        series.tick();
        assert!(!series.is_numeric());
        assert_eq!(series.heights(10), Vec::<u64>::new());
    }
}
