//! What is said of many values.

/// The middle of some values.
pub(crate) fn median(values: Vec<f64>) -> f64 {
    below(values, 50)
}

/// The value below which 99 of 100 are.
pub(crate) fn p99(values: Vec<f64>) -> f64 {
    below(values, 99)
}

/// The values below which a quarter and three quarters are.
pub(crate) fn quartiles(values: &[f64]) -> (f64, f64) {
    (below(values.to_vec(), 25), below(values.to_vec(), 75))
}

/// The largest of some values, none of which is negative.
pub(crate) fn largest(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

/// The value below which so many of 100 are.
fn below(mut values: Vec<f64>, hundredths: usize) -> f64 {
    values.sort_by(f64::total_cmp);
    values[(values.len() * hundredths / 100).min(values.len() - 1)]
}
