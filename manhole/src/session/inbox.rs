//! What a client has sent and nobody has answered yet: bytes in, lines and interrupts out.

use std::collections::VecDeque;

use manhole_protocol::message::looks_like_a_message;

/// The byte that Ctrl-C sends.
const CTRL_C: u8 = 3;

/// How many lines are offered at once: the program's code may be waiting meanwhile.
const MOST_OVERTAKING: usize = 16;

/// One piece of input.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// A line, without its end.
    Line(Vec<u8>),
    /// A line that was longer than it may be, and was dropped; whether it looked like a message of a program.
    TooLong { is_message: bool },
    /// Ctrl-C.
    Interrupt,
}

/// A bounded queue of unanswered input.
///
/// It is filled between commands, and while one runs to find the Ctrl-C that is to stop it.
pub(crate) struct Inbox {
    bytes: VecDeque<u8>,
    /// How many of the bytes are known to hold no line end.
    scanned: usize,
    longest_line: usize,
    /// Whether the rest of a line that was too long is still to be dropped.
    skipping: bool,
    /// How many of the bytes are lines that have been offered already.
    offered: usize,
}

impl Inbox {
    /// An empty inbox for lines of at most `longest_line` bytes.
    pub(crate) const fn new(longest_line: usize) -> Self {
        Self { bytes: VecDeque::new(), scanned: 0, longest_line, skipping: false, offered: 0 }
    }

    /// How many more bytes should be put in before some are taken out. Always more than none while no line is complete.
    pub(crate) fn room(&self) -> usize {
        (2 * self.longest_line).saturating_sub(self.bytes.len())
    }

