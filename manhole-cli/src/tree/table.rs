//! A collection as a table: the command that sorts it in the application, and its rows.

use manhole_protocol::Data;
use manhole_protocol::methods::ValueKind;
use manhole_protocol::text::clean;

use super::paths;
use crate::terminal::data::{Json, JsonForm};

/// The most rows of a table. The application keeps no more of them while it sorts.
pub(super) const MAX_ROWS: usize = 200;

/// The name of the column for items without fields.
const VALUE: &str = "value";

/// What a table shows.
#[derive(Debug, Clone)]
pub(super) struct Query {
    pub(super) path: String,
    pub(super) kind: ValueKind,
    /// What the user has typed as a filter, and its code.
    pub(super) filter: Option<(String, String)>,
    pub(super) sort: Option<Sort>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sort {
    /// The number of the column, and its name. The first column has the keys.
    pub(super) column: usize,
    pub(super) name: String,
    pub(super) descending: bool,
}

/// The rows of a table.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Rows {
    pub(super) columns: Vec<String>,
    pub(super) rows: Vec<TableRow>,
    /// The number of items in the collection.
    pub(super) total: usize,
    /// The order and the filter of these rows.
    pub(super) sort: Option<Sort>,
    pub(super) filter: Option<(String, String)>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct TableRow {
    /// The paths that may lead to the item, the likeliest first. Empty if it has none.
    pub(super) paths: Vec<String>,
    pub(super) cells: Vec<String>,
}

impl Query {
    /// Returns the command for the first rows. With `by_text`, it sorts by the texts of the values, since not all have an order.
    pub(super) fn code(&self, by_text: bool) -> String {
        let is_map = self.kind == ValueKind::Map;
        // The position of an item is lost once a list is sorted.
        let mut code = if is_map { self.path.clone() } else { format!("{}.enumerate()", self.path) };
        if let Some((_, condition)) = &self.filter {
            code += &format!(".filter(|k, x| {condition})");
        }
        if let Some(Sort { column, name, descending }) = &self.sort {
            let part = match (column, is_map) {
                (0, true) => {
                    code += ".enumerate()";
                    "x[1][0]".to_owned()
                }
                (0, false) => "x[0]".to_owned(),
                (_, is_map) => {
                    let item = if is_map { "x" } else { "x[1]" };
                    if name == VALUE { item.to_owned() } else { format!("{item}.{name}") }
                }
            };
            let part = if by_text { format!("`${{{part}}}`") } else { part };
            code += &format!(".sort_by(|x| {part})");
            if *descending {
                code += ".rev()";
            }
        }
        code + &format!(".take({MAX_ROWS})")
    }

    /// Returns the rows of the command's value.
    pub(super) fn rows(&self, value: &Data, total: usize) -> Rows {
        let items: Vec<(&Data, &Data)> = match value {
            Data::Map(entries) => entries.iter().map(|(key, item)| (key, item)).collect(),
            Data::List(pairs) => pairs.iter().filter_map(|pair| self.pair(pair)).collect(),
            _ => Vec::new(),
        };
        let names = field_names(&items);
        let mut columns = vec![if self.kind == ValueKind::Map { "key" } else { "#" }.to_owned()];
        match &names {
            Some(names) => columns.extend(names.iter().cloned()),
            None => columns.push(VALUE.to_owned()),
        }
        let rows = items.iter().map(|(key, item)| {
            let mut cells = vec![cell(key)];
            match (item, &names) {
                (Data::Map(fields), Some(_)) => cells.extend(fields.iter().map(|(_, value)| cell(value))),
                // A placeholder for the whole item.
                (other, _) => cells.push(cell(other)),
            }
            TableRow { paths: self.paths(key), cells }
        });
        let (sort, filter) = (self.sort.clone(), self.filter.clone());
        Rows { rows: rows.collect(), columns, total, sort, filter }
    }

    fn pair<'a>(&self, pair: &'a Data) -> Option<(&'a Data, &'a Data)> {
        let Data::List(parts) = pair else { return None };
        let [key, item] = parts.as_slice() else { return None };
        match (&self.sort, item) {
            // A map by its keys has pairs in pairs.
            (Some(Sort { column: 0, .. }), Data::List(_)) if self.kind == ValueKind::Map => {
                let Data::List(parts) = item else { return None };
                parts.first().zip(parts.get(1))
            }
            _ => Some((key, item)),
        }
    }

    fn paths(&self, key: &Data) -> Vec<String> {
        let source = match key {
            Data::Text(text) => format!("{text:?}"),
            Data::Int(number) => number.to_string(),
            Data::Uint(number) => number.to_string(),
            Data::Bool(is_true) => is_true.to_string(),
            _ => return Vec::new(),
        };
        match (self.kind, key) {
            (ValueKind::Set, _) => Vec::new(),
            (_, Data::Text(text)) if text.chars().count() == 1 => {
                // A character is reported as a string.
                let mut found = paths::meanings(text, Some((&self.path, self.kind)));
                found.retain(|path| path.len() > self.path.len() + 2 && paths::is_inside(path, &self.path));
                found
            }
            _ => vec![format!("{}[{source}]", self.path)],
        }
    }
}

