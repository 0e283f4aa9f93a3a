//! What the console defines itself, for its help.

/// One thing that can be typed.
pub(crate) struct BuiltinDoc {
    /// Its names: one, or several that belong together.
    pub(crate) names: &'static [&'static str],
    pub(crate) form: &'static str,
    pub(crate) doc: &'static str,
    pub(crate) example: &'static str,
}

const fn entry(
    names: &'static [&'static str],
    form: &'static str,
    doc: &'static str,
    example: &'static str,
) -> BuiltinDoc {
    BuiltinDoc { names, form, doc, example }
}

/// By subject, as they are listed.
pub(crate) const BUILTIN_DOCS: &[BuiltinDoc] = &[
    entry(
        &["help"],
        "help(), help(x), help(\"name\")",
        "what there is, and what is known of something",
        "help(\"sort_by\")",
    ),
    entry(
        &["doc"],
        "doc(\"Type.name\")",
        "what the program's author has written about it",
        "doc(\"Gizmo.count\")",
    ),
    entry(
        &["dir"],
        "dir(), dir(x)",
        "the names of the program, or of the fields and methods of x, as an array",
        "dir(gizmo)",
    ),
    entry(
        &["vars"],
        "vars()",
        "the variables of this session, as they were when the command began",
        "vars()",
    ),
    entry(&["functions"], "functions()", "the functions of this session and of the program", "functions()"),
    entry(&["history"], "history()", "the last commands of this session", "history()"),
    entry(&["it"], "it", "the last value (`_` belongs to the language's `switch`)", "it + 1"),
    entry(&["table"], "table(x)", "a list or map of structs in columns", "table(gizmo.items)"),
    entry(&["tree"], "tree(x), tree(x, depth)", "a value as a tree", "tree(gizmo, 2)"),
    entry(
        &["json", "to_json"],
        "json(x)",
        "a copy of a value as JSON; to_json(x) gives it as a text",
        "json(gizmo.config)",
    ),
    entry(&["dbg"], "dbg(a, b, …)", "shows each, and gives the last", "dbg(gizmo.count, gizmo.name)"),
    entry(&["print"], "print(x)", "sends a line while the command runs", "print(gizmo.count)"),
    entry(
        &["time"],
        "time(|| …)",
        "how long it takes, and its value; a query is only made by it, so ask it for something",
        "time(|| gizmo.items.count(|i| i.id > 1))",
    ),
    entry(
        &["watch"],
        "watch(interval, || …)",
        "shows a value whenever it has changed, with the time in UTC; until Ctrl-C, or a third argument's number of lines",
        "watch(\"1s\", || gizmo.count)",
    ),
    entry(&["sleep"], "sleep(time)", "waits: seconds, or a text such as \"50ms\"", "sleep(0.5)"),
    entry(
        &["set"],
        "set(), set(\"limit\"), set(\"limit\", value)",
        "the limits of this session",
        "set(\"timeout\", \"30s\")",
    ),
    entry(
        &["level"],
        "level(), level(\"observe\")",
        "how far this session may go; it can be lowered, and not raised again",
        "level(\"observe\")",
    ),
    entry(
        &["update"],
        "x.update(field, |v| …)",
        "computes a new value, and tries again if the program was faster",
        "gizmo.update(\"count\", |n| n * 2)",
    ),
    entry(
        &["snapshot"],
        "x.snapshot()",
        "a copy of everything in it, taken at once",
        "let before = gizmo.snapshot()",
    ),
    entry(
        &["filter"],
        "x.filter(|item| …)",
        "the items for which it is true",
        "gizmo.items.filter(|i| i.id > 1)",
    ),
    entry(
        &["map"],
        "x.map(|item| …)",
        "what the function gives for each item",
        "gizmo.items.map(|i| i.label)",
    ),
    entry(
        &["sort_by", "sort", "reverse"],
        "x.sort_by(|item| …), sort(), reverse()",
        "the items in order",
        "gizmo.items.sort_by(|i| i.label).take(10)",
    ),
    entry(
        &["group_by"],
        "x.group_by(|item| …)",
        "a map from what the function gives to the items",
        "gizmo.items.group_by(|i| i.label.len())",
    ),
    entry(
        &["take", "skip"],
        "x.take(n), skip(n)",
        "the first ones, or all others",
        "gizmo.items.skip(10).take(10)",
    ),
    entry(
        &["find"],
        "x.find(|item| …)",
        "the first item for which it is true",
        "gizmo.items.find(|i| i.label == \"anvil\")",
    ),
    entry(
        &["any", "all"],
        "x.any(|item| …), all(|item| …)",
        "whether it is true for one, or for every item",
        "gizmo.items.any(|i| i.id == 3)",
    ),
    entry(
        &["count"],
        "x.count(|item| …)",
        "for how many items it is true",
        "gizmo.items.count(|i| i.id > 1)",
    ),
    entry(
        &["sum", "min", "max", "min_by", "max_by"],
        "x.sum(), min(), max(), min_by(|item| …), max_by(|item| …)",
        "of all items",
        "gizmo.items.map(|i| i.id).sum()",
    ),
    entry(
        &["for_each"],
        "x.for_each(|item| …)",
        "does something with each item",
        "gizmo.items.for_each(|i| print(i.id))",
    ),
    entry(
        &["to_array"],
        "x.to_array()",
        "the items as an array of the script, 4,096 at most",
        "gizmo.items.take(9).to_array()",
    ),
    entry(
        &["len", "is_empty", "keys", "values", "contains", "get"],
        "x.len(), is_empty(), keys(), values(), contains(k), get(k)",
        "what a collection holds",
        "gizmo.sessions.keys()",
    ),
    entry(
        &["push", "insert", "remove", "pop", "truncate", "clear"],
        "x.push(v), insert(k, v), remove(k), pop(), truncate(n), clear()",
        "change which items it holds",
        "gizmo.items.remove(0)",
    ),
    entry(&["variant"], "x.variant()", "the name of an enum's variant", "gizmo.mode.variant()"),
    entry(&["exit", "quit"], "exit, quit", "ends this session, and nothing else", "exit"),
    entry(
        &["process::exit", "process"],
        "process::exit(status)",
        "ends the program, if its author allows that",
        "process::exit(0)",
    ),
];

/// What is known of `name`.
pub(crate) fn find(name: &str) -> Option<&'static BuiltinDoc> {
    BUILTIN_DOCS.iter().find(|entry| entry.names.contains(&name))
}

/// All names.
pub(crate) fn names<'a>() -> impl Iterator<Item = &'a str> {
    BUILTIN_DOCS.iter().flat_map(|entry| entry.names.iter().map(|name| *name as &'a str))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::live::reserved_names::BUILTINS;

    #[test]
    fn every_builtin_is_in_the_manual() {
        /// Values, and what later versions will have.
        const OTHERS: [&str; 3] = ["None", "Some", "range"];
        for name in BUILTINS.iter().filter(|name| !OTHERS.contains(name)) {
            assert!(find(name).is_some(), "{name}");
        }
    }
}
