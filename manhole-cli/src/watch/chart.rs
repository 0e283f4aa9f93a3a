//! Draws watched values in a grid, each with a chart if it is a number.

use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use ratatui::Frame;
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Modifier, Style};
use ratatui::widgets::Paragraph;

use super::cell::{Cell, CellStyle, Plot};
use super::conditions::{CommandOutput, Conditions};
use super::sample::{Sample, SampleValue, WatchedExpression};
use super::series::Series;
use crate::args::WatchArgs;
use crate::error::CliError;
use crate::terminal::colors::{self, Colors};
use crate::terminal::full_screen::{FullScreen, draw_help};

/// The least lines of an expression: its head, two of the chart, and a blank one.
const MIN_CELL_HEIGHT: u16 = 4;

/// The most lines of an expression among several.
const MAX_CELL_HEIGHT: u16 = 14;

/// The least columns of an expression beside another one.
const MIN_CELL_WIDTH: u16 = 48;

/// The time between two frames.
const FRAME_INTERVAL: Duration = Duration::from_millis(50);

/// How many intervals a column may stand for.
const ZOOMS: [usize; 8] = [1, 2, 5, 10, 20, 30, 60, 120];

const HELP: &str = "\
q Esc       quit, or back from one expression
↑ ↓ ← →     select an expression
Enter       show only the selected expression
+ -         show a shorter or a longer time
r           values, or their growth per second
Space       pause the screen
c           clear the charts, minima and maxima
g           the number of columns";

struct Chart<'a> {
    watched: &'a [WatchedExpression],
    /// The positions of the expressions that are shown.
    shown: Vec<usize>,
    several: bool,
    interval: Duration,
    rows: Vec<Row>,
    /// The position in `shown`.
    selected: usize,
    /// The first line of cells on the screen.
    scrolled: usize,
    /// Whether only the selected expression is shown.
    is_single: bool,
    zoom: usize,
    plot: Plot,
    /// The columns of cells; as many as fit if it is `None`.
    columns: Option<usize>,
    is_paused: bool,
    has_help: bool,
    colors: Colors,
}

#[derive(Default)]
struct Row {
    /// The label of the target.
    target: String,
    series: Series,
    now: Option<Result<SampleValue, CliError>>,
}

/// Shows samples until the user quits, or a condition is met.
pub(super) fn show(
    args: &WatchArgs,
    watched: &[WatchedExpression],
    samples: &Receiver<Sample>,
) -> Result<ExitCode, CliError> {
    let mut chart = Chart {
        watched,
        shown: (0..watched.len()).filter(|index| watched[*index].role.is_shown()).collect(),
        several: watched.iter().any(|other| other.target != watched[0].target),
        interval: args.interval,
        rows: watched.iter().map(|row| Row { target: row.target.clone(), ..Row::default() }).collect(),
        selected: 0,
        scrolled: 0,
        is_single: false,
        zoom: 0,
        plot: Plot::Values,
        columns: None,
        is_paused: false,
        has_help: false,
        colors: colors::output(),
    };
    let mut conditions = Conditions::new(args, watched, CommandOutput::Discarded);
    let mut status = ExitCode::SUCCESS;
    FullScreen::run(|screen| {
        status = chart.run(screen, samples, &mut conditions)?;
        Ok(())
    })?;
    Ok(status)
}

