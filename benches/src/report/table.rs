//! Prints the table row by row, so that a run that breaks off has printed its results so far.

use super::figure::Figure;

/// The rows so far.
pub(crate) struct Table(Vec<Figure>);

impl Table {
    /// Prints the head of the table.
    pub(crate) fn new() -> Self {
        println!("| what | against | measured | value | target | met |");
        println!("|---|---|---|---|---|---|");
        Self(Vec::new())
    }

    /// Prints a row.
    pub(crate) fn add(&mut self, figure: Figure) {
        println!("{}", figure.row());
        self.0.push(figure);
    }

    pub(crate) fn figures(&self) -> &[Figure] {
        &self.0
    }
}
