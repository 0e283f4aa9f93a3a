//! Draws watched values: each expression's value, and a sparkline if it is a number.

use std::process::ExitCode;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};

use ratatui::Frame;
use ratatui::crossterm::event::{Event, KeyCode, KeyModifiers};
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline};

use super::sample::{Sample, SampleValue, WatchedExpression};
use super::series::Series;
use crate::error::CliError;
use crate::terminal::colors::{self, Colors};
use crate::terminal::full_screen::FullScreen;

/// The lines of an expression.
const ROW_HEIGHT: u16 = 4;

/// The time between two frames.
const FRAME_INTERVAL: Duration = Duration::from_millis(50);

struct Chart<'a> {
    watched: &'a [WatchedExpression],
    several: bool,
    interval: Duration,
    rows: Vec<Row>,
    /// The first row on the screen.
    scrolled: usize,
    colors: Colors,
}

#[derive(Default)]
struct Row {
    /// The label of the target.
    target: String,
    series: Series,
    now: Option<Result<SampleValue, CliError>>,
}

/// Shows samples until the user quits.
pub(super) fn show(
    watched: &[WatchedExpression],
    interval: Duration,
    samples: &Receiver<Sample>,
) -> Result<ExitCode, CliError> {
    let several = watched.iter().any(|other| other.target != watched[0].target);
    let rows = watched.iter().map(|row| Row { target: row.target.clone(), ..Row::default() }).collect();
    let colors = colors::output();
    let mut chart = Chart { watched, several, interval, rows, scrolled: 0, colors };
    FullScreen::run(|screen| chart.run(screen, samples))
}

impl Chart<'_> {
    fn run(&mut self, screen: &mut FullScreen, samples: &Receiver<Sample>) -> Result<(), CliError> {
        let mut next = Instant::now() + self.interval;
        while !screen.should_exit() {
            for Sample { index, target, outcome, .. } in samples.try_iter() {
                let row = &mut self.rows[index];
                row.target = target;
                if let Ok(value) = &outcome {
                    row.series.set(&value.data);
                }
                row.now = Some(outcome);
            }
            while next <= Instant::now() {
                self.rows.iter_mut().for_each(|row| row.series.tick());
                next += self.interval;
            }
            screen.terminal.draw(|frame| self.draw(frame))?;
            if let Some(Event::Key(key)) = screen.event(FRAME_INTERVAL)? {
                match key.code {
                    KeyCode::Char('q') | KeyCode::Esc => return Ok(()),
                    KeyCode::Char('c') if key.modifiers.contains(KeyModifiers::CONTROL) => return Ok(()),
                    KeyCode::Down | KeyCode::Char('j') => {
                        self.scrolled = (self.scrolled + 1).min(self.rows.len().saturating_sub(1));
                    }
                    KeyCode::Up | KeyCode::Char('k') => self.scrolled = self.scrolled.saturating_sub(1),
                    _ => {}
                }
            }
        }
        Ok(())
    }

    fn draw(&self, frame: &mut Frame<'_>) {
        let [body, foot] = Layout::vertical([Constraint::Min(0), Constraint::Length(1)]).areas(frame.area());
        let fitting = usize::from((body.height / ROW_HEIGHT).max(1));
        for (position, index) in (self.scrolled..self.rows.len()).take(fitting).enumerate() {
            let y = body.y + u16::try_from(position).unwrap_or_default() * ROW_HEIGHT;
            let height = ROW_HEIGHT.min(body.bottom().saturating_sub(y));
            self.draw_row(frame, Rect { y, height, ..body }, index);
        }
        let hidden = self.rows.len().saturating_sub(self.scrolled + fitting);
        let more = if hidden > 0 { format!("  {hidden} more below, ↓ shows them") } else { String::new() };
        let text = format!("every {:?}  q quits{more}", self.interval);
        frame.render_widget(
            Paragraph::new(text).style(self.colors.screen_style(Style::new().add_modifier(Modifier::DIM))),
            foot,
        );
    }

    fn draw_row(&self, frame: &mut Frame<'_>, area: Rect, index: usize) {
        let (Row { series, target, now }, WatchedExpression { code, .. }) =
            (&self.rows[index], &self.watched[index]);
        let mut head = vec![Span::styled(
            code.clone(),
            self.colors.screen_style(Style::new().add_modifier(Modifier::BOLD)),
        )];
        if self.several {
            head.insert(
                0,
                Span::styled(format!("{target}  "), self.colors.screen_style(Style::new().fg(Color::Cyan))),
            );
        }
        let value = match now {
            None => Span::raw("  …"),
            Some(Ok(value)) => Span::styled(
                format!("  {}", value.text),
                self.colors.screen_style(Style::new().fg(Color::Green)),
            ),
            Some(Err(error)) => Span::styled(
                format!("  error: {}", error.message()),
                self.colors.screen_style(Style::new().fg(Color::Red)),
            ),
        };
        head.push(value);
        if let Some((low, high)) = series.range() {
            head.push(Span::styled(
                format!("  min {low}  max {high}"),
                self.colors.screen_style(Style::new().add_modifier(Modifier::DIM)),
            ));
        }
        frame.render_widget(Paragraph::new(Line::from(head)), Rect { height: 1.min(area.height), ..area });
        if series.is_numeric() && area.height > 1 {
            // Leaves a blank line below.
            let chart = Rect { y: area.y + 1, height: (area.height - 1).min(ROW_HEIGHT - 2), ..area };
            let heights = series.heights(usize::from(chart.width));
            let sparkline = Sparkline::default().data(&heights).max(1000);
            frame.render_widget(
                sparkline.style(self.colors.screen_style(Style::new().fg(Color::Cyan))),
                chart,
            );
        }
    }
}