impl Chart<'_> {
    fn run(
        &mut self,
        screen: &mut FullScreen,
        samples: &Receiver<Sample>,
        conditions: &mut Conditions<'_>,
    ) -> Result<ExitCode, CliError> {
        let mut next = Instant::now() + self.interval;
        while !screen.should_exit() {
            for sample in samples.try_iter() {
                conditions.observe(&sample)?;
                self.take(sample);
            }
            if let Some(outcome) = conditions.outcome() {
                return outcome;
            }
            while next <= Instant::now() {
                self.rows.iter_mut().for_each(|row| row.series.tick());
                next += self.interval;
            }
            if !self.is_paused {
                screen.terminal.draw(|frame| self.draw(frame))?;
            }
            if let Some(event) = screen.event(FRAME_INTERVAL)? {
                if let Event::Key(key) = event
                    && key.kind == KeyEventKind::Press
                    && !self.key(key)
                {
                    break;
                }
                screen.terminal.draw(|frame| self.draw(frame))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    }

    fn take(&mut self, Sample { index, target, outcome, .. }: Sample) {
        let row = &mut self.rows[index];
        row.target = target;
        if let Ok(value) = &outcome {
            row.series.set(&value.data);
        }
        row.now = Some(outcome);
    }

    /// Returns whether the chart goes on.
    fn key(&mut self, key: KeyEvent) -> bool {
        if self.has_help {
            self.has_help = false;
            return true;
        }
        let last = self.shown.len().saturating_sub(1);
        let columns = if self.is_single { 1 } else { self.columns.unwrap_or(1) };
        match key.code {
            KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return false,
            KeyCode::Char('q') | KeyCode::Esc if self.is_single => self.is_single = false,
            KeyCode::Char('q') | KeyCode::Esc => return false,
            KeyCode::Down | KeyCode::Char('j') => self.selected = (self.selected + columns).min(last),
            KeyCode::Up | KeyCode::Char('k') => self.selected = self.selected.saturating_sub(columns),
            KeyCode::Right | KeyCode::Char('l') => self.selected = (self.selected + 1).min(last),
            KeyCode::Left | KeyCode::Char('h') => self.selected = self.selected.saturating_sub(1),
            KeyCode::Home => self.selected = 0,
            KeyCode::End => self.selected = last,
            KeyCode::Enter => self.is_single = !self.is_single,
            KeyCode::Char('+' | '=') => self.zoom = self.zoom.saturating_sub(1),
            KeyCode::Char('-') => self.zoom = (self.zoom + 1).min(ZOOMS.len() - 1),
            KeyCode::Char('r') => {
                self.plot = if self.plot == Plot::Values { Plot::Rates } else { Plot::Values };
            }
            KeyCode::Char(' ') => self.is_paused = !self.is_paused,
            KeyCode::Char('c') => self.rows.iter_mut().for_each(|row| row.series.clear()),
            KeyCode::Char('g') => {
                self.columns = match self.columns {
                    None => Some(1),
                    Some(4..) => None,
                    Some(columns) => Some(columns + 1),
                };
            }
            KeyCode::Char('?') | KeyCode::F(1) => self.has_help = true,
            _ => {}
        }
        true
    }

    fn draw(&mut self, frame: &mut Frame<'_>) {
        let [body, foot] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
        let hidden = if self.is_single {
            self.draw_cell(frame, body, self.selected);
            0
        } else {
            self.draw_grid(frame, body)
        };
        let zoom = ZOOMS[self.zoom];
        let zoom =
            if zoom > 1 { format!(", a column is {:?}", self.interval * zoom as u32) } else { String::new() };
        let paused = if self.is_paused { "  paused" } else { "" };
        let more = if hidden > 0 { format!("  {hidden} more, ↓ shows them") } else { String::new() };
        let text = format!("every {:?}{zoom}  q quits  ? keys{paused}{more}", self.interval);
        let dim = self.colors.screen_style(Style::new().add_modifier(Modifier::DIM));
        frame.render_widget(Paragraph::new(text).style(dim), foot);
        if self.has_help {
            draw_help(frame, HELP);
        }
    }

    /// Draws the cells that fit, the selected one among them. Returns how many do not.
    fn draw_grid(&mut self, frame: &mut Frame<'_>, body: Rect) -> usize {
        let count = self.shown.len();
        let widest = usize::from((body.width / MIN_CELL_WIDTH).max(1));
        let fitting = usize::from((body.height / MIN_CELL_HEIGHT).max(1));
        // One below the other as long as they fit.
        let columns = self.columns.unwrap_or(count.div_ceil(fitting)).clamp(1, widest.min(count).max(1));
        let lines = count.div_ceil(columns);
        let fitting = fitting.min(lines);
        let line = self.selected / columns;
        self.scrolled = self.scrolled.min(line).max((line + 1).saturating_sub(fitting)).min(lines - fitting);
        let most = if count == 1 { body.height } else { MAX_CELL_HEIGHT };
        let height = (body.height / u16::try_from(fitting).unwrap_or(1)).clamp(1, most.max(1));
        let width = body.width / u16::try_from(columns).unwrap_or(1);
        let first = self.scrolled * columns;
        let last = (first + fitting * columns).min(count);
        for position in first..last {
            let (line, column) = ((position - first) / columns, position % columns);
            let x = body.x + u16::try_from(column).unwrap_or_default() * width;
            let y = body.y + u16::try_from(line).unwrap_or_default() * height;
            let gap = u16::from(column + 1 < columns) * 2;
            let area = Rect {
                x,
                y,
                width: width.saturating_sub(gap),
                height: height.min(body.bottom().saturating_sub(y)),
            };
            self.draw_cell(frame, area, position);
        }
        count - (last - first)
    }

    fn draw_cell(&self, frame: &mut Frame<'_>, area: Rect, position: usize) {
        let index = self.shown[position];
        let Row { series, target, now } = &self.rows[index];
        let style = CellStyle {
            colors: self.colors,
            interval: self.interval,
            intervals_per_column: ZOOMS[self.zoom],
            plot: self.plot,
        };
        let cell = Cell {
            code: &self.watched[index].code,
            target: self.several.then_some(target),
            series,
            now: now.as_ref(),
            is_selected: self.shown.len() > 1 && !self.is_single && position == self.selected,
        };
        cell.draw(frame, area, style);
    }
}
