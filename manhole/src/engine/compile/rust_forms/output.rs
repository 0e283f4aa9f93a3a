//! The translated text, with a map of its positions.

use std::borrow::Cow;
use std::ops::Range;

use rhai::Position;

/// A part of the translated text.
enum Fragment {
    /// Unchanged text of the command.
    Source(Range<usize>),
    Inserted(Cow<'static, str>),
}

/// The place of a fragment.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark(usize);

/// The translated text in parts.
#[derive(Default)]
pub(super) struct Output {
    fragments: Vec<Fragment>,
    /// Texts that belong before fragments, in the order of their insertion.
    before: Vec<(Mark, Cow<'static, str>)>,
    is_changed: bool,
}

impl Output {
    /// Returns the place of the next fragment.
    pub(super) fn mark(&self) -> Mark {
        Mark(self.fragments.len())
    }

    /// Appends text of the command.
    pub(super) fn copy(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.fragments.push(Fragment::Source(range));
        }
    }

    /// Leaves out text of the command, except for its line ends.
    pub(super) fn leave_out(&mut self, source: &str, range: Range<usize>) {
        self.is_changed = true;
        let ends = source[range.clone()].match_indices('\n');
        self.fragments.extend(ends.map(|(at, _)| Fragment::Source(range.start + at..range.start + at + 1)));
    }

    /// Appends new text, which has no line end.
    pub(super) fn insert(&mut self, text: impl Into<Cow<'static, str>>) {
        self.is_changed = true;
        self.fragments.push(Fragment::Inserted(text.into()));
    }

    /// Puts new text before the fragment at `mark`, and before what has been inserted there.
    pub(super) fn insert_before(&mut self, mark: Mark, text: impl Into<Cow<'static, str>>) {
        self.is_changed = true;
        self.before.push((mark, text.into()));
    }

    /// Returns the new text and the map of its positions, or `None` if `source` is unchanged.
    pub(super) fn finish(mut self, source: &str) -> Option<(String, PositionMap)> {
        if !self.is_changed {
            return None;
        }
        // What was inserted last surrounds the rest.
        self.before.reverse();
        self.before.sort_by_key(|(mark, _)| mark.0);
        let mut before = self.before.into_iter().peekable();
        let mut writer = Writer { text: String::with_capacity(source.len() * 2), ..Writer::default() };
        for (index, fragment) in self.fragments.into_iter().enumerate() {
            while let Some((_, text)) = before.next_if(|(mark, _)| mark.0 <= index) {
                writer.insert(&text);
            }
            match fragment {
                Fragment::Source(range) => writer.copy(source, range),
                Fragment::Inserted(text) => writer.insert(&text),
            }
        }
        before.for_each(|(_, text)| writer.insert(&text));
        Some((writer.text, PositionMap { segments: writer.segments }))
    }
}

/// Maps positions in the translated text to positions in the command. Both have the same lines.
#[derive(Debug, Default)]
pub(crate) struct PositionMap {
    /// In the order of the text.
    segments: Vec<Segment>,
}

/// Unchanged text inside one line.
#[derive(Debug)]
struct Segment {
    line: usize,
    /// The column in the new text, from 1.
    column: usize,
    /// The column in the command.
    original: usize,
    /// In characters.
    len: usize,
}

impl PositionMap {
    /// Maps a position in the new text to one in the command.
    pub(crate) fn original(&self, position: Position) -> Position {
        let (Some(line), Some(column)) = (position.line(), position.position()) else { return position };
        let after = self.segments.partition_point(|segment| (segment.line, segment.column) <= (line, column));
        let column = match after.checked_sub(1).and_then(|index| self.segments.get(index)) {
            Some(segment) if segment.line == line => {
                segment.original + (column - segment.column).min(segment.len)
            }
            // Before the first text of the line.
            _ => self.segments.get(after).filter(|next| next.line == line).map_or(1, |next| next.original),
        };
        match (u16::try_from(line), u16::try_from(column)) {
            (Ok(line), Ok(column)) => Position::new(line, column),
            _ => Position::NONE,
        }
    }
}

/// Writes the new text.
#[derive(Default)]
struct Writer {
    text: String,
    segments: Vec<Segment>,
    /// The number of lines before the end of the text.
    line: usize,
    column: usize,
    /// The byte of the command up to which `original` counts.
    seen: usize,
    original: usize,
}

impl Writer {
    fn insert(&mut self, text: &str) {
        self.text += text;
        self.column += text.chars().count();
    }

    fn copy(&mut self, source: &str, range: Range<usize>) {
        self.original += source[self.seen..range.start].chars().count();
        self.seen = range.end;
        let text = &source[range];
        self.text += text;
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                (self.line, self.column, self.original) = (self.line + 1, 0, 0);
            }
            let len = part.chars().count();
            if len > 0 {
                let (line, column, original) = (self.line + 1, self.column + 1, self.original + 1);
                self.segments.push(Segment { line, column, original, len });
            }
            self.column += len;
            self.original += len;
        }
    }
}
