//! Descriptions of types as an adapter shows them.

use std::any::type_name;
use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use crate::reflect::model::{TypeInfo, TypeKind};
use crate::reflect::text::short_type_name;

/// Returns the description of `T`, seen as `view` says.
pub(super) fn view_info<T: ?Sized>(view: &'static str, kind: fn() -> TypeKind) -> &'static TypeInfo {
    type Known = HashMap<(&'static str, &'static str), &'static TypeInfo>;
    // One for each field of the application.
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let name = type_name::<T>();
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    known.entry((name, view)).or_insert_with(|| {
        let name = Box::leak(short_type_name(name.trim_start_matches('&')).into_boxed_str());
        Box::leak(Box::new(TypeInfo::new(name, kind())))
    })
}
