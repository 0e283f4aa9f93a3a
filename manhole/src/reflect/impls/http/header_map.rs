//! Headers as a map by their names. A name has one value, shown as such, or a list of several.

use super::header_value::secret;
use super::http::header::{HeaderMap, HeaderName, HeaderValue};
use crate::reflect::impls::http::secret_names::{SECRET_WORDS, is_secret, refuse_secret};
use crate::reflect::impls::shape_macro::shape_methods;
use crate::reflect::model::{
    List, Manhole, Map, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind, Value, ValueError, ValueMut,
    ValueRef,
};

/// The most names in a map that the console makes. A `HeaderMap` that grows too far panics.
const MAX_NAMES: usize = 4_096;

impl Manhole for HeaderMap {
    fn type_info() -> &'static TypeInfo {
        const {
            &TypeInfo::new("HeaderMap", TypeKind::Map(HeaderName::type_info, values_info))
                .with_secret_keys(SECRET_WORDS)
        }
    }

    shape_methods!(Map);

    fn from_value(value: Value<'_>) -> Result<Self, ValueError> {
        let Value::Map(entries) = value else {
            return Err(ValueError::wrong_kind(Self::type_info(), "a map", &value));
        };
        let mut made = Self::new();
        for (name, value) in entries {
            Map::insert(&mut made, name, value)?;
        }
        Ok(made)
    }
}

fn values_info() -> &'static TypeInfo {
    const {
        &TypeInfo::new("HeaderValue", TypeKind::Opaque)
            .with_doc("The value of a header, or a list of several.")
    }
}

impl Map for HeaderMap {
    fn len(&self) -> usize {
        self.keys_len()
    }

    fn get(&self, key: &Value<'_>) -> Option<ValueRef<'_>> {
        let name = HeaderName::from_value(key.clone()).ok()?;
        self.contains_key(&name).then(|| ValueRef::owned(HeaderValues { map: self, name }))
    }

    fn get_mut(&mut self, key: &Value<'_>) -> Option<ValueMut<'_>> {
        let name = HeaderName::from_value(key.clone()).ok()?;
        self.contains_key(&name).then(|| ValueMut::owned(HeaderValuesMut { map: self, name }))
    }

    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let _ = self.keys().all(|name| visit(name, &HeaderValues { map: self, name: name.clone() }));
    }

    fn has_unique_keys(&self) -> bool {
        true
    }

    fn insert(&mut self, key: Value<'_>, value: Value<'_>) -> Result<(), ValueError> {
        let name = HeaderName::from_value(key)?;
        if self.keys_len() >= MAX_NAMES && !self.contains_key(&name) {
            return Err(ValueError::new("the console makes at most 4,096 headers"));
        }
        HeaderValuesMut { map: self, name }.write(value)
    }

    fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        Ok(HeaderName::from_value(key.clone()).is_ok_and(|name| self.remove(name).is_some()))
    }

    fn clear(&mut self) -> Result<(), ValueError> {
        self.clear();
        Ok(())
    }
}

/// Returns the shape of a secret, or of a header with one value.
fn shape<'a>(map: &'a HeaderMap, name: &HeaderName) -> Option<Shape<'a>> {
    let mut values = map.get_all(name).iter();
    match (values.next(), values.next()) {
        _ if is_secret(name.as_str()) => Some(secret()),
        (Some(value), None) => Some(value.reflect().into_shape()),
        _ => None,
    }
}

/// The values of one header.
struct HeaderValues<'a> {
    map: &'a HeaderMap,
    name: HeaderName,
}

impl Manhole for HeaderValues<'_> {
    fn type_info() -> &'static TypeInfo {
        values_info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(shape(self.map, &self.name).unwrap_or(Shape::List(self)))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}

impl List for HeaderValues<'_> {
    fn len(&self) -> usize {
        self.map.get_all(&self.name).iter().count()
    }

    fn get(&self, index: usize) -> Option<ValueRef<'_>> {
        self.map.get_all(&self.name).iter().nth(index).map(ValueRef::from)
    }

    fn get_mut(&mut self, _index: usize) -> Option<ValueMut<'_>> {
        None
    }

    fn items_from(&self, index: usize, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let _ = self.map.get_all(&self.name).iter().skip(index).all(|value| visit(value));
    }

    fn has_random_access(&self) -> bool {
        false
    }
}

/// The values of one header, through an exclusive reference.
struct HeaderValuesMut<'a> {
    map: &'a mut HeaderMap,
    name: HeaderName,
}

