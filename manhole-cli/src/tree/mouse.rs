//! What the mouse does: a click selects, a double click or a click on the arrow opens, and the wheel scrolls.

use std::time::{Duration, Instant};

use ratatui::crossterm::event::{MouseButton, MouseEvent, MouseEventKind};

use super::Tree;
use super::dialog::Mode;
use super::model::Model;
use super::rows::RowState;

/// The longest time between the clicks of a double click.
const DOUBLE_CLICK_TIME: Duration = Duration::from_millis(400);

/// How many rows a step of the wheel is.
const WHEEL_ROWS: usize = 3;

impl Tree {
    pub(super) fn mouse(&mut self, event: MouseEvent, model: &mut Model) {
        match event.kind {
            MouseEventKind::ScrollDown => self.scroll(true, model),
            MouseEventKind::ScrollUp => self.scroll(false, model),
            MouseEventKind::Down(MouseButton::Left) => self.click(event, model),
            _ => {}
        }
    }

    fn scroll(&mut self, down: bool, model: &mut Model) {
        let moved = |at: usize| {
            if down { at.saturating_add(WHEEL_ROWS) } else { at.saturating_sub(WHEEL_ROWS) }
        };
        match (&mut self.mode, &mut self.table) {
            (Mode::Answer(answer), _) => {
                answer.top = moved(answer.top).min(answer.text.lines().count().saturating_sub(1));
            }
            (Mode::Menu(menu), _) => {
                let at = if down { menu.selected + 1 } else { menu.selected.saturating_sub(1) };
                menu.selected = at.min(menu.items.len().saturating_sub(1));
            }
            (Mode::Browse, Some(table)) => table.select(moved(table.selected)),
            (Mode::Browse, None) => {
                let rows = self.view.scroll(down, WHEEL_ROWS, model.rows.len());
                model.select(model.position().clamp(rows.start, rows.end.saturating_sub(1).max(rows.start)));
            }
            _ => {}
        }
    }

    fn click(&mut self, event: MouseEvent, model: &mut Model) {
        if let Mode::Menu(menu) = &mut self.mode {
            let item = self.view.menu_item_at(event.column, event.row);
            let Some(item) = item.filter(|item| *item < menu.items.len()) else { return };
            menu.selected = item;
            if self.is_double_click(item)
                && let Mode::Menu(menu) = std::mem::replace(&mut self.mode, Mode::Browse)
            {
                self.choose(menu);
            }
            return;
        }
        let is_open = matches!(self.mode, Mode::Browse);
        let Some(row) = usize::from(event.row).checked_sub(1).filter(|_| is_open) else { return };
        self.message = None;
        if self.table.is_some() {
            return self.click_table(row, usize::from(event.column));
        }
        let Some(position) = self.view.row_at(row).filter(|at| *at < model.rows.len()) else { return };
        model.select(position);
        let Some(selected) = model.selected() else { return };
        let arrow = selected.depth * 2;
        let has_arrow = matches!(selected.state, RowState::Open | RowState::Closed);
        let on_arrow = has_arrow && (arrow..arrow + 2).contains(&usize::from(event.column));
        if self.is_double_click(position) || on_arrow || selected.state == RowState::More {
            model.toggle();
        }
    }

    fn click_table(&mut self, row: usize, column: usize) {
        let Some(table) = &mut self.table else { return };
        let Some(row) = row.checked_sub(1) else {
            // The header.
            if let Some(column) = self.view.column_at(column) {
                table.move_column(column);
                table.sort();
                self.refresh_table();
            }
            return;
        };
        let position = table.top + row;
        if position >= table.shown.rows.len() {
            return;
        }
        table.select(position);
        if self.is_double_click(position) {
            self.enter_row();
        }
    }

    /// Returns whether a click on the row follows another one on it.
    fn is_double_click(&mut self, position: usize) -> bool {
        let now = Instant::now();
        let is_second = self
            .last_click
            .take()
            .is_some_and(|(before, row)| row == position && now - before < DOUBLE_CLICK_TIME);
        if !is_second {
            self.last_click = Some((now, position));
        }
        is_second
    }
}
