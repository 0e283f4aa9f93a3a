//! The translated text, with a map of its positions.

use std::borrow::Cow;
use std::ops::Range;

use rhai::Position;

/// A part of the translated text.
enum Fragment {
    /// Unchanged text of the command.
    Source(Range<usize>),
    /// New text, for the text of the command at this byte.
    Inserted(Cow<'static, str>, usize),
}

/// The place of a fragment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Mark(usize);

/// The translated text in parts.
#[derive(Default)]
pub(crate) struct Output {
    fragments: Vec<Fragment>,
    /// Texts that belong before fragments, in the order of their insertion.
    before: Vec<(Mark, Cow<'static, str>)>,
    is_changed: bool,
}

impl Output {
    /// Returns the place of the next fragment.
    pub(crate) fn mark(&self) -> Mark {
        Mark(self.fragments.len())
    }

    /// Appends text of the command.
    pub(crate) fn copy(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.fragments.push(Fragment::Source(range));
        }
    }

    /// Leaves out text of the command, except for its line ends.
    pub(crate) fn leave_out(&mut self, source: &str, range: Range<usize>) {
        self.is_changed = true;
        let ends = source[range.clone()].match_indices('\n');
        self.fragments.extend(ends.map(|(at, _)| Fragment::Source(range.start + at..range.start + at + 1)));
    }

    /// Appends new text for the text of the command at the byte `place`. The new text has no line end.
    pub(crate) fn insert(&mut self, text: impl Into<Cow<'static, str>>, place: usize) {
        self.is_changed = true;
        self.fragments.push(Fragment::Inserted(text.into(), place));
    }

    /// Puts new text before the fragment at `mark`, and before what has been inserted there.
    pub(crate) fn insert_before(&mut self, mark: Mark, text: impl Into<Cow<'static, str>>) {
        self.is_changed = true;
        self.before.push((mark, text.into()));
    }

    /// Returns the new text and the map of its positions, or `None` if `source` is unchanged.
    pub(crate) fn finish(mut self, source: &str) -> Option<(String, PositionMap)> {
        if !self.is_changed {
            return None;
        }
        // What was inserted last surrounds the rest.
        self.before.reverse();
        self.before.sort_by_key(|(mark, _)| mark.0);
        let mut before = self.before.into_iter().peekable();
        let mut writer = Writer { text: String::with_capacity(source.len() * 2), ..Writer::default() };
        for (index, fragment) in self.fragments.into_iter().enumerate() {
            let (Fragment::Source(Range { start: place, .. }) | Fragment::Inserted(_, place)) = fragment;
            while let Some((_, text)) = before.next_if(|(mark, _)| mark.0 <= index) {
                writer.insert(source, &text, place);
            }
            match fragment {
                Fragment::Source(range) => writer.copy(source, range),
                Fragment::Inserted(text, place) => writer.insert(source, &text, place),
            }
        }
        before.for_each(|(_, text)| writer.insert(source, &text, source.len()));
        // The end has a position too.
        writer.insert(source, "", source.len());
        Some((writer.text, PositionMap { segments: writer.segments }))
    }
}

/// Maps positions in the translated text to positions in the command. Both have the same lines.
#[derive(Debug, Default)]
pub(crate) struct PositionMap {
    /// In the order of the text.
    segments: Vec<Segment>,
}

/// Unchanged text inside one line, or new text, of length 0.
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
    fn insert(&mut self, source: &str, text: &str, place: usize) {
        self.skip(source, place);
        self.segment(0);
        self.text += text;
        self.column += text.chars().count();
    }

    /// Counts the characters of the command up to the byte `place`, which may be before the last one.
    fn skip(&mut self, source: &str, place: usize) {
        if let Some(skipped) = source.get(self.seen..place) {
            self.original += skipped.chars().count();
        } else if let Some(back) = source.get(place..self.seen) {
            self.original = self.original.saturating_sub(back.chars().count());
        }
        self.seen = place;
    }

    /// Begins a segment of `len` characters.
    fn segment(&mut self, len: usize) {
        let (line, column, original) = (self.line + 1, self.column + 1, self.original + 1);
        self.segments.push(Segment { line, column, original, len });
    }

    fn copy(&mut self, source: &str, range: Range<usize>) {
        self.skip(source, range.start);
        self.seen = range.end;
        let text = &source[range];
        self.text += text;
        for (index, part) in text.split('\n').enumerate() {
            if index > 0 {
                (self.line, self.column, self.original) = (self.line + 1, 0, 0);
            }
            let len = part.chars().count();
            if len > 0 {
                self.segment(len);
            }
            self.column += len;
            self.original += len;
        }
    }
}
