//! Advice for what users of other languages type. It follows an error, so it never changes the meaning of a command.

use crate::engine::builtins::ExampleNames;
use crate::engine::compile::{CharClass, CharClasses};
use crate::engine::value::ScriptError;

/// A habit: words and symbols in the text of a command, the message and what to type.
struct Habit {
    /// All of these are in the text, in this order. A word matches whole words.
    parts: &'static [&'static str],
    /// Whether the first of them begins the text.
    is_first: bool,
    /// Words with which the symbols are right.
    unless: &'static [&'static str],
    message: &'static str,
    help: &'static str,
}

const fn anywhere(parts: &'static [&'static str], message: &'static str, help: &'static str) -> Habit {
    Habit { parts, is_first: false, unless: &[], message, help }
}

const fn first(parts: &'static [&'static str], message: &'static str, help: &'static str) -> Habit {
    Habit { parts, is_first: true, unless: &[], message, help }
}

/// A block without braces. In braces, a `:` stands before a type or in a path.
const fn block(parts: &'static [&'static str], help: &'static str) -> Habit {
    Habit { parts, is_first: false, unless: &["{"], message: "cannot begin a block with `:`", help }
}

const BUSY: &str =
    "list the busiest threads: table(threads.sort_by(|t| -t.cpu).take(5)); or in a terminal: manhole top";
const CALLS: &str =
    "with manhole::tracing_layer, follow or count calls: log.trace(\"db::query\"), log.stats(\"db::query\")";

/// The first that matches counts.
const HABITS: &[Habit] = &[
    first(
        &["select", "from"],
        "cannot run SQL",
        "search with methods: $items.filter(|item| $number > 1).take(10)",
    ),
    first(&["select"], "cannot run SQL", "search with methods: $items.filter(|item| $number > 1).take(10)"),
    first(&["update", "set"], "cannot run SQL", "assign to a field: $value = 7"),
    first(&["insert", "into"], "cannot run SQL", "insert an item: $items.insert(…)"),
    first(&["delete", "from"], "cannot run SQL", "remove an item: $items.remove(0)"),
    first(
        &["show"],
        "there is no command `show`",
        "type the name of the value: $value; or list the names: help",
    ),
    first(
        &["import"],
        "cannot import modules of another language",
        "list the names here: help; import a script: import \"name\" as name",
    ),
    first(&["from", "import"], "cannot import modules of another language", "list the names here: help"),
    first(&["def"], "cannot define a function with `def`", "write fn: fn twice(n) { n * 2 }"),
    first(&["function"], "cannot define a function with `function`", "write fn: fn twice(n) { n * 2 }"),
    first(&["class"], "cannot define types in a session", "keep values in a map: #{ name: \"a\", count: 1 }"),
    first(
        &["struct"],
        "cannot define types in a session",
        "keep values in a map: #{ name: \"a\", count: 1 }",
    ),
    first(&["enum"], "cannot define types in a session", "keep values in a map: #{ name: \"a\", count: 1 }"),
    first(&["impl"], "cannot define methods in a session", "define a function: fn twice(n) { n * 2 }"),
    first(&["trait"], "cannot define traits in a session", "define a function: fn twice(n) { n * 2 }"),
    first(&["del"], "cannot delete with `del`", "remove an item: $items.remove(0)"),
    first(&["delete"], "cannot delete with `delete`", "remove an item: $items.remove(0)"),
    first(&["echo"], "there is no command `echo`", "print a value: print($value)"),
    first(&["ls"], "there is no command `ls`", "list the names: help; look at a value: $root"),
    first(&["cat"], "there is no command `cat`", "type the name of the value: $value"),
    first(&["cd"], "there is no command `cd`", "type a whole path: $value"),
    first(&["man"], "there is no command `man`", "type help $root"),
    first(&["top"], "there is no command `top`", BUSY),
    first(&["htop"], "there is no command `htop`", BUSY),
    first(&["ps"], "there is no command `ps`", BUSY),
    first(&["lsof"], "there is no command `lsof`", "list files and sockets: table(descriptors)"),
    first(&["netstat"], "there is no command `netstat`", "list files and sockets: table(descriptors)"),
    first(&["ss"], "there is no command `ss`", "list files and sockets: table(descriptors)"),
    first(&["free"], "there is no command `free`", "look at the memory: process.memory"),
    first(&["trace", "("], "there is no function `trace`", CALLS),
    first(&["stats", "("], "there is no function `stats`", CALLS),
    first(
        &["tail"],
        "there is no command `tail`",
        "with manhole::tracing_layer, follow events: log.tail(\"warn\")",
    ),
    first(&["clear"], "there is no command `clear`", "press Ctrl-L in the manhole client"),
    first(
        &["console", ".", "log"],
        "`console` is this console, and prints nothing",
        "print a value: print($value)",
    ),
    anywhere(
        &["|", "grep"],
        "cannot pipe into a program",
        "search with a closure: $items.filter(|item| $number > 1)",
    ),
    anywhere(&["|", "wc"], "cannot pipe into a program", "count the items: $items.len()"),
    anywhere(&["|", "head"], "cannot pipe into a program", "take the first items: $items.take(10)"),
    anywhere(&["|", "sort"], "cannot pipe into a program", "sort the items: $items.sort_by(|item| $number)"),
    anywhere(
        &["lambda"],
        "cannot write a closure with `lambda`",
        "write bars around the parameters: |x| x + 1",
    ),
    anywhere(
        &["elif"],
        "cannot continue a condition with `elif`",
        "write else if: if a { 1 } else if b { 2 }",
    ),
    anywhere(
        &["elsif"],
        "cannot continue a condition with `elsif`",
        "write else if: if a { 1 } else if b { 2 }",
    ),
    anywhere(&["True"], "there is no name `True`", "write true"),
    anywhere(&["False"], "there is no name `False`", "write false"),
    anywhere(&["null"], "there is no name `null`", "write None: x == None, x.is_none()"),
    anywhere(&["nil"], "there is no name `nil`", "write None: x == None, x.is_none()"),
    anywhere(&["NULL"], "there is no name `NULL`", "write None: x == None, x.is_none()"),
    anywhere(&["undefined"], "there is no name `undefined`", "write None: x == None, x.is_none()"),
    anywhere(&["==="], "there is no operator `===`", "write =="),
    anywhere(&["!=="], "there is no operator `!==`", "write !="),
    anywhere(&["<>"], "there is no operator `<>`", "write !="),
    anywhere(&["++"], "there is no operator `++`", "write += 1"),
    anywhere(&["--"], "there is no operator `--`", "write -= 1"),
    anywhere(&[":="], "there is no operator `:=`", "write let x = 1"),
    Habit {
        unless: &["fn"],
        ..anywhere(
            &["->"],
            "cannot use `->` here",
            "write a dot for a field: $value; or `|x| …` for a closure",
        )
    },
    Habit {
        unless: &["match", "switch"],
        ..anywhere(
            &["=>"],
            "cannot use `=>` here",
            "write a closure with bars: |x| x + 1; or an arm: match x { 1 => 2, _ => 3 }",
        )
    },
    anywhere(&["and"], "there is no operator `and`", "write &&"),
    anywhere(&["or"], "there is no operator `or`", "write ||"),
    anywhere(&["not"], "there is no operator `not`", "write !"),
    anywhere(&["is"], "there is no operator `is`", "write =="),
    anywhere(&["?", ":"], "cannot choose with `? :`", "write if a { 1 } else { 2 }"),
    block(&["if", ":"], "write braces: if a { 1 } else { 2 }"),
    block(&["for", ":"], "write braces: for x in $items { print(x) }"),
    block(&["while", ":"], "write braces: while a { b() }"),
    anywhere(&["for", "in"], "cannot build a list with `for`", "write map: $items.map(|item| $number)"),
    anywhere(
        &["println", "("],
        "there is no function `println`",
        "write println!(\"{}\", $value), or print($value)",
    ),
    anywhere(&["format", "("], "there is no function `format`", "write format!(\"{}\", $value)"),
    anywhere(&["assert", "("], "there is no function `assert`", "write assert!($value > 1)"),
    anywhere(&["str", "("], "there is no function `str`", "write x.to_string()"),
    anywhere(&["int", "("], "there is no function `int`", "write \"12\".parse::<u64>(), or x as u64"),
    anywhere(&["float", "("], "there is no function `float`", "write \"1.5\".parse::<f64>(), or x as f64"),
    anywhere(&["type", "("], "there is no function `type`", "write type_of(x)"),
    anywhere(&["typeof"], "there is no operator `typeof`", "write type_of(x)"),
];

