//! The table: each row is printed as soon as it is known, so that a run that breaks off has told what it has measured.

use super::figure::Figure;

/// The rows so far.
pub(crate) struct Table(Vec<Figure>);

impl Table {
    /// A table that has its head.
    pub(crate) fn new() -> Self {
        println!("| what | against | measured | value | target | met |");
        println!("|---|---|---|---|---|---|");
        Self(Vec::new())
    }

    /// One row more.
    pub(crate) fn add(&mut self, figure: Figure) {
        println!("{}", figure.row());
        self.0.push(figure);
    }

    pub(crate) fn figures(&self) -> &[Figure] {
        &self.0
    }
}
