//! The state of the tree: open paths, fetched rows and the selection. It knows no screen.

use std::collections::HashMap;
use std::sync::Arc;

use super::paths;
use super::rows::{Item, Narrowed, PAGE_SIZE, Row, RowState, TreeRequest};

/// The state of the tree.
pub(crate) struct Model {
    request: TreeRequest,
    pub(crate) rows: Vec<Row>,
    selected: usize,
    /// The path to select as soon as its row is there.
    wanted: Option<String>,
    outdated: bool,
    search_text: String,
}

impl Model {
    pub(crate) fn new(start: Option<String>) -> Self {
        let open = start.iter().map(|path| (path.clone(), PAGE_SIZE)).collect();
        let request = TreeRequest { start, open, narrowed: HashMap::new() };
        Self {
            request,
            rows: Vec::new(),
            selected: 0,
            wanted: None,
            outdated: true,
            search_text: String::new(),
        }
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
        if let Some(at) = self.wanted.as_deref().and_then(|path| self.position_of(path)) {
            (self.selected, self.wanted) = (at, None);
        }
    }

    /// Returns the row of the value at a path.
    fn position_of(&self, path: &str) -> Option<usize> {
        self.rows.iter().position(|row| {
            row.path.as_deref() == Some(path) && !matches!(row.state, RowState::More | RowState::Note)
        })
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

    /// Selects a row by its position.
    pub(crate) fn select(&mut self, position: usize) {
        self.selected = position.min(self.rows.len().saturating_sub(1));
        self.wanted = None;
    }

    pub(crate) fn down(&mut self, by: usize) {
        self.wanted = None;
        self.selected = self.selected.saturating_add(by).min(self.rows.len().saturating_sub(1));
    }

    pub(crate) fn up(&mut self, by: usize) {
        self.wanted = None;
        self.selected = self.selected.saturating_sub(by);
    }

    /// Opens the selected value, or shows more of its children.
    pub(crate) fn open(&mut self) {
        let Some(Row { path: Some(path), state, .. }) = self.rows.get(self.selected) else { return };
        match state {
            RowState::Closed => drop(self.request.open.insert(path.clone(), PAGE_SIZE)),
            RowState::More => *self.request.open.entry(path.clone()).or_default() += PAGE_SIZE,
            RowState::Open => return self.down(1),
            RowState::Leaf | RowState::Problem | RowState::Note => return,
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

    /// Returns the collection under the cursor: the selected one, or the innermost around the selected row.
    pub(crate) fn collection(&self) -> Option<&Row> {
        let mut depth = self.selected()?.depth + 1;
        for row in self.rows[..=self.selected].iter().rev() {
            if row.depth < depth {
                if row.is_collection() && matches!(row.state, RowState::Open | RowState::Closed) {
                    return Some(row);
                }
                depth = row.depth;
            }
        }
        None
    }

    /// Shows only some children of a collection, and selects the first of them.
    pub(crate) fn narrow(&mut self, path: &str, narrowed: Narrowed) {
        let first = narrowed.items.iter().find_map(|item| item.path.clone());
        self.request.open.insert(path.to_owned(), PAGE_SIZE);
        self.request.narrowed.insert(path.to_owned(), Arc::new(narrowed));
        self.wanted = first.or_else(|| Some(path.to_owned()));
        self.outdated = true;
    }

    /// Shows all children of the innermost narrowed collection around the selected row. Returns whether there is one.
    pub(crate) fn widen(&mut self) -> bool {
        let around = self.selected().and_then(|row| row.path.clone()).unwrap_or_default();
        let narrowed = self.request.narrowed.keys();
        // Without one around the row, any other: the user wants the way back.
        let found = narrowed.max_by_key(|path| (around.starts_with(path.as_str()), path.len())).cloned();
        let Some(path) = found else { return false };
        self.request.narrowed.remove(&path);
        self.wanted = Some(path);
        self.outdated = true;
        true
    }

    /// Opens the way to a path, and selects its row. A collection that does not show the row is narrowed to it.
    pub(crate) fn reveal(&mut self, path: &str) {
        if self.request.start.as_ref().is_some_and(|start| !paths::is_inside(path, start)) {
            self.request.start = None;
        }
        let prefixes = paths::prefixes(path);
        for (parent, child) in prefixes.iter().zip(prefixes.iter().skip(1)) {
            self.request.open.entry((*parent).to_owned()).or_insert(PAGE_SIZE);
            let key = &child[parent.len()..];
            if key.starts_with('[') && self.position_of(child).is_none() {
                let label = key.trim_start_matches('[').trim_end_matches(']').to_owned();
                let note = format!("only {label}; Esc shows all");
                let item = Item { label, path: Some((*child).to_owned()), text: String::new() };
                let narrowed = Narrowed { items: vec![item], note };
                self.request.narrowed.insert((*parent).to_owned(), Arc::new(narrowed));
            }
        }
        self.request.open.entry(path.to_owned()).or_insert(PAGE_SIZE);
        self.wanted = Some(path.to_owned());
        self.outdated = true;
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
    use crate::tree::rows::{Page, Source, fetch_rows};

    impl<F: FnMut(Option<&str>, Page) -> Result<Inspection, CliError>> Source for F {
        fn level(&mut self, path: Option<&str>, page: Page) -> Result<Inspection, CliError> {
            self(path, page)
        }

        fn values(&mut self, paths: &[&str]) -> Result<Vec<Result<Inspection, CliError>>, CliError> {
            Ok(paths.iter().map(|path| self(Some(path), Page { offset: 0, limit: 0 })).collect())
        }
    }

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
                kind: if inside { ValueKind::List } else { ValueKind::Leaf },
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
                Some("list[70]") => (Vec::new(), 0),
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

    fn load(model: &mut Model, fetch: &mut dyn Source) {
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
    fn a_path_far_behind_is_revealed_and_esc_shows_all() {
        let mut model = Model::new(None);
        let mut fetch = application(250, 0);
        load(&mut model, &mut fetch);
        model.reveal("list[70]");
        load(&mut model, &mut fetch);
        assert_eq!(labels(&model), ["list", "/", "70"]);
        assert_eq!(model.selected().unwrap().path.as_deref(), Some("list[70]"));
        assert_eq!(model.collection().unwrap().label, "list");
        assert!(model.widen());
        load(&mut model, &mut fetch);
        assert_eq!((model.rows.len(), model.selected().unwrap().label.as_str()), (102, "list"));
        assert!(!model.widen());
        // Its row is there now.
        model.reveal("list[70]");
        load(&mut model, &mut fetch);
        assert_eq!((model.rows.len(), model.selected().unwrap().label.as_str()), (102, "70"));
    }

    #[test]
    fn an_error_is_the_only_row() {
        let mut model = Model::new(Some("nothing".to_owned()));
        load(&mut model, &mut application(1, 0));
        assert_eq!(model.problem(), Some("there is no nothing"));
    }
}
