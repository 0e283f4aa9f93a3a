//! Draws one watched expression: its value, its range and rate, and a chart with a time axis.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};
use ratatui::widgets::{Paragraph, Sparkline};

use super::sample::SampleValue;
use super::series::{Series, heights};
use crate::error::CliError;
use crate::terminal::colors::Colors;

/// The columns between two marks of the time axis.
const MARK_COLUMNS: usize = 20;

/// What a cell shows.
pub(super) struct Cell<'a> {
    pub(super) code: &'a str,
    /// The label of the target, if there are several.
    pub(super) target: Option<&'a str>,
    pub(super) series: &'a Series,
    pub(super) now: Option<&'a Result<SampleValue, CliError>>,
    pub(super) is_selected: bool,
}

/// How all cells show it.
#[derive(Clone, Copy)]
pub(super) struct CellStyle {
    pub(super) colors: Colors,
    pub(super) interval: Duration,
    /// How many intervals a column of a chart stands for.
    pub(super) intervals_per_column: usize,
    pub(super) plot: Plot,
}

/// What a chart shows of a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Plot {
    Values,
    /// The growth per second.
    Rates,
}

impl Cell<'_> {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, style: CellStyle) {
        let head = Rect { height: area.height.min(1), ..area };
        frame.render_widget(Paragraph::new(self.head(style)), head);
        // A blank line separates it from the cell below.
        let height = area.height.saturating_sub(2);
        if !self.series.is_numeric() || height == 0 {
            return;
        }
        let has_axis = height > 1;
        let plot = Rect { y: area.y + 1, height: height - u16::from(has_axis), ..area };
        let interval = (style.plot == Plot::Rates).then_some(style.interval);
        let points = self.series.points(usize::from(plot.width), style.intervals_per_column, interval);
        let heights = heights(&points);
        let missing = usize::from(plot.width).saturating_sub(heights.len());
        // The newest value is at the right, above "now".
        let moved = Rect {
            x: plot.x + u16::try_from(missing).unwrap_or(plot.width),
            width: u16::try_from(heights.len()).unwrap_or(plot.width),
            ..plot
        };
        let color = if style.plot == Plot::Rates { Color::Yellow } else { Color::Cyan };
        let line = Sparkline::default().data(&heights).max(1000);
        frame.render_widget(line.style(style.colors.screen_style(Style::new().fg(color))), moved);
        if has_axis {
            let axis = axis(usize::from(plot.width), style.interval * column_intervals(style));
            let dim = style.colors.screen_style(Style::new().add_modifier(Modifier::DIM));
            frame
                .render_widget(Paragraph::new(axis).style(dim), Rect { y: plot.bottom(), height: 1, ..plot });
        }
    }

    fn head(&self, CellStyle { colors, interval, plot, .. }: CellStyle) -> Line<'_> {
        let styled = |text: String, style: Style| Span::styled(text, colors.screen_style(style));
        let mut name = Style::new().add_modifier(Modifier::BOLD);
        if self.is_selected {
            name = name.add_modifier(Modifier::REVERSED);
        }
        let mut head = Vec::new();
        if let Some(target) = self.target {
            head.push(styled(format!("{target}  "), Style::new().fg(Color::Cyan)));
        }
        head.push(styled(self.code.to_owned(), name));
        head.push(match self.now {
            None => Span::raw("  …"),
            Some(Ok(value)) => styled(format!("  {}", value.text), Style::new().fg(Color::Green)),
            Some(Err(error)) => styled(format!("  error: {}", error.message()), Style::new().fg(Color::Red)),
        });
        if let Some((low, high)) = self.series.range() {
            let mut text = format!("  min {low}  max {high}");
            if let Some(rate) = self.series.rate(interval) {
                text += &format!("  +{}/s", short_number(rate));
            }
            if plot == Plot::Rates {
                text += "  (per second)";
            }
            head.push(styled(text, Style::new().add_modifier(Modifier::DIM)));
        }
        Line::from(head)
    }
}

fn column_intervals(style: CellStyle) -> u32 {
    u32::try_from(style.intervals_per_column).unwrap_or(u32::MAX)
}

/// Returns a number in few digits.
fn short_number(number: f64) -> String {
    let decimals = match number.abs() {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{number:.decimals$}")
}

/// Returns the marks below a chart, whose columns are `column` apart: the time before now.
fn axis(width: usize, column: Duration) -> String {
    let mut axis: Vec<char> = vec!['─'; width];
    let mut put = |text: &str, end: usize| {
        let length = text.chars().count();
        if let Some(begin) = end.checked_sub(length).filter(|_| end <= width) {
            axis.splice(begin..end, text.chars());
        }
    };
    put("now", width);
    for columns in (MARK_COLUMNS..width).step_by(MARK_COLUMNS) {
        let time = column * u32::try_from(columns).unwrap_or(u32::MAX);
        // The tick stands in the column of its time.
        put(&format!("{}┴", short_duration(time)), width - columns);
    }
    axis.into_iter().collect()
}

fn short_duration(time: Duration) -> String {
    let (seconds, tenths) = (time.as_secs(), time.subsec_millis() / 100);
    match (seconds, tenths) {
        (0..60, 0) => format!("-{seconds}s"),
        (0..10, _) => format!("-{seconds}.{tenths}s"),
        (0..60, _) => format!("-{seconds}s"),
        (60..3_600, _) if seconds % 60 == 0 => format!("-{}m", seconds / 60),
        (60..3_600, _) => format!("-{}m{:02}s", seconds / 60, seconds % 60),
        _ => format!("-{}h{:02}m", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_axis_ends_now() {
        let axis = |width, ms| axis(width, Duration::from_millis(ms));
        let line = |width| "─".repeat(width);
        assert_eq!(axis(45, 1000), format!("-40s┴{}-20s┴{}now", line(15), line(17)));
        assert_eq!(axis(3, 1000), "now");
        assert_eq!(axis(2, 1000), "──");
        assert!(axis(100, 50).contains("-1s┴") && axis(100, 50).contains("-4s┴"));
        assert!(axis(100, 60_000).contains("-20m┴") && axis(100, 60_000).contains("-1h20m┴"));
    }
}
