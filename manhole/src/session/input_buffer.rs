//! The input that a session has not taken yet: bytes in, lines and interrupts out.

use std::collections::VecDeque;

use manhole_protocol::message::looks_like_message;

/// The byte that Ctrl-C sends.
const CTRL_C: u8 = 3;

/// The lines of one scan: code of the application may wait for it.
const MAX_URGENT_LINES: usize = 16;

/// The bytes in which [`InputBuffer::peek_line`] looks for a line.
const MAX_PEEKED_BYTES: usize = 1_024;

/// One piece of input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A line, without its line end.
    Line(Vec<u8>),
    /// A part of a line that is too long.
    LongLine(LinePart),
    /// Ctrl-C.
    Interrupt,
}

/// A part of a line that is longer than a command may be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LinePart {
    pub(crate) bytes: Vec<u8>,
    /// Whether the line begins with it.
    pub(crate) is_first: bool,
    /// Whether the line ends with it.
    pub(crate) is_last: bool,
}

/// A bounded queue of input.
///
/// It is filled between commands, and also while one runs, to find the Ctrl-C that stops it.
pub(crate) struct InputBuffer {
    bytes: VecDeque<u8>,
    /// The number of leading bytes without a line end.
    scanned: usize,
    max_line_bytes: usize,
    /// Whether the first part of a line that is too long was taken, and not the last one.
    in_long_line: bool,
    /// The number of leading bytes that are lines which `take_urgent` has scanned.
    scanned_lines: usize,
}

impl InputBuffer {
    /// Makes an empty buffer.
    pub(crate) const fn new(max_line_bytes: usize) -> Self {
        Self { bytes: VecDeque::new(), scanned: 0, max_line_bytes, in_long_line: false, scanned_lines: 0 }
    }

    /// Returns how many more bytes should be put in. More than zero while no line is complete.
    pub(crate) fn room(&self) -> usize {
        (2 * self.max_line_bytes).saturating_sub(self.bytes.len())
    }

    /// Puts `bytes` at the end.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Takes an interrupt out, with all input before it: Ctrl-C cancels what was typed ahead.
    pub(crate) fn take_interrupt(&mut self) -> bool {
        let Some(last) = self.bytes.iter().rposition(|byte| *byte == CTRL_C) else { return false };
        self.bytes.drain(..=last);
        self.scanned = 0;
        self.scanned_lines = 0;
        self.in_long_line = false;
        true
    }

    /// Calls `take` for each complete line that it has not seen yet, and removes the lines that it takes, ahead of earlier ones.
    pub(crate) fn take_urgent(&mut self, mut take: impl FnMut(&[u8]) -> bool) {
        if self.in_long_line {
            return;
        }
        self.bytes.make_contiguous();
        for _ in 0..MAX_URGENT_LINES {
            let unscanned = &self.bytes.as_slices().0[self.scanned_lines..];
            let Some(len) = unscanned.iter().position(|byte| *byte == b'\n') else { break };
            let line = self.scanned_lines..self.scanned_lines + len + 1;
            if len <= self.max_line_bytes && take(self.bytes.as_slices().0[line.clone()].trim_ascii()) {
                self.bytes.drain(line);
                self.bytes.make_contiguous();
                self.scanned = 0;
            } else {
                self.scanned_lines = line.end;
            }
        }
    }

