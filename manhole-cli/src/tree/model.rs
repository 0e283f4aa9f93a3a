//! The state of the tree: open paths, fetched rows and the selection. It knows no screen.

use std::collections::HashMap;

use super::rows::{PAGE_SIZE, Row, RowState, TreeRequest};

/// The state of the tree.
pub(crate) struct Model {
    request: TreeRequest,
    pub(crate) rows: Vec<Row>,
    selected: usize,
    outdated: bool,
    search_text: String,
}

impl Model {
    pub(crate) fn new(start: Option<String>) -> Self {
        let open = start.iter().map(|path| (path.clone(), PAGE_SIZE)).collect();
        let request = TreeRequest { start, open };
        Self { request, rows: Vec::new(), selected: 0, outdated: true, search_text: String::new() }
    }

    /// Returns the next request, and marks the rows as up to date.
    pub(crate) fn request(&mut self) -> TreeRequest {
        self.outdated = false;
        self.request.clone()
    }

    /// Replaces the rows, marks those that have changed, and keeps the selection.
    pub(crate) fn set_rows(&mut self, rows: Vec<Row>) {
        let before = std::mem::replace(&mut self.rows, rows);
        let known: HashMap<_, _> =
            before.iter().filter_map(|row| row.path.as_ref().map(|path| (path, &row.text))).collect();
        for row in &mut self.rows {
            let text = row.path.as_ref().and_then(|path| known.get(path));
            row.changed = text.is_some_and(|text| **text != row.text);
        }
        // The selection follows its row if that still exists.
        let was = before.get(self.selected);
        let same = |row: &Row| {
            was.is_some_and(|was| was.path == row.path && was.label == row.label && was.depth == row.depth)
        };
        self.selected = self.rows.iter().position(same).unwrap_or(self.selected);
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
    }

    /// Returns the error message if the tree has nothing else to show.
    pub(crate) fn problem(&self) -> Option<&str> {
        match self.rows.as_slice() {
            [Row { state: RowState::Problem, text, .. }] => Some(text),
            _ => None,
        }
    }

    pub(crate) fn selected(&self) -> Option<&Row> {
        self.rows.get(self.selected)
    }

    pub(crate) const fn position(&self) -> usize {
        self.selected
    }

    pub(crate) const fn is_outdated(&self) -> bool {
        self.outdated
    }

    /// Marks the rows as outdated.
    pub(crate) const fn outdate(&mut self) {
        self.outdated = true;
    }

    pub(crate) fn down(&mut self, by: usize) {
        self.selected = self.selected.saturating_add(by).min(self.rows.len().saturating_sub(1));
    }

    pub(crate) const fn up(&mut self, by: usize) {
        self.selected = self.selected.saturating_sub(by);
    }

    /// Opens the selected value, or shows more of its children.
    pub(crate) fn open(&mut self) {
        let Some(Row { path: Some(path), state, .. }) = self.rows.get(self.selected) else { return };
        match state {
            RowState::Closed => drop(self.request.open.insert(path.clone(), PAGE_SIZE)),
            RowState::More => *self.request.open.entry(path.clone()).or_default() += PAGE_SIZE,
            RowState::Open => return self.down(1),
            RowState::Leaf | RowState::Problem => return,
        }
        self.outdated = true;
    }

    /// Closes the selected value, or selects its parent.
    pub(crate) fn close(&mut self) {
        let Some(row) = self.rows.get(self.selected) else { return };
        if let (RowState::Open, Some(path)) = (row.state, &row.path) {
            self.request.open.remove(path);
            self.outdated = true;
            return;
        }
        let depth = row.depth;
        let above = self.rows[..self.selected].iter().rposition(|row| row.depth < depth);
        self.selected = above.unwrap_or(self.selected);
    }

    pub(crate) fn toggle(&mut self) {
        match self.selected().map(|row| row.state) {
            Some(RowState::Open) => self.close(),
            _ => self.open(),
        }
    }

    /// Sets the search text.
    pub(crate) fn search(&mut self, text: &str) {
        self.search_text = text.to_lowercase();
    }

    /// Selects the next match. Returns whether there is one.
    pub(crate) fn find_next(&mut self) -> bool {
        let count = self.rows.len();
        self.select_first((1..=count).map(|step| self.selected + step).collect())
    }

    pub(crate) fn find_previous(&mut self) -> bool {
        let count = self.rows.len();
        self.select_first((1..=count).map(|step| self.selected + count - step).collect())
    }

