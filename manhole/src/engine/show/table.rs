//! A value as a table: one row for each item, one column for each field.

use crate::reflect::{Preview, pretty_print, thousands};

/// The widest that a column may be.
const WIDEST: usize = 40;

/// The table of what a preview shows.
pub(crate) fn table(preview: &Preview) -> String {
    let Preview::Group { name, entries, more, .. } = unwrapped(preview) else {
        return format!("{}\n", line(preview));
    };
    if entries.is_empty() {
        return if *more > 0 { format!("… {} more\n", thousands(*more)) } else { "empty\n".to_owned() };
    }
    let mut table = Table::default();
    // A struct is one row for each field.
    let (label, value) = if name.is_empty() { ("key", "value") } else { ("field", "value") };
    let rows = || entries.iter().map(|(_, item)| row_name(item).filter(|_| name.is_empty()));
    // Where they are not all of one type, or variant, that has a column too.
    let several = rows().any(|name| name != rows().next().flatten());
    for ((key, item), row) in entries.iter().zip(rows()) {
        table.rows.push(Row { key: key.trim_end_matches(": ").to_owned(), ..Row::default() });
        match (row, unwrapped(item)) {
            (Some(row), Preview::Group { entries, .. }) => {
                if several {
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

/// What is inside of an option or a poisoned lock.
fn unwrapped(preview: &Preview) -> &Preview {
    match preview {
        Preview::Group { name, entries, .. } if name == "Some" => match entries.as_slice() {
            [(_, inner)] => unwrapped(inner),
            _ => preview,
        },
        _ => preview,
    }
}

/// What a row is called, if its parts are fields and not items.
fn row_name(preview: &Preview) -> Option<&str> {
    match unwrapped(preview) {
        Preview::Group { name, entries, .. } => {
            let map = !entries.is_empty() && entries.iter().all(|(label, _)| label.starts_with('"'));
            (!name.is_empty() || map).then_some(name)
        }
        Preview::Leaf(_) | Preview::Cut(_) => None,
    }
}

fn line(preview: &Preview) -> String {
    // Text that the program's own code has written may have lines.
    let text = pretty_print(preview, usize::MAX).replace('\n', " ");
    if text.chars().count() <= WIDEST {
        return text;
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}

#[derive(Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Default)]
struct Row {
    key: String,
    gc: Vec<String>,
}

impl Table {
    /// Puts a text into the last row.
    fn put(&mut self, column: &str, text: String) {
        // The fields of a script's map are quoted keys.
        let column = column.trim_matches('"');
        let index = self.columns.iter().position(|known| known == column).unwrap_or_else(|| {
            self.columns.push(column.to_owned());
            self.columns.len() - 1
        });
        if let Some(row) = self.rows.last_mut() {
            row.gc.resize(row.gc.len().max(index + 1), String::new());
            row.gc[index] = text;
        }
    }

    /// All rows below their heads; the column of the keys, if there are any, is headed by `label`.
    fn text(&self, label: &str) -> String {
        let keyed = self.rows.iter().any(|row| !row.key.is_empty());
        let line = |key: &str, gc: &[String]| -> Vec<String> {
            let key = keyed.then(|| key.to_owned());
            let gc = (0..self.columns.len()).map(|index| gc.get(index).cloned().unwrap_or_default());
            key.into_iter().chain(gc).collect()
        };
        let head = line(label, &self.columns);
        let rows: Vec<_> = self.rows.iter().map(|row| line(&row.key, &row.gc)).collect();
        let shapes: Vec<_> = (0..head.len())
            .map(|index| {
                let gc = || rows.iter().map(|row| &row[index]).filter(|cell| !cell.is_empty());
                let width =
                    gc().chain([&head[index]]).map(|cell| cell.chars().count()).max().unwrap_or_default();
                (width, gc().all(|cell| cell.parse::<f64>().is_ok()))
            })
            .collect();
        let written = |gc: &Vec<String>| -> String {
            let gc = gc.iter().zip(&shapes).map(|(cell, (width, numbers))| {
                if *numbers { format!("{cell:>width$}") } else { format!("{cell:width$}") }
            });
            format!("{}\n", gc.collect::<Vec<_>>().join("  ").trim_end())
        };
        let rule: Vec<_> = shapes.iter().map(|(width, _)| "─".repeat(*width)).collect();
        let lines = [written(&head), rule.join("  ") + "\n"];
        lines.into_iter().chain(rows.iter().map(written)).collect()
    }
}

/// Two columns, the second aligned unless the first is very wide.
pub(crate) fn columns<'a>(rows: impl Iterator<Item = (String, &'a str)>) -> String {
    const WIDEST: usize = 40;
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(left, _)| left.chars().count()).filter(|width| *width <= WIDEST).max();
    let width = width.unwrap_or_default();
    let lines =
        rows.iter().map(|(left, right)| format!("  {left:width$}  {right}").trim_end().to_owned() + "\n");
    lines.collect()
}