    /// Puts `bytes` at the end.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend(bytes);
    }

    /// Takes an interrupt out, and drops everything before it: what was typed ahead of Ctrl-C is not wanted any more.
    pub(crate) fn take_interrupt(&mut self) -> bool {
        let Some(last) = self.bytes.iter().rposition(|byte| *byte == CTRL_C) else { return false };
        self.bytes.drain(..=last);
        self.scanned = 0;
        self.offered = 0;
        self.skipping = false;
        true
    }

    /// Offers every complete line that has not been offered before to `take`, and takes those out that it takes: they go before
    /// the ones that came earlier.
    pub(crate) fn overtake(&mut self, mut take: impl FnMut(&[u8]) -> bool) {
        if self.skipping {
            return;
        }
        self.bytes.make_contiguous();
        let mut left = MOST_OVERTAKING;
        while left > 0
            && let Some(len) = self.bytes.as_slices().0[self.offered..].iter().position(|byte| *byte == b'\n')
        {
            left -= 1;
            let line = self.offered..self.offered + len + 1;
            if len <= self.longest_line && take(self.bytes.as_slices().0[line.clone()].trim_ascii()) {
                self.bytes.drain(line);
                self.bytes.make_contiguous();
                self.scanned = 0;
            } else {
                self.offered = line.end;
            }
        }
    }

    /// Takes the first complete piece of input out.
    pub(crate) fn next(&mut self) -> Option<Input> {
        loop {
            let found = self.bytes.iter().skip(self.scanned).position(|byte| matches!(*byte, b'\n' | CTRL_C));
            let Some(end) = found.map(|found| self.scanned + found) else {
                self.scanned = self.bytes.len();
                return self.drop_endless_line();
            };
            self.scanned = 0;
            let mut line: Vec<u8> = self.bytes.drain(..=end).collect();
            self.offered = self.offered.saturating_sub(line.len());
            if line.pop() == Some(CTRL_C) {
                self.skipping = false;
                return Some(Input::Interrupt);
            }
            if std::mem::take(&mut self.skipping) {
                continue;
            }
            if line.last() == Some(&b'\r') {
                line.pop();
            }
            return Some(if line.len() > self.longest_line {
                Input::TooLong { is_message: looks_like_a_message(&line) }
            } else {
                Input::Line(line)
            });
        }
    }

    /// Takes out what is left at the end of the input: a last line without an end.
    pub(crate) fn last(&mut self) -> Option<Input> {
        let line: Vec<u8> = std::mem::take(&mut self.bytes).into();
        self.offered = 0;
        (!line.is_empty() && !self.skipping).then_some(Input::Line(line))
    }

    /// A line that is too long already is dropped as it comes in, and reported once.
    fn drop_endless_line(&mut self) -> Option<Input> {
        if self.bytes.len() <= self.longest_line && !self.skipping {
            return None;
        }
        let first = !std::mem::replace(&mut self.skipping, true);
        let is_message = first && looks_like_a_message(self.bytes.make_contiguous());
        self.bytes.clear();
        self.scanned = 0;
        self.offered = 0;
        first.then_some(Input::TooLong { is_message })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inbox(bytes: &[u8]) -> Inbox {
        let mut inbox = Inbox::new(8);
        inbox.push(bytes);
        inbox
    }

    fn all(inbox: &mut Inbox) -> Vec<Input> {
        std::iter::from_fn(|| inbox.next()).collect()
    }

    fn line(text: &str) -> Input {
        Input::Line(text.into())
    }

    #[test]
    fn lines_end_with_or_without_carriage_return() {
        assert_eq!(all(&mut inbox(b"a\r\nb\n\nc")), [line("a"), line("b"), line("")]);
    }

    #[test]
    fn a_line_may_come_in_pieces() {
        let mut inbox = inbox(b"ab");
        assert_eq!(inbox.next(), None);
        inbox.push(b"c\nd");
        assert_eq!(all(&mut inbox), [line("abc")]);
        assert_eq!(inbox.last(), Some(line("d")));
        assert_eq!(inbox.last(), None);
    }

    #[test]
    fn a_line_that_is_too_long_is_reported_once_and_its_rest_dropped() {
        let mut inbox = inbox(b"123456789");
        assert_eq!(all(&mut inbox), [Input::TooLong { is_message: false }]);
        inbox.push(b"more of it");
        assert_eq!(inbox.next(), None);
        inbox.push(b" end\nnext\n");
        assert_eq!(all(&mut inbox), [line("next")]);
        inbox.push(b"123456789\nok\n");
        assert_eq!(all(&mut inbox), [Input::TooLong { is_message: false }, line("ok")]);
        inbox.push(b"{\"jsonrpc\"\n[\"jsonrpc\"");
        let message = || Input::TooLong { is_message: true };
        assert_eq!(all(&mut inbox), [message(), message()]);
    }

    #[test]
    fn an_interrupt_drops_what_was_typed_before_it() {
        let mut inbox = inbox(b"a\nb\x03c\n");
        assert!(inbox.take_interrupt());
        assert!(!inbox.take_interrupt());
        assert_eq!(all(&mut inbox), [line("c")]);
    }

    #[test]
    fn an_interrupt_between_lines_is_an_input_of_its_own() {
        assert_eq!(all(&mut inbox(b"a\nb\x03c\n")), [line("a"), Input::Interrupt, line("c")]);
    }

    #[test]
    fn a_line_that_is_taken_goes_before_the_others_and_none_is_offered_twice() {
        let mut inbox = inbox(b"a\n!b\nc\n!d");
        let mut offered = Vec::new();
        let mut take = |inbox: &mut Inbox| {
            inbox.overtake(|line| {
                offered.push(String::from_utf8(line.to_vec()).unwrap());
                line.starts_with(b"!")
            });
        };
        take(&mut inbox);
        inbox.push(b"\n!e\n");
        take(&mut inbox);
        assert_eq!(inbox.next(), Some(line("a")));
        inbox.push(b"f\n");
        take(&mut inbox);
        assert_eq!(offered, ["a", "!b", "c", "!d", "!e", "f"]);
        assert_eq!(all(&mut inbox), [line("c"), line("f")]);
    }

    #[test]
    fn there_is_room_until_a_line_can_be_taken() {
        let mut inbox = inbox(b"1234567\n12345678");
        assert_eq!(inbox.room(), 0);
        assert_eq!(inbox.next(), Some(line("1234567")));
        assert!(inbox.room() > 0);
    }
}
