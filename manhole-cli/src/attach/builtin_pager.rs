//! The built-in pager: scrolls, searches and saves a long text.

use std::io::{self, Write};
use std::path::PathBuf;
use std::time::Duration;

use nu_ansi_term::Style as Ansi;
use ratatui::Frame;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::Paragraph;
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;
use unicode_width::UnicodeWidthChar;

use crate::error::CliError;
use crate::private_file;
use crate::terminal::colors::Colors;
use crate::terminal::full_screen::{FullScreen, draw_help, draw_input};
use crate::terminal::signals::Termination;

/// How long the pager waits for a key before it draws the screen again.
const REDRAW_INTERVAL: Duration = Duration::from_secs(3600);

const TAB_WIDTH: usize = 8;

const HELP: &str = "\
Down, Up        one line
Space, PgDn     one page down
b, PgUp         one page up
g, G            the beginning, the end
/               search
n, N            the next match, the previous one
s               save the whole text to a file
h, ?            these keys
q, Esc, Ctrl-C  return to the prompt; the page stays on the screen

Press any key to return.";

/// Spans of text with one style each.
pub(super) type StyledSpans = [(Ansi, String)];

/// A line of such spans.
type StyledLine = Vec<(Ansi, String)>;

/// Shows a text until the user quits or the client receives SIGTERM. Prints the last page that the user has seen.
pub(super) fn show(spans: &StyledSpans, termination: &Termination, colors: Colors) -> Result<(), CliError> {
    let mut pager = BuiltinPager { spans, ..BuiltinPager::default() };
    FullScreen::run_within(termination, |screen| pager.run(screen))?;
    Ok(io::stdout().write_all(pager.last_page(colors).as_bytes())?)
}

/// What the user types a line for.
#[derive(Clone, Copy)]
enum Purpose {
    Search,
    Save,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Search => "/",
            Self::Save => "save to the file: ",
        }
    }
}

#[derive(Clone, Copy)]
enum Direction {
    Next,
    Previous,
}

#[derive(Default)]
struct BuiltinPager<'a> {
    spans: &'a StyledSpans,
    /// The text, wrapped to `width`.
    lines: Vec<StyledLine>,
    width: usize,
    /// The number of lines that fit.
    height: usize,
    /// The first line on the screen.
    top: usize,
    /// The line that the user types.
    input: Option<(Purpose, Input)>,
    search_text: String,
    /// The line with the last match.
    found: Option<usize>,
    /// The outcome of the last key.
    message: Option<String>,
    shows_help: bool,
}

