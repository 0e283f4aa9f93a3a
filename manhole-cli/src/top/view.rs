//! Draws the screen.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout as Split, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph, Wrap};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::columns::Layout;
use super::heights::divide;
use super::model::{Model, SectionState};
use super::table::{Fact, Outcome};
use crate::terminal::colors::Colors;
use crate::terminal::format::truncated;
use crate::terminal::full_screen::{Message, SLOW_RESPONSE_TIMEOUT, draw_help, draw_input};

const HELP: &str = "\
Tab 1-5     next section, that section
↑ ↓ j k     select a row
PgUp PgDn   by ten rows
s           sort by the next column
/           show rows with a text
Enter       show the row as a whole
a           abort a task, end a session,
            after a question
Space       pause, and go on
q           quit

Press any key to return.";

const KEYS: &str = "? keys  q quits  Tab section  s sorts  / filters  Enter opens  a aborts";

/// The meaning of keys.
pub(super) enum Mode {
    Browse,
    Help,
    /// The user types the text that rows contain.
    Filter(Input),
    /// The user reads an item as a whole.
    Opened {
        path: String,
        text: String,
        /// The first line on the screen.
        top: u16,
    },
    /// The user confirms an action.
    Confirm {
        question: String,
        code: String,
        done: String,
    },
}

/// What a frame shows beside the model.
pub(super) struct Screen<'a> {
    pub(super) label: &'a str,
    pub(super) mode: &'a Mode,
    pub(super) message: Option<&'a Message>,
    /// How long the running round has taken.
    pub(super) waited: Option<Duration>,
    pub(super) colors: Colors,
}

