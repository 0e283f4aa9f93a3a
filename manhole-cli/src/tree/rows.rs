//! Fetches the rows of everything that is open in the tree.

use std::collections::HashMap;
use std::sync::Arc;

use manhole_protocol::methods::{ChildEntry, Inspection, ValueKind};

use crate::error::{CliError, CliErrorKind};

/// How many children an opened value shows, and how many more each time.
pub(super) const PAGE_SIZE: usize = 100;

/// The maximum number of children in one response.
const MAX_PAGE: usize = 1_000;

const MAX_ROWS: usize = 20_000;

/// One line of the tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) depth: usize,
    pub(crate) label: String,
    pub(crate) text: String,
    pub(crate) type_name: String,
    pub(crate) kind: ValueKind,
    /// `None` if no path leads to the value.
    pub(crate) path: Option<String>,
    pub(crate) state: RowState,
    /// Whether the text differs from the last fetch.
    pub(crate) changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowState {
    /// The value has no children.
    Leaf,
    Closed,
    Open,
    /// Stands for further children of the path.
    More,
    /// An error message.
    Problem,
    /// Says which children of the path are shown.
    Note,
}

/// The children that a collection shows instead of all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Narrowed {
    pub(super) items: Vec<Item>,
    /// Says which children these are.
    pub(super) note: String,
}

/// A child of a narrowed collection.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(super) label: String,
    /// `None` if no path leads to the child. Then it has a text.
    pub(super) path: Option<String>,
    pub(super) text: String,
}

/// The paths to fetch.
#[derive(Debug, Clone)]
pub(crate) struct TreeRequest {
    /// The path of the first row. `None` starts from the roots.
    pub(super) start: Option<String>,
    /// Open paths, with the number of children to show.
    pub(super) open: HashMap<String, usize>,
    /// The collections that show some of their children.
    pub(super) narrowed: HashMap<String, Arc<Narrowed>>,
}

/// A range of children.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// Reads values of the application.
pub(super) trait Source {
    /// Returns the value at a path with a page of its children.
    fn level(&mut self, path: Option<&str>, page: Page) -> Result<Inspection, CliError>;

    /// Returns the values at several paths, without their children.
    ///
    /// # Errors
    ///
    /// If the connection has ended.
    fn values(&mut self, paths: &[&str]) -> Result<Vec<Result<Inspection, CliError>>, CliError>;
}

/// Fetches all rows of a request.
///
/// # Errors
///
/// If the connection has ended. Other errors become rows.
pub(super) fn fetch_rows(request: &TreeRequest, source: &mut dyn Source) -> Result<Vec<Row>, CliError> {
    let mut fetcher = Fetcher { request, source, rows: Vec::new() };
    fetcher.add_all()?;
    Ok(fetcher.rows)
}

struct Fetcher<'a> {
    request: &'a TreeRequest,
    source: &'a mut dyn Source,
    rows: Vec<Row>,
}

