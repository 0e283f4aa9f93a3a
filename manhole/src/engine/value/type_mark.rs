//! Marks copies of the application's values with their Rust type, for `type_of` and for messages.
//!
//! The mark is a number in the engine's value, so it takes no further memory. A value that a script computes has none.

use std::cmp::Ordering;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};

use rhai::{Array, Dynamic, INT, Map};

use super::to_script;
use crate::reflect::{FieldInfo, Manhole, StructStyle, TypeInfo, TypeKind, VariantInfo};
use crate::sync::LockIgnoringPoison;

static ORDERING: TypeInfo =
    TypeInfo::new("Ordering", TypeKind::Enum(&[variant("Less"), variant("Equal"), variant("Greater")]));

const fn variant(name: &'static str) -> VariantInfo {
    VariantInfo { name, doc: "", style: StructStyle::Unit, fields: &[] }
}

/// The bits below belong to the other marks of a value.
const SHIFT: u32 = 8;

/// Returns `value` with the mark of the type `info`.
pub(crate) fn mark(mut value: Dynamic, info: &'static TypeInfo) -> Dynamic {
    // An empty option shows no type.
    let known = frequent_mark(info.name).filter(|mark| *mark != 0 || !value.is_unit());
    let mark = known.or_else(|| other_mark(info));
    if let Some(mark) = mark.filter(|mark| *mark != 0) {
        value.set_tag(value.tag() & ((1 << SHIFT) - 1) | mark << SHIFT);
    }
    value
}

/// Returns a copy of a value of the type `info` with marks on what else shows no type: names of variants, paths, addresses, structs.
pub(crate) fn mark_inside(mut copy: Dynamic, info: &'static TypeInfo) -> Dynamic {
    if copy.is_unit() && matches!(info.kind, TypeKind::Option(_)) {
        return to_script::none();
    }
    let info = strip_wrappers(info);
    match &info.kind {
        TypeKind::Enum(_) | TypeKind::Leaf if copy.is_string() => return mark(copy, info),
        TypeKind::List(item) | TypeKind::Set(item) => {
            for item_copy in copy.write_lock::<Array>().iter_mut().flat_map(|items| items.iter_mut()) {
                *item_copy = mark_inside(std::mem::take(item_copy), item());
            }
        }
        TypeKind::Map(_, item) => {
            for item_copy in copy.write_lock::<Map>().iter_mut().flat_map(|map| map.values_mut()) {
                *item_copy = mark_inside(std::mem::take(item_copy), item());
            }
        }
        TypeKind::Struct(_, fields) if copy.is_map() => {
            mark_fields(&mut copy, fields);
            return mark(copy, info);
        }
        TypeKind::Enum(variants) if copy.is_map() => {
            let known = |name: &str| variants.iter().find(|variant| variant.name == name);
            for (name, content) in copy.write_lock::<Map>().iter_mut().flat_map(|map| map.iter_mut()) {
                match known(name).map(|variant| variant.fields) {
                    Some([only]) if !content.is_map() => {
                        *content = mark_inside(std::mem::take(content), (only.ty)());
                    }
                    Some(fields) => mark_fields(content, fields),
                    None => {}
                }
            }
            return mark(copy, info);
        }
        _ => {}
    }
    copy
}

/// Marks the fields of the copy of a struct or variant.
fn mark_fields(copy: &mut Dynamic, fields: &'static [FieldInfo]) {
    if let Some(mut items) = copy.write_lock::<Array>() {
        for (item, field) in items.iter_mut().zip(fields) {
            *item = mark_inside(std::mem::take(item), (field.ty)());
        }
        return;
    }
    let Some(mut map) = copy.write_lock::<Map>() else { return };
    for field in fields {
        if let Some(value) = map.get_mut(field.name) {
            *value = mark_inside(std::mem::take(value), (field.ty)());
        }
    }
}

/// Returns the type of which `value` is a copy, if it is known.
pub(crate) fn marked_type(value: &Dynamic) -> Option<&'static TypeInfo> {
    let mark = usize::try_from(value.tag() >> SHIFT).ok().filter(|mark| *mark != 0)?;
    match FREQUENT.get(mark - 1) {
        Some(info) => Some(info()),
        None => OTHERS.lock_ignoring_poison().types.get(mark - 1 - FREQUENT.len()).copied(),
    }
}

/// Returns whether `value` has a mark.
pub(crate) fn is_marked(value: &Dynamic) -> bool {
    value.tag() >> SHIFT != 0
}

