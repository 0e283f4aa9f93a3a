//! Fetches the rows of everything that is open in the tree.

use std::collections::HashMap;

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
}

/// The paths to fetch.
#[derive(Debug, Clone)]
pub(crate) struct TreeRequest {
    /// The path of the first row. `None` starts from the roots.
    pub(super) start: Option<String>,
    /// Open paths, with the number of children to show.
    pub(super) open: HashMap<String, usize>,
}

/// A range of children.
#[derive(Debug, Clone, Copy)]
pub(super) struct Page {
    pub(super) offset: usize,
    pub(super) limit: usize,
}

/// Fetches one level of a path.
pub(super) type FetchLevel<'a> = dyn FnMut(Option<&str>, Page) -> Result<Inspection, CliError> + 'a;

/// Fetches all rows of a request.
///
/// # Errors
///
/// If the connection has ended. Other errors become rows.
pub(super) fn fetch_rows(request: &TreeRequest, fetch: &mut FetchLevel<'_>) -> Result<Vec<Row>, CliError> {
    let mut fetcher = Fetcher { request, fetch, rows: Vec::new() };
    fetcher.add_all()?;
    Ok(fetcher.rows)
}

struct Fetcher<'a, 'f> {
    request: &'a TreeRequest,
    fetch: &'a mut FetchLevel<'f>,
    rows: Vec<Row>,
}

impl Fetcher<'_, '_> {
    fn add_all(&mut self) -> Result<(), CliError> {
        let Some(path) = self.request.start.clone() else { return self.add_children(None, 0) };
        match (self.fetch)(Some(&path), Page { offset: 0, limit: 0 }) {
            Ok(found) => {
                let child = ChildEntry {
                    label: path.clone(),
                    text: found.text,
                    r#type: found.r#type,
                    kind: found.kind,
                    inside: found.total > 0,
                    path: Some(path),
                };
                self.add_child(child, 0)
            }
            Err(error) => self.add_problem(&error, 0),
        }
    }

    fn add_children(&mut self, path: Option<&str>, depth: usize) -> Result<(), CliError> {
        let wanted =
            path.map_or(usize::MAX, |path| self.request.open.get(path).copied().unwrap_or(PAGE_SIZE));
        let mut shown = 0;
        loop {
            let page = Page { offset: shown, limit: (wanted - shown).min(MAX_PAGE) };
            let found = match (self.fetch)(path, page) {
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
                self.rows.push(Row {
                    depth,
                    label: "…".to_owned(),
                    text: format!("{} more; Enter shows the next {PAGE_SIZE}", total - shown),
                    type_name: String::new(),
                    kind: ValueKind::Other,
                    path: path.map(str::to_owned),
                    state: RowState::More,
                    changed: false,
                });
                return Ok(());
            }
        }
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
        self.rows.push(Row {
            depth,
            label: "!".to_owned(),
            text: error.message(),
            type_name: String::new(),
            kind: ValueKind::Other,
            path: None,
            state: RowState::Problem,
            changed: false,
        });
        Ok(())
    }
}
