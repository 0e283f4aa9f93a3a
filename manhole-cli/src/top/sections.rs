//! The sections of the screen: what each asks the application, and what it can do to a row.

use super::cells::Format;

/// How many rows a section asks for. The application sorts and filters before.
const MAX_ROWS: usize = 50;

/// A list of the application, such as its threads.
pub(super) struct Section {
    pub(super) name: &'static str,
    /// The field of the root `manhole` that it needs. `None` if every console has it.
    pub(super) field: Option<&'static str>,
    source: &'static str,
    /// What leads to an item `x` of a map, made from its `key`. `None` if the source is no map.
    key: Option<&'static str>,
    pub(super) columns: &'static [Column],
    /// The column by which it is sorted at first.
    pub(super) first_sort: usize,
    pub(super) action: Option<Action>,
}

/// A column. Those on the right are left out first where the screen is narrow.
pub(super) struct Column {
    pub(super) title: &'static str,
    /// Its value, as an expression on the item `x`.
    code: &'static str,
    pub(super) format: Format,
    /// The value by which to sort, smallest first. `None` if it is not sorted by.
    sort: Option<&'static str>,
    /// Whether the level `observe` may read it.
    is_for_observers: bool,
}

/// What can be done to the item of a row.
pub(super) struct Action {
    pub(super) verb: &'static str,
    /// The method of the item.
    pub(super) method: &'static str,
    pub(super) level: &'static str,
}

/// The levels, each of which may do what those before it may.
const LEVELS: [&str; 3] = ["observe", "operate", "admin"];

/// Returns whether a session at `level` may do what takes the level `needed`.
pub(super) fn may(level: &str, needed: &str) -> bool {
    let rank = |level: &str| LEVELS.iter().position(|known| *known == level);
    // A level of a later version: the application decides.
    rank(level).is_none_or(|rank_of_session| Some(rank_of_session) >= rank(needed))
}

const fn column(
    title: &'static str,
    code: &'static str,
    format: Format,
    sort: Option<&'static str>,
) -> Column {
    Column { title, code, format, sort, is_for_observers: true }
}

const fn operators_column(title: &'static str, code: &'static str) -> Column {
    Column { title, code, format: Format::Text, sort: None, is_for_observers: false }
}

pub(super) const SECTIONS: &[Section] = &[
    Section {
        name: "threads",
        field: Some("threads"),
        source: "manhole::threads",
        key: Some("key"),
        columns: &[
            column("NAME", "x.name", Format::Text, Some("x.name")),
            column("CPU", "x.cpu", Format::Share, Some("-x.cpu")),
            column("STATE", "x.state", Format::Text, None),
            column("CPU TIME", "x.cpu_time", Format::Time, Some("-x.cpu_time.as_secs_f64()")),
            column("IDLE", "x.idle", Format::Time, Some("-x.idle.as_secs_f64()")),
            column("CALL", "x.system_call", Format::Text, None),
        ],
        first_sort: 1,
        action: None,
    },
    Section {
        name: "tasks",
        field: Some("tasks"),
        source: "manhole::tasks",
        // With its number: a later task of the name must not be aborted in its place.
        key: Some("`${key}#${x.id}`"),
        columns: &[
            column("NAME", "x.name", Format::Text, Some("x.name")),
            column("BUSY", "x.busy", Format::Time, Some("-x.busy.as_secs_f64()")),
            column("LONGEST", "x.longest_poll", Format::Time, Some("-x.longest_poll.as_secs_f64()")),
            column("STATE", "x.state", Format::Text, None),
            column("FOR", "x.state_for", Format::Time, Some("-x.state_for.as_secs_f64()")),
            column("POLLS", "x.polls", Format::Count, Some("-x.polls")),
            column("PLACE", "x.place", Format::Text, None),
        ],
        first_sort: 1,
        action: Some(Action { verb: "abort", method: "abort", level: "operate" }),
    },
    Section {
        name: "spans",
        field: Some("spans"),
        source: "manhole::spans",
        key: Some("key"),
        columns: &[
            column("NAME", "x.name", Format::Text, Some("x.name")),
            column("AGE", "x.age", Format::Time, Some("-x.age.as_secs_f64()")),
            column("STATE", "x.state", Format::Text, None),
            column("BUSY", "x.busy", Format::Time, Some("-x.busy.as_secs_f64()")),
            operators_column("FIELDS", "x.fields"),
        ],
        first_sort: 1,
        action: None,
    },
    Section {
        name: "sizes",
        field: None,
        source: "sizes()",
        key: None,
        columns: &[
            column("PATH", "x.path", Format::Text, Some("x.path.to_string()")),
            column("BYTES", "x.bytes", Format::Bytes, Some("-x.bytes")),
            column("ITEMS", "x.items", Format::Count, Some("-x.items")),
            column("GROWTH", "x.items_diff", Format::Difference, Some("-x.items_diff.unwrap_or(0)")),
        ],
        first_sort: 1,
        action: None,
    },
    Section {
        name: "sessions",
        field: Some("console"),
        source: "manhole::console.sessions",
        key: Some("key"),
        columns: &[
            column("USER", "x.user", Format::Text, Some("x.user.unwrap_or(\"\")")),
            column("LEVEL", "x.level", Format::Text, None),
            column("AGE", "x.age", Format::Time, Some("-x.age.as_secs_f64()")),
            column("COMMANDS", "x.commands", Format::Count, Some("-x.commands")),
            column("PROGRAM", "x.program", Format::Text, None),
            operators_column("RUNS", "x.running.map(|running| running.text)"),
        ],
        first_sort: 2,
        action: Some(Action { verb: "end", method: "end", level: "admin" }),
    },
];

