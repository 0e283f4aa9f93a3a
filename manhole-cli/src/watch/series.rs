//! The numbers that an expression came to, one for each look.

use std::collections::VecDeque;

use manhole_protocol::Data;

/// How many are kept: as many as a wide screen has columns.
const MAX_VALUES: usize = 512;

/// Numbers over time.
#[derive(Default)]
pub(super) struct Series {
    values: VecDeque<f64>,
    /// The value now, which stays the same until another one is told.
    now: Option<f64>,
    /// Whether no moment has passed since it was told.
    is_new: bool,
}

impl Series {
    /// The value has changed.
    pub(super) fn set(&mut self, data: &Data) {
        // What was there for less than a moment was there all the same.
        if self.is_new {
            self.tick();
        }
        (self.now, self.is_new) = (number(data), true);
    }

    /// A moment has passed.
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

    /// The smallest and the largest.
    pub(super) fn range(&self) -> Option<(f64, f64)> {
        let all = self.values.iter().chain(&self.now);
        all.fold(None, |range, value| match range {
            None => Some((*value, *value)),
            Some((low, high)) => Some((low.min(*value), high.max(*value))),
        })
    }

    /// The last `width` values as heights from 0 to 1000 between the smallest and the largest.
    pub(super) fn heights(&self, width: usize) -> Vec<u64> {
        let Some((low, high)) = self.range() else { return Vec::new() };
        let skipped = self.values.len().saturating_sub(width);
        let span = high - low;
        // A line in the middle for what does not change; never nothing, which would look like no value.
        let height = |value: f64| if span > 0.0 { 60.0 + (value - low) / span * 940.0 } else { 500.0 };
        self.values.iter().skip(skipped).map(|value| height(*value) as u64).collect()
    }
}

/// The number that a value is.
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
    fn heights_are_between_the_smallest_and_the_largest() {
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
    fn what_is_there_for_less_than_a_moment_is_not_lost() {
        let mut series = Series::default();
        for value in [1_i64, 3, 2] {
            series.set(&value.into());
        }
        assert_eq!(series.range(), Some((1.0, 3.0)));
    }

    #[test]
    fn what_is_no_number_has_no_heights() {
        let mut series = Series::default();
        series.set(&"text".into());
        series.tick();
        assert!(!series.is_numeric());
        assert_eq!(series.heights(10), Vec::<u64>::new());
    }
}