    fn select_first(&mut self, order: Vec<usize>) -> bool {
        let count = self.rows.len();
        let has = |row: &Row| {
            row.label.to_lowercase().contains(&self.search_text)
                || row.text.to_lowercase().contains(&self.search_text)
        };
        let found = order.into_iter().map(|at| at % count).find(|at| has(&self.rows[*at]));
        if let Some(found) = found.filter(|_| !self.search_text.is_empty()) {
            self.selected = found;
            return true;
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use manhole_protocol::methods::{ChildEntry, Inspection, ValueKind};
    use manhole_protocol::{Error, ErrorKind};

    use super::*;
    use crate::error::CliError;
    use crate::tree::rows::{FetchLevel, Page, fetch_rows};

    /// Simulates an application with a list of `count` numbers, the first of which is `first`.
    fn application(
        count: usize,
        first: usize,
    ) -> impl FnMut(Option<&str>, Page) -> Result<Inspection, CliError> {
        move |path, Page { offset, limit }| {
            let child = |label: &str, text: String, inside, path: String| ChildEntry {
                label: label.to_owned(),
                text,
                r#type: "u8".to_owned(),
                kind: ValueKind::Leaf,
                inside,
                path: Some(path),
            };
            let (children, total) = match path {
                None => (vec![child("list", format!("[{first}, …]"), true, "list".to_owned())], 1),
                Some("list") => {
                    let text = |index: usize| if index == 0 { first.to_string() } else { index.to_string() };
                    let items = (0..count).skip(offset).take(limit);
                    (
                        items
                            .map(|index| {
                                child(&index.to_string(), text(index), false, format!("list[{index}]"))
                            })
                            .collect(),
                        count,
                    )
                }
                Some(path) => {
                    return Err(Error::new(ErrorKind::Runtime, format!("there is no {path}")).into());
                }
            };
            Ok(Inspection {
                path: path.unwrap_or_default().to_owned(),
                r#type: "Vec<u8>".to_owned(),
                kind: ValueKind::List,
                text: "[…]".to_owned(),
                children,
                total,
            })
        }
    }

    fn load(model: &mut Model, fetch: &mut FetchLevel<'_>) {
        let rows = fetch_rows(&model.request(), fetch).unwrap();
        model.set_rows(rows);
    }

    fn labels(model: &Model) -> Vec<&str> {
        model.rows.iter().map(|row| row.label.as_str()).collect()
    }

    #[test]
    fn an_opened_value_shows_a_page_and_then_more() {
        let mut model = Model::new(None);
        let mut fetch = application(250, 0);
        load(&mut model, &mut fetch);
        assert_eq!(labels(&model), ["list"]);
        model.toggle();
        assert!(model.is_outdated());
        load(&mut model, &mut fetch);
        assert_eq!((model.rows.len(), model.rows[101].state), (102, RowState::More));
        model.down(usize::MAX);
        model.toggle();
        load(&mut model, &mut fetch);
        assert_eq!(model.rows.len(), 202);
        model.up(usize::MAX);
        model.toggle();
        load(&mut model, &mut fetch);
        assert_eq!(labels(&model), ["list"]);
    }

    #[test]
    fn changed_rows_are_marked_and_the_selection_stays() {
        let mut model = Model::new(Some("list".to_owned()));
        load(&mut model, &mut application(3, 7));
        assert_eq!(labels(&model), ["list", "0", "1", "2"]);
        model.down(2);
        load(&mut model, &mut application(3, 8));
        assert_eq!(model.rows.iter().map(|row| row.changed).collect::<Vec<_>>(), [false, true, false, false]);
        assert_eq!(model.selected().unwrap().label, "1");
        model.close();
        assert_eq!(model.selected().unwrap().label, "list");
    }

    #[test]
    fn a_search_wraps_around_in_both_directions() {
        let mut model = Model::new(Some("list".to_owned()));
        load(&mut model, &mut application(30, 0));
        model.search("9");
        let mut found = |next: bool| {
            assert!(if next { model.find_next() } else { model.find_previous() });
            model.selected().unwrap().label.clone()
        };
        assert_eq!([found(true), found(true), found(true), found(true)], ["9", "19", "29", "9"]);
        assert_eq!(found(false), "29");
        model.search("nothing");
        assert!(!model.find_next());
        model.search("");
        assert!(!model.find_next());
    }

    #[test]
    fn an_error_is_the_only_row() {
        let mut model = Model::new(Some("nothing".to_owned()));
        load(&mut model, &mut application(1, 0));
        assert_eq!(model.problem(), Some("there is no nothing"));
    }
}
