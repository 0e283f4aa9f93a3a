//! A value as a table: one row for each item, one column for each field.

use crate::reflect::{Preview, layout, thousands};

/// The widest that a column may be.
const WIDEST: usize = 40;

/// The table of what a preview shows.
pub(super) fn table(preview: &Preview) -> String {
    let Preview::Group { name, entries, more, .. } = unwrapped(preview) else {
        return format!("{}\n", line(preview));
    };
    let mut table = Table::default();
    // A struct is one row for each field.
    let (label, value) = if name.is_empty() { ("key", "value") } else { ("field", "value") };
    for (key, item) in entries {
        table.rows.push(Vec::new());
        if !key.is_empty() {
            table.put(label, key.trim_end_matches(": ").to_owned());
        }
        match unwrapped(item) {
            Preview::Group { entries, .. } if name.is_empty() && is_struct(item) => {
                for (index, (field, value)) in entries.iter().enumerate() {
                    let field = field.trim_end_matches(": ");
                    let position = index.to_string();
                    table.put(if field.is_empty() { &position } else { field }, line(value));
                }
            }
            _ => table.put(value, line(item)),
        }
    }
    let mut text = table.text();
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

/// Whether it has fields, and not items.
fn is_struct(preview: &Preview) -> bool {
    match unwrapped(preview) {
        Preview::Group { name, entries, .. } => {
            !name.is_empty() || entries.iter().all(|(label, _)| label.starts_with('"'))
        }
        Preview::Leaf(_) => false,
    }
}

fn line(preview: &Preview) -> String {
    let text = layout(preview, usize::MAX);
    if text.chars().count() <= WIDEST {
        return text;
    }
    text.chars().take(WIDEST - 1).chain(['…']).collect()
}

#[derive(Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<String>>,
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
            row.resize(row.len().max(index + 1), String::new());
            row[index] = text;
        }
    }

    fn text(&self) -> String {
        let column = |index: usize| self.rows.iter().filter_map(move |row| row.get(index));
        let shapes: Vec<_> = (0..self.columns.len())
            .map(|index| {
                let cells = column(index).map(|cell| cell.chars().count());
                let width = cells.chain([self.columns[index].chars().count()]).max().unwrap_or_default();
                let numbers =
                    column(index).filter(|cell| !cell.is_empty()).all(|cell| cell.parse::<f64>().is_ok());
                (width, numbers)
            })
            .collect();
        let row = |cells: &[String]| -> String {
            let cells = shapes.iter().enumerate().map(|(index, (width, numbers))| {
                let cell = cells.get(index).map_or("", String::as_str);
                if *numbers { format!("{cell:>width$}") } else { format!("{cell:width$}") }
            });
            format!("{}\n", cells.collect::<Vec<_>>().join("  ").trim_end())
        };
        let rule: Vec<_> = shapes.iter().map(|(width, _)| "─".repeat(*width)).collect();
        let head = [row(&self.columns), rule.join("  ") + "\n"];
        head.into_iter().chain(self.rows.iter().map(|cells| row(cells))).collect()
    }
}
