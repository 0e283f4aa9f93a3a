//! The last commands of a session.

use std::collections::VecDeque;

/// The number of commands kept.
const MAX_COMMANDS: usize = 100;
/// The total length of the commands kept, in bytes.
const MAX_BYTES: usize = 64 * 1024;

/// The last commands, each with its number.
#[derive(Default)]
pub(crate) struct History {
    commands: VecDeque<String>,
    bytes: usize,
    /// The number of all commands so far.
    count: usize,
}

impl History {
    /// Adds a command, and drops the oldest ones beyond the limits.
    pub(crate) fn add(&mut self, command: &str) {
        self.bytes += command.len();
        self.count += 1;
        self.commands.push_back(command.to_owned());
        while self.commands.len() > MAX_COMMANDS || self.bytes > MAX_BYTES {
            let Some(oldest) = self.commands.pop_front() else { break };
            self.bytes -= oldest.len();
        }
    }

    /// Returns the total length of the commands in bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Returns all commands, the oldest first.
    pub(crate) fn text(&self) -> String {
        let first = self.count - self.commands.len() + 1;
        let lines = self.commands.iter().zip(first..).map(|(command, number)| {
            // Further lines are indented below the first.
            format!("{number:4}  {}\n", command.trim_end().replace('\n', "\n      "))
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_commands_are_dropped() {
        let mut history = History::default();
        for n in 0..150 {
            history.add(&format!("command {n}"));
        }
        let text = history.text();
        assert!(text.starts_with("  51  command 50\n") && text.ends_with(" 150  command 149\n"), "{text}");
        history.add(&"x".repeat(MAX_BYTES - 10));
        assert_eq!(history.text().lines().count(), 1);
        history.add("fn f() {\n  1\n}");
        assert!(history.text().ends_with(" 152  fn f() {\n        1\n      }\n"), "{}", history.text());
    }
}
