//! Bounds the events of what one command changes and calls, so that a loop of a million writes floods no log.

use std::collections::HashMap;

use crate::engine::{ChangeKind, without_keys};
use crate::reflect::Value;

/// The number of changes of a command that are an event each. After them only the first one of its kind at each further place is.
const MAX_CHANGE_EVENTS: usize = 1_000;
/// The number of places that are counted one by one, and the others together.
const MAX_PLACES: usize = 256;

/// The changes of a command, so far.
#[derive(Default)]
pub(super) struct ChangeCounts {
    /// The number of those that were an event.
    events: usize,
    /// Those that were none, by path without keys.
    counted: HashMap<(String, ChangeKind), Option<CountedChanges>>,
    /// Those that were none, at all further places.
    others: Option<CountedChanges>,
}

/// Changes of one kind at one place that were no events, of which the last one is kept.
pub(super) struct CountedChanges {
    pub(super) count: u64,
    pub(super) path: String,
    pub(super) kind: ChangeKind,
    pub(super) values: Vec<Value<'static>>,
}

impl ChangeCounts {
    /// Returns whether the next change is an event. Otherwise it is counted.
    pub(super) fn admits(&mut self, path: &str, kind: ChangeKind, values: &[Value<'_>]) -> bool {
        if self.events < MAX_CHANGE_EVENTS {
            self.events += 1;
            return true;
        }
        let place = (without_keys(path), kind);
        if self.counted.len() < MAX_PLACES && !self.counted.contains_key(&place) {
            self.counted.insert(place, None);
            return true;
        }
        let changes = self.counted.get_mut(&place).unwrap_or(&mut self.others);
        let count = changes.as_ref().map_or(0, |changes| changes.count) + 1;
        let values = values.iter().map(|value| value.clone().into_owned()).collect();
        *changes = Some(CountedChanges { count, path: path.to_owned(), kind, values });
        false
    }

    /// Returns the changes that were no events, by path.
    pub(super) fn into_counted(self) -> Vec<CountedChanges> {
        let mut counted: Vec<_> = self.counted.into_values().chain([self.others]).flatten().collect();
        counted.sort_by(|a, b| a.path.cmp(&b.path));
        counted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_change_is_an_event_or_counted_in_one() {
        let mut counts = ChangeCounts::default();
        let mut events = 0;
        for number in 0..20_000 {
            let (path, kind) = match number % 4 {
                0 => (format!("gizmo.map[{number}].key"), ChangeKind::Write),
                1 => (format!("gizmo.map[{number}].key"), ChangeKind::Clear),
                _ => (format!("gizmo.f{}", number / 4), ChangeKind::Call),
            };
            events += u64::from(counts.admits(&path, kind, &[Value::from(number)]));
        }
        assert_eq!(events, 1_256);
        let counted = counts.into_counted();
        assert_eq!(events + counted.iter().map(|changes| changes.count).sum::<u64>(), 20_000);
        let text = |last: &CountedChanges| format!("{} {} {}", last.kind, last.path, last.values[0]);
        let last: Vec<_> = counted.iter().map(text).collect();
        // Each function is called twice, so that about half of those that are counted have another call.
        assert!(last.len() < 260, "{last:#?}");
        for text in
            ["write gizmo.map[19996].key 19996", "clear gizmo.map[19997].key 19997", "call gizmo.f4999 19999"]
        {
            assert!(last.iter().any(|last| last == text), "{text}");
        }
    }
}
