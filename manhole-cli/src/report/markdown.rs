//! A report as Markdown.

use super::collect::{Report, Root};
use crate::terminal::format::format_uptime;

pub(crate) fn text(report: &Report) -> String {
    let mut text = format!(
        "# {} at {}\n\n| | |\n|---|---|\n| target | {} |\n| process | {} |\n| up | {} |\n| manhole | {} |\n",
        cell(&report.application),
        report.time,
        cell(&report.target),
        report.pid,
        format_uptime(report.uptime_ms),
        cell(&report.version)
    );
    for root in &report.roots {
        text += &format!("\n## {}\n\n`{}`: {}\n\n", root.name, root.r#type, root.doc.trim());
        text += &fenced(&body(root));
    }
    text += "\n## Limits of a session\n\n| limit | value | ceiling | |\n|---|---|---|---|\n";
    for limit in &report.limits {
        text += &format!("| {} | {} | {} | {} |\n", limit.name, limit.value, limit.ceiling, cell(&limit.doc));
    }
    text
}

/// Returns what a report shows of a root.
pub(super) fn body(root: &Root) -> String {
    root.error.as_ref().map_or_else(|| root.text.clone(), |error| format!("error: {error}"))
}

/// Returns a block of code, whose fence is longer than any in it.
fn fenced(text: &str) -> String {
    let longest = text.split(|char| char != '`').map(str::len).max().unwrap_or_default();
    let fence = "`".repeat(longest.max(2) + 1);
    format!("{fence}text\n{}\n{fence}\n", text.trim_end())
}

fn cell(text: &str) -> String {
    text.replace('\n', " ").replace('|', "\\|")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_longer_than_those_inside() {
        assert_eq!(fenced("a\n"), "```text\na\n```\n");
        assert_eq!(fenced("````"), "`````text\n````\n`````\n");
    }
}
