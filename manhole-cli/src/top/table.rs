//! What the application has answered: the facts at the head, and the rows of sections.

use std::time::Duration;

use manhole_protocol::Data;
use manhole_protocol::methods::ServerInfo;

use super::cells::{Format, bytes, duration, field, number, percent, plain};
use super::sections::{Column, Section, quoted};
use crate::terminal::format::short_time;

/// The largest number of workers whose shares are all shown.
const MAX_LISTED_WORKERS: usize = 8;

/// What a section shows.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Outcome {
    Table(Table),
    /// Why the application does not have it. Empty if it cannot have it.
    Absent(String),
    Failed(String),
}

/// The rows of a section.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub(super) titles: Vec<&'static str>,
    pub(super) are_numbers: Vec<bool>,
    /// The number of all items.
    pub(super) total: usize,
    pub(super) rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
pub(super) struct Row {
    /// The command that shows the item.
    pub(super) path: String,
    pub(super) cells: Vec<String>,
}

/// A fact of the head.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Fact {
    pub(super) text: String,
    pub(super) is_alarming: bool,
}

impl Fact {
    fn new(text: String) -> Self {
        Self { text, is_alarming: false }
    }
}

/// Reads the value of [`Section::code`].
pub(super) fn outcome(
    section: &Section,
    columns: &[&'static Column],
    own_session: u64,
    value: &Data,
) -> Outcome {
    let Data::List(parts) = value else { return unexpected(value) };
    let [total, Data::List(rows)] = &parts[..] else { return unexpected(value) };
    let rows = rows.iter().filter_map(|row| {
        let Data::List(parts) = row else { return None };
        let (key, cells) = parts.split_first()?;
        let mut cells: Vec<_> =
            columns.iter().zip(cells).map(|(column, value)| column.format.text(value)).collect();
        let first = cells.first_mut()?;
        let path = section.path(&key_text(key), first);
        if section.name == "sessions" && *key == Data::Int(own_session.into()) {
            *first += " (this)";
            // It runs the question.
            for (_, cell) in columns.iter().zip(&mut cells).filter(|(column, _)| column.title == "RUNS") {
                "–".clone_into(cell);
            }
        }
        Some(Row { path, cells })
    });
    Outcome::Table(Table {
        titles: columns.iter().map(|column| column.title).collect(),
        are_numbers: columns.iter().map(|column| column.format.is_number()).collect(),
        total: if let Data::Int(total) = total { usize::try_from(*total).unwrap_or_default() } else { 0 },
        rows: rows.collect(),
    })
}

/// Returns a key as it stands in a path.
fn key_text(key: &Data) -> String {
    match key {
        Data::Text(text) => quoted(text),
        key => plain(key),
    }
}

/// The value of a root that the application does not have, or of a name that it uses for something else.
fn unexpected(value: &Data) -> Outcome {
    match value {
        Data::Placeholder(why) => Outcome::Absent(why.clone()),
        value => Outcome::Failed(format!("expected a list, found {}", plain(value))),
    }
}

/// Returns the facts of the process.
pub(super) fn process_facts(info: &ServerInfo, process: Option<&Data>) -> Vec<Fact> {
    let mut facts = vec![Fact::new(format!("pid {}", info.pid))];
    let Some(process) = process else {
        let uptime = Duration::from_millis(info.uptime_ms);
        facts.push(Fact::new(format!("console up {}", short_time(uptime))));
        return facts;
    };
    let get = |name: &str| field(process, name);
    let mut add = |fact: Option<String>| facts.extend(fact.map(Fact::new));
    add(get("version")
        .filter(|version| matches!(version, Data::Text(_)))
        .map(|version| format!("version {}", plain(version))));
    add(get("uptime").and_then(duration).map(|uptime| format!("up {}", short_time(uptime))));
    add(get("cpu").and_then(number).map(|share| format!("cpu {}", percent(share))));
    let memory = get("memory").and_then(|memory| field(memory, "resident")).and_then(number);
    add(memory.map(|resident| format!("resident {}", bytes(resident))));
    add(get("threads").and_then(number).map(|threads| format!("threads {threads}")));
    let (open, limit) = (get("descriptors").and_then(number), get("descriptor_limit").and_then(number));
    if let Some(open) = open {
        let limit_text = limit.map_or_else(String::new, |limit| format!("/{limit}"));
        let is_alarming = limit.is_some_and(|limit| open > limit * 0.9);
        facts.push(Fact { text: format!("descriptors {open}{limit_text}"), is_alarming });
    }
    if let Some(groups) = field(process, "control_groups") {
        facts.extend(group_facts(groups));
    }
    facts
}

/// Returns what a container or a unit of systemd holds back.
fn group_facts(groups: &Data) -> Vec<Fact> {
    let mut facts = Vec::new();
    let get = |name: &str| field(groups, name).and_then(number);
    if let (Some(used), Some(limit)) = (get("memory"), get("memory_limit")) {
        let text = format!("group {}/{}", bytes(used), bytes(limit));
        facts.push(Fact { text, is_alarming: used > limit * 0.9 });
    }
    if let Some(killed) = get("killed").filter(|killed| *killed > 0.0) {
        facts.push(Fact { text: format!("killed {killed}"), is_alarming: true });
    }
    let throttled = field(groups, "throttled_time").and_then(duration).filter(|time| !time.is_zero());
    facts.extend(throttled.map(|time| Fact::new(format!("throttled {}", short_time(time)))));
    facts
}

/// Returns the fact of the panics, if there were some.
pub(super) fn panic_facts(count: &Data) -> Option<Fact> {
    let count = number(count).filter(|count| *count > 0.0)?;
    Some(Fact { text: format!("panics {count}"), is_alarming: true })
}

/// Returns the facts of the runtime. Empty if the application has none.
pub(super) fn runtime_facts(runtime: &Data) -> Vec<Fact> {
    let mut facts = Vec::new();
    if let Some(Data::Text(state)) = field(runtime, "state") {
        facts.push(Fact { text: format!("runtime {state}"), is_alarming: state.starts_with("blocked") });
    }
    if let Some(Data::Map(workers)) = field(runtime, "workers") {
        let busy = workers.iter().filter_map(|(_, worker)| field(worker, "busy"));
        let busy = match workers.len() {
            0..=MAX_LISTED_WORKERS => busy.map(|busy| Format::Share.text(busy)).collect::<Vec<_>>().join(" "),
            _ => format!("up to {}", percent(busy.filter_map(number).fold(0.0, f64::max))),
        };
        facts.push(Fact::new(format!("{} workers, busy {busy}", workers.len())));
    }
    let alive = field(runtime, "alive_tasks").and_then(number);
    facts.extend(alive.map(|alive| {
        Fact::new(if alive == 1.0 { "1 task alive".to_owned() } else { format!("{alive} tasks alive") })
    }));
    facts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::top::sections::SECTIONS;

    fn data(json: &str) -> Data {
        serde_json::from_str(json).unwrap()
    }

    fn texts(facts: &[Fact]) -> Vec<&str> {
        facts.iter().map(|fact| fact.text.as_str()).collect()
    }

    #[test]
    fn rows_have_their_paths() {
        let tasks = &SECTIONS[1];
        let columns = tasks.visible_columns("operate");
        let value = data(r#"[3, [["re\"fill", "re\"fill", "25.3µs", "1ms", "idle", "5s", 2, "a.rs:1:1"]]]"#);
        let Outcome::Table(table) = outcome(tasks, &columns, 1, &value) else { panic!("{value:?}") };
        assert_eq!((table.total, table.rows.len()), (3, 1));
        assert_eq!(table.rows[0].path, r#"manhole::tasks["re\"fill"]"#);
        assert_eq!(table.rows[0].cells[..5], ["re\"fill", "25 µs", "1 ms", "idle", "5.0 s"]);
    }

    #[test]
    fn the_own_session_is_marked() {
        let sessions = &SECTIONS[4];
        let columns = sessions.visible_columns("admin");
        let value = data(
            r#"[2, [[7, "root", "admin", "1s", 3, "manhole", "let all"], [8, "root", "admin", "1s", 3, "nc", "gizmo"]]]"#,
        );
        let Outcome::Table(table) = outcome(sessions, &columns, 7, &value) else { panic!("{value:?}") };
        assert_eq!([&table.rows[0].cells[0], &table.rows[0].cells[5]], ["root (this)", "–"]);
        assert_eq!([&table.rows[1].cells[0], &table.rows[1].cells[5]], ["root", "gizmo"]);
    }

    #[test]
    fn what_is_not_there_says_why() {
        let spans = &SECTIONS[2];
        for (value, expected) in [
            (r#"{"$placeholder": "needs a layer"}"#, Outcome::Absent("needs a layer".to_owned())),
            ("7", Outcome::Failed("expected a list, found 7".to_owned())),
            ("[1]", Outcome::Failed("expected a list, found [1]".to_owned())),
        ] {
            assert_eq!(outcome(spans, &spans.visible_columns("admin"), 1, &data(value)), expected);
        }
    }

    #[test]
    fn a_group_is_shown_where_it_holds_something_back() {
        let groups = data(r#"{"memory": 1000, "memory_limit": 1024, "killed": 0, "throttled_time": "2.5s"}"#);
        let facts = group_facts(&groups);
        assert_eq!(texts(&facts), ["group 1000 B/1.0 KiB", "throttled 2.5 s"]);
        assert!(facts[0].is_alarming && !facts[1].is_alarming);
        let groups = data(r#"{"memory": 1000, "memory_limit": null, "killed": 2, "throttled_time": "0s"}"#);
        assert_eq!(texts(&group_facts(&groups)), ["killed 2"]);
        assert_eq!(group_facts(&Data::Placeholder("is not reported".to_owned())), []);
    }

    #[test]
    fn the_runtime_fits_a_line() {
        let runtime = |workers: usize| {
            let workers: Vec<_> =
                (0..workers).map(|worker| format!("[{worker}, {{\"busy\": 0.{worker}}}]")).collect();
            let workers = workers.join(", ");
            data(&format!(
                r#"{{"state": "blocked: no worker has begun another poll for at least 4.2 s", "alive_tasks": 5, "workers": {{"$map": [{workers}]}}}}"#
            ))
        };
        let facts = runtime_facts(&runtime(3));
        assert!(facts[0].is_alarming);
        assert_eq!(texts(&facts)[1..], ["3 workers, busy 0% 10% 20%", "5 tasks alive"]);
        assert_eq!(texts(&runtime_facts(&data(r#"{"alive_tasks": 1}"#))), ["1 task alive"]);
        assert_eq!(texts(&runtime_facts(&runtime(9)))[1], "9 workers, busy up to 80%");
        assert_eq!(runtime_facts(&Data::Null), []);
    }
}
