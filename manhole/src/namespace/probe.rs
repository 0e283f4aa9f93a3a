//! How `manhole!` finds out what it was given.
//!
//! A value may be a function, something to clone (an `Arc` above all) or something to borrow for ever, and a macro sees no
//! types. So the generated code asks a [`Probe`] by method calls whose candidates differ in how many references they take:
//! the compiler picks the first that applies, and it always finds one. Only then are the bounds required, so that a value
//! that cannot be exposed is reported as a missing `Manhole` and not as a missing method.

use std::sync::Arc;

use super::{Function, Item};
use crate::reflect::Manhole;

/// A value in question.
pub struct Probe<'a, T: ?Sized>(pub &'a T);

pub trait FunctionProbe<A> {
    fn place_tag(&self) -> FunctionPlace {
        FunctionPlace
    }

    fn value_tag(&self) -> FunctionValue {
        FunctionValue
    }
}

impl<A, F: Function<A>> FunctionProbe<A> for &&Probe<'_, F> {}

pub trait ArcProbe {
    fn place_tag(&self) -> ArcPlace {
        ArcPlace
    }
}

impl<T> ArcProbe for &&&Probe<'_, &Arc<T>> {}

pub trait CloneProbe {
    fn place_tag(&self) -> ClonePlace {
        ClonePlace
    }

    fn value_tag(&self) -> MoveValue {
        MoveValue
    }
}

impl<T: Clone> CloneProbe for &Probe<'_, T> {}

pub trait OtherProbe {
    fn place_tag(&self) -> StaticPlace {
        StaticPlace
    }

    fn value_tag(&self) -> MoveValue {
        MoveValue
    }
}

impl<T: ?Sized> OtherProbe for Probe<'_, T> {}

/// A function, by its name or kept in a variable.
pub struct FunctionPlace;

impl FunctionPlace {
    pub fn item<A, F: Function<A> + Clone + 'static>(self, function: &F) -> Item {
        Item::function(function.clone())
    }
}

/// A closure on the spot.
pub struct FunctionValue;

impl FunctionValue {
    pub fn item<A>(self, function: impl Function<A> + 'static) -> Item {
        Item::function(function)
    }
}

/// A borrowed `Arc`: to clone the reference would be of no use.
pub struct ArcPlace;

impl ArcPlace {
    pub fn item<T: Manhole + Send + Sync + 'static>(self, value: &&Arc<T>) -> Item {
        Item::root(Arc::clone(value))
    }
}

/// Something that can be cloned: an `Arc`, whose clone is the same value, or a plain value.
pub struct ClonePlace;

impl ClonePlace {
    pub fn item<T: Manhole + Clone + Send + Sync + 'static>(self, value: &T) -> Item {
        Item::root(value.clone())
    }
}

/// Something that can only be borrowed, and so must live for ever: a static.
pub struct StaticPlace;

impl StaticPlace {
    pub fn item<T: Manhole + Send + Sync + 'static>(self, value: &'static T) -> Item {
        Item::root(value)
    }
}

/// The result of an expression, moved in.
pub struct MoveValue;

impl MoveValue {
    pub fn item<T: Manhole + Send + Sync + 'static>(self, value: T) -> Item {
        Item::root(value)
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

    fn type_name(item: &Item) -> String {
        match &item.0 {
            ItemKind::Root { info, .. } => info.to_string(),
            ItemKind::Function(function) => function.signature("f"),
        }
    }

    #[test]
    #[expect(clippy::needless_borrow, reason = "the macro does not know which of the references is needed")]
    fn each_kind_of_value_is_taken_for_what_it_is() {
        let shared = Arc::new(Mutex::new(1_u8));
        let plain = 5_u16;
        let closure = |a: String, b: bool| if b { a } else { String::new() };
        let items = [
            (&&&Probe(&twice)).place_tag().item(&twice),
            (&&&Probe(&closure)).place_tag().item(&closure),
            (&&&Probe(&shared)).place_tag().item(&shared),
            (&&&Probe(&&shared)).place_tag().item(&&shared),
            (&&&Probe(&plain)).place_tag().item(&plain),
            (&&&Probe(&LAZY)).place_tag().item(&LAZY),
            (&&&Probe(&Mutex::new('c'))).value_tag().item(Mutex::new('c')),
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
