//! Answers of several targets, equal ones together.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use manhole_protocol::text::clean;
use nu_ansi_term::Color;

use crate::connect::config::ColorName;
use crate::terminal::colors;
use crate::terminal::output;

/// How many targets of one answer are named. More are counted.
const MAX_NAMES: usize = 3;

/// A target that has answered.
pub(super) struct Answer {
    /// Its position among all.
    pub(super) index: usize,
    pub(super) label: String,
    pub(super) color: Option<ColorName>,
}

/// The targets of one answer.
struct Fold {
    /// The first ones.
    named: Vec<Answer>,
    count: usize,
}

/// Answers that are not printed.
#[derive(Default)]
pub(super) struct Answers {
    folds: HashMap<String, Fold>,
    /// When the first one came.
    since: Option<Instant>,
}

impl Answers {
    pub(super) fn add(&mut self, text: String, answer: Answer) {
        self.since.get_or_insert_with(Instant::now);
        let fold = self.folds.entry(text).or_insert_with(|| Fold { named: Vec::new(), count: 0 });
        fold.count += 1;
        // One more than are named tells them apart by their first position.
        if fold.named.len() <= MAX_NAMES {
            fold.named.push(answer);
        }
    }

    /// Returns how long the first one has waited.
    pub(super) fn waiting_time(&self) -> Option<Duration> {
        self.since.map(|since| since.elapsed())
    }

    /// Prints a line for each answer, the most frequent one first, and forgets them.
    pub(super) fn print(&mut self) -> io::Result<()> {
        self.since = None;
        let mut folds: Vec<_> = self.folds.drain().collect();
        for (_, fold) in &mut folds {
            fold.named.sort_by_key(|answer| answer.index);
        }
        let first = |fold: &Fold| fold.named.first().map_or(0, |answer| answer.index);
        folds.sort_by_key(|(_, fold)| (std::cmp::Reverse(fold.count), first(fold)));
        let colors = colors::output();
        let mut text_of_all = String::new();
        for (text, fold) in folds {
            let label = if fold.count > MAX_NAMES {
                count(fold.count)
            } else {
                let name = |answer: &Answer| match answer.color {
                    Some(color) if colors.are_on() => colors.paint(Color::from(color).bold(), &answer.label),
                    _ => clean(&answer.label).into_owned(),
                };
                fold.named.iter().map(name).collect::<Vec<_>>().join(", ")
            };
            // Escapes are in the names alone, if colors are on.
            if colors.are_on() {
                text_of_all += &format!("{label}: {}\n", clean(&text));
            } else {
                output::print(&format!("{label}: {text}\n"))?;
            }
        }
        io::stdout().write_all(text_of_all.as_bytes())?;
        io::stdout().flush()?;
        Ok(())
    }
}

/// Returns a number of targets as text.
pub(super) fn count(targets: usize) -> String {
    if targets == 1 { "1 target".to_owned() } else { format!("{targets} targets") }
}
