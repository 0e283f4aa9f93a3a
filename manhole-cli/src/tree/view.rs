//! Draws the tree.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::model::Model;
use super::rows::{Row, RowState};
use crate::terminal::colors::Colors;
use crate::terminal::format::truncated;
use crate::terminal::full_screen::{Message, SLOW_RESPONSE_TIMEOUT, draw_help, draw_input};

const HELP: &str = "\
↑ ↓ j k         move
PgUp PgDn       move by a page
g G             go to the first row, the last row
Enter           open and close; show more
→ l             open
← h             close; go to the parent
e               edit; asks before it writes
/ n N           search the open values: next, previous
r               refresh
q               quit

Press any key to return.";

/// The meaning of keys.
pub(super) enum Mode {
    Browse,
    Help,
    /// The user types a search text.
    Search(Input),
    /// The user types a new value for the path.
    Edit {
        path: String,
        input: Input,
    },
    /// The user confirms the new value.
    Confirm {
        path: String,
        value: String,
    },
}

/// The contents of the last line.
pub(super) struct Foot<'a> {
    pub(super) mode: &'a Mode,
    pub(super) message: Option<&'a Message>,
    /// How long the running fetch has taken.
    pub(super) waited: Option<Duration>,
}

pub(super) struct View {
    colors: Colors,
    /// The first row on the screen.
    top: usize,
    /// The number of rows that fit.
    height: usize,
}

impl View {
    pub(super) const fn new(colors: Colors) -> Self {
        Self { colors, top: 0, height: 1 }
    }

    pub(super) const fn height(&self) -> usize {
        self.height
    }

    pub(super) fn draw(&mut self, frame: &mut Frame<'_>, model: &Model, label: &str, foot: &Foot<'_>) {
        let [head, body, bottom] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)])
                .areas(frame.area());
        let path = model.selected().and_then(|row| row.path.clone()).unwrap_or_default();
        let title = Line::from(vec![
            Span::styled(format!(" {label} "), Style::new().add_modifier(Modifier::REVERSED)),
            Span::raw(format!(" {path}")),
        ]);
        frame.render_widget(Paragraph::new(title), head);
        self.height = usize::from(body.height).max(1);
        self.scroll_to(model.position());
        let rows = model.rows.iter().enumerate().skip(self.top).take(self.height);
        let lines: Vec<_> = rows
            .map(|(index, row)| {
                let line = self.line(row, body.width);
                if index == model.position() { reversed(&line) } else { line }
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), body);
        self.draw_foot(frame, bottom, foot);
        if let Mode::Help = foot.mode {
            draw_help(frame, HELP);
        }
    }

    /// Scrolls until `position` is on the screen.
    fn scroll_to(&mut self, position: usize) {
        self.top = self.top.min(position);
        if position >= self.top + self.height {
            self.top = position + 1 - self.height;
        }
    }

    fn line(&self, row: &Row, width: u16) -> Line<'static> {
        let sign = match row.state {
            RowState::Open => "▾ ",
            RowState::Closed => "▸ ",
            RowState::Leaf | RowState::More | RowState::Problem => "  ",
        };
        let (indent, width) = ("  ".repeat(row.depth), usize::from(width));
        let used = indent.width() + 2 + row.label.width() + 2;
        let type_width = if row.type_name.is_empty() { 0 } else { row.type_name.width() + 2 };
        let room = width.saturating_sub(used);
        // A short value has priority over the type.
        let typed = type_width > 0 && room > type_width + 16;
        let text = truncated(&row.text, if typed { room - type_width } else { room });
        let gap = room.saturating_sub(text.width() + row.type_name.width());
        let value = match row.state {
            RowState::Problem => Style::new().fg(Color::Red),
            RowState::More => Style::new().add_modifier(Modifier::DIM),
            _ if row.changed => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            _ => Style::new().fg(Color::Green),
        };
        let mut spans = vec![
            Span::raw(format!("{indent}{sign}")),
            Span::styled(row.label.clone(), self.colors.screen_style(Style::new().fg(Color::Cyan))),
            Span::raw(": "),
            Span::styled(text, self.colors.screen_style(value)),
        ];
        if typed {
            spans.push(Span::raw(" ".repeat(gap)));
            spans.push(Span::styled(row.type_name.clone(), Style::new().add_modifier(Modifier::DIM)));
        }
        Line::from(spans)
    }

    fn draw_foot(&self, frame: &mut Frame<'_>, area: Rect, foot: &Foot<'_>) {
        let (text, style) = match (foot.mode, foot.message) {
            (Mode::Search(input), _) => return draw_input(frame, area, "/", input),
            (Mode::Edit { path, input }, _) => {
                return draw_input(frame, area, &format!("{path} = "), input);
            }
            (Mode::Confirm { path, value }, _) => {
                let question =
                    format!("write {path} = {value}? Press y to write it, any other key to cancel");
                (question, Style::new().fg(Color::Yellow))
            }
            (_, Some(Message::Done(text))) => (text.clone(), Style::new().fg(Color::Green)),
            (_, Some(Message::Failed(text))) => (format!("error: {text}"), Style::new().fg(Color::Red)),
            (_, None) => {
                let keys = match foot.waited.filter(|waited| *waited > SLOW_RESPONSE_TIMEOUT) {
                    Some(waited) => format!("no answer for {} s  q quits", waited.as_secs()),
                    None => "Enter opens  e edits  / searches  ? shows help  q quits".to_owned(),
                };
                (keys, Style::new().add_modifier(Modifier::DIM))
            }
        };
        frame.render_widget(Paragraph::new(text).style(self.colors.screen_style(style)), area);
    }
}

/// Reverses a line, in one color.
fn reversed(line: &Line<'_>) -> Line<'static> {
    Line::styled(line.to_string(), Style::new().add_modifier(Modifier::REVERSED))
}
