//! The parts of a value that differ from those of the value before.

use std::collections::BTreeMap;

use manhole_protocol::Data;

use super::data::{Json, JsonForm};

/// Lists the parts that differ, at most `max`, such as `.config.limit: 100 → 50`. Returns `None` if the whole value does.
pub(crate) fn changes(old: &Data, new: &Data, max: usize) -> Option<Vec<String>> {
    let mut found = Vec::new();
    collect(old, new, &mut String::new(), &mut found);
    if found.iter().any(|change| change.starts_with(": ")) {
        return None;
    }
    let left_out = found.len().saturating_sub(max);
    found.truncate(max);
    if left_out > 0 {
        found.push(format!("{left_out} more"));
    }
    Some(found)
}

fn collect(old: &Data, new: &Data, path: &mut String, found: &mut Vec<String>) {
    let length = path.len();
    match (old, new) {
        (old, new) if old == new => {}
        (Data::Map(old), Data::Map(new)) => {
            let by_step = |entries| -> BTreeMap<String, &Data> {
                let entries: &[(Data, Data)] = entries;
                entries.iter().map(|(key, value)| (step(key), value)).collect()
            };
            let (old_values, new_values) = (by_step(old), by_step(new));
            for (key, value) in old {
                let step = step(key);
                *path += &step;
                match new_values.get(&step) {
                    Some(other) => collect(value, other, path, found),
                    None => found.push(format!("{path}: {} → gone", text(value))),
                }
                path.truncate(length);
            }
            for (step, value) in new.iter().map(|(key, value)| (step(key), value)) {
                if !old_values.contains_key(&step) {
                    found.push(format!("{path}{step}: new, {}", text(value)));
                }
            }
        }
        (Data::List(old), Data::List(new)) => {
            for (index, value) in old.iter().enumerate() {
                *path += &format!("[{index}]");
                match new.get(index) {
                    Some(other) => collect(value, other, path, found),
                    None => found.push(format!("{path}: {} → gone", text(value))),
                }
                path.truncate(length);
            }
            for (index, value) in new.iter().enumerate().skip(old.len()) {
                found.push(format!("{path}[{index}]: new, {}", text(value)));
            }
        }
        (old, new) => found.push(format!("{path}: {} → {}", text(old), text(new))),
    }
}

/// Returns a step of a path as a command writes it.
fn step(key: &Data) -> String {
    match key {
        Data::Text(name) if name.chars().all(|char| char.is_alphanumeric() || char == '_') => {
            format!(".{name}")
        }
        key => format!("[{}]", text(key)),
    }
}

fn text(data: &Data) -> String {
    Json(data, JsonForm::Plain).text()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_parts_that_differ_are_listed() {
        let map = |entries: &[(&str, Data)]| {
            Data::Map(entries.iter().map(|(key, value)| ((*key).into(), value.clone())).collect())
        };
        let list = |values: &[i64]| Data::List(values.iter().map(|value| (*value).into()).collect());
        let old = map(&[("a", 1.into()), ("b", list(&[1, 2])), ("c d", 3.into()), ("same", 0.into())]);
        let new = map(&[("a", 2.into()), ("b", list(&[1, 3, 4])), ("same", 0.into()), ("e", "x".into())]);
        assert_eq!(
            changes(&old, &new, 20).unwrap(),
            [".a: 1 → 2", ".b[1]: 2 → 3", ".b[2]: new, 4", "[\"c d\"]: 3 → gone", ".e: new, \"x\""]
        );
        assert_eq!(changes(&1.into(), &2.into(), 20), None);
        assert_eq!(changes(&old, &old, 20), Some(Vec::new()));
        let many = changes(&list(&[0; 30]), &list(&[1; 30]), 20).unwrap();
        assert_eq!((many.len(), many[20].as_str()), (21, "10 more"));
    }
}
