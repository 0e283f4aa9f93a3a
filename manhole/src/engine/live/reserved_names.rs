// The names that no root and no function of the application may have. A test includes this file to compare the list with that of
// the macros, so it contains nothing else.

/// The names that the console defines.
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
    "manhole",
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
