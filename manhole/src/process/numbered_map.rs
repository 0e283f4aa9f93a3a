//! Maps by the numbers that name what they hold: sessions, panics, workers.

use crate::reflect::{Manhole, Map, Resume, TypeInfo, TypeKind, Value, ValueRef, listing_methods};

/// What has a number.
pub(crate) trait Numbered: Manhole {
    /// The name of a map of these.
    const MAP_NAME: &'static str;

    fn number(&self) -> u64;
}

/// What exists at a moment, by number.
pub(crate) struct NumberedMap<T>(Vec<T>);

impl<T: Numbered> FromIterator<T> for NumberedMap<T> {
    fn from_iter<I: IntoIterator<Item = T>>(items: I) -> Self {
        let mut items: Vec<_> = items.into_iter().collect();
        items.sort_unstable_by_key(T::number);
        Self(items)
    }
}

impl<T: Numbered> Manhole for NumberedMap<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new(T::MAP_NAME, TypeKind::Map(u64::type_info, T::type_info)) }
    }

    listing_methods!(Manhole);
}

impl<T: Numbered> Map for NumberedMap<T> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        let Value::Int(number) = key else { return None };
        let index = self.0.binary_search_by_key(number, |item| item.number().into()).ok()?;
        Some(ValueRef::from(&self.0[index]))
    }

    listing_methods!(Map);

    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let start = match &place.last {
            Some(Value::Int(last)) => self.0.partition_point(|item| i128::from(item.number()) <= *last),
            _ => place.passed,
        };
        let _ = self.0.iter().skip(start).all(|item| visit(&item.number(), item));
    }
}