    /// Takes the first complete piece of input.
    pub(crate) fn next(&mut self) -> Option<Input> {
        let found = self.bytes.iter().skip(self.scanned).position(|byte| matches!(*byte, b'\n' | CTRL_C));
        let Some(end) = found.map(|found| self.scanned + found) else {
            self.scanned = self.bytes.len();
            return self.take_part();
        };
        self.scanned = 0;
        let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
        self.scanned_lines = self.scanned_lines.saturating_sub(line.len());
        let continues = std::mem::take(&mut self.in_long_line);
        if line.pop() == Some(CTRL_C) {
            return Some(Input::Interrupt);
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Some(if continues || line.len() > self.max_line_bytes {
            Input::LongLine(LinePart { bytes: line, is_first: !continues, is_last: true })
        } else {
            Input::Line(line)
        })
    }

    /// Returns the first line that is no comment, as far as it is there, without taking it.
    pub(crate) fn peek_line(&mut self) -> Option<String> {
        let bytes = &*self.bytes.make_contiguous();
        let mut lines = bytes[..bytes.len().min(MAX_PEEKED_BYTES)].split(|byte| *byte == b'\n');
        let line = lines.find(|line| !line.trim_ascii_start().starts_with(b"//"))?;
        (!bytes.is_empty()).then(|| String::from_utf8_lossy(line).into_owned())
    }

    /// Returns whether the first line is a JSON-RPC message, or `None` if it may become one.
    pub(crate) fn begins_with_message(&mut self) -> Option<bool> {
        let bytes = &*self.bytes.make_contiguous();
        let end = bytes.iter().position(|byte| *byte == b'\n');
        let is_message = looks_like_message(&bytes[..end.unwrap_or(bytes.len())]);
        (is_message || end.is_some() || bytes.len() > self.max_line_bytes).then_some(is_message)
    }

    /// Takes the rest at the end of the input: a last line without a line end.
    pub(crate) fn last(&mut self) -> Option<Input> {
        let line: Vec<u8> = std::mem::take(&mut self.bytes).into();
        self.scanned_lines = 0;
        (!line.is_empty() && !self.in_long_line).then_some(Input::Line(line))
    }

    /// Takes a part of a line that is too long, while it arrives.
    fn take_part(&mut self) -> Option<Input> {
        if self.bytes.len() <= self.max_line_bytes {
            return None;
        }
        let is_first = !std::mem::replace(&mut self.in_long_line, true);
        let bytes = std::mem::take(&mut self.bytes).into();
        self.scanned = 0;
        self.scanned_lines = 0;
        Some(Input::LongLine(LinePart { bytes, is_first, is_last: false }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input_buffer(bytes: &[u8]) -> InputBuffer {
        let mut input_buffer = InputBuffer::new(8);
        input_buffer.push(bytes);
        input_buffer
    }

    fn all(input_buffer: &mut InputBuffer) -> Vec<Input> {
        std::iter::from_fn(|| input_buffer.next()).collect()
    }

    fn line(text: &str) -> Input {
        Input::Line(text.into())
    }

    #[test]
    fn lines_end_with_or_without_carriage_return() {
        assert_eq!(all(&mut input_buffer(b"a\r\nb\n\nc")), [line("a"), line("b"), line("")]);
    }

    #[test]
    fn a_line_can_arrive_in_pieces() {
        let mut input_buffer = input_buffer(b"ab");
        assert_eq!(input_buffer.next(), None);
        input_buffer.push(b"c\nd");
        assert_eq!(all(&mut input_buffer), [line("abc")]);
        assert_eq!(input_buffer.last(), Some(line("d")));
        assert_eq!(input_buffer.last(), None);
    }

    fn part(text: &str, is_first: bool, is_last: bool) -> Input {
        Input::LongLine(LinePart { bytes: text.into(), is_first, is_last })
    }

    #[test]
    fn a_line_that_is_too_long_is_taken_in_parts() {
        let mut input_buffer = input_buffer(b"123456789");
        assert_eq!(all(&mut input_buffer), [part("123456789", true, false)]);
        input_buffer.push(b"more");
        assert_eq!(input_buffer.next(), None);
        input_buffer.push(b" of it");
        assert_eq!(all(&mut input_buffer), [part("more of it", false, false)]);
        input_buffer.push(b"end\nnext\n");
        assert_eq!(all(&mut input_buffer), [part("end", false, true), line("next")]);
        input_buffer.push(b"123456789\nok\n");
        assert_eq!(all(&mut input_buffer), [part("123456789", true, true), line("ok")]);
        input_buffer.push(b"123456789");
        assert_eq!(all(&mut input_buffer), [part("123456789", true, false)]);
        input_buffer.push(b"end");
        assert_eq!(input_buffer.last(), None);
    }

    #[test]
    fn an_interrupt_drops_the_input_before_it() {
        let mut input_buffer = input_buffer(b"a\nb\x03c\n");
        assert!(input_buffer.take_interrupt());
        assert!(!input_buffer.take_interrupt());
        assert_eq!(all(&mut input_buffer), [line("c")]);
    }

    #[test]
    fn an_interrupt_between_lines_is_a_piece_of_input() {
        assert_eq!(all(&mut input_buffer(b"a\nb\x03c\n")), [line("a"), Input::Interrupt, line("c")]);
    }

    #[test]
    fn urgent_lines_overtake_others_and_each_is_scanned_once() {
        let mut input_buffer = input_buffer(b"a\n!b\nc\n!d");
        let mut scanned_lines = Vec::new();
        let mut take = |input_buffer: &mut InputBuffer| {
            input_buffer.take_urgent(|line| {
                scanned_lines.push(String::from_utf8(line.to_vec()).unwrap());
                line.starts_with(b"!")
            });
        };
        take(&mut input_buffer);
        input_buffer.push(b"\n!e\n");
        take(&mut input_buffer);
        assert_eq!(input_buffer.next(), Some(line("a")));
        input_buffer.push(b"f\n");
        take(&mut input_buffer);
        assert_eq!(scanned_lines, ["a", "!b", "c", "!d", "!e", "f"]);
        assert_eq!(all(&mut input_buffer), [line("c"), line("f")]);
    }

    #[test]
    fn the_first_line_shows_whether_the_client_sends_messages() {
        for (bytes, expected) in [
            (&b""[..], None),
            (b"1", None),
            (b"1\n{\"jsonrpc\"", Some(false)),
            (b"{\"json", None),
            (b"{\"jsonrpc\"", Some(true)),
            (b"{\"jsonrpc\"\n", Some(true)),
            (b"123456789", Some(false)),
        ] {
            assert_eq!(input_buffer(bytes).begins_with_message(), expected, "{bytes:?}");
        }
    }

    #[test]
    fn the_next_line_can_be_seen_before_it_is_taken() {
        for (bytes, expected) in [
            (&b""[..], None),
            (b".len()\nx", Some(".len()")),
            (b"  .le", Some("  .le")),
            (b"// c\n // d\n+ 1\n", Some("+ 1")),
            (b"\n.len()", Some("")),
        ] {
            let mut input_buffer = input_buffer(bytes);
            assert_eq!(input_buffer.peek_line().as_deref(), expected, "{bytes:?}");
            assert_eq!(input_buffer.bytes, bytes);
        }
    }

    #[test]
    fn there_is_room_until_a_line_is_complete() {
        let mut input_buffer = input_buffer(b"1234567\n12345678");
        assert_eq!(input_buffer.room(), 0);
        assert_eq!(input_buffer.next(), Some(line("1234567")));
        assert!(input_buffer.room() > 0);
    }
}
