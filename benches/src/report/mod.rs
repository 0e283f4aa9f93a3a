//! Results: figures with their targets, statistics, the table, the plot. Uses nothing of the other folders.

mod figure;
mod plot;
mod statistics;
mod table;

pub(crate) use figure::{Figure, Target};
pub(crate) use plot::svg;
pub(crate) use statistics::{largest, median, p95, p99, quartiles};
pub(crate) use table::Table;
