//! `ArcSwap` and `ArcSwapOption`: shown as the value inside, and replaced as a whole.
//!
//! A thread that has loaded the value may still use it. So nothing inside it can change, and an assignment replaces the
//! value.

use std::sync::Arc;

use arc_swap::strategy::CaS;
use arc_swap::{ArcSwapAny, RefCnt};

use crate::reflect::model::{
    AccessMode, Args, CallError, CallOutput, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape,
    ShapeMut, TypeInfo, TypeKind, Value, ValueBorrow, ValueError, ValueVisitor,
};

/// A pointer that such a cell holds.
trait Content: RefCnt + Manhole {
    /// The name of the cell's type.
    const CELL: &'static str;

    /// Returns the type shown as the cell's parameter.
    fn param() -> &'static TypeInfo;

    /// Creates a pointer to replace another.
    fn convert(value: Value<'_>) -> Result<Self, ValueError>;
}

impl<T: Manhole> Content for Arc<T> {
    const CELL: &'static str = "ArcSwap";

    fn param() -> &'static TypeInfo {
        T::type_info()
    }

    fn convert(value: Value<'_>) -> Result<Self, ValueError> {
        T::from_value(value).map(Self::new)
    }
}

impl<T: Manhole> Content for Option<Arc<T>> {
    const CELL: &'static str = "ArcSwapOption";

    fn param() -> &'static TypeInfo {
        T::type_info()
    }

    fn convert(value: Value<'_>) -> Result<Self, ValueError> {
        Ok(Option::<T>::from_value(value)?.map(Arc::new))
    }
}

impl<C: Content, S: CaS<C>> Manhole for ArcSwapAny<C, S> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new(C::CELL, TypeKind::Lock(C::type_info)).with_params(&[C::param]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Shared(self))
    }
}

impl<C: Content, S: CaS<C>> Lockable for ArcSwapAny<C, S> {
    fn open(&self, mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        match mode {
            AccessMode::Read => then(ValueBorrow::Shared(&*self.load())),
            AccessMode::Write => {
                then(ValueBorrow::Exclusive(&mut Swap { cell: self, loaded: self.load_full() }));
            }
        }
        Ok(())
    }

    fn is_lock(&self) -> bool {
        false
    }
}

/// The value of the cell when a walk for writing opened it.
struct Swap<'a, C: Content, S: CaS<C>> {
    cell: &'a ArcSwapAny<C, S>,
    loaded: C,
}

impl<C: Content, S: CaS<C>> Manhole for Swap<'_, C, S> {
    fn type_info() -> &'static TypeInfo {
        C::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        self.loaded.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Swapped(&self.loaded))
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        let made = C::convert(value)?;
        let found = self.cell.compare_and_swap(&self.loaded, made);
        if RefCnt::as_ptr(&*found) == RefCnt::as_ptr(&self.loaded) {
            Ok(())
        } else {
            Err(ValueError::new("the application has replaced the value since it was read"))
        }
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        self.loaded.call(index, args)
    }
}

#[cfg(test)]
mod tests {
    use arc_swap::{ArcSwap, ArcSwapOption};

    use super::*;
    use crate::reflect::model::{Path, Step};

    use crate::reflect::walk::{AccessError, Target};

    fn assign(cell: &dyn Manhole, path: &Path, value: impl Into<Value<'static>>) -> Result<(), AccessError> {
        Target::new("cell", cell).at(path).write(&value.into())
    }

    #[test]
    fn the_whole_value_is_replaced_and_its_parts_are_refused() {
        let cell = ArcSwap::from_pointee((1_u8, "a".to_owned()));
        let before = cell.load_full();
        let whole = Value::List(vec![Value::from(2), Value::from("b")]);
        assert_eq!(assign(&cell, &Path::root(), whole), Ok(()));
        assert_eq!(**cell.load(), (2, "b".to_owned()));
        assert_eq!(before.0, 1, "a thread that has loaded it keeps it");
        let part = Path::root().join(Step::Key(Value::from(0)));
        let error = assign(&cell, &part, Value::from(3)).unwrap_err();
        assert_eq!(error.to_string(), "cannot change cell[0]: no lock above this u8 gives exclusive access");
        assert_eq!(ArcSwap::<u8>::type_info().to_string(), "ArcSwap<u8>");
    }

    #[test]
    fn a_newer_value_of_the_application_is_kept() {
        let cell = ArcSwap::from_pointee(1_u8);
        let mut swap = Swap { cell: &cell, loaded: cell.load_full() };
        cell.store(Arc::new(5));
        assert!(swap.write(Value::from(2)).is_err());
        assert_eq!(**cell.load(), 5);
    }

    #[test]
    fn an_option_is_set_and_cleared() {
        let cell = ArcSwapOption::from_pointee(1_u8);
        assert_eq!(assign(&cell, &Path::root(), Value::Unit), Ok(()));
        assert!(cell.load().is_none());
        assert_eq!(assign(&cell, &Path::root(), Value::from(7)), Ok(()));
        assert_eq!(cell.load().as_deref(), Some(&7));
        assert_eq!(ArcSwapOption::<u8>::type_info().to_string(), "ArcSwapOption<u8>");
    }
}