impl Screen<'_> {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, model: &Model) {
        let width = usize::from(frame.area().width);
        let head = self.head(model, width);
        let head_height = u16::try_from(head.len()).unwrap_or(u16::MAX);
        let [head_area, body, foot] =
            Split::vertical([Constraint::Length(head_height), Constraint::Min(0), Constraint::Length(1)])
                .areas(frame.area());
        frame.render_widget(Paragraph::new(head), head_area);
        frame.render_widget(Paragraph::new(self.body(model, width, usize::from(body.height))), body);
        self.draw_foot(frame, foot, model);
        match self.mode {
            Mode::Help => draw_help(frame, HELP),
            Mode::Opened { path, text, top } => self.draw_opened(frame, path, text, *top),
            _ => {}
        }
    }

    fn style(&self, style: Style) -> Style {
        self.colors.screen_style(style)
    }

    /// Returns the label and the facts, in as many lines as they need.
    fn head(&self, model: &Model, width: usize) -> Vec<Line<'static>> {
        let label = truncated(&format!(" {} ", self.label), width);
        let mut used = label.width();
        let mut lines = vec![vec![Span::styled(label, Style::new().add_modifier(Modifier::REVERSED))]];
        for (facts, is_first) in [(&model.process, true), (&model.runtime, false)] {
            if !is_first && !facts.is_empty() {
                lines.push(Vec::new());
                used = 0;
            }
            for Fact { text, is_alarming } in facts {
                let text = truncated(text, width);
                if used > 0 && used + 2 + text.width() > width {
                    lines.push(Vec::new());
                    used = 0;
                }
                let Some(line) = lines.last_mut() else { continue };
                if used > 0 {
                    line.push(Span::raw("  "));
                    used += 2;
                }
                used += text.width();
                let alarm = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
                line.push(if *is_alarming { Span::styled(text, self.style(alarm)) } else { Span::raw(text) });
            }
        }
        lines.into_iter().map(Line::from).collect()
    }

    fn body(&self, model: &Model, width: usize, height: usize) -> Vec<Line<'static>> {
        let shown: Vec<_> =
            (0..model.sections.len()).filter(|index| is_shown(&model.sections[*index])).collect();
        let wanted: Vec<_> = shown.iter().map(|index| model.sections[*index].rows().len()).collect();
        let current = shown.iter().position(|index| *index == model.current).unwrap_or_default();
        let mut lines = Vec::new();
        for (index, rows) in shown.iter().zip(divide(height, &wanted, current)) {
            if let Some(rows) = rows {
                self.add_section(
                    &mut lines,
                    &model.sections[*index],
                    *index,
                    model.current == *index,
                    width,
                    rows,
                );
            }
        }
        lines
    }

    fn add_section(
        &self,
        lines: &mut Vec<Line<'static>>,
        state: &SectionState,
        index: usize,
        is_current: bool,
        width: usize,
        height: usize,
    ) {
        let heading = heading(state, index);
        let heading_style = if is_current {
            Style::new().add_modifier(Modifier::BOLD | Modifier::UNDERLINED)
        } else {
            Style::new().add_modifier(Modifier::BOLD)
        };
        let style = self.style(heading_style.fg(Color::Cyan));
        let Some(table) = state.table() else {
            let mut line = vec![Span::styled(heading.clone(), style)];
            let left = width.saturating_sub(heading.width() + 2);
            line.push(match &state.outcome {
                Some(Outcome::Failed(error)) => {
                    let text = truncated(&format!("error: {error}"), left);
                    Span::styled(format!("  {text}"), self.style(Style::new().fg(Color::Red)))
                }
                Some(Outcome::Absent(why)) => {
                    let text = truncated(why, left);
                    Span::styled(format!("  {text}"), Style::new().add_modifier(Modifier::DIM))
                }
                _ => Span::raw("  …"),
            });
            lines.push(Line::from(line));
            return;
        };
        // The heading stands where the title of the first column would.
        let mut titles = state.titles();
        if let Some(first) = titles.first_mut() {
            let mark = if first.ends_with('▾') { "▾" } else { "" };
            *first = format!("{heading}{mark}");
        }
        let layout = Layout::new(table, &titles, width);
        lines.push(Line::styled(layout.line(&titles, &table.are_numbers), style));
        let top = if is_current { (state.selected + 1).saturating_sub(height) } else { 0 };
        for (at, row) in table.rows.iter().enumerate().skip(top).take(height) {
            let line = layout.line(&row.cells, &table.are_numbers);
            let is_selected = is_current && at == state.selected;
            let style =
                if is_selected { Style::new().add_modifier(Modifier::REVERSED) } else { Style::new() };
            lines.push(Line::styled(line, style));
        }
    }

    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect, model: &Model) {
        let waited = self.waited.filter(|waited| *waited > SLOW_RESPONSE_TIMEOUT);
        let (text, style) = match (self.mode, self.message) {
            (Mode::Filter(input), _) => return draw_input(frame, area, "/", input),
            (Mode::Confirm { question, .. }, _) => (question.clone(), Style::new().fg(Color::Yellow)),
            (Mode::Opened { .. }, _) => {
                ("↑ ↓ scroll, any other key returns".to_owned(), Style::new().add_modifier(Modifier::DIM))
            }
            (_, Some(Message::Done(text))) if waited.is_none() => {
                (text.clone(), Style::new().fg(Color::Green))
            }
            (_, Some(Message::Failed(text))) => (format!("error: {text}"), Style::new().fg(Color::Red)),
            _ if waited.is_some() => {
                let seconds = waited.unwrap_or_default().as_secs();
                (format!("no answer for {seconds} s  q quits"), Style::new().fg(Color::Yellow))
            }
            _ if model.is_paused => ("paused; Space goes on".to_owned(), Style::new().fg(Color::Yellow)),
            _ => (KEYS.to_owned(), Style::new().add_modifier(Modifier::DIM)),
        };
        frame.render_widget(Paragraph::new(text).style(self.style(style)), area);
    }

    fn draw_opened(&self, frame: &mut Frame<'_>, path: &str, text: &str, top: u16) {
        let [area, _] = Split::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
        frame.render_widget(Clear, area);
        let block = Block::bordered()
            .title(format!(" {path} "))
            .border_style(self.style(Style::new().fg(Color::Cyan)));
        let text = Paragraph::new(text).wrap(Wrap { trim: false }).scroll((top, 0)).block(block);
        frame.render_widget(text, area);
    }
}

/// Returns whether a section has a line on the screen.
fn is_shown(state: &SectionState) -> bool {
    !matches!(&state.outcome, Some(Outcome::Absent(why)) if why.is_empty())
}

fn heading(state: &SectionState, index: usize) -> String {
    let total = state.table().map_or_else(String::new, |table| format!(" {}", table.total));
    let filter = &state.selection.filter;
    let filter = if filter.is_empty() { String::new() } else { format!(" /{filter}") };
    format!("{} {}{total}{filter}", index + 1, state.section.name)
}
