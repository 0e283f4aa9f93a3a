//! Formats values for people: tables, durations, one-line texts.

use std::time::Duration;

use comfy_table::{Table, presets};

/// Returns a table without borders.
pub(crate) fn borderless_table(header: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(header);
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
    }
    table
}

/// Formats a duration in its two largest units.
pub(crate) fn format_uptime(ms: u64) -> String {
    let text = humantime::format_duration(Duration::from_secs(ms / 1000)).to_string();
    text.split(' ').take(2).collect::<Vec<_>>().join(" ")
}

/// Joins the lines of a text.
pub(crate) fn in_one_line(text: &str) -> String {
    text.split('\n').map(str::trim).collect::<Vec<_>>().join(" ")
}
