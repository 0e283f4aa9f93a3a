//! Locks, and other values that must be opened.

use super::lock_wait::{LockError, LockWait};
use super::manhole::Manhole;
use super::value_ref::ValueBorrow;

/// The purpose of a walk.
///
/// ```
/// use manhole::reflect::{Lockable, AccessMode, LockWait};
///
/// let lock = std::sync::RwLock::new(7_u32);
/// let reader = lock.read().unwrap();
/// let open = |mode| lock.open(mode, &LockWait::none(), &mut |_| {});
/// assert!(open(AccessMode::Read).is_ok(), "readers share the lock");
/// assert!(open(AccessMode::Write).is_err());
/// # drop(reader);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    /// Reads only: a read lock suffices.
    Read,
    /// Changes something: needs the strongest access there is.
    Write,
}

/// A lock, or another value that must be opened to reach the value inside. An implementation waits no longer than its
/// [`LockWait`] allows.
///
/// ```
/// use std::cell::RefCell;
///
/// use manhole::Manhole;
/// use manhole::reflect::{
///     ValueBorrow, Lockable, LockError, AccessMode, Node, NodeMut, LockWait, Shape, ShapeMut, TypeInfo, TypeKind,
/// };
///
/// /// A cell of one thread, as a lock that is never waited for.
/// struct Own<T>(RefCell<T>);
///
/// impl<T: Manhole> Lockable for Own<T> {
///     fn open(
///         &self,
///         mode: AccessMode,
///         _wait: &LockWait<'_>,
///         then: &mut dyn FnMut(ValueBorrow<'_>),
///     ) -> Result<(), LockError> {
///         match mode {
///             AccessMode::Read => then(ValueBorrow::Shared(&*self.0.try_borrow().map_err(|_| LockError::Locked)?)),
///             AccessMode::Write => {
///                 then(ValueBorrow::Exclusive(&mut *self.0.try_borrow_mut().map_err(|_| LockError::Locked)?));
///             }
///         }
///         Ok(())
///     }
///
///     fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
///         Some(self.0.get_mut())
///     }
/// }
///
/// impl<T: Manhole> Manhole for Own<T> {
///     fn type_info() -> &'static TypeInfo {
///         const { &TypeInfo::new("Own", TypeKind::Lock(T::type_info)) }
///     }
///
///     fn reflect(&self) -> Node<'_> {
///         Node::new::<Self>(Shape::Lock(self))
///     }
///
///     fn reflect_mut(&mut self) -> NodeMut<'_> {
///         NodeMut::new::<Self>(ShapeMut::Lock(self))
///     }
/// }
///
/// # use manhole::reflect::{Target, Value};
/// let own = Own(RefCell::new(7_u32));
/// Target::new("own", &own).write(&Value::from(8))?;
/// assert_eq!(own.0.into_inner(), 8);
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
pub trait Lockable {
    /// Opens the lock, runs `then` on the value inside, and releases the lock.
    ///
    /// # Errors
    ///
    /// If the lock cannot be opened in time.
    fn open(
        &self,
        mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError>;

    /// Whether other threads wait while it is open. Cells that are filled once, and maps that lock each entry, are no
    /// locks.
    fn is_lock(&self) -> bool {
        true
    }

    /// Whether several readers may hold it. A walk that writes then tries to pass as a reader first, and takes the lock
    /// alone only if no lock further down gives exclusive access.
    fn is_shared_by_readers(&self) -> bool {
        false
    }

    /// The value inside, without locking, for the exclusive owner.
    fn get_mut(&mut self) -> Option<&mut dyn Manhole>;

    /// The value inside, if it can be read without locking: that of a cell that is filled once.
    fn get(&self) -> Option<&dyn Manhole> {
        None
    }

    /// Whether a thread has panicked while it held the lock.
    fn is_poisoned(&self) -> bool {
        false
    }
}
