//! A profile as text: the functions that ran, and those that called them.

use std::cmp::Reverse;

use super::samples::{FunctionCount, Samples};
use crate::terminal::format::truncated;

/// How many functions each table has.
const MAX_FUNCTIONS: usize = 20;

/// Returns the tables, in lines of at most `width`.
pub(super) fn text(samples: &Samples, width: usize) -> String {
    let mut functions = samples.functions();
    functions.sort_by_key(|count| (Reverse((count.own, count.total)), count.function.clone()));
    let ran = functions.iter().filter(|count| count.own > 0).take(MAX_FUNCTIONS);
    let mut text = String::from("  SELF   TOTAL  FUNCTION\n");
    for FunctionCount { function, own, total } in ran {
        text += &line(samples, [*own, *total], function, width);
    }
    functions.sort_by_key(|count| (Reverse((count.total, count.own)), count.function.clone()));
    text += "\n TOTAL    SELF  FUNCTION\n";
    for FunctionCount { function, own, total } in functions.iter().take(MAX_FUNCTIONS) {
        text += &line(samples, [*total, *own], function, width);
    }
    text
}

fn line(samples: &Samples, counts: [u64; 2], function: &str, width: usize) -> String {
    let [first, second] = counts.map(|count| percent(count, samples.total()));
    let line = format!("{first:>6}  {second:>6}  {function}");
    truncated(&line, width) + "\n"
}

pub(super) fn percent(count: u64, total: u64) -> String {
    format!("{:.1}%", count as f64 * 100.0 / total.max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_are_sorted_by_their_own_share_and_by_the_total() {
        let script = "a 1\n\t1 leaf\n\t2 main\n\na 1\n\t1 leaf\n\t2 main\n\na 1\n\t2 main\n";
        assert_eq!(
            text(&Samples::parse(script), 80),
            "  SELF   TOTAL  FUNCTION\n 66.7%   66.7%  leaf\n 33.3%  100.0%  main\n\n \
             TOTAL    SELF  FUNCTION\n100.0%   33.3%  main\n 66.7%   66.7%  leaf\n"
        );
        assert!(text(&Samples::parse(script), 19).contains("\n 66.7%   66.7%  le…\n"));
    }
}