/// Returns the names of the fields if all items have the same ones.
fn field_names(items: &[(&Data, &Data)]) -> Option<Vec<String>> {
    let names = |item: &Data| match item {
        Data::Map(fields) => {
            fields.iter().map(|(name, _)| matches!(name, Data::Text(_)).then(|| cell(name))).collect()
        }
        _ => None,
    };
    let mut shown = items.iter().filter(|(_, item)| !matches!(item, Data::Placeholder(_)));
    let first: Vec<String> = names(shown.next()?.1)?;
    let is_row = |name: &String| name.starts_with(|first: char| first.is_lowercase() || first == '_');
    let are_equal = !first.is_empty() && first.iter().all(is_row);
    (are_equal && shown.all(|(_, item)| names(item).as_ref() == Some(&first))).then_some(first)
}

/// Returns a value as the text of a cell.
fn cell(value: &Data) -> String {
    let text = match value {
        Data::Text(text) => text.clone(),
        Data::Placeholder(why) => format!("<{why}>"),
        Data::Null => "None".to_owned(),
        other => Json(other, JsonForm::Plain).text(),
    };
    clean(&text).replace('\n', "⏎")
}

/// A table on the screen.
pub(super) struct Table {
    pub(super) query: Query,
    pub(super) shown: Rows,
    pub(super) selected: usize,
    /// The column under the cursor.
    pub(super) column: usize,
    /// The first row on the screen.
    pub(super) top: usize,
}

impl Table {
    pub(super) fn new(query: Query) -> Self {
        Self { query, shown: Rows::default(), selected: 0, column: 0, top: 0 }
    }

    pub(super) fn set_rows(&mut self, rows: Rows) {
        self.shown = rows;
        self.selected = self.selected.min(self.shown.rows.len().saturating_sub(1));
        self.column = self.column.min(self.shown.columns.len().saturating_sub(1));
    }

    /// Goes back to the order and the filter of the rows, since the application has not sorted or filtered others.
    pub(super) fn revert(&mut self) {
        (self.query.sort, self.query.filter) = (self.shown.sort.clone(), self.shown.filter.clone());
    }

    pub(super) fn select(&mut self, position: usize) {
        self.selected = position.min(self.shown.rows.len().saturating_sub(1));
    }

    pub(super) fn move_column(&mut self, column: usize) {
        self.column = column.min(self.shown.columns.len().saturating_sub(1));
    }

    /// Sorts by the column under the cursor; in the other direction if it is sorted by it.
    pub(super) fn sort(&mut self) {
        let Some(name) = self.shown.columns.get(self.column) else { return };
        let descending = match &self.query.sort {
            Some(sort) if sort.name == *name => !sort.descending,
            _ => false,
        };
        self.query.sort = Some(Sort { column: self.column, name: name.clone(), descending });
    }

    /// Reverses the order.
    pub(super) fn reverse(&mut self) {
        match &mut self.query.sort {
            Some(sort) => sort.descending = !sort.descending,
            None => {
                let name = self.shown.columns.first().cloned().unwrap_or_default();
                self.query.sort = Some(Sort { column: 0, name, descending: true });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(kind: ValueKind, column: usize, name: &str, descending: bool) -> Query {
        let sort = Some(Sort { column, name: name.to_owned(), descending });
        Query { path: "a".to_owned(), kind, filter: None, sort }
    }

    #[test]
    fn the_application_sorts_and_keeps_the_first_rows() {
        let code = |kind, column, name| query(kind, column, name, false).code(false);
        assert_eq!(code(ValueKind::Map, 1, "id"), "a.sort_by(|x| x.id).take(200)");
        assert_eq!(code(ValueKind::Map, 0, "key"), "a.enumerate().sort_by(|x| x[1][0]).take(200)");
        assert_eq!(code(ValueKind::List, 2, "id"), "a.enumerate().sort_by(|x| x[1].id).take(200)");
        assert_eq!(code(ValueKind::Set, 1, VALUE), "a.enumerate().sort_by(|x| x[1]).take(200)");
        let mut by_mode = query(ValueKind::Map, 1, "mode", true);
        by_mode.filter = Some((".id > 1".to_owned(), "x.id > 1".to_owned()));
        let code = "a.filter(|k, x| x.id > 1).sort_by(|x| `${x.mode}`).rev().take(200)";
        assert_eq!(by_mode.code(true), code);
    }

    #[test]
    fn rows_have_the_fields_and_the_paths_of_their_items() {
        let item = |id: i64| Data::Map(vec![("id".into(), id.into()), ("name".into(), "x\ny".into())]);
        let map = query(ValueKind::Map, 1, "id", false);
        let rows = map.rows(&Data::Map(vec![("bob".into(), item(1)), ("a".into(), item(2))]), 2);
        assert_eq!(rows.columns, ["key", "id", "name"]);
        assert_eq!(rows.rows[0].cells, ["bob", "1", "x⏎y"]);
        assert_eq!(rows.rows[0].paths, ["a[\"bob\"]"]);
        assert_eq!(rows.rows[1].paths, ["a[\"a\"]", "a['a']"]);
        let by_key = query(ValueKind::Map, 0, "key", false);
        let pair = Data::List(vec![0.into(), Data::List(vec!["bob".into(), item(1)])]);
        assert_eq!(by_key.rows(&Data::List(vec![pair]), 1).rows[0], rows.rows[0]);
        let list = query(ValueKind::List, 0, "#", false);
        let rows = list.rows(&Data::List(vec![Data::List(vec![7.into(), "x".into()])]), 9);
        assert_eq!((rows.columns[1].as_str(), &rows.rows[0].cells[1]), (VALUE, &"x".to_owned()));
        assert_eq!(rows.rows[0].paths, ["a[7]"]);
    }
}
