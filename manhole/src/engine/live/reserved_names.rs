// The words that no root and no function of the application may be called. This file holds the list and nothing else, because a
// test of the whole includes it beside the list of the macros, so that both refuse the same.

/// The words that the console defines for itself.
pub(crate) const BUILTINS: &[&str] = &[
    "None",
    "Some",
    "dbg",
    "dir",
    "doc",
    "exit",
    "functions",
    "help",
    "history",
    "it",
    "json",
    "level",
    "process",
    "quit",
    "range",
    "set",
    "sleep",
    "snapshot",
    "table",
    "time",
    "tree",
    "update",
    "vars",
    "watch",
];
