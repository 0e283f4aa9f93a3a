//! What is seen of everything that is open in the tree, row by row.

use std::collections::HashMap;

use manhole_protocol::methods::{ChildEntry, Inspection, ValueKind};

use crate::error::{Failure, FailureKind};

/// How many children are shown of what is opened, and how many more each time.
pub(super) const PAGE: usize = 100;

/// The most that one request answers.
const LARGEST_PAGE: usize = 1_000;

/// The most rows in all.
const MOST_ROWS: usize = 20_000;

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
pub(crate) struct Wanted {
    /// Where it begins; the roots without one.
    pub(super) start: Option<String>,
    /// How many children are shown of each path that is open.
    pub(super) open: HashMap<String, usize>,
}

/// Looks at one level of a path, from a child on, for a number of children.
pub(super) type Look<'a> = dyn FnMut(Option<&str>, usize, usize) -> Result<Inspection, Failure> + 'a;

/// What there is of it.
///
/// # Errors
///
/// If the connection has ended; other troubles are rows.
pub(super) fn seen(wanted: &Wanted, inspect: &mut Look<'_>) -> Result<Vec<Row>, Failure> {
    let mut seen = Rows { wanted, rows: Vec::new() };
    seen.fill(inspect)?;
    Ok(seen.rows)
}

struct Rows<'a> {
    wanted: &'a Wanted,
    rows: Vec<Row>,
}

impl Rows<'_> {
    /// Adds everything that is open.
    fn fill(&mut self, inspect: &mut Look<'_>) -> Result<(), Failure> {
        match self.wanted.start.clone() {
            None => self.add(None, 0, inspect),
            Some(path) => match inspect(Some(&path), 0, 0) {
                Ok(seen) => {
                    let child = ChildEntry {
                        label: path.clone(),
                        text: seen.text,
                        r#type: seen.r#type,
                        kind: seen.kind,
                        inside: seen.total > 0,
                        path: Some(path),
                    };
                    self.add_child(child, 0, inspect)
                }
                Err(failure) => self.add_problem(failure, 0),
            },
        }
    }

    /// Adds what is below `path`.
    fn add(&mut self, path: Option<&str>, depth: usize, inspect: &mut Look<'_>) -> Result<(), Failure> {
        let wanted = path.map_or(usize::MAX, |path| self.wanted.open.get(path).copied().unwrap_or(PAGE));
        let mut shown = 0;
        loop {
            let page = (wanted - shown).min(LARGEST_PAGE);
            let seen = match inspect(path, shown, page) {
                Ok(seen) => seen,
                Err(failure) => return self.add_problem(failure, depth),
            };
            let (count, total) = (seen.children.len(), seen.total);
            shown += count;
            for child in seen.children {
                self.add_child(child, depth, inspect)?;
            }
            if count == 0 || shown >= total {
                return Ok(());
            }
            if shown >= wanted || self.rows.len() >= MOST_ROWS {
                self.rows.push(Row {
                    depth,
                    label: "…".to_owned(),
                    text: format!("{} more; Enter shows the next {PAGE}", total - shown),
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

    fn add_child(&mut self, child: ChildEntry, depth: usize, inspect: &mut Look<'_>) -> Result<(), Failure> {
        let open = child.path.clone().filter(|path| child.inside && self.wanted.open.contains_key(path));
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
            Some(path) if self.rows.len() < MOST_ROWS => self.add(Some(&path), depth + 1, inspect),
            _ => Ok(()),
        }
    }

    fn add_problem(&mut self, failure: Failure, depth: usize) -> Result<(), Failure> {
        if failure.kind() == FailureKind::Connection {
            return Err(failure);
        }
        self.rows.push(Row {
            depth,
            label: "!".to_owned(),
            text: failure.message().to_owned(),
            type_name: String::new(),
            kind: ValueKind::Other,
            path: None,
            state: State::Problem,
            changed: false,
        });
        Ok(())
    }
}
