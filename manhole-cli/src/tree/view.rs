//! Draws the tree and the table.

use std::ops::Range;
use std::time::{Duration, Instant};

use manhole_protocol::text::wrap;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Position, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use unicode_width::UnicodeWidthStr;

use super::dialog::{Confirm, Mode, Typing};
use super::filter::Progress;
use super::model::Model;
use super::overlay;
use super::rows::{Row, RowState};
use super::table::{MAX_ROWS, Table};
use crate::terminal::colors::Colors;
use crate::terminal::format::{in_one_line, truncated};
use crate::terminal::full_screen::{Message, SLOW_RESPONSE_TIMEOUT, draw_input};

const HELP_MOVE: &str = "\
↑ ↓ j k         move
PgUp PgDn       move by a page
Home End G      go to the first row, the last row
Enter Space     open and close; show more
→ l             open
← h             close; go to the parent
/               filter the collection under the cursor:
                a text, or a condition such as .id > 5;
                elsewhere it finds like f
g               go to a key of it, or to a path
t               show it as a table
f n N           find in the open values: next, previous
m               list the methods, with their arguments
y               copy the path
s               save the value to a file, as JSON
";

const HELP_WRITE: &str = "e               edit; asks before it writes\n";

const HELP_END: &str = "\
r               refresh
M               mouse on and off: without it, and with
                Shift, the terminal selects text
Esc             go back: cancel, show all, parent
q               quit";

const HELP_TABLE: &str = "\
↑ ↓ j k         move
PgUp PgDn       move by a page
← → h l         select a column
s               sort by it; again: other direction
r               reverse the order
/               filter: a text, or a condition
                such as .id > 5
Enter           open the item in the tree
y               copy the path of the item
F5              refresh
M               mouse on and off
Esc             go back: filter, tree
q               quit";

const KEYS: &str = "/ filters  g goes to a key  t table  m methods  ? help  q quits";

const KEYS_TABLE: &str = "Enter opens  s sorts  r reverses  / filters  ? help  Esc back  q quits";

/// The most lines of a message below the rows.
const MAX_FOOT_LINES: usize = 4;

/// The widest column of a table.
const MAX_COLUMN_WIDTH: usize = 40;

/// Returns what the keys do, in the table or in the tree.
pub(super) fn help(is_table: bool, can_write: bool) -> String {
    let write = if can_write { HELP_WRITE } else { "" };
    if is_table { HELP_TABLE.to_owned() } else { format!("{HELP_MOVE}{write}{HELP_END}") }
}

/// A request that the user waits for.
pub(super) struct Pending {
    pub(super) number: u64,
    pub(super) what: String,
    pub(super) is_filter: bool,
    /// Whether the tree has sent it without a key.
    pub(super) is_background: bool,
    pub(super) started: Instant,
}

impl Pending {
    /// Returns whether the request takes long enough to be shown.
    pub(super) fn is_shown(&self) -> bool {
        !self.is_background && self.started.elapsed() > Duration::from_millis(200)
    }
}

/// What a frame shows beside the model.
pub(super) struct Shown<'a> {
    pub(super) label: &'a str,
    pub(super) level: &'a str,
    pub(super) can_write: bool,
    pub(super) mode: &'a Mode,
    pub(super) message: Option<&'a Message>,
    pub(super) pending: Option<&'a Pending>,
    /// What a running filter has seen.
    pub(super) progress: &'a Progress,
    /// How long the running fetch has taken.
    pub(super) waited: Option<Duration>,
}

pub(super) struct View {
    colors: Colors,
    /// The first row on the screen.
    top: usize,
    /// The number of rows that fit.
    height: usize,
    /// The columns of the screen that the columns of the table take, with their numbers.
    columns: Vec<(usize, Range<usize>)>,
    /// The area of the items of a menu, and the first of them.
    menu: (Rect, usize),
}

