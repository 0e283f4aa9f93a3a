//! What to type in place of a method of Rust that the console does not have.

/// Methods, and the form that works.
const ADVICE: &[(&[&str], &str)] = &[
    (
        &["try_lock", "try_read", "try_write", "is_locked"],
        "show the value: one whose lock is taken is shown as <locked>; a path takes the lock by itself: x.count",
    ),
    (
        &["is_poisoned", "clear_poison"],
        "show the value: that of a poisoned lock has the note <poisoned>, and can be read and written as any other",
    ),
    (
        &["compare_exchange", "compare_exchange_weak", "compare_and_swap", "fetch_update"],
        "write if x.count == 6 { x.count = 10 }; or change it by a function, in one step: x.update(\"count\", |n| n * 2)",
    ),
    (
        &["send", "try_send", "blocking_send", "send_replace", "send_modify", "recv", "try_recv"],
        "the console sends and receives nothing; assign the value of a watch channel: x.setting = …; or call a method of the application",
    ),
    (&["pointer", "pointer_mut"], "write the path: x[\"hosts\"][0][\"port\"]"),
    (
        &["strong_count", "weak_count", "ptr_eq", "as_ptr"],
        "the console shows what a pointer refers to, and not the pointer",
    ),
    (
        &["exists", "is_file", "is_dir", "metadata", "read_dir", "canonicalize"],
        "the console reads no files; use a shell on that machine, or a method of the application",
    ),
    (
        &["pop_first"],
        "remove it by its value or key: x.remove(x.first()); for a map x.remove(x.keys().first())",
    ),
    (&["pop_last"], "remove it by its value or key: x.remove(x.last()); for a map x.remove(x.keys().last())"),
    (
        &["entry"],
        "insert what is missing, then change the item: if !x.contains_key(key) { x.insert(key, 0) }; x[key] += 1",
    ),
    (&["get_key_value"], "read the value: x.map.get(key)"),
    (
        &["first_entry", "last_entry"],
        "read it: x.map.first_key_value(), x.map.last_key_value(); change the value by its key: x.map[key] = value",
    ),
    (&["binary_search_by"], "look for the position: x.list.iter().position(|item| item == value)"),
    (
        &["chunks_mut", "chunks_exact_mut", "split_at_mut"],
        "change the items by their positions: x.list[0] = value",
    ),
    (
        &["checked_shl", "checked_shr", "overflowing_add", "overflowing_sub", "overflowing_mul"],
        "calculate with operators, which fail where they overflow: x.count << 3",
    ),
    (&["is_nil", "as_u128"], "compare its text: x.id.to_string() == \"…\""),
    (&["append"], "add its items: x.list.extend(items)"),
    (&["sort_keys", "sort_unstable_keys"], "show it in the order of the keys: x.map.sort_by(|key, _| key)"),
    (&["ancestors"], "take the path apart: x.path.parent(), x.path.components()"),
    (&["to_be_bytes", "to_le_bytes", "to_ne_bytes"], "shift the number: (x.count >> 8) & 0xff"),
    (&["from_be_bytes", "from_le_bytes"], "shift the bytes: x.bytes.iter().fold(0, |n, b| n << 8 | b)"),
    (&["make_contiguous", "into_vec"], "use a sorted copy: x.to_vec().sort()"),
    (
        &[
            "format",
            "strftime",
            "year",
            "month",
            "day",
            "timestamp",
            "timestamp_millis",
            "naive_utc",
            "date_naive",
            "hour",
            "minute",
        ],
        "compare it with another time or a duration: x.seen > x.started; or take its text apart: x.seen.to_string()",
    ),
    (&["alter", "alter_all", "view", "and_modify"], "change the value by its path: x[key].count += 1"),
    (
        &["get_or_init", "get_or_try_init", "get_mut_or_init"],
        "show the value, or assign it: x.cell = …; code of the application makes its first value",
    ),
    (&["set_port", "set_ip"], "assign the whole address: x.address = \"127.0.0.1:80\""),
    (
        &["host_str", "host", "scheme", "query", "path_segments", "query_pairs", "fragment"],
        "take the text apart: x.url.split(\"/\").nth(2), x.url.split_once(\"?\")",
    ),
    (&["spawn", "join", "abort"], "the console starts and awaits no tasks; call a method of the application"),
];

/// Returns what to type in place of the method `name`.
pub(super) fn of(name: &str) -> Option<&'static str> {
    ADVICE.iter().find(|(names, _)| names.contains(&name)).map(|(_, help)| *help)
}
