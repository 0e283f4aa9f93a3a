//! What is seen of everything that is open in the tree, row by row.

use std::collections::HashMap;

use manhole_protocol::methods::{ChildEntry, Inspection, ValueKind};

use crate::error::{CliError, CliErrorKind};

/// How many children are shown of what is opened, and how many more each time.
pub(super) const PAGE_SIZE: usize = 100;

/// The most that one request answers.
const MAX_PAGE: usize = 1_000;

/// The most rows in all.
const MAX_ROWS: usize = 20_000;

/// One line of the tree.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Row {
    pub(crate) depth: usize,
    pub(crate) label: String,
    pub(crate) text: String,
    pub(crate) type_name: String,
    pub(crate) kind: ValueKind,
    /// Where it is, if a path leads there.
    pub(crate) path: Option<String>,
    pub(crate) state: State,
    /// Whether it has changed since the last look.
    pub(crate) changed: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// There is nothing below.
    Leaf,
    Closed,
    Open,
    /// It stands for more children of the path, which are not shown yet.
    More,
    /// It says why nothing is shown.
    Problem,
}

/// What is to be looked at.
#[derive(Debug, Clone)]
pub(crate) struct TreeRequest {
    /// Where it begins; the roots without one.
    pub(super) start: Option<String>,
    /// How many children are shown of each path that is open.
    pub(super) open: HashMap<String, usize>,
}

/// Looks at one level of a path, from a child on, for a number of children.
pub(super) type FetchLevel<'a> = dyn FnMut(Option<&str>, usize, usize) -> Result<Inspection, CliError> + 'a;

/// What there is of it.
///
/// # Errors
///
/// If the connection has ended; other troubles are rows.
pub(super) fn fetch_rows(request: &TreeRequest, inspect: &mut FetchLevel<'_>) -> Result<Vec<Row>, CliError> {
    let mut fetch_rows = Rows { request, rows: Vec::new() };
    fetch_rows.fill(inspect)?;
    Ok(fetch_rows.rows)
}

struct Rows<'a> {
    request: &'a TreeRequest,
    rows: Vec<Row>,
}

impl Rows<'_> {
    /// Adds everything that is open.
    fn fill(&mut self, inspect: &mut FetchLevel<'_>) -> Result<(), CliError> {
        match self.request.start.clone() {
            None => self.add(None, 0, inspect),
            Some(path) => match inspect(Some(&path), 0, 0) {
                Ok(fetch_rows) => {
                    let child = ChildEntry {
                        label: path.clone(),
                        text: fetch_rows.text,
                        r#type: fetch_rows.r#type,
                        kind: fetch_rows.kind,
                        inside: fetch_rows.total > 0,
                        path: Some(path),
                    };
                    self.add_child(child, 0, inspect)
                }
                Err(error) => self.add_problem(error, 0),
            },
        }
    }

    /// Adds what is below `path`.
    fn add(
        &mut self,
        path: Option<&str>,
        depth: usize,
        inspect: &mut FetchLevel<'_>,
    ) -> Result<(), CliError> {
        let request =
            path.map_or(usize::MAX, |path| self.request.open.get(path).copied().unwrap_or(PAGE_SIZE));
        let mut shown = 0;
        loop {
            let page = (request - shown).min(MAX_PAGE);
            let fetch_rows = match inspect(path, shown, page) {
                Ok(fetch_rows) => fetch_rows,
                Err(error) => return self.add_problem(error, depth),
            };
            let (count, total) = (fetch_rows.children.len(), fetch_rows.total);
            shown += count;
            for child in fetch_rows.children {
                self.add_child(child, depth, inspect)?;
            }
            if count == 0 || shown >= total {
                return Ok(());
            }
            if shown >= request || self.rows.len() >= MAX_ROWS {
                self.rows.push(Row {
                    depth,
                    label: "…".to_owned(),
                    text: format!("{} more; Enter shows the next {PAGE_SIZE}", total - shown),
                    type_name: String::new(),
                    kind: ValueKind::Other,
                    path: path.map(str::to_owned),
                    state: State::More,
                    changed: false,
                });
                return Ok(());
            }
        }
    }

    fn add_child(
        &mut self,
        child: ChildEntry,
        depth: usize,
        inspect: &mut FetchLevel<'_>,
    ) -> Result<(), CliError> {
        let open = child.path.clone().filter(|path| child.inside && self.request.open.contains_key(path));
        let state = match (child.inside, &open) {
            (false, _) => State::Leaf,
            (true, None) => State::Closed,
            (true, Some(_)) => State::Open,
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
            Some(path) if self.rows.len() < MAX_ROWS => self.add(Some(&path), depth + 1, inspect),
            _ => Ok(()),
        }
    }

    fn add_problem(&mut self, error: CliError, depth: usize) -> Result<(), CliError> {
        if error.kind() == CliErrorKind::Connection {
            return Err(error);
        }
        self.rows.push(Row {
            depth,
            label: "!".to_owned(),
            text: error.message().to_owned(),
            type_name: String::new(),
            kind: ValueKind::Other,
            path: None,
            state: State::Problem,
            changed: false,
        });
        Ok(())
    }
}