impl View {
    pub(super) const fn new(colors: Colors) -> Self {
        Self { colors, top: 0, height: 1, columns: Vec::new(), menu: (Rect::ZERO, 0) }
    }

    pub(super) const fn height(&self) -> usize {
        self.height
    }

    /// Returns the row at a line of the screen below the title.
    pub(super) fn row_at(&self, line: usize) -> Option<usize> {
        (line < self.height).then_some(self.top + line)
    }

    /// Returns the column of the table at a column of the screen.
    pub(super) fn column_at(&self, column: usize) -> Option<usize> {
        self.columns.iter().find(|(_, range)| range.contains(&column)).map(|(number, _)| *number)
    }

    /// Returns the item of a menu at a place of the screen.
    pub(super) fn menu_item_at(&self, column: u16, row: u16) -> Option<usize> {
        let (area, first) = self.menu;
        let is_inside = area.contains(Position::new(column, row));
        is_inside.then(|| first + usize::from(row - area.y))
    }

    /// Scrolls by some of `count` rows. Returns the rows that are then on the screen.
    pub(super) fn scroll(&mut self, down: bool, by: usize, count: usize) -> Range<usize> {
        let last = count.saturating_sub(self.height);
        self.top = if down { (self.top + by).min(last) } else { self.top.saturating_sub(by) };
        self.top..(self.top + self.height).min(count)
    }

    pub(super) fn draw(
        &mut self,
        frame: &mut Frame<'_>,
        model: &Model,
        table: Option<&mut Table>,
        shown: &Shown<'_>,
    ) {
        let is_table = table.is_some();
        let foot = self.foot(is_table, shown);
        // A long message has several lines, so that its end can be read.
        let foot = foot.map(|(text, style)| (wrapped(&text, usize::from(frame.area().width)), style));
        let lines = foot.as_ref().map_or(1, |(lines, _)| lines.len());
        let bottom = Constraint::Length(u16::try_from(lines).unwrap_or(1));
        let [head, body, bottom] =
            Layout::vertical([Constraint::Length(1), Constraint::Min(0), bottom]).areas(frame.area());
        self.height = usize::from(body.height).max(1);
        let title = match table {
            Some(table) => {
                self.draw_table(frame, body, table);
                table_title(table)
            }
            None => {
                self.draw_rows(frame, body, model);
                model.selected().and_then(|row| row.path.clone()).unwrap_or_default()
            }
        };
        let level = if shown.level == "admin" { String::new() } else { format!(" {}", shown.level) };
        let title = Line::from(vec![
            Span::styled(format!(" {} ", shown.label), Style::new().add_modifier(Modifier::REVERSED)),
            Span::styled(level, Style::new().add_modifier(Modifier::DIM)),
            Span::raw(format!(" {title}")),
        ]);
        frame.render_widget(Paragraph::new(title), head);
        match (foot, shown.mode) {
            (None, Mode::Typing(Typing { label, input, .. })) => draw_input(frame, bottom, label, input),
            (foot, _) => {
                let (lines, style) = foot.unwrap_or_default();
                let lines: Vec<_> = lines.into_iter().map(Line::from).collect();
                frame.render_widget(Paragraph::new(lines).style(self.colors.screen_style(style)), bottom);
            }
        }
        match shown.mode {
            Mode::Menu(menu) => self.menu = overlay::draw_menu(frame, menu),
            Mode::Form(form) => overlay::draw_form(frame, form),
            Mode::Answer(answer) => overlay::draw_answer(frame, answer),
            Mode::Path(path) => overlay::draw_path(frame, path),
            Mode::Confirm(Confirm { question, .. }) => overlay::draw_question(frame, question, self.colors),
            Mode::Browse | Mode::Typing(_) => {}
        }
    }

