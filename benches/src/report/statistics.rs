//! Median, percentiles and maximum of a series.

/// Returns the median.
pub(crate) fn median(values: Vec<f64>) -> f64 {
    below(values, 50)
}

/// Returns the 95th percentile.
pub(crate) fn p95(values: Vec<f64>) -> f64 {
    below(values, 95)
}

/// Returns the 99th percentile.
pub(crate) fn p99(values: Vec<f64>) -> f64 {
    below(values, 99)
}

/// Returns the first and the third quartile.
pub(crate) fn quartiles(values: &[f64]) -> (f64, f64) {
    (below(values.to_vec(), 25), below(values.to_vec(), 75))
}

/// Returns the largest of these values, none of which is negative.
pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// Returns this percentile.
fn below(mut values: Vec<f64>, hundredths: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * hundredths / 100).min(values.len() - 1)]
}
