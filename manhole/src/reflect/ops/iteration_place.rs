//! The place at which an iteration over a collection resumes under another lock.

use super::read_write::as_key;
use super::snapshot::snapshot_value;
use super::visitor::Group;
use crate::reflect::model::{Level, Manhole, Resume, Shape, ValueRef};

impl Group<'_> {
    /// Returns whether a visit finds its place without passing over the entries before it.
    pub(crate) fn finds_place(&self, place: &Resume) -> bool {
        match &self.shape {
            _ if place.passed == 0 => true,
            Shape::List(list) => list.has_random_access(),
            _ => self.style().is_some() || place.last.is_some() && self.resumes_at_key(),
        }
    }

    /// Returns whether an iteration can resume at any entry without passing over those before it, if a place has a key.
    pub(crate) fn resumes_at_key(&self) -> bool {
        match &self.shape {
            Shape::Map(map) => map.resumes_at_key(),
            Shape::Set(set) => set.resumes_at_item(),
            _ => false,
        }
    }

    /// Returns the place behind an entry of a map or set, which is the last of `passed` entries. `key` is the map's key or the set's item.
    ///
    /// The same text may stand for several keys of the application. So the key is used only if it leads to this entry.
    pub(crate) fn place_behind(&self, passed: usize, key: &dyn Manhole, item: &dyn Manhole) -> Resume {
        let has_address = size_of_val(item) > 0;
        let is_item = |found: &dyn Manhole| !has_address || std::ptr::addr_eq(found, item);
        let value =
            || as_key(key).or_else(|| has_address.then(|| snapshot_value(key, Level::Admin).ok()).flatten());
        let last = match &self.shape {
            _ if !self.resumes_at_key() => None,
            Shape::Map(map) => value().filter(|key| {
                map.has_unique_keys()
                    || matches!(map.get(key), Some(ValueRef::Borrowed(found)) if is_item(found))
            }),
            Shape::Set(set) => value().filter(|item| set.get(item).is_some_and(is_item)),
            _ => None,
        };
        Resume { passed, last }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashMap, LinkedList};

    use super::*;
    use crate::reflect::model::Value;

    fn group(collection: &dyn Manhole) -> Group<'_> {
        let node = collection.reflect();
        Group::new(node.info(), node.into_shape()).unwrap()
    }

    #[test]
    fn a_place_has_a_key_only_where_the_key_leads_back_to_the_entry() {
        let behind = |collection: &dyn Manhole, key: &dyn Manhole, item: &dyn Manhole| {
            let place = group(collection).place_behind(7, key, item);
            assert_eq!(place.passed, 7);
            place.last
        };
        let map = BTreeMap::from([(1_u8, "a".to_owned()), (2, "b".to_owned())]);
        assert_eq!(behind(&map, &1_u8, &map[&1]), Some(Value::from(1)));
        assert_eq!(behind(&map, &1_u8, &map[&2]), None, "the key of another entry");
        assert_eq!(behind(&map, &3_u8, &map[&2]), None, "a key that is not there");
        let options = BTreeMap::from([(Some(1_u8), 5_u8), (None, 6)]);
        assert_eq!(behind(&options, &Some(1_u8), &options[&Some(1)]), Some(Value::from(1)));
        let empty = BTreeMap::from([(Some(1_u8), ())]);
        assert_eq!(behind(&empty, &Some(1_u8), &()), None, "items without a place of their own");
        let set = BTreeSet::from([1_u8, 2]);
        let item = set.get(&2).unwrap();
        assert_eq!(behind(&set, item, item), Some(Value::from(2)));
        assert_eq!(behind(&set, &2_u8, &2_u8), None, "an equal item that is not in the set");
        let hashed = HashMap::from([(1_u8, 2_u8)]);
        assert_eq!(behind(&hashed, &1_u8, &hashed[&1]), None);
    }

    #[test]
    fn it_is_known_which_collections_find_a_place() {
        let place = |passed, last: Option<u8>| Resume { passed, last: last.map(Value::from) };
        let finds = |collection: &dyn Manhole, place: &Resume| group(collection).finds_place(place);
        let (tree, set) = (BTreeMap::from([(1_u8, 2_u8)]), BTreeSet::from([1_u8]));
        let (hashed, heap) = (HashMap::from([(1_u8, 2_u8)]), BinaryHeap::from([1_u8]));
        let linked = LinkedList::from([1_u8]);
        for sorted in [&tree as &dyn Manhole, &set] {
            assert!(finds(sorted, &place(1, Some(1))));
            assert!(!finds(sorted, &place(1, None)));
        }
        for unsorted in [&hashed as &dyn Manhole, &linked] {
            assert!(!finds(unsorted, &place(1, Some(1))));
            assert!(finds(unsorted, &place(0, None)));
        }
        assert!(!finds(&heap, &place(1, None)), "a set without order");
        assert!(finds(&vec![1_u8], &place(1, None)));
    }
}