impl Fetcher<'_> {
    fn add_all(&mut self) -> Result<(), CliError> {
        let Some(path) = self.request.start.clone() else { return self.add_children(None, 0) };
        match self.source.level(Some(&path), Page { offset: 0, limit: 0 }) {
            Ok(found) => self.add_child(as_child(path.clone(), path, found), 0),
            Err(error) => self.add_problem(&error, 0),
        }
    }

    fn add_children(&mut self, path: Option<&str>, depth: usize) -> Result<(), CliError> {
        if let Some((path, narrowed)) = path.and_then(|path| Some((path, self.request.narrowed.get(path)?))) {
            return self.add_narrowed(path, &Arc::clone(narrowed), depth);
        }
        let wanted =
            path.map_or(usize::MAX, |path| self.request.open.get(path).copied().unwrap_or(PAGE_SIZE));
        let mut shown = 0;
        loop {
            let page = Page { offset: shown, limit: (wanted - shown).min(MAX_PAGE) };
            let found = match self.source.level(path, page) {
                Ok(found) => found,
                Err(error) => return self.add_problem(&error, depth),
            };
            let (count, total) = (found.children.len(), found.total);
            shown += count;
            for child in found.children {
                self.add_child(child, depth)?;
            }
            if count == 0 || shown >= total {
                return Ok(());
            }
            if shown >= wanted || self.rows.len() >= MAX_ROWS {
                self.add_more(path, depth, total - shown);
                return Ok(());
            }
        }
    }

    /// Adds the row that stands for `count` further children of a path.
    fn add_more(&mut self, path: Option<&str>, depth: usize, count: usize) {
        let text = format!("{count} more; Enter shows the next {PAGE_SIZE}");
        self.rows.push(Row::other(depth, "…", text, path, RowState::More));
    }

    /// Adds the children that a narrowed collection shows.
    fn add_narrowed(&mut self, path: &str, narrowed: &Narrowed, depth: usize) -> Result<(), CliError> {
        let wanted = self.request.open.get(path).copied().unwrap_or(PAGE_SIZE);
        let heading = self.rows.len();
        self.rows.push(Row::other(depth, "/", narrowed.note.clone(), Some(path), RowState::Note));
        let items: Vec<_> = narrowed.items.iter().take(wanted).collect();
        let paths: Vec<_> = items.iter().filter_map(|item| item.path.as_deref()).collect();
        let mut values = self.source.values(&paths)?.into_iter();
        let mut removed = 0;
        for item in items {
            let found = item.path.as_ref().and_then(|path| Some((path, values.next()?)));
            match found {
                Some((path, Ok(found))) => {
                    self.add_child(as_child(item.label.clone(), path.clone(), found), depth)?;
                }
                Some((_, Err(error))) if error.message().contains("has no key") => removed += 1,
                Some((_, Err(error))) => {
                    self.add_problem(&error, depth)?;
                    if let Some(row) = self.rows.last_mut() {
                        row.label.clone_from(&item.label);
                    }
                }
                None => {
                    self.rows.push(Row::other(depth, &item.label, item.text.clone(), None, RowState::Leaf));
                }
            }
        }
        if removed > 0
            && let Some(row) = self.rows.get_mut(heading)
        {
            row.text = format!("{}; the application has removed {removed} since", row.text);
        }
        if narrowed.items.len() > wanted {
            self.add_more(Some(path), depth, narrowed.items.len() - wanted);
        }
        Ok(())
    }

    fn add_child(&mut self, child: ChildEntry, depth: usize) -> Result<(), CliError> {
        let open = child.path.clone().filter(|path| child.inside && self.request.open.contains_key(path));
        let state = match (child.inside, &open) {
            (false, _) => RowState::Leaf,
            (true, None) => RowState::Closed,
            (true, Some(_)) => RowState::Open,
        };
        self.rows.push(Row {
            depth,
            label: child.label,
            text: child.text,
            type_name: child.r#type,
            kind: child.kind,
            path: child.path,
            state,
            changed: false,
        });
        match open {
            Some(path) if self.rows.len() < MAX_ROWS => self.add_children(Some(&path), depth + 1),
            _ => Ok(()),
        }
    }

    fn add_problem(&mut self, error: &CliError, depth: usize) -> Result<(), CliError> {
        if error.kind() == CliErrorKind::Connection {
            return Err(error.clone());
        }
        self.rows.push(Row::other(depth, "!", error.message(), None, RowState::Problem));
        Ok(())
    }
}

impl Row {
    /// Returns a row that stands for no value.
    fn other(depth: usize, label: &str, text: String, path: Option<&str>, state: RowState) -> Self {
        Self {
            depth,
            label: label.to_owned(),
            text,
            type_name: String::new(),
            kind: ValueKind::Other,
            path: path.map(str::to_owned),
            state,
            changed: false,
        }
    }

    /// Returns whether the row is a collection that can be filtered.
    pub(super) const fn is_collection(&self) -> bool {
        matches!(self.kind, ValueKind::List | ValueKind::Map | ValueKind::Set)
    }
}

/// Returns a value as a child.
fn as_child(label: String, path: String, found: Inspection) -> ChildEntry {
    ChildEntry {
        label,
        text: found.text,
        r#type: found.r#type,
        kind: found.kind,
        inside: found.total > 0,
        path: Some(path),
    }
}
