//! A value as it is now: which shape it has, and how to go one step down.

use super::{Manhole, Patience, TypeInfo, Value, ValueError};

/// A value seen through a shared reference.
#[derive(Clone)]
pub struct Node<'a> {
    info: &'static TypeInfo,
    shape: Shape<'a>,
}

/// A value seen through an exclusive reference.
pub struct NodeMut<'a> {
    info: &'static TypeInfo,
    shape: ShapeMut<'a>,
}

/// What can be done with a value through a shared reference.
#[derive(Clone)]
#[non_exhaustive]
pub enum Shape<'a> {
    /// One value.
    Leaf(Value<'a>),
    /// One value that can be changed through a shared reference: an atomic.
    Cell(&'a dyn Cell),
    /// Named or numbered fields.
    Struct(&'a dyn Struct),
    /// One of several variants.
    Enum(&'a dyn Enum),
    /// One value or none.
    Option(Option<&'a dyn Manhole>),
    /// Items by position.
    List(&'a dyn List),
    /// Items by key.
    Map(&'a dyn Map),
    /// Items by themselves.
    Set(&'a dyn Set),
    /// Something that must be opened to see what it holds: a lock.
    Guard(&'a dyn Guard),
    /// Something that has no inside and no value, only a text that stands for it.
    Shown(String),
    /// Nothing to see inside.
    Opaque,
}

/// What can be done with a value through an exclusive reference.
#[non_exhaustive]
pub enum ShapeMut<'a> {
    /// One value, written by [`Manhole::write`].
    Leaf,
    /// Named or numbered fields.
    Struct(&'a mut dyn Struct),
    /// One of several variants.
    Enum(&'a mut dyn Enum),
    /// One value or none; it is emptied or filled by [`Manhole::write`].
    Option(Option<&'a mut dyn Manhole>),
    /// Items by position.
    List(&'a mut dyn List),
    /// Items by key.
    Map(&'a mut dyn Map),
    /// Items by themselves.
    Set(&'a mut dyn Set),
    /// A lock, which needs no locking when it is reached exclusively.
    Guard(&'a mut dyn Guard),
    /// Exclusive access ends here: what is below is shared with others.
    Shared(&'a dyn Manhole),
}

impl<'a> Node<'a> {
    /// A value of type `T` with its shape.
    pub fn new<T: Manhole>(shape: Shape<'a>) -> Self {
        Self { info: T::type_info(), shape }
    }

    /// A leaf of type `T`.
    pub fn leaf<T: Manhole>(value: impl Into<Value<'a>>) -> Self {
        Self::new::<T>(Shape::Leaf(value.into()))
    }

    /// The type, as declared where the value is kept.
    #[must_use]
    pub const fn info(&self) -> &'static TypeInfo {
        self.info
    }

    /// The shape.
    #[must_use]
    pub const fn shape(&self) -> &Shape<'a> {
        &self.shape
    }

    /// The shape, by value.
    #[must_use]
    pub fn into_shape(self) -> Shape<'a> {
        self.shape
    }
}

impl<'a> NodeMut<'a> {
    /// A value of type `T` with its shape.
    pub fn new<T: Manhole>(shape: ShapeMut<'a>) -> Self {
        Self { info: T::type_info(), shape }
    }

    /// A leaf of type `T`.
    #[must_use]
    pub fn leaf<T: Manhole>() -> Self {
        Self::new::<T>(ShapeMut::Leaf)
    }

    /// A pointer to a value that is shared with others, so that exclusive access ends at it.
    #[must_use]
    pub fn shared(value: &'a dyn Manhole) -> Self {
        Self { info: value.reflect().info, shape: ShapeMut::Shared(value) }
    }

    /// The type, as declared where the value is kept.
    #[must_use]
    pub const fn info(&self) -> &'static TypeInfo {
        self.info
    }

    /// The shape, by value.
    #[must_use]
    pub fn into_shape(self) -> ShapeMut<'a> {
        self.shape
    }
}

/// A value that is reached either through a shared or through an exclusive reference.
pub enum Access<'a> {
    /// Others may look at the same time.
    Shared(&'a dyn Manhole),
    /// Nobody else has it.
    Exclusive(&'a mut dyn Manhole),
}

impl Access<'_> {
    /// The value, to look at.
    #[must_use]
    pub fn node(&self) -> Node<'_> {
        match self {
            Access::Shared(value) => value.reflect(),
            Access::Exclusive(value) => value.reflect(),
        }
    }
}

/// The fields of a struct, counted as in [`TypeInfo::fields`].
pub trait Struct {
    /// The field at `index`; `None` for one that is secret or does not exist.
    fn field(&self, index: usize) -> Option<&dyn Manhole>;

    /// The field at `index`, exclusively; `None` for one that is secret or does not exist.
    fn field_mut(&mut self, index: usize) -> Option<&mut dyn Manhole>;
}

/// The variant of an enum and its fields, counted as in [`TypeKind::Enum`](super::TypeKind::Enum).
pub trait Enum {
    /// Which variant the value is.
    fn variant(&self) -> usize;

    /// The field of the current variant at `index`; `None` for one that is secret or does not exist.
    fn field(&self, index: usize) -> Option<&dyn Manhole>;

    /// The field of the current variant at `index`, exclusively.
    fn field_mut(&mut self, index: usize) -> Option<&mut dyn Manhole>;
}

/// Items by position.
#[expect(clippy::len_without_is_empty, reason = "implemented by containers, asked only for the length")]
pub trait List {
    /// How many items there are.
    fn len(&self) -> usize;

    /// The item at `index`.
    fn get(&self, index: usize) -> Option<&dyn Manhole>;

    /// The item at `index`, exclusively.
    fn get_mut(&mut self, index: usize) -> Option<&mut dyn Manhole>;
}

/// Items by key.
#[expect(clippy::len_without_is_empty, reason = "implemented by containers, asked only for the length")]
pub trait Map {
    /// How many items there are.
    fn len(&self) -> usize;

    /// The item under `key`; `None` also for a key of another type.
    fn get(&self, key: &Value<'_>) -> Option<&dyn Manhole>;

    /// The item under `key`, exclusively.
    fn get_mut(&mut self, key: &Value<'_>) -> Option<&mut dyn Manhole>;

    /// Shows keys and items in the map's own order until `visit` answers `false`.
    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool);
}

/// Items that are neither counted nor named, only there.
#[expect(clippy::len_without_is_empty, reason = "implemented by containers, asked only for the length")]
pub trait Set {
    /// How many items there are.
    fn len(&self) -> usize;

    /// Whether `item` is one of them; not for a value of another type.
    fn contains(&self, item: &Value<'_>) -> bool;

    /// Shows the items in the set's own order until `visit` answers `false`.
    fn items(&self, visit: &mut dyn FnMut(&dyn Manhole) -> bool);
}

/// One value that can be changed through a shared reference.
pub trait Cell {
    /// The value now.
    fn load(&self) -> Value<'_>;

    /// Replaces the value, if `expected` is given only if it still is that; answers whether it did.
    ///
    /// # Errors
    ///
    /// If no value of this type can be made of `value`.
    fn store(&self, value: Value<'_>, expected: Option<&Value<'_>>) -> Result<bool, ValueError>;
}

/// What a walk wants to do below a guard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intent {
    /// Only look: a read lock is enough.
    Read,
    /// Change: needs the strongest access there is.
    Write,
}

/// Something that must be opened to see what it holds.
pub trait Guard {
    /// Opens, hands what is inside to `then`, and closes again.
    ///
    /// # Errors
    ///
    /// If it could not be opened while `patience` lasted.
    fn open(
        &self,
        intent: Intent,
        patience: &Patience<'_>,
        then: &mut dyn FnMut(Access<'_>),
    ) -> Result<(), GuardError>;

    /// What is inside, without locking, for who holds the guard exclusively.
    fn get_mut(&mut self) -> Option<&mut dyn Manhole>;
}

/// Why a guard could not be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum GuardError {
    /// Somebody else held it until patience ran out.
    Locked,
    /// The command was stopped while waiting.
    Interrupted,
    /// There is nothing inside, and why.
    Empty(&'static str),
}