/// Returns whether the integer `value` fits into the type of which `copy` is a copy. Returns `false` if that is not known at once.
pub(crate) fn surely_fits(copy: &Dynamic, value: INT) -> bool {
    // In the order of the frequent types.
    match copy.tag() >> SHIFT {
        // i64 and i128, or none.
        0 | 4 | 14 => true,
        // u64, usize and u128.
        1 | 2 | 13 => value >= 0,
        3 => u32::try_from(value).is_ok(),
        5 => i32::try_from(value).is_ok(),
        6 => u16::try_from(value).is_ok(),
        7 => u8::try_from(value).is_ok(),
        10 => i16::try_from(value).is_ok(),
        11 => i8::try_from(value).is_ok(),
        12 => isize::try_from(value).is_ok(),
        _ => false,
    }
}

/// Returns the result of an operation on two integers with their type; the type of the one that has it, if the other has none.
/// Returns `None` if that is not known at once, or the result does not fit.
pub(crate) fn with_common_type(result: INT, a: &Dynamic, b: &Dynamic) -> Option<Dynamic> {
    let typed = match [a, b].map(|value| value.tag() >> SHIFT) {
        [_, 0] => a,
        [0, _] => b,
        [first, second] if first == second => a,
        _ => return None,
    };
    let mut copy = Dynamic::from(result);
    copy.set_tag(typed.tag() >> SHIFT << SHIFT);
    surely_fits(typed, result).then_some(copy)
}

/// Returns whether `value` is a copy of an `f64`.
pub(crate) fn is_f64(value: &Dynamic) -> bool {
    value.tag() >> SHIFT == 8
}

/// Returns what `cmp` returns: the name of the variant, with the type.
pub(crate) fn ordering(order: Ordering) -> Dynamic {
    mark(format!("{order:?}").into(), &ORDERING)
}

/// Returns whether `value` is the name of an enum's variant without fields.
pub(crate) fn is_variant(value: &Dynamic) -> bool {
    let info = value.is_string().then(|| marked_type(value)).flatten();
    info.is_some_and(|info| matches!(strip_wrappers(info).kind, TypeKind::Enum(_)))
}

/// Returns the type inside options and locks.
pub(crate) fn strip_wrappers(info: &'static TypeInfo) -> &'static TypeInfo {
    match info.kind {
        TypeKind::Option(inner) | TypeKind::Lock(inner) => strip_wrappers(inner()),
        _ => info,
    }
}

/// Returns whether the type is that of a network address, which is a text in a script.
pub(crate) fn is_address(info: &'static TypeInfo) -> bool {
    let name = strip_wrappers(info).name;
    name.starts_with("Ip") || name.starts_with("Socket")
}

/// Returns the smallest and the largest value of an integer type, whether atomic, never zero or plain.
pub(crate) fn integer_range(info: &TypeInfo) -> Option<(i128, u128)> {
    let name = match info.params {
        [inner] if info.name == "NonZero" => inner().name,
        _ => info.name.strip_prefix("Atomic").unwrap_or(info.name),
    };
    let (sign, bits) = name.split_at_checked(1)?;
    let bits: u32 =
        if bits == "size" { usize::BITS } else { bits.parse().ok().filter(|bits| *bits <= 128)? };
    let max = u128::MAX >> (128 - bits);
    match sign {
        "u" | "U" => Some((0, max)),
        "i" | "I" => Some((i128::MIN >> (128 - bits), max >> 1)),
        _ => None,
    }
}

/// Returns the integer type of which `value` is, without its options and locks: `u64` of an `AtomicU64`.
pub(crate) fn integer_type(value: &Dynamic) -> Option<&'static TypeInfo> {
    let info = strip_wrappers(marked_type(value)?);
    integer_range(info)?;
    match info.params {
        [inner] if info.name == "NonZero" => Some(inner()),
        _ => match info.name.strip_prefix("Atomic") {
            Some(name) => {
                FREQUENT.iter().map(|info| info()).find(|info| info.name.eq_ignore_ascii_case(name))
            }
            None => Some(info),
        },
    }
}

/// Returns whether the integer `value` fits into the integer type `info`.
pub(crate) fn fits(value: &Dynamic, info: &TypeInfo) -> bool {
    let Some((min, max)) = integer_range(info) else { return false };
    let signed = value.as_int().map(i128::from).ok().or_else(|| value.clone().try_cast::<i128>());
    match signed {
        Some(value) => value >= min && u128::try_from(value).map_or(true, |value| value <= max),
        None => value.clone().try_cast::<u128>().is_some_and(|value| value <= max),
    }
}