    fn draw_rows(&mut self, frame: &mut Frame<'_>, area: Rect, model: &Model) {
        // Fewer rows than before leave no empty lines below them.
        self.top = self.top.min(model.rows.len().saturating_sub(self.height));
        self.scroll_to(model.position());
        let rows = model.rows.iter().enumerate().skip(self.top).take(self.height);
        let lines: Vec<_> = rows
            .map(|(index, row)| {
                let line = self.line(row, area.width);
                if index == model.position() { reversed(&line) } else { line }
            })
            .collect();
        frame.render_widget(Paragraph::new(lines), area);
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
            RowState::Leaf | RowState::More | RowState::Problem | RowState::Note => "  ",
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
            RowState::More | RowState::Note => Style::new().add_modifier(Modifier::DIM),
            _ if row.changed => Style::new().fg(Color::Yellow).add_modifier(Modifier::BOLD),
            _ => Style::new().fg(Color::Green),
        };
        let mut spans = vec![
            Span::raw(format!("{indent}{sign}")),
            Span::styled(row.label.clone(), self.colors.screen_style(Style::new().fg(Color::Cyan))),
            Span::raw(if row.label.is_empty() { "" } else { ": " }),
            Span::styled(text, self.colors.screen_style(value)),
        ];
        if typed {
            spans.push(Span::raw(" ".repeat(gap)));
            spans.push(Span::styled(row.type_name.clone(), Style::new().add_modifier(Modifier::DIM)));
        }
        Line::from(spans)
    }

    fn draw_table(&mut self, frame: &mut Frame<'_>, area: Rect, table: &mut Table) {
        let height = self.height.saturating_sub(1).max(1);
        table.top = table.top.min(table.selected);
        if table.selected >= table.top + height {
            table.top = table.selected + 1 - height;
        }
        let (widths, headers) = measure(table);
        self.columns = visible_columns(&widths, table.column, usize::from(area.width));
        let cells = |row: &[String]| -> Vec<String> {
            self.columns
                .iter()
                .map(|(number, range)| {
                    let text = truncated(row.get(*number).map_or("", String::as_str), range.len());
                    format!("{text}{}", " ".repeat(range.len() - text.width() + 2))
                })
                .collect()
        };
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let header = cells(&headers).into_iter().zip(&self.columns).map(|(text, (number, _))| {
            let style = if *number == table.column { bold.add_modifier(Modifier::REVERSED) } else { bold };
            Span::styled(text, self.colors.screen_style(style))
        });
        let mut lines = vec![Line::from_iter(header)];
        for (at, row) in table.shown.rows.iter().enumerate().skip(table.top).take(height) {
            let style = if at == table.selected { Modifier::REVERSED } else { Modifier::empty() };
            lines.push(Line::styled(cells(&row.cells).concat(), Style::new().add_modifier(style)));
        }
        frame.render_widget(Paragraph::new(lines), area);
    }

    /// Returns the text below the rows. `None` while the user types there.
    fn foot(&self, is_table: bool, shown: &Shown<'_>) -> Option<(String, Style)> {
        let dim = Style::new().add_modifier(Modifier::DIM);
        Some(match (shown.mode, shown.message) {
            (Mode::Typing(_), _) => return None,
            _ if shown.pending.is_some_and(Pending::is_shown) => {
                (shown.pending.map(|pending| progress(pending, shown.progress)).unwrap_or_default(), dim)
            }
            (_, Some(Message::Done(text))) => (text.clone(), Style::new().fg(Color::Green)),
            (_, Some(Message::Failed(text))) => (format!("error: {text}"), Style::new().fg(Color::Red)),
            (_, None) => match shown.waited.filter(|waited| *waited > SLOW_RESPONSE_TIMEOUT) {
                Some(waited) => (format!("no answer for {} s  q quits", waited.as_secs()), dim),
                None if is_table => (KEYS_TABLE.to_owned(), dim),
                None => {
                    let edits = if shown.can_write { "e edits  " } else { "" };
                    (format!("Enter opens  {edits}{KEYS}"), dim)
                }
            },
        })
    }
}

