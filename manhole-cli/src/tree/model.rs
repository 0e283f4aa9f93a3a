//! What is open in the tree, and what was seen there. It knows no screen.

use std::collections::HashMap;

use manhole_protocol::method::{Child, Inspect, Inspection};

use crate::client::Client;
use crate::failure::{Failure, FailureKind};

/// How many children are shown of what is opened, and how many more each time.
const PAGE: usize = 100;

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

/// The tree.
pub(crate) struct Model {
    /// Where it begins; the roots without one.
    start: Option<String>,
    /// How many children are shown of each path that is open.
    open: HashMap<String, usize>,
    pub(crate) rows: Vec<Row>,
    selected: usize,
    outdated: bool,
    sought: String,
}

impl Row {
    /// The value as it would be typed: what is neither a number nor a word of the language stands in quotes.
    pub(crate) fn typed(&self) -> String {
        let text = &self.text;
        let is_bare = text.starts_with(char::is_alphanumeric)
            && !text.contains(['{', '(', '['])
            && text.parse::<f64>().is_err()
            && !["true", "false", "None"].contains(&text.as_str());
        if self.state == State::Leaf && is_bare { format!("{text:?}") } else { text.clone() }
    }
}

impl Model {
    pub(crate) fn new(start: Option<String>) -> Self {
        let open = start.iter().map(|path| (path.clone(), PAGE)).collect();
        Self { start, open, rows: Vec::new(), selected: 0, outdated: true, sought: String::new() }
    }

    /// Looks at everything that is open.
    ///
    /// # Errors
    ///
    /// If the connection has ended; other troubles are rows.
    pub(crate) fn load(&mut self, client: &mut Client) -> Result<(), Failure> {
        let mut inspect = |path: Option<&str>, offset: usize, limit: usize| {
            let mut method = Inspect::new().offset(offset).limit(limit);
            method.path = path.map(str::to_owned);
            client.call(&method)
        };
        self.load_with(&mut inspect)
    }

    fn load_with(&mut self, inspect: &mut Look<'_>) -> Result<(), Failure> {
        self.outdated = false;
        let before = std::mem::take(&mut self.rows);
        if let Err(failure) = self.fill(inspect) {
            self.rows = before;
            return Err(failure);
        }
        let known: HashMap<_, _> =
            before.iter().filter_map(|row| row.path.as_ref().map(|path| (path, &row.text))).collect();
        for row in &mut self.rows {
            let text = row.path.as_ref().and_then(|path| known.get(path));
            row.changed = text.is_some_and(|text| **text != row.text);
        }
        // Where it was, if that is still there.
        let was = before.get(self.selected);
        let same = |row: &Row| {
            was.is_some_and(|was| was.path == row.path && was.label == row.label && was.depth == row.depth)
        };
        self.selected = self.rows.iter().position(same).unwrap_or(self.selected);
        self.selected = self.selected.min(self.rows.len().saturating_sub(1));
        Ok(())
    }

    /// Adds everything that is open.
    fn fill(&mut self, inspect: &mut Look<'_>) -> Result<(), Failure> {
        match self.start.clone() {
            None => self.add(None, 0, inspect),
            Some(path) => match inspect(Some(&path), 0, 0) {
                Ok(seen) => {
                    let child = Child {
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
        let wanted = path.map_or(usize::MAX, |path| self.open.get(path).copied().unwrap_or(PAGE));
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
                    path: path.map(str::to_owned),
                    state: State::More,
                    changed: false,
                });
                return Ok(());
            }
        }
    }

