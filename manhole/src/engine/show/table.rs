//! A value as a table: one row for each item, one column for each field.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::reflect::{Preview, pretty_print, thousands};

/// The maximum width of a column for a client that does not say how many columns it has.
const MAX_COLUMN_WIDTH: usize = 40;

/// The minimum width of a column of text whose table is too wide for the client.
const MIN_COLUMN_WIDTH: usize = 6;

/// Between two columns.
const GAP: &str = "  ";

/// Returns the table of a preview, for a terminal of so many columns.
pub(crate) fn table(preview: &Preview, columns: Option<usize>) -> String {
    let Preview::Group { name, entries, more, .. } = unwrapped(preview) else {
        return format!("{}\n", line(preview));
    };
    if entries.is_empty() {
        return if *more > 0 { format!("… {} more\n", thousands(*more)) } else { "empty\n".to_owned() };
    }
    let mut table = Table::default();
    // A struct has a row for each field.
    let (label, value) = if name.is_empty() { ("key", "value") } else { ("field", "value") };
    let rows = || entries.iter().map(|(_, item)| row_name(item).filter(|_| name.is_empty()));
    // Rows of several types or variants have a column for that.
    let has_type_column = rows().any(|name| name != rows().next().flatten());
    for ((key, item), row) in entries.iter().zip(rows()) {
        table.rows.push(Row { key: key.trim_end_matches(": ").to_owned(), ..Row::default() });
        match (row, unwrapped(item)) {
            (Some(row), Preview::Group { entries, .. }) => {
                if has_type_column {
                    table.put("type", row.to_owned());
                }
                for (index, (field, value)) in entries.iter().enumerate() {
                    let field = field.trim_end_matches(": ");
                    let position = index.to_string();
                    table.put(if field.is_empty() { &position } else { field }, line(value));
                }
            }
            _ => table.put(value, line(item)),
        }
    }
    let mut text = table.text(label, columns);
    if *more > 0 {
        text += &format!("… {} more\n", thousands(*more));
    }
    text
}

/// Returns the value inside an option or a poisoned lock.
fn unwrapped(preview: &Preview) -> &Preview {
    match preview {
        Preview::Group { name, entries, .. } if name == "Some" => match entries.as_slice() {
            [(_, inner)] => unwrapped(inner),
            _ => preview,
        },
        _ => preview,
    }
}

/// Returns the name of a row, if it consists of fields and not of items.
fn row_name(preview: &Preview) -> Option<&str> {
    match unwrapped(preview) {
        Preview::Group { name, entries, .. } => {
            let map = !entries.is_empty() && entries.iter().all(|(label, _)| label.starts_with('"'));
            (!name.is_empty() || map).then_some(name)
        }
        Preview::Leaf(_) | Preview::Cut(_) | Preview::Remote => None,
    }
}

fn line(preview: &Preview) -> String {
    // Text from the application's code may have several lines.
    pretty_print(preview, usize::MAX).replace('\n', " ")
}

/// Truncates a text to a width.
fn truncated(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let fitting = text.chars().take_while(|char| {
        used += char.width().unwrap_or(0);
        used <= width
    });
    fitting.chain(['…']).collect()
}

/// A column of a table.
#[derive(Clone, Copy)]
struct Column {
    width: usize,
    is_numeric: bool,
}

impl Column {
    /// Returns a cell with its spaces.
    fn cell(self, text: &str) -> String {
        let text = truncated(text, self.width);
        let spaces = " ".repeat(self.width - text.width());
        if self.is_numeric { spaces + &text } else { text + &spaces }
    }
}

/// Narrows the widest columns of text until the table fits. A part of a number would be another number, so those stay.
fn fit(columns: &mut [Column], width: usize) {
    let gaps = GAP.width() * columns.len().saturating_sub(1);
    let used = |columns: &[Column], max: usize| -> usize {
        let widths =
            columns.iter().map(|column| if column.is_numeric { column.width } else { column.width.min(max) });
        widths.sum::<usize>() + gaps
    };
    let widest = columns.iter().map(|column| column.width).max().unwrap_or_default();
    let max = (MIN_COLUMN_WIDTH..widest).rev().find(|max| used(columns, *max) <= width);
    if used(columns, widest) > width {
        for column in columns.iter_mut().filter(|column| !column.is_numeric) {
            column.width = column.width.min(max.unwrap_or(MIN_COLUMN_WIDTH));
        }
    }
}

