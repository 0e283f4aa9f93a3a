//! A value as it is now: which shape it has, and how to go one step down.

use std::ops::{Deref, DerefMut};

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
    /// A value that is only written as a whole, by [`Manhole::write`], because it is checked as a whole.
    Whole,
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
    /// What is below is shared with others, but it can be replaced as a whole, by [`Manhole::write`].
    Swapped(&'a dyn Manhole),
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

    /// A value whose description is no function of its Rust type, such as a field that is seen through a function of its author.
    #[must_use]
    pub const fn described(info: &'static TypeInfo, shape: Shape<'a>) -> Self {
        Self { info, shape }
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

    /// The exclusive counterpart of [`Node::described`].
    #[must_use]
    pub const fn described(info: &'static TypeInfo, shape: ShapeMut<'a>) -> Self {
        Self { info, shape }
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

/// A value one step down: part of the one above it, or made for this look at it, such as the length of a queue or the entry of
/// a map that locks each entry.
pub enum Held<'a> {
    /// It is there.
    Borrowed(&'a (dyn Manhole + 'a)),
    /// It was made.
    Made(Box<dyn Manhole + 'a>),
}

/// The exclusive counterpart of [`Held`]: what was made passes on what is written to it.
pub enum HeldMut<'a> {
    /// It is there.
    Borrowed(&'a mut (dyn Manhole + 'a)),
    /// It was made.
    Made(Box<dyn Manhole + 'a>),
}

impl<'a> Held<'a> {
    /// A value made for this look.
    pub fn made(value: impl Manhole + 'a) -> Self {
        Self::Made(Box::new(value))
    }
}

impl<'a> HeldMut<'a> {
    /// A value made for this look.
    pub fn made(value: impl Manhole + 'a) -> Self {
        Self::Made(Box::new(value))
    }
}

impl<'a, T: Manhole> From<&'a T> for Held<'a> {
    fn from(value: &'a T) -> Self {
        Self::Borrowed(value)
    }
}

impl<'a, T: Manhole> From<&'a mut T> for HeldMut<'a> {
    fn from(value: &'a mut T) -> Self {
        Self::Borrowed(value)
    }
}

impl<'a> Deref for Held<'a> {
    type Target = dyn Manhole + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(value) => *value,
            Self::Made(value) => &**value,
        }
    }
}

impl<'a> Deref for HeldMut<'a> {
    type Target = dyn Manhole + 'a;

    fn deref(&self) -> &Self::Target {
        match self {
            Self::Borrowed(value) => &**value,
            Self::Made(value) => &**value,
        }
    }
}

impl DerefMut for HeldMut<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        match self {
            Self::Borrowed(value) => &mut **value,
            Self::Made(value) => &mut **value,
        }
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
    fn field(&self, index: usize) -> Option<Held<'_>>;

    /// The field at `index`, exclusively; `None` for one that is secret or does not exist.
    fn field_mut(&mut self, index: usize) -> Option<HeldMut<'_>>;
}

/// The variant of an enum and its fields, counted as in [`TypeKind::Enum`](super::TypeKind::Enum).
pub trait Enum {
    /// Which variant the value is.
    fn variant(&self) -> usize;

    /// The field of the current variant at `index`; `None` for one that is secret or does not exist.
    fn field(&self, index: usize) -> Option<Held<'_>>;

    /// The field of the current variant at `index`, exclusively.
    fn field_mut(&mut self, index: usize) -> Option<HeldMut<'_>>;
}

/// Items by position. What cannot grow or shrink leaves [`insert`](List::insert) and the rest as they are.
#[expect(clippy::len_without_is_empty, reason = "implemented by containers, asked only for the length")]
pub trait List {
    /// How many items there are.
    fn len(&self) -> usize;

    /// The item at `index`.
    fn get(&self, index: usize) -> Option<Held<'_>>;

    /// The item at `index`, exclusively.
    fn get_mut(&mut self, index: usize) -> Option<HeldMut<'_>>;

