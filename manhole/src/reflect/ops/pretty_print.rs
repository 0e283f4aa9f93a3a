//! Lays out a preview: on one line if it fits, otherwise with a line for each entry, as `{:#?}` does.

use unicode_width::UnicodeWidthStr;

use super::preview::{GroupStyle, Preview};
use crate::reflect::text::{placeholder, thousands};

const INDENT: &str = "    ";

/// Formats a preview in lines of at most `width` columns, where it can be broken.
///
/// The first line starts without indentation. The text ends without a line break.
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
    write(preview, width, 0, &mut out);
    out
}

/// Writes `preview` at indentation `level` to the end of `out`.
fn write(preview: &Preview, width: usize, level: usize, out: &mut String) {
    let line = out.rsplit('\n').next().unwrap_or_default();
    // The comma behind an entry takes a character too.
    let used = line.width() + usize::from(level > 0);
    let room = width.saturating_sub(used);
    let (name, style, entries, more) = match preview {
        Preview::Leaf(text) | Preview::Cut(text) => return out.push_str(text),
        Preview::Remote => return out.push_str(&placeholder::text(placeholder::REMOTE)),
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
        write(value, width, level + 1, out);
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

/// Returns the preview on one line, or `None` if it is wider than `room` columns.
fn one_line(preview: &Preview, room: usize) -> Option<String> {
    let (name, style, entries, more) = match preview {
        Preview::Leaf(text) | Preview::Cut(text) => {
            return (text.width() <= room).then(|| text.clone());
        }
        Preview::Remote => return Some(placeholder::text(placeholder::REMOTE)),
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
            if line.width() > room {
                return None;
            }
        }
        if more > 0 {
            line += if entries.is_empty() { "" } else { ", " };
            line += &more_text(more);
        }
        // A comma distinguishes a tuple of one field from a value in parentheses.
        line +=
            if style == GroupStyle::Parentheses && name.is_empty() && entries.len() == 1 { "," } else { "" };
        line += close;
    }
    (line.width() <= room).then_some(line)
}

fn more_text(more: usize) -> String {
    format!("… {} more", thousands(more))
}

/// Returns the brackets of a group, as written on one line.
fn brackets(name: &str, style: GroupStyle) -> (&'static str, &'static str) {
    match style {
        GroupStyle::Braces if name.is_empty() => ("{", "}"),
        GroupStyle::Braces => (" { ", " }"),
        GroupStyle::Parentheses => ("(", ")"),
        GroupStyle::Brackets => ("[", "]"),
    }
}

/// Shows a value on one line.
#[cfg(test)]
pub(crate) fn shown(value: &dyn crate::reflect::model::Manhole) -> String {
    let target = crate::reflect::walk::Target::new("", value);
    pretty_print(&target.preview(super::PreviewLimits::default()).unwrap(), usize::MAX)
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
    fn a_preview_that_fits_stays_on_one_line() {
        assert_eq!(pretty_print(&config(), 80), "Config { limit: 100, verbose: false }");
    }

    #[test]
    fn only_groups_that_do_not_fit_are_broken() {
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
    fn a_list_of_bytes_is_a_byte_string() {
        assert_eq!(shown(&b"it's \"a\"\n\xff".to_vec()), "b\"it's \\\"a\\\"\\n\\xff\"");
        assert_eq!(shown(&[0_u8; 2]), "b\"\\x00\\x00\"");
        assert_eq!(shown(&vec![vec![1_u8], vec![]]), "[b\"\\x01\", b\"\"]");
        assert_eq!(shown(&vec![0_i8]), "[0]");
        let cut = shown(&vec![b'a'; 5_000]);
        assert!(cut.starts_with("b\"aaa") && cut.ends_with("aaa\"… (904 more bytes)"), "{cut}");
    }

    #[test]
    fn empty_groups_are_bare_brackets() {
        for (style, text) in
            [(GroupStyle::Brackets, "[]"), (GroupStyle::Braces, "{}"), (GroupStyle::Parentheses, "()")]
        {
            let empty = Preview::Group { name: String::new(), style, entries: Vec::new(), more: 0 };
            assert_eq!(pretty_print(&empty, 80), text);
        }
    }
}