#[derive(Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Default)]
struct Row {
    key: String,
    cells: Vec<String>,
}

impl Table {
    /// Adds a cell to the last row.
    fn put(&mut self, column: &str, text: String) {
        // The keys of a script's map are quoted.
        let column = column.trim_matches('"');
        let index = self.columns.iter().position(|known| known == column).unwrap_or_else(|| {
            self.columns.push(column.to_owned());
            self.columns.len() - 1
        });
        if let Some(row) = self.rows.last_mut() {
            row.cells.resize(row.cells.len().max(index + 1), String::new());
            row.cells[index] = text;
        }
    }

    /// Returns the head and all rows. `label` is the head of the column of keys, if there are any.
    fn text(&self, label: &str, columns: Option<usize>) -> String {
        let has_keys = self.rows.iter().any(|row| !row.key.is_empty());
        let line = |key: &str, cells: &[String]| -> Vec<String> {
            let key = has_keys.then(|| key.to_owned());
            let cells = (0..self.columns.len()).map(|index| cells.get(index).cloned().unwrap_or_default());
            key.into_iter().chain(cells).collect()
        };
        let head = line(label, &self.columns);
        let rows: Vec<_> = self.rows.iter().map(|row| line(&row.key, &row.cells)).collect();
        let mut layout: Vec<_> = (0..head.len())
            .map(|index| {
                let cells = || rows.iter().map(|row| &row[index]).filter(|cell| !cell.is_empty());
                let width = cells().chain([&head[index]]).map(|cell| cell.width()).max().unwrap_or_default();
                Column { width, is_numeric: cells().all(|cell| cell.parse::<f64>().is_ok()) }
            })
            .collect();
        match columns {
            Some(columns) => fit(&mut layout, columns),
            None => layout.iter_mut().for_each(|column| column.width = column.width.min(MAX_COLUMN_WIDTH)),
        }
        let format_row = |cells: &Vec<String>| -> String {
            let cells = cells.iter().zip(&layout).map(|(cell, column)| column.cell(cell));
            format!("{}\n", cells.collect::<Vec<_>>().join(GAP).trim_end())
        };
        let rule: Vec<_> = layout.iter().map(|column| "─".repeat(column.width)).collect();
        let lines = [format_row(&head), rule.join(GAP) + "\n"];
        lines.into_iter().chain(rows.iter().map(format_row)).collect()
    }
}

/// Returns two columns. The second one is aligned, except beside very wide cells of the first.
pub(crate) fn columns(rows: impl Iterator<Item = (String, String)>) -> String {
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(left, _)| left.width()).filter(|width| *width <= MAX_COLUMN_WIDTH).max();
    let width = width.unwrap_or_default();
    let lines = rows.iter().map(|(left, right)| {
        let spaces = " ".repeat(width.saturating_sub(left.width()));
        format!("  {left}{spaces}  {right}").trim_end().to_owned() + "\n"
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table_of(cells: &[[&str; 2]], columns: Option<usize>) -> String {
        let mut table = Table::default();
        for [id, label] in cells {
            table.rows.push(Row::default());
            table.put("id", (*id).to_owned());
            table.put("label", (*label).to_owned());
        }
        table.text("key", columns)
    }

    #[test]
    fn wide_characters_take_two_columns() {
        assert_eq!(
            table_of(&[["漢字", "a"], ["b", "漢"]], None),
            "id    label\n────  ─────\n漢字  a\nb     漢\n"
        );
    }

    #[test]
    fn a_table_uses_the_columns_of_the_terminal() {
        let long = "x".repeat(50);
        let wide = format!("label\n──  {}\n 1  {long}\n", "─".repeat(50));
        assert_eq!(table_of(&[["1", &long]], Some(54)), format!("id  {wide}"));
        let cut = format!("──  {}\n 1  {}…\n", "─".repeat(40), "x".repeat(39));
        assert_eq!(table_of(&[["1", &long]], None), format!("id  label\n{cut}"));
        // Numbers stay whole.
        let narrow = table_of(&[["123456789012345", &long]], Some(25));
        assert!(narrow.ends_with("\n123456789012345  xxxxxxx…\n"), "{narrow}");
    }
}
