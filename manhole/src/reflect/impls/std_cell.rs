//! Cells, which a single thread changes. Under an exclusive reference, or on the thread of `serve_inline`, they need no lock.

use std::cell::{Cell, LazyCell, OnceCell, RefCell};

use super::lazy_lock;
use super::lock_macros::{lock_type, lockable, once};
use crate::reflect::model::{
    AccessMode, Around, AroundKind, InnerBorrow, LockError, LockWait, Lockable, Manhole, NOT_SET,
    ValueBorrow, ValueVisitor,
};

lockable!([] RefCell<T>, "RefCell", |this| this.get_mut());

/// Tried once: nothing on this thread lets go of it while the console waits.
impl<T> Around for RefCell<T> {
    type Inner = T;

    const KIND: AroundKind = AroundKind::Readers;

    fn open_around(
        &self,
        mode: AccessMode,
        _wait: &LockWait<'_>,
        then: &mut dyn FnMut(InnerBorrow<'_, T>),
    ) -> Result<(), LockError> {
        const BORROWED: LockError = LockError::Empty("is borrowed by code that has not finished");
        match mode {
            AccessMode::Read => then(InnerBorrow::Shared(&*self.try_borrow().map_err(|_| BORROWED)?)),
            AccessMode::Write => {
                then(InnerBorrow::Exclusive(&mut *self.try_borrow_mut().map_err(|_| BORROWED)?));
            }
        }
        Ok(())
    }
}

lock_type!([T: Manhole + Copy] Cell<T>, "Cell");

/// A copy is read, and a copy that is changed replaces the value.
impl<T: Manhole + Copy> Lockable for Cell<T> {
    fn open(&self, mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        let mut value = self.get();
        match mode {
            AccessMode::Read => then(ValueBorrow::Shared(&value)),
            AccessMode::Write => {
                then(ValueBorrow::Exclusive(&mut value));
                self.set(value);
            }
        }
        Ok(())
    }

    fn is_lock(&self) -> bool {
        false
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        Some(self.get_mut())
    }
}

once!([T: Manhole] OnceCell<T>, "OnceCell", NOT_SET, |this| this.get(), this.get_mut());
// A read must not run the initialization.
once!([T: Manhole, F: FnOnce() -> T] LazyCell<T, F>, "LazyCell", lazy_lock::why_empty(), |this| lazy_lock::get_of_cell(this));

#[cfg(test)]
mod tests {
    use std::rc::{Rc, Weak};

    use super::*;
    use crate::reflect::model::{Path, Step, Value};
    use crate::reflect::ops::shown;
    use crate::reflect::walk::{AccessError, Target};

    fn write(root: &dyn Manhole, path: &[usize], value: u8) -> Result<(), AccessError> {
        let path = path.iter().fold(Path::root(), |path, index| path.join(Step::Key(Value::from(*index))));
        Target::new("cell", root).at(&path).write(&Value::from(value))
    }

    #[test]
    fn cells_are_shown_and_written_as_the_value_inside() {
        let shared = Rc::new(RefCell::new((1_u8, Cell::new((2_u8, 3_u8)))));
        assert_eq!(shown(&shared), "(1, (2, 3))");
        assert_eq!(write(&shared, &[0], 7), Ok(()));
        assert_eq!(write(&shared, &[1, 1], 8), Ok(()));
        assert_eq!((shared.borrow().0, shared.borrow().1.get()), (7, (2, 8)));
        assert_eq!(<Rc<RefCell<u8>>>::type_info().to_string(), "RefCell<u8>");
    }

    #[test]
    fn a_borrowed_cell_is_neither_waited_for_nor_a_panic() {
        let cell = RefCell::new(1_u8);
        let reading = cell.borrow();
        assert_eq!(shown(&cell), "1");
        let error = write(&cell, &[], 2).unwrap_err().to_string();
        assert_eq!(error, "cell is borrowed by code that has not finished");
        drop(reading);
        let writing = cell.borrow_mut();
        assert_eq!(shown(&(&cell, 2)), "(<is borrowed by code that has not finished>, 2)");
        drop(writing);
        assert_eq!(write(&cell, &[], 2), Ok(()));
    }

    #[test]
    fn a_read_fills_no_cell() {
        let cells = (OnceCell::<u8>::new(), LazyCell::new(|| 5_u8));
        assert!(shown(&cells).starts_with("(<is not set yet>, <"), "{}", shown(&cells));
        cells.0.set(4).unwrap();
        assert_eq!(*cells.1, 5);
        assert!(shown(&cells).starts_with("(4, "));
    }

    #[test]
    fn a_weak_pointer_of_one_thread_keeps_nothing() {
        let shared = Rc::new(1_u8);
        let weak: Weak<u8> = Rc::downgrade(&shared);
        assert_eq!(shown(&weak), "1");
        drop(shared);
        assert_eq!(shown(&(weak,)), "(<is gone>,)");
    }
}