macro_rules! frequent {
    ($($number:literal: $ty:ident),*) => {
        const FREQUENT: &[fn() -> &'static TypeInfo] = &[$($ty::type_info),*];

        /// Returns the marks of frequent types, which are found without a lock; 0 is for those that the script's value shows.
        fn frequent_mark(name: &str) -> Option<i32> {
            match name {
                $(stringify!($ty) => Some($number),)*
                "String" | "bool" | "char" | "Duration" => Some(0),
                _ => None,
            }
        }
    };
}

frequent!(1: u64, 2: usize, 3: u32, 4: i64, 5: i32, 6: u16, 7: u8, 8: f64, 9: f32, 10: i16, 11: i8, 12: isize, 13: u128, 14: i128);

/// The types with a mark that are not frequent.
#[derive(Default)]
struct Types {
    marks: HashMap<usize, i32>,
    types: Vec<&'static TypeInfo>,
}

static OTHERS: LazyLock<Mutex<Types>> = LazyLock::new(Mutex::default);

fn other_mark(info: &'static TypeInfo) -> Option<i32> {
    let Types { marks, types } = &mut *OTHERS.lock_ignoring_poison();
    let address = std::ptr::from_ref(info).addr();
    if let Some(mark) = marks.get(&address) {
        return Some(*mark);
    }
    let mark = i32::try_from(FREQUENT.len() + 1 + types.len()).ok();
    let mark = mark.filter(|mark| *mark < 1 << (31 - SHIFT))?;
    marks.insert(address, mark);
    types.push(info);
    Some(mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn type_of(info: &'static TypeInfo) -> Option<String> {
        marked_type(&mark(Dynamic::from(1_i64), info)).map(ToString::to_string)
    }

    #[test]
    fn a_marked_value_has_its_type() {
        for (number, info) in FREQUENT.iter().enumerate() {
            assert_eq!(frequent_mark(info().name), i32::try_from(number + 1).ok());
            assert_eq!(type_of(info()), Some(info().name.to_owned()));
        }
        let others = [
            (Option::<u32>::type_info(), "Option<u32>"),
            (std::num::NonZero::<u8>::type_info(), "NonZero<u8>"),
            (std::sync::atomic::AtomicU64::type_info(), "AtomicU64"),
        ];
        for (info, name) in others.into_iter().chain(others) {
            assert_eq!(type_of(info).as_deref(), Some(name));
        }
        assert_eq!(type_of(String::type_info()), None);
        assert!(marked_type(&Dynamic::from(1_i64)).is_none());
    }

    #[test]
    fn an_integer_that_surely_fits_is_one_of_the_type() {
        for info in FREQUENT {
            let copy = mark(Dynamic::from(1_i64), info());
            for value in [INT::MIN, -129, -1, 0, 255, 256, 1 << 31, 1 << 32, INT::MAX] {
                let fits = match info().name {
                    "u64" | "usize" | "u128" => value >= 0,
                    "u32" => u32::try_from(value).is_ok(),
                    "i32" => i32::try_from(value).is_ok(),
                    "u16" => u16::try_from(value).is_ok(),
                    "u8" => u8::try_from(value).is_ok(),
                    "i16" => i16::try_from(value).is_ok(),
                    "i8" => i8::try_from(value).is_ok(),
                    name => matches!(name, "i64" | "i128" | "isize"),
                };
                assert_eq!(surely_fits(&copy, value), fits, "{} {value}", info());
            }
        }
    }

    #[test]
    fn the_range_of_an_integer_type_follows_from_its_name() {
        for (info, range) in [
            (u8::type_info(), Some((0, 255))),
            (i8::type_info(), Some((-128, 127))),
            (u128::type_info(), Some((0, u128::MAX))),
            (i128::type_info(), Some((i128::MIN, i128::MAX.unsigned_abs()))),
            (std::sync::atomic::AtomicI16::type_info(), Some((-32_768, 32_767))),
            (std::num::NonZero::<u16>::type_info(), Some((0, 65_535))),
            (usize::type_info(), Some((0, u128::from(u64::MAX)))),
            (String::type_info(), None),
            (f64::type_info(), None),
            (bool::type_info(), None),
        ] {
            assert_eq!(integer_range(info), range, "{info}");
        }
    }
}
