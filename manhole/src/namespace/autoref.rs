//! The kind of a value in `manhole!`, by autoref specialization.
//!
//! A value may be a function, a value to clone (such as an `Arc`), or a static to borrow, and a macro sees no types. So the generated
//! code calls methods of an [`AutorefProbe`] whose candidates differ in the number of references that they take. The compiler chooses
//! the first that applies, and always finds one. The bounds are required only afterwards, so that the error for an unsuitable value is a
//! missing `Manhole`, not a missing method.

use std::sync::Arc;
use std::thread::LocalKey;

use super::function::Function;
use super::item::NamespaceItem;
use crate::reflect::{Manhole, ThreadLocal};

/// A value of unknown kind.
pub struct AutorefProbe<'a, T: ?Sized>(pub &'a T);

pub trait FunctionProbe<A> {
    fn place_tag(&self) -> FunctionTag {
        FunctionTag
    }

    fn value_tag(&self) -> FunctionValue {
        FunctionValue
    }
}

impl<A, F: Function<A>> FunctionProbe<A> for &&&AutorefProbe<'_, F> {}

pub trait ArcProbe {
    fn place_tag(&self) -> ArcTag {
        ArcTag
    }
}

impl<T> ArcProbe for &&&&AutorefProbe<'_, &Arc<T>> {}

pub trait LocalKeyProbe {
    fn place_tag(&self) -> LocalKeyTag {
        LocalKeyTag
    }
}

impl<T> LocalKeyProbe for &&&&AutorefProbe<'_, LocalKey<T>> {}

pub trait CloneProbe {
    fn place_tag(&self) -> CloneTag {
        CloneTag
    }
}

impl<T: Clone + Send + Sync> CloneProbe for &&AutorefProbe<'_, T> {}

pub trait LocalProbe {
    fn place_tag(&self) -> LocalCloneTag {
        LocalCloneTag
    }
}

impl<T: Clone> LocalProbe for &AutorefProbe<'_, T> {}

pub trait SendProbe {
    fn value_tag(&self) -> MoveTag {
        MoveTag
    }
}

impl<T: Send + Sync> SendProbe for &AutorefProbe<'_, T> {}

pub trait OtherProbe {
    fn place_tag(&self) -> StaticTag {
        StaticTag
    }

    fn value_tag(&self) -> LocalMoveTag {
        LocalMoveTag
    }
}

impl<T: ?Sized> OtherProbe for AutorefProbe<'_, T> {}

/// A function, by its name or in a variable.
pub struct FunctionTag;

impl FunctionTag {
    pub fn item<A, F: Function<A> + Clone + 'static>(self, function: &F) -> NamespaceItem {
        NamespaceItem::function(function.clone())
    }
}

/// A closure expression.
pub struct FunctionValue;

impl FunctionValue {
    pub fn item<A>(self, function: impl Function<A> + 'static) -> NamespaceItem {
        NamespaceItem::function(function)
    }
}

/// A borrowed `Arc`, which is cloned itself instead of the reference.
pub struct ArcTag;

impl ArcTag {
    pub fn item<T: Manhole + Send + Sync + 'static>(self, value: &&Arc<T>) -> NamespaceItem {
        NamespaceItem::root(Arc::clone(value))
    }
}

/// A value that is cloned: an `Arc`, whose clone shares the value, or another value.
pub struct CloneTag;

impl CloneTag {
    pub fn item<T: Manhole + Clone + Send + Sync + 'static>(self, value: &T) -> NamespaceItem {
        NamespaceItem::root(value.clone())
    }
}

/// A value that is borrowed, and so must be a static.
pub struct StaticTag;

impl StaticTag {
    pub fn item<T: Manhole + Send + Sync + 'static>(self, value: &'static T) -> NamespaceItem {
        NamespaceItem::root(value)
    }
}

/// The result of an expression, moved in.
pub struct MoveTag;

impl MoveTag {
    pub fn item<T: Manhole + Send + Sync + 'static>(self, value: T) -> NamespaceItem {
        NamespaceItem::root(value)
    }
}

/// A value that is cloned, and cannot leave its thread: an `Rc`, whose clone shares the value.
pub struct LocalCloneTag;

impl LocalCloneTag {
    pub fn item<T: Manhole + Clone + 'static>(self, value: &T) -> NamespaceItem {
        NamespaceItem::local_root(value.clone())
    }
}

/// The result of an expression, which cannot leave its thread.
pub struct LocalMoveTag;

impl LocalMoveTag {
    pub fn item<T: Manhole + 'static>(self, value: T) -> NamespaceItem {
        NamespaceItem::local_root(value)
    }
}

/// A value of `thread_local!`: that of the current thread.
pub struct LocalKeyTag;

impl LocalKeyTag {
    pub fn item<T: Manhole + 'static>(self, key: &'static LocalKey<T>) -> NamespaceItem {
        NamespaceItem::local_root(ThreadLocal(key))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{LazyLock, Mutex};

    use super::*;
    use crate::namespace::ItemKind;

    fn twice(n: i64) -> i64 {
        n * 2
    }

    static LAZY: LazyLock<Mutex<u32>> = LazyLock::new(|| Mutex::new(3));

    fn type_name(item: &NamespaceItem) -> String {
        match &item.0 {
            ItemKind::Root(root) => root.info.to_string(),
            ItemKind::Function(function) => function.signature("f"),
        }
    }

    #[test]
    #[expect(clippy::needless_borrow, reason = "the macro does not know which of the references is needed")]
    fn recognizes_each_kind_of_value() {
        let shared = Arc::new(Mutex::new(1_u8));
        let plain = 5_u16;
        let closure = |a: String, b: bool| if b { a } else { String::new() };
        let items = [
            (&&&&AutorefProbe(&twice)).place_tag().item(&twice),
            (&&&&AutorefProbe(&closure)).place_tag().item(&closure),
            (&&&&AutorefProbe(&shared)).place_tag().item(&shared),
            (&&&&AutorefProbe(&&shared)).place_tag().item(&&shared),
            (&&&&AutorefProbe(&plain)).place_tag().item(&plain),
            (&&&&AutorefProbe(&LAZY)).place_tag().item(&LAZY),
            (&&&&AutorefProbe(&Mutex::new('c'))).value_tag().item(Mutex::new('c')),
        ];
        assert_eq!(
            items.iter().map(type_name).collect::<Vec<_>>(),
            [
                "f(i64) -> i64",
                "f(String, bool) -> String",
                "Mutex<u8>",
                "Mutex<u8>",
                "u16",
                "LazyLock<Mutex<u32>>",
                "Mutex<char>",
            ]
        );
        assert_eq!(Arc::strong_count(&shared), 3, "the value itself is shared");
    }
}