impl HeaderValuesMut<'_> {
    /// Replaces all values. Without any there is no header.
    fn replace(&mut self, values: impl IntoIterator<Item = HeaderValue>) {
        self.map.remove(&self.name);
        for value in values {
            self.map.append(self.name.clone(), value);
        }
    }

    fn edit(&mut self, edit: impl FnOnce(&mut Vec<HeaderValue>)) {
        let mut values: Vec<_> = self.map.get_all(&self.name).iter().cloned().collect();
        edit(&mut values);
        self.replace(values);
    }
}

impl Manhole for HeaderValuesMut<'_> {
    fn type_info() -> &'static TypeInfo {
        values_info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(shape(self.map, &self.name).unwrap_or(Shape::List(self)))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        let is_list = matches!(self.reflect().into_shape(), Shape::List(_));
        NodeMut::new::<Self>(if is_list { ShapeMut::List(self) } else { ShapeMut::Leaf })
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        refuse_secret(self.name.as_str())?;
        if self.map.get_all(&self.name).iter().any(HeaderValue::is_sensitive) {
            return Err(ValueError::new("it is secret"));
        }
        let values = match value {
            Value::List(items) => items.into_iter().map(HeaderValue::from_value).collect::<Result<_, _>>()?,
            value => vec![HeaderValue::from_value(value)?],
        };
        self.replace(values);
        Ok(())
    }
}

impl List for HeaderValuesMut<'_> {
    fn len(&self) -> usize {
        self.map.get_all(&self.name).iter().count()
    }

    fn get(&self, index: usize) -> Option<ValueRef<'_>> {
        self.map.get_all(&self.name).iter().nth(index).map(ValueRef::from)
    }

    fn get_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        let of_header = self.map.iter_mut().filter(|(name, _)| **name == self.name);
        of_header.map(|(_, value)| value).nth(index).map(ValueMut::from)
    }

    fn has_random_access(&self) -> bool {
        false
    }

    fn insert(&mut self, index: usize, value: Value<'_>) -> Result<(), ValueError> {
        let value = HeaderValue::from_value(value)?;
        self.edit(|values| values.insert(index, value));
        Ok(())
    }

    fn remove(&mut self, index: usize) -> Result<(), ValueError> {
        self.edit(|values| drop(values.remove(index)));
        Ok(())
    }

    fn truncate(&mut self, len: usize) -> Result<(), ValueError> {
        self.edit(|values| values.truncate(len));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::ops::shown;

    fn text(text: &'static str) -> Value<'static> {
        Value::from(text)
    }

    #[test]
    fn a_name_has_one_value_or_several_or_a_secret() {
        let mut headers = HeaderMap::new();
        for (name, value) in [("host", "a"), ("via", "1"), ("via", "2"), ("cookie", "s3cret")] {
            headers.append(name, HeaderValue::from_static(value));
        }
        assert_eq!(shown(&headers), r#"{"host": "a", "via": ["1", "2"], "cookie": <secret>}"#);
        assert_eq!(Map::len(&headers), 3);
        assert!(Map::get(&headers, &text("HOST")).is_some(), "capital letters are the same");
        assert!(Map::get(&headers, &text("no name")).is_none());
        assert_eq!(
            Map::insert(&mut headers, text("Accept"), Value::List(vec![text("x"), text("y")])),
            Ok(())
        );
        let mut via = HeaderValuesMut { map: &mut headers, name: HeaderName::from_static("via") };
        assert!(matches!(via.reflect_mut().into_shape(), ShapeMut::List(_)));
        List::get_mut(&mut via, 1).unwrap().write(text("3")).unwrap();
        List::insert(&mut via, 0, text("0")).unwrap();
        List::remove(&mut via, 1).unwrap();
        assert_eq!(List::len(&via), 2);
        assert_eq!(
            shown(&headers),
            r#"{"host": "a", "accept": ["x", "y"], "cookie": <secret>, "via": ["0", "3"]}"#
        );
        assert_eq!(headers["cookie"], "s3cret");
    }

    #[test]
    fn a_secret_header_is_not_written() {
        let mut headers = HeaderMap::new();
        let error = Map::insert(&mut headers, text("Authorization"), text("x")).unwrap_err();
        assert_eq!(error.to_string(), "the header `authorization` is secret");
        assert!(HeaderMap::from_value(Value::Map(vec![(text("cookie"), text("x"))])).is_err());
        assert!(HeaderMap::type_info().has_hidden_fields());
    }

    #[test]
    fn a_map_does_not_grow_too_far() {
        let entry = |number: usize| (Value::from(format!("x{number}")), text("1"));
        assert!(HeaderMap::from_value(Value::Map((0..MAX_NAMES).map(entry).collect())).is_ok());
        assert!(HeaderMap::from_value(Value::Map((0..=MAX_NAMES).map(entry).collect())).is_err());
    }
}