impl BuiltinPager<'_> {
    fn run(&mut self, screen: &mut FullScreen) -> Result<(), CliError> {
        while !screen.should_exit() {
            screen.terminal.draw(|frame| self.draw(frame))?;
            if let Some(Event::Key(key)) = screen.event(REDRAW_INTERVAL)?
                && key.kind == KeyEventKind::Press
                && !self.key(key)
            {
                break;
            }
        }
        Ok(())
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        let [body, foot] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
        self.height = usize::from(body.height).max(1);
        if self.width != usize::from(body.width) {
            self.width = body.width.into();
            (self.lines, self.found) = (lines(self.spans, self.width), None);
        }
        self.top = self.top.min(self.last());
        let shown = self.lines.iter().enumerate().skip(self.top).take(self.height);
        let shown: Vec<_> = shown
            .map(|(at, line)| {
                let line: Line<'_> =
                    line.iter().map(|(style, text)| Span::styled(text.as_str(), styled(*style))).collect();
                if self.found == Some(at) { line.patch_style(Modifier::REVERSED) } else { line }
            })
            .collect();
        frame.render_widget(Paragraph::new(shown), body);
        if self.shows_help {
            draw_help(frame, HELP);
        }
        if let Some((purpose, input)) = &self.input {
            draw_input(frame, foot, purpose.label(), input);
            return;
        }
        let below = self.last() - self.top;
        let more = if below > 0 { format!("; {below} more lines below") } else { String::new() };
        let message = self.message.as_ref().map(|message| format!("{message}; ")).unwrap_or_default();
        let text = format!("{message}q returns to the prompt, / searches, s saves, h lists keys{more}");
        frame.render_widget(Paragraph::new(text).style(Style::new().add_modifier(Modifier::REVERSED)), foot);
    }

    /// Returns the page on the screen, with the place that it has in the text.
    fn last_page(&self, colors: Colors) -> String {
        let end = (self.top + self.height).min(self.lines.len());
        let lines = self.lines.get(self.top..end).unwrap_or_default();
        let mut text: String = lines
            .iter()
            .map(|line| {
                let spans = line.iter().map(|(style, text)| style.paint(text).to_string());
                spans.collect::<String>() + "\n"
            })
            .collect();
        if lines.len() < self.lines.len() {
            let place = format!("… lines {} to {end} of {}", self.top + 1, self.lines.len());
            text += &(colors.faint(&place) + "\n");
        }
        text
    }

    /// Returns the last line that can be the first one on the screen.
    fn last(&self) -> usize {
        self.lines.len().saturating_sub(self.height)
    }

    /// Handles a key. Returns whether the pager continues.
    fn key(&mut self, key: KeyEvent) -> bool {
        if key.code == KeyCode::Char('c') && key.modifiers.contains(KeyModifiers::CONTROL) {
            return false;
        }
        self.message = None;
        if std::mem::take(&mut self.shows_help) {
            return true;
        }
        if let Some((purpose, input)) = self.input.take() {
            self.type_key(key, purpose, input);
            return true;
        }
        let page = self.height.saturating_sub(1).max(1);
        match key.code {
            KeyCode::Char('q') | KeyCode::Esc => return false,
            KeyCode::Down | KeyCode::Enter | KeyCode::Char('j') => self.top += 1,
            KeyCode::Up | KeyCode::Char('k') => self.top = self.top.saturating_sub(1),
            KeyCode::PageDown | KeyCode::Char(' ' | 'f') => self.top += page,
            KeyCode::PageUp | KeyCode::Char('b') => self.top = self.top.saturating_sub(page),
            KeyCode::Home | KeyCode::Char('g') => self.top = 0,
            KeyCode::End | KeyCode::Char('G') => self.top = self.last(),
            KeyCode::Char('/') => self.input = Some((Purpose::Search, Input::default())),
            KeyCode::Char('s') => self.input = Some((Purpose::Save, Input::default())),
            KeyCode::Char('h' | '?') => self.shows_help = true,
            KeyCode::Char('n') => self.find(Direction::Next),
            KeyCode::Char('N') => self.find(Direction::Previous),
            _ => {}
        }
        self.top = self.top.min(self.last());
        true
    }

    fn type_key(&mut self, key: KeyEvent, purpose: Purpose, mut input: Input) {
        match (key.code, purpose) {
            (KeyCode::Esc, _) => {}
            (KeyCode::Enter, Purpose::Search) => {
                (self.search_text, self.found) = (input.value().to_lowercase(), None);
                self.find(Direction::Next);
            }
            (KeyCode::Enter, Purpose::Save) => {
                let name = input.value().trim();
                self.message = (!name.is_empty()).then(|| match self.save(name) {
                    Ok(()) => format!("saved to {name}"),
                    Err(error) => format!("cannot save to {name}: {error}"),
                });
            }
            _ => {
                input.handle_event(&Event::Key(key));
                self.input = Some((purpose, input));
            }
        }
    }

    /// Writes the whole text to a new file, which other users cannot read.
    fn save(&self, name: &str) -> io::Result<()> {
        let home = name
            .strip_prefix("~/")
            .and_then(|rest| Some(PathBuf::from(std::env::var_os("HOME")?).join(rest)));
        let path = home.unwrap_or_else(|| PathBuf::from(name));
        let mut file = private_file::create_new(&path)?;
        self.spans.iter().try_for_each(|(_, text)| file.write_all(text.as_bytes()))
    }

    /// Goes to the next or previous match.
    fn find(&mut self, direction: Direction) {
        let count = self.lines.len();
        let has = |at: &usize| {
            let text: String = self.lines[*at].iter().map(|(_, text)| text.as_str()).collect();
            text.to_lowercase().contains(&self.search_text)
        };
        let found = match (self.found, direction) {
            _ if self.search_text.is_empty() => None,
            (None, Direction::Next) => (0..count).map(|step| (self.top + step) % count).find(has),
            (Some(at), Direction::Next) => (1..=count).map(|step| (at + step) % count).find(has),
            (at, Direction::Previous) => {
                (1..=count).map(|step| (at.unwrap_or(self.top) + count - step) % count).find(has)
            }
        };
        self.message = found.is_none().then(|| "not found".to_owned());
        if let Some(at) = found {
            self.found = found;
            // Does not scroll if the match is on the screen.
            if !(self.top..self.top + self.height).contains(&at) {
                self.top = at.min(self.last());
            }
        }
    }
}

