//! A value as a table: one row for each item, one column for each field.

use crate::reflect::{Preview, pretty_print, thousands};

/// The maximum width of a column.
const MAX_COLUMN_WIDTH: usize = 40;

/// Returns the table of a preview.
pub(crate) fn table(preview: &Preview) -> String {
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
    let mut text = table.text(label);
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
    let text = pretty_print(preview, usize::MAX).replace('\n', " ");
    if text.chars().count() <= MAX_COLUMN_WIDTH {
        return text;
    }
    text.chars().take(MAX_COLUMN_WIDTH - 1).chain(['…']).collect()
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
    fn text(&self, label: &str) -> String {
        let has_keys = self.rows.iter().any(|row| !row.key.is_empty());
        let line = |key: &str, cells: &[String]| -> Vec<String> {
            let key = has_keys.then(|| key.to_owned());
            let cells = (0..self.columns.len()).map(|index| cells.get(index).cloned().unwrap_or_default());
            key.into_iter().chain(cells).collect()
        };
        let head = line(label, &self.columns);
        let rows: Vec<_> = self.rows.iter().map(|row| line(&row.key, &row.cells)).collect();
        let widths: Vec<_> = (0..head.len())
            .map(|index| {
                let cells = || rows.iter().map(|row| &row[index]).filter(|cell| !cell.is_empty());
                let width =
                    cells().chain([&head[index]]).map(|cell| cell.chars().count()).max().unwrap_or_default();
                (width, cells().all(|cell| cell.parse::<f64>().is_ok()))
            })
            .collect();
        let format_row = |cells: &Vec<String>| -> String {
            let cells = cells.iter().zip(&widths).map(|(cell, (width, is_numeric))| {
                if *is_numeric { format!("{cell:>width$}") } else { format!("{cell:width$}") }
            });
            format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
        };
        let rule: Vec<_> = widths.iter().map(|(width, _)| "─".repeat(*width)).collect();
        let lines = [format_row(&head), rule.join("  ") + "\n"];
        lines.into_iter().chain(rows.iter().map(format_row)).collect()
    }
}

/// Returns two columns. The second one is aligned, except beside very wide cells of the first.
pub(crate) fn columns(rows: impl Iterator<Item = (String, String)>) -> String {
    let rows: Vec<_> = rows.collect();
    let width =
        rows.iter().map(|(left, _)| left.chars().count()).filter(|width| *width <= MAX_COLUMN_WIDTH).max();
    let width = width.unwrap_or_default();
    let lines =
        rows.iter().map(|(left, right)| format!("  {left:width$}  {right}").trim_end().to_owned() + "\n");
    lines.collect()
}
