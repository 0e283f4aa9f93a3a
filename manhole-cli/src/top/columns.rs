//! Lines of a table that fit a width: columns that have no room are left out from the right.

use unicode_width::UnicodeWidthStr;

use super::table::Table;
use crate::terminal::format::truncated;

/// The space between two columns.
const GAP: usize = 2;

/// The width that a column of texts needs at least.
const MIN_TEXT_WIDTH: usize = 8;

/// The largest width of a column of texts while others follow.
const MAX_TEXT_WIDTH: usize = 32;

/// The widths of the columns that fit.
pub(super) struct Layout {
    widths: Vec<usize>,
}

impl Layout {
    /// Chooses the columns and their widths. `titles` may be longer than those of the table.
    pub(super) fn new(table: &Table, titles: &[String], width: usize) -> Self {
        let natural = |index: usize| {
            let cells = table.rows.iter().filter_map(|row| row.cells.get(index)).map(|cell| cell.width());
            let title = titles.get(index).map_or(0, |title| title.width());
            cells.chain([title]).max().unwrap_or_default()
        };
        let mut widths = Vec::new();
        let mut used = 0;
        for (index, is_number) in table.are_numbers.iter().enumerate() {
            let gap = if index == 0 { 0 } else { GAP };
            let left = width.saturating_sub(used + gap);
            let is_last = index + 1 == table.are_numbers.len();
            let wanted = match natural(index) {
                natural if *is_number || is_last => natural,
                natural => natural.min(MAX_TEXT_WIDTH.min(width / 2)),
            };
            let needed = if *is_number { wanted } else { wanted.min(MIN_TEXT_WIDTH) };
            if left < needed || left == 0 {
                break;
            }
            widths.push(wanted.min(left));
            used += gap + wanted.min(left);
        }
        // What the columns that were left out would have needed.
        let mut left = width.saturating_sub(used);
        for (index, width) in widths.iter_mut().enumerate() {
            let more = natural(index).saturating_sub(*width).min(left);
            *width += more;
            left -= more;
        }
        Self { widths }
    }

    pub(super) fn line(&self, cells: &[String], are_numbers: &[bool]) -> String {
        let mut line = String::new();
        for ((cell, width), is_number) in cells.iter().zip(&self.widths).zip(are_numbers) {
            if !line.is_empty() {
                line += &" ".repeat(GAP);
            }
            let cell = truncated(cell, *width);
            let space = " ".repeat(width.saturating_sub(cell.width()));
            line += &if *is_number { space + &cell } else { cell + &space };
        }
        line.trim_end().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::table::Row;

    #[test]
    fn columns_without_room_are_left_out() {
        let cells = ["cruncher", "92%", "running", "a long text"].map(str::to_owned).to_vec();
        let titles = ["NAME", "CPU", "STATE", "CALL"];
        let table = Table {
            titles: titles.to_vec(),
            are_numbers: vec![false, true, false, false],
            total: 1,
            rows: vec![Row { path: String::new(), cells: cells.clone() }],
        };
        for (width, title, row) in [
            (80, "NAME      CPU  STATE    CALL", "cruncher  92%  running  a long text"),
            (30, "NAME      CPU  STATE", "cruncher  92%  running"),
            (32, "NAME      CPU  STATE    CALL", "cruncher  92%  running  a long …"),
            (15, "NAME      CPU", "cruncher  92%"),
            (12, "NAME     CPU", "crunch…  92%"),
            (5, "NAME", "crun…"),
            (0, "", ""),
        ] {
            let titles = titles.map(str::to_owned);
            let layout = Layout::new(&table, &titles, width);
            assert_eq!(layout.line(&titles, &table.are_numbers), title, "{width}");
            assert_eq!(layout.line(&cells, &table.are_numbers), row, "{width}");
        }
    }
}
