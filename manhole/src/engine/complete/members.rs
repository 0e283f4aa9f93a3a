//! What can follow a dot: the author's fields and methods first, then those of the console in the order of their use.

use manhole_protocol::methods::{Candidate, CandidateKind};

use super::candidate::{self, candidate};
use super::inferred_type::InferredType;
use crate::engine::builtins::{BUILTIN_DOCS, BuiltinDoc, BuiltinKind, builtin_docs};
use crate::engine::live::strip_wrappers;
use crate::engine::value::type_mark::integer_range;
use crate::reflect::{Level, StructStyle, TypeInfo, TypeKind};

/// The console's methods of collections that are used most. The others follow in the order of the documentation.
const BY_USE: &[&str] = &[
    "len",
    "filter",
    "map",
    "find",
    "get",
    "keys",
    "values",
    "first",
    "last",
    "count",
    "take",
    "sort_by",
    "sum",
    "any",
    "all",
    "contains",
    "contains_key",
    "is_empty",
    "group_by",
    "min_by",
    "max_by",
    "push",
    "insert",
    "remove",
    "join",
    "min",
    "max",
    "avg",
    "sort",
    "rev",
    "skip",
    "filter_map",
    "unique",
    "position",
    "nth",
    "enumerate",
    "to_array",
    "for_each",
];

/// The console's methods that are used least: second names, and those that few need.
const LAST: &[&str] = &[
    "sort_by_key",
    "min_by_key",
    "max_by_key",
    "reverse",
    "product",
    "step_by",
    "dedup",
    "dedup_by_key",
    "windows",
    "chunks",
    "inspect",
    "reduce",
    "clear",
    "truncate",
    "retain",
    "snapshot",
    "variant",
    "key",
    "update",
];

/// The methods that change the value. They need the level `operate` on a value of the application.
const CHANGES: &[&str] = &["push", "insert", "remove", "pop", "truncate", "clear", "retain", "update"];

/// The methods that change the number of items, which arrays and slices cannot.
const RESIZES: &[&str] = &["push", "insert", "remove", "pop", "truncate", "clear", "retain"];

/// The methods of maps alone, and those that mean little for lists and sets.
const MAP_METHODS: &[&str] = &["keys", "values", "contains_key"];

/// The methods of lists that have no meaning for other collections.
const LIST_METHODS: &[&str] = &["push", "pop", "truncate"];

/// The methods that add numbers. For items with fields there is `map`: `items.map(|item| item.size).sum()`.
const NUMBER_METHODS: &[&str] = &["sum", "product", "avg"];

/// The methods that compare the items themselves. For items with fields there are others: `min_by`, `sort_by`.
const VALUE_METHODS: &[&str] = &["min", "max", "sort", "unique", "dedup"];

/// The leaf types that cannot be added.
const NOT_NUMBERS: &[&str] = &[
    "bool",
    "char",
    "str",
    "String",
    "PathBuf",
    "Path",
    "OsString",
    "Uuid",
    "Instant",
    "SystemTime",
    "AtomicBool",
];

const OPTION_METHODS: &[&str] = &["is_some", "is_none", "unwrap", "unwrap_or"];

/// Methods of leaf values, by type. Those that take arguments end in a parenthesis.
const STRING_METHODS: &[&str] = &[
    "len()",
    "contains(",
    "starts_with(",
    "ends_with(",
    "split(",
    "trim()",
    "to_lowercase()",
    "to_uppercase()",
    "replace(",
    "lines()",
    "chars()",
    "is_empty()",
    "parse()",
];
const DURATION_METHODS: &[&str] = &["as_secs_f64()", "as_millis()", "as_secs()", "as_micros()", "is_zero()"];
const INTEGER_METHODS: &[&str] =
    &["abs_diff(", "min(", "max(", "clamp(", "pow(", "checked_add(", "saturating_sub("];
const FLOAT_METHODS: &[&str] = &["round()", "floor()", "ceil()", "abs()", "sqrt()", "min(", "max(", "clamp("];
const TIME_METHODS: &[&str] = &["elapsed()", "duration_since("];

/// What is known of a value beside its type.
#[derive(Clone, Copy)]
pub(super) struct Receiver {
    /// The level of the session.
    pub(super) level: Level,
    /// Whether it may be an item of a collection.
    pub(super) is_item: bool,
    /// Whether it is a root of the console's own, none of which is written.
    pub(super) is_builtin: bool,
}

/// Returns the fields and methods of a value, without the keys of a map.
pub(super) fn of(ty: InferredType, receiver: Receiver) -> Vec<Candidate> {
    match ty {
        InferredType::Type(info) => of_type(info, receiver),
        InferredType::Query(item) => {
            let changes = |name: &str| CHANGES.contains(&name);
            collection_methods(&[BuiltinKind::CollectionMethod], |name| {
                !changes(name) && item.is_none_or(|item| items_can(item, name))
            })
        }
        InferredType::Array => {
            collection_methods(&[BuiltinKind::CollectionMethod, BuiltinKind::EditMethod], |name| {
                !MAP_METHODS.contains(&name)
            })
        }
        InferredType::Map => {
            collection_methods(&[BuiltinKind::CollectionMethod, BuiltinKind::EditMethod], |name| {
                !LIST_METHODS.contains(&name)
                    && (!CHANGES.contains(&name) || receiver.level >= Level::Operate)
            })
        }
        InferredType::String => texts(STRING_METHODS),
        InferredType::Unknown => Vec::new(),
    }
}

