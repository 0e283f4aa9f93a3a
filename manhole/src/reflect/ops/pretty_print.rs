//! Lays a preview out in lines: one if it fits, otherwise one for each entry, as `{:#?}` does.

use super::preview::{GroupStyle, Preview};
use crate::reflect::text::thousands;

const INDENT: &str = "    ";

/// The text of a preview, in lines of at most `width` characters where it can be broken.
///
/// The first line starts at the left edge; there is no line break at the end.
///
/// ```
/// use manhole::reflect::{PreviewLimits, Target, pretty_print};
///
/// let seen = Target::new("numbers", &vec![1, 2]).preview(PreviewLimits::default())?;
/// assert_eq!(pretty_print(&seen, 80), "[1, 2]");
/// assert_eq!(pretty_print(&seen, 5), "[\n    1,\n    2,\n]");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
#[must_use]
pub fn pretty_print(preview: &Preview, width: usize) -> String {
    let mut out = String::new();
    write(preview, width, 0, 0, &mut out);
    out
}

/// Writes `preview` at `level` of indentation, with `used` characters of the line taken already.
fn write(preview: &Preview, width: usize, level: usize, used: usize, out: &mut String) {
    let room = width.saturating_sub(used);
    let (name, style, entries, more) = match preview {
        Preview::Leaf(text) | Preview::Cut(text) => return out.push_str(text),
        Preview::Group { name, style, entries, more } => (name, *style, entries, *more),
    };
    if let Some(line) = one_line(preview, room) {
        return out.push_str(&line);
    }
    let (open, close) = brackets(name, style);
    out.push_str(name);
    out.push_str(open.trim_end());
    let indent = INDENT.repeat(level + 1);
    for (label, value) in entries {
        out.push('\n');
        out.push_str(&indent);
        out.push_str(label);
        // The comma behind it needs its place too.
        let used = indent.len() + label.chars().count() + 1;
        write(value, width, level + 1, used, out);
        out.push(',');
    }
    if more > 0 {
        out.push('\n');
        out.push_str(&indent);
        out.push_str(&more_text(more));
    }
    out.push('\n');
    out.push_str(&INDENT.repeat(level));
    out.push_str(close.trim_start());
}

/// The preview on one line, if that is at most `room` characters long.
fn one_line(preview: &Preview, room: usize) -> Option<String> {
    let (name, style, entries, more) = match preview {
        Preview::Leaf(text) | Preview::Cut(text) => {
            return (text.chars().count() <= room).then(|| text.clone());
        }
        Preview::Group { name, style, entries, more } => (name, *style, entries, *more),
    };
    let mut line = name.clone();
    if entries.is_empty() && more == 0 {
        let (open, close) = brackets(name, style);
        line += open.trim_end();
        line += close.trim_start();
    } else {
        let (open, close) = brackets(name, style);
        line += open;
        for (index, (label, value)) in entries.iter().enumerate() {
            if index > 0 {
                line += ", ";
            }
            line += label;
            line += &one_line(value, room)?;
            if line.chars().count() > room {
                return None;
            }
        }
        if more > 0 {
            line += if entries.is_empty() { "" } else { ", " };
            line += &more_text(more);
        }
        // A tuple of one is not what it holds in parentheses.
        line +=
            if style == GroupStyle::Parentheses && name.is_empty() && entries.len() == 1 { "," } else { "" };
        line += close;
    }
    (line.chars().count() <= room).then_some(line)
}

fn more_text(more: usize) -> String {
    format!("… {} more", thousands(more))
}

/// The brackets of a group as they stand on one line.
fn brackets(name: &str, style: GroupStyle) -> (&'static str, &'static str) {
    match style {
        GroupStyle::Braces if name.is_empty() => ("{", "}"),
        GroupStyle::Braces => (" { ", " }"),
        GroupStyle::Parentheses => ("(", ")"),
        GroupStyle::Brackets => ("[", "]"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(text: &str) -> Preview {
        Preview::Leaf(text.to_owned())
    }

    fn config() -> Preview {
        Preview::Group {
            name: "Config".to_owned(),
            style: GroupStyle::Braces,
            entries: vec![("limit: ".to_owned(), leaf("100")), ("verbose: ".to_owned(), leaf("false"))],
            more: 0,
        }
    }

    #[test]
    fn what_fits_stays_on_one_line() {
        assert_eq!(pretty_print(&config(), 80), "Config { limit: 100, verbose: false }");
    }

    #[test]
    fn what_does_not_fit_is_broken_at_every_level_that_needs_it() {
        let list = Preview::Group {
            name: String::new(),
            style: GroupStyle::Brackets,
            entries: vec![(String::new(), config()), (String::new(), leaf("1"))],
            more: 1_998,
        };
        assert_eq!(
            pretty_print(&list, 42),
            "[\n    Config { limit: 100, verbose: false },\n    1,\n    … 1,998 more\n]"
        );
        assert_eq!(pretty_print(&config(), 20), "Config {\n    limit: 100,\n    verbose: false,\n}");
    }

    #[test]
    fn empty_groups_have_nothing_between_their_brackets() {
        for (style, text) in
            [(GroupStyle::Brackets, "[]"), (GroupStyle::Braces, "{}"), (GroupStyle::Parentheses, "()")]
        {
            let empty = Preview::Group { name: String::new(), style, entries: Vec::new(), more: 0 };
            assert_eq!(pretty_print(&empty, 80), text);
        }
    }
}
