//! Cells of `once_cell` that are filled once. Nothing here fills one.

use ::once_cell::{sync, unsync};

use super::lock_macros::once;
use crate::reflect::model::{AccessMode, LockError, LockWait, Lockable, Manhole, ValueBorrow, ValueVisitor};

once!([T: Manhole] sync::OnceCell<T>, "OnceCell", "is not set yet", |this| this.get(), this.get_mut());
once!([T: Manhole] unsync::OnceCell<T>, "OnceCell", "is not set yet", |this| this.get(), this.get_mut());
once!([T: Manhole, F: FnOnce() -> T] sync::Lazy<T, F>, "Lazy", "is not initialized yet", |this| sync::Lazy::get(this), sync::Lazy::get_mut(this));
once!([T: Manhole, F: FnOnce() -> T] unsync::Lazy<T, F>, "Lazy", "is not initialized yet", |this| unsync::Lazy::get(this), unsync::Lazy::get_mut(this));

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reflect::ops::shown;

    #[test]
    fn reading_a_cell_does_not_fill_it() {
        let lazy: sync::Lazy<u8> = sync::Lazy::new(|| 7);
        let pair = (sync::OnceCell::new(), lazy);
        assert_eq!(shown(&pair), "(<is not set yet>, <is not initialized yet>)");
        pair.0.set(5_u8).unwrap();
        assert_eq!(*pair.1, 7);
        assert_eq!(shown(&pair), "(5, 7)");
    }
}
