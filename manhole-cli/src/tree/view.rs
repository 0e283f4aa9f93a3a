//! The tree on the screen.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Block, Clear, Paragraph};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use super::model::Model;
use super::rows::{Row, State};
use super::{Message, Mode};
use crate::terminal::full_screen::draw_input;

const HELP: &str = "\
↑ ↓ j k         move
PgUp PgDn g G   move far
Enter           open and close; show more
→ l             open
← h             close; go to what it is in
e               edit, with a question before it is written
/ n N           search what is open: next, previous
r               look again now
q               leave

Any key goes back.";

/// How long an answer is waited for before that is said.
const SLOW_ANSWER_TIMEOUT: Duration = Duration::from_secs(2);

pub(super) struct View {
    colors: bool,
    /// The first row that is shown.
    top: usize,
    /// How many rows fit.
    height: usize,
}

impl View {
    pub(super) const fn new(colors: bool) -> Self {
        Self { colors, top: 0, height: 1 }
    }

    pub(super) const fn height(&self) -> usize {
        self.height
    }

    pub(super) fn draw(
        &mut self,
        frame: &mut Frame<'_>,
        model: &Model,
        mode: &Mode,
        message: Option<&Message>,
        label: &str,
        waited: Option<Duration>,
    ) {
        let [head, body, foot] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(0), Constraint::Length(1)])
                .areas(frame.area());
        let path = model.selected().and_then(|row| row.path.clone()).unwrap_or_default();
        let title = Line::from(vec![
            Span::styled(format!(" {label} "), Style::new().add_modifier(Modifier::REVERSED)),
            Span::raw(format!(" {path}")),
        ]);
        frame.render_widget(Paragraph::new(title), head);
        self.height = usize::from(body.height).max(1);
        self.follow(model.position());
        let rows = model.rows.iter().enumerate().skip(self.top).take(self.height);
        let lines: Vec<_> =
            rows.map(|(index, row)| self.line(row, index == model.position(), body.width)).collect();
        frame.render_widget(Paragraph::new(lines), body);
        self.draw_foot(frame, foot, mode, message, waited);
        if let Mode::Help = mode {
            Self::draw_help(frame);
        }
    }

    /// Scrolls so far that `position` is on the screen.
    fn follow(&mut self, position: usize) {
        self.top = self.top.min(position);
        if position >= self.top + self.height {
            self.top = position + 1 - self.height;
        }
    }

    fn line(&self, row: &Row, selected: bool, width: u16) -> Line<'static> {
        let sign = match row.state {
            State::Open => "▾ ",
            State::Closed => "▸ ",
            State::Leaf | State::More | State::Problem => "  ",
        };
        let (indent, width) = ("  ".repeat(row.depth), usize::from(width));
        let used = indent.width() + 2 + row.label.width() + 2;
        let type_width = if row.type_name.is_empty() { 0 } else { row.type_name.width() + 2 };
        let room = width.saturating_sub(used);
        // A type is worth something, and a value more.
        let typed = type_width > 0 && room > type_width + 16;
        let text = fitted(&row.text, if typed { room - type_width } else { room });
        let gap = room.saturating_sub(text.width() + row.type_name.width());
        let value = match row.state {
            State::Problem => Style::new().fg(Color::Red),
            State::More => Style::new().add_modifier(Modifier::DIM),
            _ if row.changed => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            _ => Style::new().fg(Color::Green),
        };
        let mut spans = vec![
            Span::raw(format!("{indent}{sign}")),
            Span::styled(row.label.clone(), self.style(Style::new().fg(Color::Cyan))),
            Span::raw(": "),
            Span::styled(text, self.style(value)),
        ];
        if typed {
            spans.push(Span::raw(" ".repeat(gap)));
            spans.push(Span::styled(row.type_name.clone(), Style::new().add_modifier(Modifier::DIM)));
        }
        let line = Line::from(spans);
        if !selected {
            return line;
        }
        // In one colour, or it would be a patchwork.
        let plain: String = line.spans.iter().map(|span| &*span.content).collect();
        Line::styled(plain, Style::new().add_modifier(Modifier::REVERSED))
    }

    fn draw_foot(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        mode: &Mode,
        message: Option<&Message>,
        waited: Option<Duration>,
    ) {
        match (mode, message) {
            (Mode::Search(input), _) => draw_input(frame, area, "/", input),
            (Mode::Edit { path, input }, _) => draw_input(frame, area, &format!("{path} = "), input),
            (Mode::Confirm { path, value }, _) => {
                let question = format!("write {path} = {value}? y writes it, any other key does not");
                frame.render_widget(
                    Paragraph::new(question).style(self.style(Style::new().fg(Color::Yellow))),
                    area,
                );
            }
            (_, Some(Message::Done(text))) => {
                frame.render_widget(
                    Paragraph::new(text.as_str()).style(self.style(Style::new().fg(Color::Green))),
                    area,
                );
            }
            (_, Some(Message::Failed(text))) => {
                let text = format!("error: {text}");
                frame
                    .render_widget(Paragraph::new(text).style(self.style(Style::new().fg(Color::Red))), area);
            }
            (_, None) => {
                let keys = match waited.filter(|waited| *waited > SLOW_ANSWER_TIMEOUT) {
                    Some(waited) => format!("no answer for {} s  q leaves", waited.as_secs()),
                    None => "Enter opens  e edits  / searches  ? helps  q leaves".to_owned(),
                };
                frame.render_widget(
                    Paragraph::new(keys).style(Style::new().add_modifier(Modifier::DIM)),
                    area,
                );
            }
        }
    }

    fn draw_help(frame: &mut Frame<'_>) {
        let width = HELP.lines().map(|line| line.chars().count()).max().unwrap_or_default() + 4;
        let [area] = Layout::horizontal([Constraint::Length(u16::try_from(width).unwrap_or(60))])
            .flex(ratatui::layout::Flex::Center)
            .areas(frame.area());
        let height = u16::try_from(HELP.lines().count() + 2).unwrap_or(16);
        let [area] =
            Layout::vertical([Constraint::Length(height)]).flex(ratatui::layout::Flex::Center).areas(area);
        frame.render_widget(Clear, area);
        frame.render_widget(Paragraph::new(HELP).block(Block::bordered().title(" Keys ")), area);
    }

    fn style(&self, style: Style) -> Style {
        if self.colors { style } else { Style::new().add_modifier(style.add_modifier) }
    }
}

/// The beginning of a text that fits.
fn fitted(text: &str, width: usize) -> String {
    if text.width() <= width {
        return text.to_owned();
    }
    let mut used = 1;
    let fitting = text.chars().take_while(|char| {
        used += char.width().unwrap_or(0);
        used <= width
    });
    fitting.chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_as_wide_as_a_terminal_shows_it() {
        for (text, width, expected) in [
            ("abcd", 4, "abcd"),
            ("abcde", 4, "abc…"),
            ("漢字漢字", 8, "漢字漢字"),
            ("漢字漢字", 6, "漢字…"),
            ("漢字漢字", 7, "漢字漢…"),
        ] {
            assert_eq!(fitted(text, width), expected);
        }
    }
}