    fn add_child(&mut self, child: Child, depth: usize, inspect: &mut Look<'_>) -> Result<(), Failure> {
        let open = child.path.clone().filter(|path| child.inside && self.open.contains_key(path));
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
            path: None,
            state: State::Problem,
            changed: false,
        });
        Ok(())
    }

    /// Why nothing is shown at all, if that is so.
    pub(crate) fn problem(&self) -> Option<&str> {
        match self.rows.as_slice() {
            [Row { state: State::Problem, text, .. }] => Some(text),
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

    /// It is to be looked at again.
    pub(crate) const fn outdate(&mut self) {
        self.outdated = true;
    }

    pub(crate) fn down(&mut self, by: usize) {
        self.selected = self.selected.saturating_add(by).min(self.rows.len().saturating_sub(1));
    }

    pub(crate) const fn up(&mut self, by: usize) {
        self.selected = self.selected.saturating_sub(by);
    }

    /// Opens what is selected, or shows more of it.
    pub(crate) fn open(&mut self) {
        let Some(Row { path: Some(path), state, .. }) = self.rows.get(self.selected) else { return };
        match state {
            State::Closed => drop(self.open.insert(path.clone(), PAGE)),
            State::More => *self.open.entry(path.clone()).or_default() += PAGE,
            State::Open => return self.down(1),
            State::Leaf | State::Problem => return,
        }
        self.outdated = true;
    }

    /// Closes what is selected, or goes to what it is in.
    pub(crate) fn close(&mut self) {
        let Some(row) = self.rows.get(self.selected) else { return };
        if let (State::Open, Some(path)) = (row.state, &row.path) {
            self.open.remove(path);
            self.outdated = true;
            return;
        }
        let depth = row.depth;
        let above = self.rows[..self.selected].iter().rposition(|row| row.depth < depth);
        self.selected = above.unwrap_or(self.selected);
    }

    pub(crate) fn toggle(&mut self) {
        match self.selected().map(|row| row.state) {
            Some(State::Open) => self.close(),
            _ => self.open(),
        }
    }

    /// What is to be found.
    pub(crate) fn search(&mut self, text: &str) {
        self.sought = text.to_lowercase();
    }

    /// Goes to the next row that has what is sought; answers whether there is one.
    pub(crate) fn find_next(&mut self) -> bool {
        let count = self.rows.len();
        self.go_to_first((1..=count).map(|step| self.selected + step).collect())
    }

    pub(crate) fn find_previous(&mut self) -> bool {
        let count = self.rows.len();
        self.go_to_first((1..=count).map(|step| self.selected + count - step).collect())
    }

    fn go_to_first(&mut self, order: Vec<usize>) -> bool {
        let count = self.rows.len();
        let has = |row: &Row| {
            row.label.to_lowercase().contains(&self.sought) || row.text.to_lowercase().contains(&self.sought)
        };
        let found = order.into_iter().map(|at| at % count).find(|at| has(&self.rows[*at]));
        if let Some(found) = found.filter(|_| !self.sought.is_empty()) {
            self.selected = found;
            return true;
        }
        false
    }
}

/// Looks at one level of a path, from a child on, for a number of children.
type Look<'a> = dyn FnMut(Option<&str>, usize, usize) -> Result<Inspection, Failure> + 'a;

#[cfg(test)]
mod tests {
    use manhole_protocol::method::Kind;

    use super::*;

    /// A root with a list of `count` numbers, of which the first is `first`.
    fn world(
        count: usize,
        first: usize,
    ) -> impl FnMut(Option<&str>, usize, usize) -> Result<Inspection, Failure> {
        move |path, offset, limit| {
            let child = |label: &str, text: String, inside, path: String| Child {
                label: label.to_owned(),
                text,
                r#type: "u8".to_owned(),
                kind: Kind::Leaf,
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
                Some(path) => return Err(Failure::new(FailureKind::Command, format!("there is no {path}"))),
            };
            Ok(Inspection {
                path: path.unwrap_or_default().to_owned(),
                r#type: "Vec<u8>".to_owned(),
                kind: Kind::List,
                text: "[…]".to_owned(),
                children,
                total,
            })
        }
    }

    fn labels(model: &Model) -> Vec<&str> {
        model.rows.iter().map(|row| row.label.as_str()).collect()
    }

    #[test]
    fn what_is_opened_shows_a_page_and_then_more() {
        let mut model = Model::new(None);
        let mut look = world(250, 0);
        model.load_with(&mut look).unwrap();
        assert_eq!(labels(&model), ["list"]);
        model.toggle();
        assert!(model.is_outdated());
        model.load_with(&mut look).unwrap();
        assert_eq!((model.rows.len(), model.rows[101].state), (102, State::More));
        model.down(usize::MAX);
        model.toggle();
        model.load_with(&mut look).unwrap();
        assert_eq!(model.rows.len(), 202);
        model.up(usize::MAX);
        model.toggle();
        model.load_with(&mut look).unwrap();
        assert_eq!(labels(&model), ["list"]);
    }

    #[test]
    fn what_has_changed_is_marked_and_the_selection_stays() {
        let mut model = Model::new(Some("list".to_owned()));
        model.load_with(&mut world(3, 7)).unwrap();
        assert_eq!(labels(&model), ["list", "0", "1", "2"]);
        model.down(2);
        model.load_with(&mut world(3, 8)).unwrap();
        assert_eq!(model.rows.iter().map(|row| row.changed).collect::<Vec<_>>(), [false, true, false, false]);
        assert_eq!(model.selected().unwrap().label, "1");
        model.close();
        assert_eq!(model.selected().unwrap().label, "list");
    }

    #[test]
    fn a_search_goes_round_in_both_directions() {
        let mut model = Model::new(Some("list".to_owned()));
        model.load_with(&mut world(30, 0)).unwrap();
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
    fn what_is_edited_can_be_written_back() {
        let mut model = Model::new(None);
        model.load_with(&mut world(1, 0)).unwrap();
        let mut row = model.rows[0].clone();
        row.state = State::Leaf;
        for (text, typed) in [
            ("7", "7"),
            ("-1.5", "-1.5"),
            ("true", "true"),
            ("\"x\"", "\"x\""),
            ("1.5s", "\"1.5s\""),
            ("Idle", "\"Idle\""),
            ("None", "None"),
            ("Point { x: 1 }", "Point { x: 1 }"),
        ] {
            row.text = text.to_owned();
            assert_eq!(row.typed(), typed);
        }
    }

    #[test]
    fn what_cannot_be_shown_says_why() {
        let mut model = Model::new(Some("nothing".to_owned()));
        model.load_with(&mut world(1, 0)).unwrap();
        assert_eq!(model.problem(), Some("there is no nothing"));
    }
}
