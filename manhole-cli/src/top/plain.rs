//! One screen as plain text, for scripts.

use manhole_protocol::text::clean;

use super::columns::Layout;
use super::model::{Model, SectionState};
use super::table::{Fact, Outcome};

/// How many rows of each section are printed.
const MAX_PRINTED_ROWS: usize = 10;

/// Wider than any line.
const WIDTH: usize = 10_000;

/// Returns the lines of one screen.
pub(super) fn text(model: &Model) -> String {
    let mut text = String::new();
    for facts in [&model.process, &model.runtime] {
        if !facts.is_empty() {
            let facts: Vec<_> = facts.iter().map(|Fact { text, .. }| text.as_str()).collect();
            text += &(clean(&facts.join("  ")) + "\n");
        }
    }
    for state in &model.sections {
        if matches!(&state.outcome, Some(Outcome::Absent(why)) if why.is_empty()) {
            continue;
        }
        text += &format!("\n{}\n", clean(&heading(state)));
        let Some(table) = state.table().filter(|table| !table.rows.is_empty()) else { continue };
        let titles: Vec<_> = table.titles.iter().map(|title| (*title).to_owned()).collect();
        let layout = Layout::new(table, &titles, WIDTH);
        let rows = table.rows.iter().take(MAX_PRINTED_ROWS).map(|row| &row.cells);
        for cells in std::iter::once(&titles).chain(rows) {
            text += &(layout.line(cells, &table.are_numbers) + "\n");
        }
    }
    text
}

/// Returns the name of a section with the number of its items, or why there are none.
fn heading(state: &SectionState) -> String {
    let name = state.section.name;
    match &state.outcome {
        None => format!("{name}: …"),
        Some(Outcome::Absent(why)) => format!("{name}: {why}"),
        Some(Outcome::Failed(error)) => format!("{name}: error: {error}"),
        Some(Outcome::Table(table)) => format!("{name}: {}", table.total),
    }
}
