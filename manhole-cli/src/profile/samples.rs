//! The samples of a profile: calls, and how often each was seen.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read};

use crate::local_process::symbols::demangled;

/// What was running, from the thread to the innermost function, and how often.
#[derive(Debug, Default)]
pub(super) struct Samples {
    stacks: BTreeMap<Vec<String>, u64>,
    total: u64,
}

/// How often a function ran itself, and how often it or something that it called.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct FunctionCount {
    pub(super) function: String,
    pub(super) own: u64,
    pub(super) total: u64,
}

impl Samples {
    /// Reads the output of `perf script -F comm,tid,ip,sym`:
    ///
    /// ```text
    /// cruncher 25415
    ///           633a7d _ZN6client12busy_service6crunch17h5c30f444a54438beE
    ///           67e583 main
    /// ```
    ///
    /// Line by line, since the output of a busy minute has gigabytes.
    pub(super) fn read(script: impl Read) -> Self {
        let mut samples = Self::default();
        let mut names: HashMap<String, String> = HashMap::new();
        let mut stack: Vec<String> = Vec::new();
        let mut thread: Option<String> = None;
        for line in BufReader::new(script).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line);
            if line.starts_with(char::is_whitespace) {
                let (_, symbol) = line.trim().split_once(' ').unwrap_or(("", "[unknown]"));
                let symbol = symbol.trim();
                let name = match names.get(symbol) {
                    Some(name) => name.clone(),
                    None => names.entry(symbol.to_owned()).or_insert(demangled(symbol)).clone(),
                };
                stack.push(name);
                continue;
            }
            // A sample ends before the next thread, and at an empty line.
            if let Some(thread) = thread.take() {
                samples.add(thread, std::mem::take(&mut stack));
            }
            thread = line.trim().rsplit_once(char::is_whitespace).map(|(name, _)| name.trim().to_owned());
        }
        if let Some(thread) = thread {
            samples.add(thread, stack);
        }
        samples
    }

    #[cfg(test)]
    pub(super) fn parse(script: &str) -> Self {
        Self::read(script.as_bytes())
    }

    /// Adds a sample, whose calls begin with the innermost.
    fn add(&mut self, thread: String, mut stack: Vec<String>) {
        stack.push(thread);
        stack.reverse();
        *self.stacks.entry(stack).or_default() += 1;
        self.total += 1;
    }

    pub(super) const fn total(&self) -> u64 {
        self.total
    }

    /// Returns the distinct stacks in order, each from its thread to the innermost function.
    pub(super) fn stacks(&self) -> impl Iterator<Item = (&[String], u64)> {
        self.stacks.iter().map(|(stack, count)| (stack.as_slice(), *count))
    }

    /// Returns the stacks as other tools for flame graphs read them: `thread;function;function 7`.
    pub(super) fn folded(&self) -> String {
        let line = |(stack, count): (&[String], u64)| {
            // `;` separates calls. It stands in the names of array types.
            let calls: Vec<_> = stack.iter().map(|call| call.replace(';', ",")).collect();
            format!("{} {count}\n", calls.join(";"))
        };
        self.stacks().map(line).collect()
    }

    /// Counts each function once a sample, however often it calls itself. Threads are no functions.
    pub(super) fn functions(&self) -> Vec<FunctionCount> {
        let mut counts: BTreeMap<&str, FunctionCount> = BTreeMap::new();
        for (stack, count) in self.stacks() {
            let calls = stack.get(1..).unwrap_or_default();
            for function in calls.iter().collect::<BTreeSet<_>>() {
                counts.entry(function).or_default().total += count;
            }
            if let Some(innermost) = calls.last() {
                counts.entry(innermost).or_default().own += count;
            }
        }
        let named = |(function, count): (&str, FunctionCount)| FunctionCount {
            function: function.to_owned(),
            ..count
        };
        counts.into_iter().map(named).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCRIPT: &str = "\
worker 1 25415
\t          15ed593 _ZN3app6divide17h5c30f444a54438beE
\t           633a7d _ZN3app4fold17h7c40f444a54438beE
\t           633a7d _ZN3app4fold17h7c40f444a54438beE
\t           1098eb main

worker 1 25416
\t           633a7d _ZN3app4fold17h7c40f444a54438beE
\t           1098eb main

cruncher   7
\t 7f00 [unknown]
";

    #[test]
    fn samples_are_counted_by_stack() {
        let samples = Samples::parse(SCRIPT);
        assert_eq!(samples.total(), 3);
        assert_eq!(
            samples.folded(),
            "cruncher;[unknown] 1\nworker 1;main;app::fold 1\nworker 1;main;app::fold;app::fold;app::divide 1\n"
        );
        let empty = Samples::parse("\n");
        assert_eq!((empty.total(), empty.folded()), (0, String::new()));
    }

    #[test]
    fn a_function_that_calls_itself_counts_once() {
        let functions = Samples::parse(SCRIPT).functions();
        let counts: Vec<_> =
            functions.iter().map(|count| (count.function.as_str(), count.own, count.total)).collect();
        assert_eq!(counts, [("[unknown]", 1, 1), ("app::divide", 1, 1), ("app::fold", 1, 2), ("main", 0, 2)]);
    }
}
