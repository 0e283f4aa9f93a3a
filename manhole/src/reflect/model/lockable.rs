//! What must be opened to see what it holds.

use super::lock_wait::{LockError, LockWait};
use super::manhole::Manhole;
use super::value_ref::ValueBorrow;

/// What a walk wants to do below a guard.
///
/// ```
/// use manhole::reflect::{Lockable, AccessMode, LockWait};
///
/// let lock = std::sync::RwLock::new(7_u32);
/// let reader = lock.read().unwrap();
/// let open = |mode| lock.open(mode, &LockWait::none(), &mut |_| {});
/// assert!(open(AccessMode::Read).is_ok(), "another reader disturbs nobody");
/// assert!(open(AccessMode::Write).is_err());
/// # drop(reader);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessMode {
    /// Only look: a read lock is enough.
    Read,
    /// Change: needs the strongest access there is.
    Write,
}

/// Something that must be opened to see what it holds: a lock. It never waits longer than it is told to, and it is closed again
/// before anything is shown.
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
    /// Opens, hands what is inside to `then`, and closes again.
    ///
    /// # Errors
    ///
    /// If it could not be opened while `wait` lasted.
    fn open(
        &self,
        mode: AccessMode,
        wait: &LockWait<'_>,
        then: &mut dyn FnMut(ValueBorrow<'_>),
    ) -> Result<(), LockError>;

    /// Whether others have to wait while it is open: not what is filled once, or what locks each step of its own.
    fn is_lock(&self) -> bool {
        true
    }

    /// Whether several may be inside at once to look: then a walk that is to change something further down first comes as one
    /// of them, and alone only if nothing on the rest of the way locks.
    fn is_shared_by_readers(&self) -> bool {
        false
    }

    /// What is inside, without locking, for who holds the guard exclusively.
    fn get_mut(&mut self) -> Option<&mut dyn Manhole>;

    /// What is inside, where that needs no lock: a cell that is filled once.
    fn get(&self) -> Option<&dyn Manhole> {
        None
    }

    /// Whether a panic has left what is inside in a state that nobody vouches for.
    fn is_poisoned(&self) -> bool {
        false
    }
}
