//! The order of operations: the operators on bits bind as in Rust.

use super::output::Mark;

/// The most operations that are grouped. The parser accepts less.
const MAX_OPERATIONS: usize = 256;

/// Operators of Rust, and how strongly they bind.
const PRECEDENCES: &[(&[&str], u8)] = &[
    (&["*", "/", "%"], 8),
    (&["+", "-"], 7),
    (&["<<", ">>"], 6),
    (&["&"], 5),
    (&["^"], 4),
    (&["|"], 3),
    (&["==", "!=", "<", ">", "<=", ">="], 2),
    (&["&&"], 1),
    (&["||"], 0),
];

/// The operators that bind in another way in the script language.
const ON_BITS: &[&str] = &["<<", ">>", "&", "^", "|"];

/// Operands with the operators between them.
pub(crate) struct Operations {
    /// Where the operands begin.
    pub(crate) operands: Vec<Mark>,
    /// The strengths of the operators, and where these begin. `None` for one that only the script language has.
    operators: Vec<(Option<u8>, Mark)>,
    has_bits: bool,
}

impl Operations {
    pub(crate) fn new(first: Mark) -> Self {
        Self { operands: vec![first], operators: Vec::new(), has_bits: false }
    }

    /// Adds an operator behind the last operand.
    pub(crate) fn add(&mut self, symbol: &str, mark: Mark) {
        let precedence = PRECEDENCES.iter().find(|(symbols, _)| symbols.contains(&symbol));
        self.operators.push((precedence.map(|(_, precedence)| *precedence), mark));
        self.has_bits |= ON_BITS.contains(&symbol);
    }

    /// Returns where parentheses open and close, so that the operands are grouped as in Rust. `None` is the end of the last operand.
    pub(crate) fn parentheses(&self) -> impl Iterator<Item = (Mark, Option<Mark>)> {
        let groups = self.groups().unwrap_or_default().into_iter();
        groups.map(|(first, last)| (self.operands[first], self.operators.get(last).map(|(_, end)| *end)))
    }

    /// Returns the first and the last operand of each group of operators of the same strength.
    fn groups(&self) -> Option<Vec<(usize, usize)>> {
        let strengths: Option<Vec<u8>> = self.operators.iter().map(|(strength, _)| *strength).collect();
        let strengths = strengths
            .filter(|strengths| self.has_bits && strengths.len() > 1 && strengths.len() <= MAX_OPERATIONS)?;
        let group = |index: usize| {
            let strength = strengths[index];
            let end = (index + 1..strengths.len()).find(|after| strengths[*after] <= strength);
            // The last operator of several of the same strength makes the group.
            if end.is_some_and(|end| strengths[end] == strength) {
                return None;
            }
            let start = (0..index).rev().find(|before| strengths[*before] < strength);
            Some((start.map_or(0, |start| start + 1), end.unwrap_or(strengths.len())))
        };
        Some((0..strengths.len()).filter_map(group).collect())
    }
}
