//! A macro for the methods that are alike in the types that implement the trait of their shape.

/// Reads a value by its `$shape` trait, and unless it is marked `@read` writes it as a whole.
macro_rules! shape_methods {
    ($shape:ident) => {
        $crate::reflect::impls::shape_macro::shape_methods!(@read $shape);

        fn write(
            &mut self,
            value: $crate::reflect::model::Value<'_>,
        ) -> Result<(), $crate::reflect::model::ValueError> {
            *self = Self::from_value(value)?;
            Ok(())
        }
    };
    (@read $shape:ident) => {
        fn reflect(&self) -> $crate::reflect::model::Node<'_> {
            $crate::reflect::model::Node::new::<Self>($crate::reflect::model::Shape::$shape(self))
        }

        fn reflect_mut(&mut self) -> $crate::reflect::model::NodeMut<'_> {
            $crate::reflect::model::NodeMut::new::<Self>($crate::reflect::model::ShapeMut::$shape(self))
        }
    };
}

/// The methods of `Manhole` and of `Map` for a map that lists what is there by key, and is not the place where it is.
macro_rules! listing_methods {
    (Manhole) => {
        fn reflect(&self) -> $crate::reflect::Node<'_> {
            $crate::reflect::Node::new::<Self>($crate::reflect::Shape::Map(self))
        }

        fn reflect_mut(&mut self) -> $crate::reflect::NodeMut<'_> {
            $crate::reflect::NodeMut::shared(self)
        }
    };
    (Map) => {
        fn get_mut(&mut self, _key: &$crate::reflect::Value<'_>) -> Option<$crate::reflect::ValueMut<'_>> {
            None
        }

        fn entries(
            &self,
            visit: &mut dyn FnMut(&dyn $crate::reflect::Manhole, &dyn $crate::reflect::Manhole) -> bool,
        ) {
            self.entries_from(&$crate::reflect::Resume::default(), visit);
        }

        fn resumes_at_key(&self) -> bool {
            true
        }

        fn has_unique_keys(&self) -> bool {
            true
        }
    };
}

pub(crate) use listing_methods;
pub(super) use shape_methods;