    /// Puts an item made of `value` in front of the one at `index`, which is at most the length.
    ///
    /// # Errors
    ///
    /// If no item can be made of `value`, or the number of items is fixed.
    fn insert(&mut self, index: usize, value: Value<'_>) -> Result<(), ValueError> {
        let _ = (index, value);
        Err(ValueError::fixed_size())
    }

    /// Takes out the item at `index`, which is less than the length.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn remove(&mut self, index: usize) -> Result<(), ValueError> {
        let _ = index;
        Err(ValueError::fixed_size())
    }

    /// Takes out all items from `len` on.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn truncate(&mut self, len: usize) -> Result<(), ValueError> {
        let _ = len;
        Err(ValueError::fixed_size())
    }
}

/// Where going through a map or set has stopped, so that it can go on there under another lock.
#[derive(Debug, Clone, Default)]
pub struct Resume {
    /// How many items have been passed.
    pub passed: usize,
    /// The last key of a map or item of a set, where it is one value.
    pub last: Option<Value<'static>>,
}

/// Items by key. What cannot grow or shrink leaves [`insert`](Map::insert) and the rest as they are.
#[expect(clippy::len_without_is_empty, reason = "implemented by containers, asked only for the length")]
pub trait Map {
    /// How many items there are.
    fn len(&self) -> usize;

    /// The item under `key`; `None` also for a key of another type.
    fn get(&self, key: &Value<'_>) -> Option<Held<'_>>;

    /// The item under `key`, exclusively.
    fn get_mut(&mut self, key: &Value<'_>) -> Option<HeldMut<'_>>;

    /// Shows keys and items in the map's own order until `visit` answers `false`.
    fn entries(&self, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool);

    /// Goes on showing keys and items where an earlier look has stopped. A map that can find the place by its key does.
    fn entries_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole, &dyn Manhole) -> bool) {
        let mut passed = 0;
        self.entries(&mut |key, item| {
            passed += 1;
            passed <= place.passed || visit(key, item)
        });
    }

    /// Puts an item made of `value` under a key made of `key`, in place of the one that may be there.
    ///
    /// # Errors
    ///
    /// If no key or item can be made of what is given, or the number of items is fixed.
    fn insert(&mut self, key: Value<'_>, value: Value<'_>) -> Result<(), ValueError> {
        let _ = (key, value);
        Err(ValueError::fixed_size())
    }

    /// Takes out the item under `key`; answers whether there was one.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn remove(&mut self, key: &Value<'_>) -> Result<bool, ValueError> {
        let _ = key;
        Err(ValueError::fixed_size())
    }

    /// Takes out all items.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn clear(&mut self) -> Result<(), ValueError> {
        Err(ValueError::fixed_size())
    }
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

    /// Goes on showing items where an earlier look has stopped. A set that can find the place by its item does.
    fn items_from(&self, place: &Resume, visit: &mut dyn FnMut(&dyn Manhole) -> bool) {
        let mut passed = 0;
        self.items(&mut |item| {
            passed += 1;
            passed <= place.passed || visit(item)
        });
    }

    /// Puts an item made of `value` in; answers whether it is new.
    ///
    /// # Errors
    ///
    /// If no item can be made of `value`, or the number of items is fixed.
    fn insert(&mut self, value: Value<'_>) -> Result<bool, ValueError> {
        let _ = value;
        Err(ValueError::fixed_size())
    }

    /// Takes `item` out; answers whether it was there.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed, or an item cannot be found in this kind of set.
    fn remove(&mut self, item: &Value<'_>) -> Result<bool, ValueError> {
        let _ = item;
        Err(ValueError::fixed_size())
    }

    /// Takes out all items.
    ///
    /// # Errors
    ///
    /// If the number of items is fixed.
    fn clear(&mut self) -> Result<(), ValueError> {
        Err(ValueError::fixed_size())
    }
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

    /// What is inside, where that needs no lock: a cell that is filled once.
    fn get(&self) -> Option<&dyn Manhole> {
        None
    }

    /// Whether a panic has left what is inside in a state that nobody vouches for.
    fn is_poisoned(&self) -> bool {
        false
    }
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
    /// What is inside is only written as a whole.
    Whole,
}
