//! The menu of completions: one that closes when there is nothing to show, and says how much it does not show.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use nu_ansi_term::Style;
use reedline::{Completer, Editor, IdeMenu, Menu, MenuEvent, MenuSettings, Painter, Suggestion};

/// The number of candidates that a session has left out of its last answer.
#[derive(Clone, Default)]
pub(super) struct LeftOut(Arc<AtomicUsize>);

impl LeftOut {
    pub(super) fn set(&self, count: usize) {
        self.0.store(count, Ordering::Relaxed);
    }

    fn get(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

/// The highest number of rows of the menu, with its border.
pub(super) const MAX_ROWS: u16 = 12;

pub(super) struct CompletionMenu {
    inner: IdeMenu,
    more: LeftOut,
    /// The number of lines that the border takes.
    border: usize,
}

impl CompletionMenu {
    pub(super) fn new(inner: IdeMenu, more: LeftOut, border: usize) -> Self {
        Self { inner, more, border }
    }

    /// Returns how many candidates the menu does not show if it has this many lines.
    fn hidden(&self, lines: usize) -> usize {
        let rows = lines.saturating_sub(self.border);
        self.inner.get_values().len().saturating_sub(rows).saturating_add(self.more.get())
    }

    fn has_footer(&self) -> bool {
        !self.inner.get_values().is_empty() && self.hidden(MAX_ROWS.into()) > 0
    }

    /// Closes the menu if an answer has come that is empty.
    fn close_if_empty(&mut self) {
        if self.inner.get_values().is_empty() && !self.inner.results_are_provisional() {
            self.inner.handle_menu_event(&MenuEvent::Deactivate);
        }
    }
}

impl Menu for CompletionMenu {
    fn settings(&self) -> &MenuSettings {
        self.inner.settings()
    }

    fn is_active(&self) -> bool {
        self.inner.is_active()
    }

    fn set_active(&mut self, active: bool) {
        self.inner.set_active(active);
    }

    fn clear_input(&mut self) {
        self.inner.clear_input();
    }

    fn on_activate(&mut self) {
        self.inner.on_activate();
    }

    fn on_deactivate(&mut self) {
        self.inner.on_deactivate();
    }

    fn handle_menu_event(&mut self, event: &MenuEvent) {
        self.inner.handle_menu_event(event);
    }

    fn menu_event(&mut self, event: MenuEvent) {
        self.inner.menu_event(event);
    }

    fn can_quick_complete(&self) -> bool {
        self.inner.can_quick_complete()
    }

    fn can_partially_complete(
        &mut self,
        values_updated: bool,
        editor: &mut Editor,
        completer: &mut dyn Completer,
    ) -> bool {
        self.inner.can_partially_complete(values_updated, editor, completer)
    }

    fn update_values(&mut self, editor: &mut Editor, completer: &mut dyn Completer) {
        self.inner.update_values(editor, completer);
    }

    fn reset_position(&mut self) {
        self.inner.reset_position();
    }

    fn reload(&mut self, updated: bool, editor: &mut Editor, completer: &mut dyn Completer) {
        self.inner.reload(updated, editor, completer);
    }

    fn update_working_details(
        &mut self,
        editor: &mut Editor,
        completer: &mut dyn Completer,
        painter: &Painter,
    ) {
        self.inner.update_working_details(editor, completer, painter);
        self.close_if_empty();
    }

    fn replace_in_buffer(&self, editor: &mut Editor) {
        self.inner.replace_in_buffer(editor);
    }

    fn menu_required_lines(&self, terminal_columns: u16) -> u16 {
        self.inner.menu_required_lines(terminal_columns) + u16::from(self.has_footer())
    }

    fn menu_string(&self, available_lines: u16, use_ansi_coloring: bool) -> String {
        if self.inner.get_values().is_empty() {
            return String::new();
        }
        let menu = self.inner.menu_string(available_lines, use_ansi_coloring);
        let lines: Vec<&str> = menu.split("\r\n").collect();
        let hidden = self.hidden(lines.len());
        if hidden == 0 || lines.len() >= usize::from(available_lines) {
            return menu;
        }
        let indentation = lines.iter().map(|line| line.len() - line.trim_start_matches(' ').len()).min();
        let footer = format!("… {hidden} more");
        let footer = if use_ansi_coloring { Style::new().dimmed().paint(footer).to_string() } else { footer };
        format!("{menu}\r\n{}{footer}", " ".repeat(indentation.unwrap_or(0)))
    }

    fn min_rows(&self) -> u16 {
        self.inner.min_rows().saturating_add(u16::from(self.has_footer()))
    }

    fn get_values(&self) -> &[Suggestion] {
        self.inner.get_values()
    }

    fn results_are_provisional(&self) -> bool {
        self.inner.results_are_provisional()
    }

    fn is_awaiting_first_answer(&self) -> bool {
        self.inner.is_awaiting_first_answer()
    }

    fn is_visible(&self) -> bool {
        self.inner.is_visible()
    }

    fn set_cursor_pos(&mut self, pos: (u16, u16)) {
        self.inner.set_cursor_pos(pos);
    }
}
