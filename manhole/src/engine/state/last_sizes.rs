//! What the last calls of `sizes` in a session have found, for the difference that the next one shows.

use std::collections::{HashMap, VecDeque};

/// The most places of which the sizes are kept.
const MAX_PLACES: usize = 4;

/// The size of a collection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Size {
    pub(crate) items: u64,
    pub(crate) bytes: u64,
}

/// The sizes of the collections below one place.
pub(crate) struct Sizes {
    /// The place, as it is shown.
    pub(crate) place: String,
    /// The sizes by path.
    pub(crate) by_path: HashMap<String, Size>,
    /// Whether these are all collections that there were.
    pub(crate) is_complete: bool,
}

/// The last sizes of a few places.
#[derive(Default)]
pub(crate) struct LastSizes(VecDeque<Sizes>);

impl LastSizes {
    /// Keeps `sizes` in place of those of the same place.
    pub(crate) fn replace(&mut self, sizes: Sizes) {
        self.0.retain(|known| known.place != sizes.place);
        self.0.truncate(MAX_PLACES - 1);
        self.0.push_front(sizes);
    }

    /// Returns the last sizes of `place`.
    pub(crate) fn of(&self, place: &str) -> Option<&Sizes> {
        self.0.iter().find(|known| known.place == place)
    }
}

impl Sizes {
    /// Returns by how much `size` is more than that of the same collection here. Returns `None` if that is not known.
    pub(crate) fn difference(&self, path: &str, size: Size) -> Option<(i64, i64)> {
        let before = match self.by_path.get(path) {
            Some(before) => *before,
            None if self.is_complete => Size { items: 0, bytes: 0 },
            None => return None,
        };
        Some((less(size.items, before.items), less(size.bytes, before.bytes)))
    }
}

fn less(a: u64, b: u64) -> i64 {
    i64::try_from(i128::from(a) - i128::from(b)).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(place: &str, items: u64, is_complete: bool) -> Sizes {
        let by_path = HashMap::from([("gizmo.items".to_owned(), Size { items, bytes: 8 * items })]);
        Sizes { place: place.to_owned(), by_path, is_complete }
    }

    #[test]
    fn the_last_sizes_of_a_few_places_are_kept() {
        let mut last = LastSizes::default();
        for place in 0..10 {
            last.replace(sizes(&place.to_string(), place, true));
        }
        last.replace(sizes("9", 90, true));
        assert!(last.of("5").is_none() && last.of("6").is_some());
        assert_eq!(last.of("7").unwrap().by_path["gizmo.items"].items, 7);
        assert_eq!(last.of("9").unwrap().by_path["gizmo.items"].items, 90);
    }

    #[test]
    fn a_difference_is_shown_only_where_it_is_known() {
        let size = Size { items: 5, bytes: 40 };
        assert_eq!(sizes("x", 7, true).difference("gizmo.items", size), Some((-2, -16)));
        assert_eq!(sizes("x", 7, true).difference("gizmo.queue", size), Some((5, 40)));
        assert_eq!(sizes("x", 7, false).difference("gizmo.queue", size), None);
    }
}
