//! The state of the screen: what each section shows, the selection, and the order. It knows no screen.

use super::requests::Round;
use super::sections::{SECTIONS, Section, Selection};
use super::table::{Fact, Outcome, Row, Table};

/// The state of the screen.
pub(super) struct Model {
    pub(super) process: Vec<Fact>,
    pub(super) runtime: Vec<Fact>,
    pub(super) sections: Vec<SectionState>,
    /// The position of the section that has the keys.
    pub(super) current: usize,
    pub(super) is_paused: bool,
}

/// The state of a section.
pub(super) struct SectionState {
    pub(super) section: &'static Section,
    /// `None` before the first round.
    pub(super) outcome: Option<Outcome>,
    pub(super) selection: Selection,
    /// The position of the selected row.
    pub(super) selected: usize,
}

impl Model {
    pub(super) fn new() -> Self {
        let state = |section: &'static Section| SectionState {
            section,
            outcome: None,
            selection: Selection { sort: section.first_sort, filter: String::new() },
            selected: 0,
        };
        Self {
            process: Vec::new(),
            runtime: Vec::new(),
            sections: SECTIONS.iter().map(state).collect(),
            current: 0,
            is_paused: false,
        }
    }

    /// Returns what to ask for.
    pub(super) fn selections(&self) -> Vec<Selection> {
        self.sections.iter().map(|state| state.selection.clone()).collect()
    }

    /// Shows a round. A section that was not asked keeps its rows.
    pub(super) fn update(&mut self, round: Round) {
        (self.process, self.runtime) = (round.process, round.runtime);
        for (state, outcome) in self.sections.iter_mut().zip(round.sections) {
            if let Some(outcome) = outcome {
                state.update(outcome);
            }
        }
        if !self.current().is_present() {
            self.go(1);
        }
    }

    pub(super) fn current(&self) -> &SectionState {
        &self.sections[self.current]
    }

    pub(super) fn current_mut(&mut self) -> &mut SectionState {
        &mut self.sections[self.current]
    }

    /// Goes to the next section that the application has, by `step` sections at a time.
    pub(super) fn go(&mut self, step: usize) {
        let count = self.sections.len();
        let mut next = (1..=count).map(|times| (self.current + times * step) % count);
        if let Some(next) = next.find(|next| self.sections[*next].is_present()) {
            self.current = next;
        }
    }

    /// Goes to a section by its number on the screen.
    pub(super) fn go_to(&mut self, number: usize) {
        if let Some(index) = number.checked_sub(1).filter(|index| *index < self.sections.len()) {
            self.current = index;
        }
    }
}

impl SectionState {
    fn update(&mut self, outcome: Outcome) {
        let path = self.row().map(|row| row.path.clone());
        self.outcome = Some(outcome);
        // The selection follows its item.
        let rows = self.rows();
        let same = rows.iter().position(|row| Some(&row.path) == path.as_ref());
        self.selected = same.unwrap_or(self.selected).min(rows.len().saturating_sub(1));
    }

    /// Returns whether the application may have it.
    pub(super) fn is_present(&self) -> bool {
        !matches!(self.outcome, Some(Outcome::Absent(_)))
    }

    pub(super) fn table(&self) -> Option<&Table> {
        match &self.outcome {
            Some(Outcome::Table(table)) => Some(table),
            _ => None,
        }
    }

    pub(super) fn rows(&self) -> &[Row] {
        self.table().map_or(&[], |table| &table.rows)
    }

    /// Returns the selected row.
    pub(super) fn row(&self) -> Option<&Row> {
        self.rows().get(self.selected)
    }

    pub(super) fn down(&mut self, by: usize) {
        self.selected = self.selected.saturating_add(by).min(self.rows().len().saturating_sub(1));
    }

    pub(super) fn up(&mut self, by: usize) {
        self.selected = self.selected.saturating_sub(by);
    }

    pub(super) fn sort_by_next(&mut self) {
        self.selection.sort = self.section.next_sort(self.selection.sort);
        self.selected = 0;
    }

    pub(super) fn filter(&mut self, text: &str) {
        text.trim().clone_into(&mut self.selection.filter);
        self.selected = 0;
    }

    /// Returns the titles of the columns, with a mark at that by which the rows are sorted.
    pub(super) fn titles(&self) -> Vec<String> {
        let sorted = self.section.columns.get(self.selection.sort).map(|column| column.title);
        let titles = self.table().map_or(&[][..], |table| &table.titles);
        titles
            .iter()
            .map(|title| if sorted == Some(*title) { format!("{title}▾") } else { (*title).to_owned() })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(paths: &[&str]) -> Option<Outcome> {
        let row = |path: &&str| Row { path: (*path).to_owned(), cells: vec![(*path).to_owned()] };
        let rows: Vec<_> = paths.iter().map(row).collect();
        Some(Outcome::Table(Table {
            titles: vec!["NAME"],
            are_numbers: vec![false],
            total: rows.len(),
            rows,
        }))
    }

    fn round(sections: Vec<Option<Outcome>>) -> Round {
        Round { sections, ..Round::default() }
    }

    #[test]
    fn the_selection_follows_its_item() {
        let mut model = Model::new();
        model.update(round(vec![table(&["a", "b", "c"])]));
        model.current_mut().down(1);
        model.update(round(vec![table(&["c", "a", "b"])]));
        assert_eq!(model.current().row().unwrap().path, "b");
        // A section that was not asked keeps its rows.
        model.update(round(vec![None]));
        assert_eq!(model.current().selected, 2);
        model.update(round(vec![table(&["x"])]));
        assert_eq!(model.current().row().unwrap().path, "x");
        model.update(round(vec![table(&[])]));
        assert_eq!(model.current().row(), None);
    }

    #[test]
    fn what_the_application_does_not_have_is_passed_over() {
        let mut model = Model::new();
        let absent = || Some(Outcome::Absent("no layer".to_owned()));
        model.update(round(vec![table(&["a"]), absent(), absent(), table(&["b"]), None]));
        model.go(1);
        assert_eq!(model.current().section.name, "sizes");
        model.go(1);
        assert_eq!(model.current().section.name, "sessions");
        model.go(model.sections.len() - 1);
        assert_eq!(model.current().section.name, "sizes");
        model.go_to(1);
        model.go_to(9);
        model.go_to(0);
        assert_eq!(model.current().section.name, "threads");
        model.update(round(vec![absent()]));
        assert_eq!(model.current().section.name, "sizes");
    }

    #[test]
    fn the_sorted_column_is_marked() {
        let mut model = Model::new();
        model.update(round(vec![table(&["a"])]));
        assert_eq!(model.current().titles(), ["NAME"]);
        for _ in 0..3 {
            model.current_mut().sort_by_next();
        }
        assert_eq!(model.current().titles(), ["NAME▾"]);
    }
}