/// Divides a text into at most some lines of a width. The last one is cut. The list of keys stays one line.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let text = in_one_line(text);
    if text.width() <= width || width == 0 || text.starts_with("Enter opens") {
        return vec![text];
    }
    let wrapped = wrap(&text, width);
    let mut lines: Vec<_> = wrapped.lines().map(str::to_owned).collect();
    if lines.len() > MAX_FOOT_LINES {
        let rest = lines.split_off(MAX_FOOT_LINES - 1).join(" ");
        lines.push(truncated(&rest, width));
    }
    lines
}

/// Returns the progress of a request.
fn progress(pending: &Pending, progress: &Progress) -> String {
    let seconds = pending.started.elapsed().as_secs();
    if !pending.is_filter || progress.total == 0 {
        return format!("{}: {seconds} s  Esc cancels", pending.what);
    }
    let percent = progress.seen.saturating_mul(100) / progress.total;
    format!(
        "{}: {} of {} ({percent} %), {} found, {seconds} s  Esc cancels",
        pending.what,
        progress.seen,
        progress.total,
        progress.count()
    )
}

/// Returns what a table shows.
fn table_title(table: &Table) -> String {
    let (count, total) = (table.shown.rows.len(), table.shown.total);
    let filter =
        table.shown.filter.as_ref().map(|(typed, _)| format!(", filter {typed}")).unwrap_or_default();
    let part = if count >= MAX_ROWS {
        format!("the first {count} of {total}")
    } else {
        format!("{count} of {total}")
    };
    format!("{}  {part}{filter}", table.query.path)
}

/// Returns the widths of a table's columns, and their headers.
fn measure(table: &Table) -> (Vec<usize>, Vec<String>) {
    let headers: Vec<_> = table
        .shown
        .columns
        .iter()
        .map(|name| match &table.shown.sort {
            Some(sort) if sort.name == *name => format!("{name} {}", if sort.descending { '▼' } else { '▲' }),
            _ => name.clone(),
        })
        .collect();
    let widths = headers.iter().enumerate().map(|(number, header)| {
        let cells = table.shown.rows.iter().filter_map(|row| row.cells.get(number));
        let widest = cells.map(|cell| cell.width()).max().unwrap_or_default();
        widest.max(header.width()).clamp(1, MAX_COLUMN_WIDTH)
    });
    (widths.collect(), headers)
}

/// Returns the columns that fit, with the selected one among them.
fn visible_columns(widths: &[usize], selected: usize, room: usize) -> Vec<(usize, Range<usize>)> {
    let from = |first: usize| {
        let mut start = 0;
        let mut found = Vec::new();
        for (number, width) in widths.iter().enumerate().skip(first) {
            if start >= room {
                break;
            }
            let end = (start + width).min(room);
            found.push((number, start..end));
            start += width + 2;
        }
        found
    };
    let fits = |columns: &Vec<(usize, Range<usize>)>| {
        columns.iter().any(|(number, range)| *number == selected && range.len() == widths[*number])
    };
    (0..=selected).map(from).find(fits).unwrap_or_else(|| from(selected))
}

/// Reverses a line, in one color.
fn reversed(line: &Line<'_>) -> Line<'static> {
    Line::styled(line.to_string(), Style::new().add_modifier(Modifier::REVERSED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_wrapped() {
        assert_eq!(wrapped("one two", 10), ["one two"]);
        assert_eq!(wrapped("one two", 5), ["one", "two"]);
        assert_eq!(wrapped("a b c d e f", 1), ["a", "b", "c", "…"]);
    }

    #[test]
    fn the_selected_column_is_on_the_screen() {
        let widths = [10, 10, 10];
        assert_eq!(visible_columns(&widths, 0, 25), [(0, 0..10), (1, 12..22), (2, 24..25)]);
        assert_eq!(visible_columns(&widths, 2, 25), [(1, 0..10), (2, 12..22)]);
        assert_eq!(visible_columns(&widths, 2, 5), [(2, 0..5)]);
        assert_eq!(visible_columns(&[], 0, 25), []);
    }
}
