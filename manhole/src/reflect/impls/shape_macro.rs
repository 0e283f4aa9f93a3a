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

pub(super) use shape_methods;