/// The position of the section that is expensive, and asked seldom.
pub(super) const SIZES: usize = 3;

/// Which rows of a section are wanted, and in which order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Selection {
    /// The position of the column to sort by.
    pub(super) sort: usize,
    /// A text that a row contains. Empty for all rows.
    pub(super) filter: String,
}

impl Section {
    /// Returns the columns that a session at `level` may read.
    pub(super) fn visible_columns(&self, level: &str) -> Vec<&'static Column> {
        self.columns.iter().filter(|column| column.is_for_observers || may(level, "operate")).collect()
    }

    /// Returns the next column by which the section can be sorted.
    pub(super) fn next_sort(&self, sort: usize) -> usize {
        let count = self.columns.len();
        let mut next = (1..=count).map(|step| (sort + step) % count);
        next.find(|next| self.columns[*next].sort.is_some()).unwrap_or(sort)
    }

    /// Returns the command whose value is the number of all items, and a list for each row: its key and its cells.
    pub(super) fn code(&self, selection: &Selection, level: &str) -> String {
        let mut code = format!("let all = {}; [all.len(), all", self.source);
        let columns = self.visible_columns(level);
        if !selection.filter.is_empty() {
            let texts = columns.iter().filter(|column| column.format == Format::Text);
            let texts: Vec<_> = texts.map(|column| format!("${{{}}}", column.code)).collect();
            let wanted = quoted(&selection.filter.to_lowercase());
            code += &format!(".filter(|x| `{}`.to_lower().contains({wanted}))", texts.join(" "));
        }
        if let Some(key) = self.columns.get(selection.sort).and_then(|column| column.sort) {
            code += &format!(".sort_by(|x| {key})");
        }
        let cells: Vec<_> = columns.iter().map(|column| column.code).collect();
        let (parameters, key) = self.key.map_or(("x", "()"), |key| ("key, x", key));
        code += &format!(".take({MAX_ROWS}).map(|{parameters}| [{key}, {}]).to_array()]", cells.join(", "));
        code
    }

    /// Returns the path of an item, from its key and the text of its first cell.
    pub(super) fn path(&self, key: &str, first_cell: &str) -> String {
        if self.key.is_some() { format!("{}[{key}]", self.source) } else { first_cell.to_owned() }
    }
}

/// Returns a string as a literal of the console.
pub(super) fn quoted(text: &str) -> String {
    // JSON has the same escapes.
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_application_filters_and_sorts() {
        let sizes = &SECTIONS[SIZES];
        let selection = Selection { sort: 2, filter: "A\"b".to_owned() };
        assert_eq!(
            sizes.code(&selection, "observe"),
            "let all = sizes(); [all.len(), all.filter(|x| `${x.path}`.to_lower().contains(\"a\\\"b\")).sort_by(|x| -x.items)\
             .take(50).map(|x| [(), x.path, x.bytes, x.items, x.items_diff]).to_array()]"
        );
        assert_eq!(sizes.path("", "store.lines"), "store.lines");
        assert_eq!(SECTIONS[1].path(&quoted("refill"), "refill"), "manhole::tasks[\"refill\"]");
    }

    #[test]
    fn observers_are_not_asked_for_what_they_may_not_read() {
        let spans = &SECTIONS[2];
        let selection = Selection { sort: spans.first_sort, filter: "x".to_owned() };
        assert!(!spans.code(&selection, "observe").contains("fields"));
        assert!(spans.code(&selection, "operate").contains("fields"));
        assert!(may("admin", "operate") && may("later", "admin") && !may("observe", "operate"));
    }

    #[test]
    fn sorting_takes_each_column_in_turn() {
        let threads = &SECTIONS[0];
        assert_eq!([0, 1, 3, 4].map(|sort| threads.next_sort(sort)), [1, 3, 4, 0]);
        for section in SECTIONS {
            assert!(section.columns[section.first_sort].sort.is_some(), "{}", section.name);
        }
    }
}
