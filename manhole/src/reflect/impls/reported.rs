//! A value that the system, or another crate, may not report.

use crate::reflect::model::{
    AccessMode, LockError, LockWait, Lockable, Manhole, Node, NodeMut, Shape, ShapeMut, TypeInfo, TypeKind,
    ValueBorrow, ValueVisitor,
};

/// A value, or the reason why it is not known, which is shown in its place: "is not reported by the system".
pub(crate) struct Reported<T>(Result<T, &'static str>);

impl<T> Reported<T> {
    pub(crate) const fn unknown(reason: &'static str) -> Self {
        Self(Err(reason))
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn map<U>(self, change: impl FnOnce(T) -> U) -> Reported<U> {
        Reported(self.0.map(change))
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn value(self) -> Option<T> {
        self.0.ok()
    }
}

impl<T> From<T> for Reported<T> {
    fn from(value: T) -> Self {
        Self(Ok(value))
    }
}

impl<T: Manhole> Manhole for Reported<T> {
    fn type_info() -> &'static TypeInfo {
        // Its name is that of `T`.
        const { &TypeInfo::new("_", TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Shared(self))
    }
}

impl<T: Manhole> Lockable for Reported<T> {
    fn open(&self, _mode: AccessMode, _wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        match &self.0 {
            Ok(value) => {
                then(ValueBorrow::Shared(value));
                Ok(())
            }
            Err(reason) => Err(LockError::Empty(reason)),
        }
    }

    fn is_lock(&self) -> bool {
        false
    }
}
