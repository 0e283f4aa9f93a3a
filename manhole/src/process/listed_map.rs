//! Maps by number of what the system lists: threads, file descriptors. An entry is looked up alone, since a query asks for thousands.

use std::io;
use std::marker::PhantomData;
use std::sync::{Arc, Mutex};

use crate::reflect::{Manhole, Map, Resume, TypeInfo, TypeKind, Value, ValueRef, listing_methods};
use crate::sync::LockIgnoringPoison;

/// What the system lists by number.
pub(crate) trait Listed: Manhole + Sized + 'static {
    /// The name of a map of these.
    const MAP_NAME: &'static str;

    /// Lists all numbers, in order.
    fn list() -> io::Result<Vec<u32>>;

    /// Returns the one with this number.
    fn find(number: u32) -> Option<Self>;

    /// The last list, for iterations that go on: to make one for each part would take longer than the parts.
    fn last_list() -> &'static LastList;
}

/// A list that iterations share.
pub(crate) struct LastList(Mutex<Option<Arc<[u32]>>>);

/// What is listed now.
pub(crate) struct ListedMap<T>(PhantomData<fn() -> T>);

impl LastList {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    fn set(&self, list: Option<Arc<[u32]>>) {
        let before = std::mem::replace(&mut *self.0.lock_ignoring_poison(), list);
        drop(before);
    }
}

impl<T: Listed> ListedMap<T> {
    pub(crate) const fn new() -> Self {
        Self(PhantomData)
    }

    /// Makes the list for an iteration.
    fn begin() -> Arc<[u32]> {
        let list: Arc<[u32]> = T::list().unwrap_or_default().into();
        T::last_list().set(Some(Arc::clone(&list)));
        list
    }
}

impl<T: Listed> Manhole for ListedMap<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new(T::MAP_NAME, TypeKind::Map(u64::type_info, T::type_info)) }
    }

    listing_methods!(Manhole);
}

impl<T: Listed> Map for ListedMap<T> {
    fn len(&self) -> usize {
        T::list().map_or(0, |list| list.len())
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        let Value::Int(number) = key else { return None };
        T::find(u32::try_from(*number).ok()?).map(ValueRef::owned)
    }

    listing_methods!(Map);

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let last = match &place.last {
            Some(Value::Int(last)) => u32::try_from(*last).ok(),
            _ => None,
        };
        let known = last.and_then(|_| T::last_list().0.lock_ignoring_poison().clone());
        let list = known.unwrap_or_else(Self::begin);
        let start = last.map_or(place.passed, |last| list.partition_point(|number| *number <= last));
        let is_whole = list.iter().skip(start).all(|number| {
            // It may be gone by now.
            T::find(*number).is_none_or(|item| visit(&u64::from(*number), &item))
        });
        if is_whole {
            T::last_list().set(None);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;
    use crate::reflect::computed_fields::computed_fields;

    static LISTS: AtomicUsize = AtomicUsize::new(0);

    struct Even(u32);

    computed_fields!([] Even, "Even", "A number.", |this| {
        number: u32 = this.0, "It.";
    });

    impl Listed for Even {
        const MAP_NAME: &'static str = "Evens";

        fn list() -> io::Result<Vec<u32>> {
            LISTS.fetch_add(1, Ordering::Relaxed);
            Ok((0..1_000).map(|number| 2 * number).collect())
        }

        fn find(number: u32) -> Option<Self> {
            // The one with the number 6 has gone since it was listed.
            (number % 2 == 0 && number < 2_000 && number != 6).then_some(Self(number))
        }

        fn last_list() -> &'static LastList {
            static LAST: LastList = LastList::new();
            &LAST
        }
    }

    #[test]
    fn an_iteration_in_parts_lists_once() {
        let map = ListedMap::<Even>::new();
        let mut place = Resume { last: None, passed: 0 };
        let mut visited = 0;
        loop {
            let (mut part, mut last) = (0, None);
            map.entries_from(&place, &mut |number, _| {
                if let crate::reflect::Shape::Leaf(Value::Int(number)) = number.reflect().into_shape() {
                    last = Some(Value::Int(number));
                }
                part += 1;
                part < 10
            });
            visited += part;
            if part < 10 {
                break;
            }
            place.last = last;
        }
        assert_eq!(visited, 999);
        assert_eq!(LISTS.load(Ordering::Relaxed), 1);
        assert!(map.get(&Value::Int(4)).is_some() && map.get(&Value::Int(5)).is_none());
        assert_eq!(LISTS.load(Ordering::Relaxed), 1, "one is looked up alone");
        assert!(Even::last_list().0.lock_ignoring_poison().is_none(), "nothing is kept");
    }
}