/// Wraps a text to a screen.
pub(super) fn lines(spans: &StyledSpans, width: usize) -> Vec<StyledLine> {
    let (mut lines, mut line, mut used) = (Vec::new(), Vec::new(), 0);
    for (style, text) in spans {
        let mut span = String::new();
        for char in text.chars() {
            let room = if char == '\t' { TAB_WIDTH - used % TAB_WIDTH } else { char.width().unwrap_or(0) };
            if char == '\n' || used + room > width {
                line.push((*style, std::mem::take(&mut span)));
                lines.push(std::mem::take(&mut line));
                used = 0;
            }
            match char {
                '\n' => continue,
                '\t' => span.extend(std::iter::repeat_n(' ', room)),
                char => span.push(char),
            }
            used += room;
        }
        line.push((*style, span));
    }
    if used > 0 {
        lines.push(line);
    }
    lines
}

/// Converts a style.
fn styled(ansi: Ansi) -> Style {
    let ink = ansi.foreground.and_then(|ink| match ink {
        nu_ansi_term::Color::Blue => Some(Color::Blue),
        nu_ansi_term::Color::Cyan => Some(Color::Cyan),
        nu_ansi_term::Color::Green => Some(Color::Green),
        nu_ansi_term::Color::Purple => Some(Color::Magenta),
        nu_ansi_term::Color::Yellow => Some(Color::Yellow),
        _ => None,
    });
    let style = ink.map_or_else(Style::new, |ink| Style::new().fg(ink));
    if ansi.is_dimmed { style.add_modifier(Modifier::DIM) } else { style }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrapped(text: &str, width: usize) -> Vec<String> {
        let lines = lines(&[(Ansi::new(), text.to_owned())], width);
        lines.iter().map(|line| line.iter().map(|(_, text)| text.as_str()).collect()).collect()
    }

    #[test]
    fn lines_wrap_at_the_width_of_the_screen() {
        assert_eq!(wrapped("abcdef\n\ng", 4), ["abcd", "ef", "", "g"]);
        assert_eq!(wrapped("ab\n", 4), ["ab"]);
        assert_eq!(wrapped("漢字漢", 5), ["漢字", "漢"]);
        assert_eq!(wrapped("a\tb", 20), ["a       b"]);
    }

    #[test]
    fn a_search_wraps_around_and_reports_no_match() {
        let text: String = (0..100).map(|n| format!("row {n}\n")).collect();
        let spans = [(Ansi::new(), text)];
        let mut pager = BuiltinPager {
            spans: &spans,
            lines: lines(&spans, 80),
            width: 80,
            height: 10,
            ..BuiltinPager::default()
        };
        pager.search_text = "row 9".to_owned();
        let mut find = |direction| {
            pager.find(direction);
            (pager.found, pager.top, pager.message.is_some())
        };
        assert_eq!(find(Direction::Next), (Some(9), 0, false));
        assert_eq!(find(Direction::Next), (Some(90), 90, false));
        assert_eq!(find(Direction::Previous), (Some(9), 9, false));
        assert_eq!(find(Direction::Previous), (Some(99), 90, false));
        pager.search_text = "nothing".to_owned();
        pager.find(Direction::Next);
        assert!(pager.message.is_some() && pager.found == Some(99));
    }
}