fn of_type(declared: &'static TypeInfo, receiver: Receiver) -> Vec<Candidate> {
    let info = strip_wrappers(declared);
    let mut members: Vec<Candidate> = Vec::new();
    let is_name = |name: &str| !name.starts_with(|first: char| first.is_ascii_digit());
    for field in info.own_fields().filter(|field| is_name(field.name) && field.level <= receiver.level) {
        if members.iter().all(|known| known.text != field.name) {
            members.push(candidate::field(field));
        }
    }
    let methods = info.methods.iter().filter(|method| method.level <= receiver.level);
    members.extend(methods.map(candidate::method));
    if is_option(declared) {
        members.extend(
            OPTION_METHODS.iter().filter_map(|name| builtin_docs::find(name)).map(candidate::builtin),
        );
    }
    let is_hidden = |name: &str| info.methods.iter().any(|method| method.name == name);
    let kinds: &[BuiltinKind] = match info.kind {
        TypeKind::List(_) | TypeKind::Map(..) | TypeKind::Set(_) => {
            &[BuiltinKind::CollectionMethod, BuiltinKind::EditMethod, BuiltinKind::LiveMethod]
        }
        TypeKind::Enum(_) | TypeKind::Struct(..) => &[BuiltinKind::LiveMethod],
        _ => {
            members.extend(texts(leaf_methods(info)));
            &[]
        }
    };
    members.extend(collection_methods(kinds, |name| !is_hidden(name) && can(info, name, receiver)));
    members
}

/// Returns the console's methods of these kinds, in the order of their use.
fn collection_methods(kinds: &[BuiltinKind], can: impl Fn(&str) -> bool) -> Vec<Candidate> {
    let entries = BUILTIN_DOCS.iter().filter(|entry| kinds.contains(&entry.kind) && can(entry.name));
    let mut entries: Vec<&BuiltinDoc> = entries.collect();
    let place = |names: &[&str], name| names.iter().position(|known| *known == name);
    entries.sort_by_key(|entry| match (place(BY_USE, entry.name), place(LAST, entry.name)) {
        (Some(place), _) => (0, place),
        (None, None) => (1, 0),
        (None, Some(place)) => (2, place),
    });
    entries.into_iter().map(candidate::builtin).collect()
}

/// Returns whether a live value of the type `info` has the console's method `name`.
fn can(info: &'static TypeInfo, name: &str, receiver: Receiver) -> bool {
    let can_change = receiver.level >= Level::Operate && !receiver.is_builtin;
    match info.kind {
        _ if CHANGES.contains(&name) && !can_change => false,
        _ if name == "key" => receiver.is_item,
        TypeKind::Enum(_) => name != "update",
        _ if name == "variant" => false,
        TypeKind::Struct(_, fields) => name != "update" || fields.iter().any(|field| !field.readonly),
        TypeKind::List(item) => {
            let is_fixed = info.name.starts_with('[');
            let is_unsuited = MAP_METHODS.contains(&name) || is_fixed && RESIZES.contains(&name);
            !is_unsuited && items_can(item(), name)
        }
        TypeKind::Set(item) => {
            !MAP_METHODS.contains(&name)
                && !LIST_METHODS.contains(&name)
                && !["get", "update"].contains(&name)
                && items_can(item(), name)
        }
        TypeKind::Map(_, item) => !LIST_METHODS.contains(&name) && items_can(item(), name),
        _ => true,
    }
}

/// Returns whether items of the type `item` allow the method `name`.
fn items_can(item: &'static TypeInfo, name: &str) -> bool {
    let inner = strip_wrappers(item);
    let has_parts = match inner.kind {
        TypeKind::Leaf | TypeKind::Struct(StructStyle::Tuple, _) => false,
        TypeKind::Enum(variants) => variants.iter().any(|variant| !variant.fields.is_empty()),
        _ => true,
    };
    if NUMBER_METHODS.contains(&name) {
        return matches!(inner.kind, TypeKind::Leaf) && !NOT_NUMBERS.contains(&inner.name);
    }
    if VALUE_METHODS.contains(&name) {
        return !has_parts;
    }
    if name == "flatten" {
        let is_collection = matches!(inner.kind, TypeKind::List(_) | TypeKind::Map(..) | TypeKind::Set(_));
        return is_collection || is_option(item);
    }
    true
}

fn is_option(info: &'static TypeInfo) -> bool {
    match info.kind {
        TypeKind::Option(_) => true,
        TypeKind::Lock(inner) => is_option(inner()),
        _ => false,
    }
}

fn leaf_methods(info: &'static TypeInfo) -> &'static [&'static str] {
    match info.name {
        "String" | "str" => STRING_METHODS,
        "Duration" => DURATION_METHODS,
        "Instant" | "SystemTime" => TIME_METHODS,
        "f32" | "f64" => FLOAT_METHODS,
        _ if matches!(info.kind, TypeKind::Leaf) && integer_range(info).is_some() => INTEGER_METHODS,
        _ => &[],
    }
}

fn texts(texts: &[&str]) -> Vec<Candidate> {
    let documented = texts.iter().map(|text| {
        let name = text.split('(').next().unwrap_or(text);
        let doc = builtin_docs::find(name).and_then(|entry| candidate::summary(entry.doc));
        Candidate { doc, ..candidate(*text, CandidateKind::Builtin) }
    });
    documented.collect()
}
