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

/// How long an answer waits for equal ones.
const FOLD_TIME: Duration = Duration::from_secs(1);

/// How long an answer waits that is equal to one printed before. It says nothing new.
const REPEATED_FOLD_TIME: Duration = Duration::from_secs(5);

/// Of how many different answers the targets are counted in all.
const MAX_COUNTED: usize = 256;

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
    /// When they are printed at the latest.
    due: Option<Instant>,
    /// The targets of each answer that was printed.
    counts: HashMap<String, usize>,
    /// How often answers were printed.
    batches: usize,
}

impl Answers {
    pub(super) fn add(&mut self, text: String, answer: Answer) {
        let time = if self.counts.contains_key(&text) { REPEATED_FOLD_TIME } else { FOLD_TIME };
        let due = Instant::now() + time;
        self.due = Some(self.due.map_or(due, |other| other.min(due)));
        let fold = self.folds.entry(text).or_insert_with(|| Fold { named: Vec::new(), count: 0 });
        fold.count += 1;
        // One more than is named, so that the rest is known by its first position.
        if fold.named.len() <= MAX_NAMES {
            fold.named.push(answer);
        }
    }

    /// Returns whether one has waited long enough.
    pub(super) fn are_due(&self) -> bool {
        self.due.is_some_and(|due| Instant::now() >= due)
    }

    /// Prints the rest, and how many targets gave each answer if that was printed in parts.
    pub(super) fn end(mut self) -> io::Result<()> {
        self.print()?;
        if self.batches < 2
            || self.counts.len() >= MAX_COUNTED
            || self.counts.values().all(|count| *count == 1)
        {
            return Ok(());
        }
        let mut counts: Vec<_> = self.counts.into_iter().collect();
        counts.sort_by(|(a, first), (b, second)| second.cmp(first).then_with(|| a.cmp(b)));
        let lines =
            counts.iter().map(|(text, targets)| format!("note: in all {}: {text}\n", count(*targets)));
        output::print_error(&lines.collect::<String>())
    }

    /// Prints a line for each answer, the most frequent one first, and forgets them.
    pub(super) fn print(&mut self) -> io::Result<()> {
        self.due = None;
        let mut folds: Vec<_> = self.folds.drain().collect();
        self.batches += usize::from(!folds.is_empty());
        for (text, fold) in &folds {
            if let Some(count) = self.counts.get_mut(text) {
                *count += fold.count;
            } else if self.counts.len() < MAX_COUNTED {
                self.counts.insert(text.clone(), fold.count);
            }
        }
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