/// Returns the advice for a command that does not compile.
pub(super) fn for_syntax(code: &str, names: &ExampleNames) -> Option<ScriptError> {
    let code = plain_code(code);
    HABITS.iter().find(|habit| habit.matches(&code)).map(|habit| habit.advice(names))
}

/// Returns the advice for a command that uses `name`, which does not exist.
pub(super) fn for_name(code: &str, name: &str, names: &ExampleNames) -> Option<ScriptError> {
    let code = plain_code(code);
    let is_second = code.split_whitespace().nth(1) == Some(name);
    let mut habits =
        HABITS.iter().filter(|habit| habit.parts.contains(&name) || (habit.is_first && is_second));
    habits.find(|habit| habit.matches(&code)).map(|habit| habit.advice(names))
}

/// Returns `code` without its texts and comments.
fn plain_code(code: &str) -> String {
    let chars: Vec<_> = code.chars().collect();
    let classes = CharClasses::of(&chars).classes;
    chars
        .iter()
        .zip(classes)
        .map(|(char, class)| if class == CharClass::Code { *char } else { ' ' })
        .collect()
}

impl Habit {
    fn advice(&self, names: &ExampleNames) -> ScriptError {
        ScriptError::new(self.message).with_help(names.fill(self.help))
    }

    fn matches(&self, code: &str) -> bool {
        if self.unless.iter().any(|word| find(code, word).is_some()) {
            return false;
        }
        let mut rest = code.trim_start();
        for (index, part) in self.parts.iter().enumerate() {
            let Some(at) = find(rest, part) else { return false };
            if index == 0 && self.is_first && at > 0 {
                return false;
            }
            rest = &rest[at + part.len()..];
        }
        true
    }
}

/// Finds a word or symbol.
fn find(text: &str, part: &str) -> Option<usize> {
    let is_word = |char: char| char.is_alphanumeric() || char == '_';
    let is_whole = |at: usize| {
        !part.starts_with(is_word)
            || !(text[..at].ends_with(|char| is_word(char) || char == '.' || char == '"')
                || text[at + part.len()..].starts_with(is_word))
    };
    text.match_indices(part).map(|(at, _)| at).find(|at| is_whole(*at))
}
