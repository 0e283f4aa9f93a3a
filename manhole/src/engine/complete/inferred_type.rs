//! The type of an expression that has not run, and its members.

use manhole_protocol::methods::{Candidate, CandidateKind};

use super::candidate::{self, candidate};
use crate::engine::builtins::{BUILTIN_DOCS, BuiltinDoc, BuiltinKind};
use crate::engine::live::{Program, strip_wrappers, type_inside};
use crate::reflect::{Step, TypeInfo, TypeKind, Value};

/// The type of an expression, as far as it is known without running it.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InferredType {
    /// A live value of this type.
    Type(&'static TypeInfo),
    /// A query whose items have this type, if that is known.
    Query(Option<&'static TypeInfo>),
    /// An array of the script.
    Array,
    String,
    Unknown,
}

/// The methods that return a query for items of the receiver.
const QUERY_METHODS: &[&str] = &[
    "filter",
    "take",
    "skip",
    "sort",
    "sort_by",
    "sort_by_key",
    "reverse",
    "rev",
    "values",
    "take_while",
    "skip_while",
    "step_by",
    "inspect",
    "unique",
    "unique_by",
    "dedup",
    "dedup_by_key",
    "iter",
    "iter_mut",
    "into_iter",
    "collect",
    "cloned",
    "copied",
    "to_vec",
];

/// The methods that return an item of the receiver.
const ITEM_METHODS: &[&str] = &[
    "find",
    "first",
    "last",
    "nth",
    "get",
    "min",
    "max",
    "min_by",
    "max_by",
    "min_by_key",
    "max_by_key",
    "pop",
    "remove",
];

/// The methods of strings.
const STRING_METHODS: &[&str] =
    &["len()", "contains(", "starts_with(", "ends_with(", "split(", "to_upper()", "to_lower()", "trim()"];

impl InferredType {
    /// Returns the name of the type.
    pub(crate) fn name(self) -> Option<String> {
        match self {
            Self::Type(info) => Some(info.to_string()),
            Self::Query(_) => Some("Query".to_owned()),
            Self::Array => Some("array".to_owned()),
            Self::String => Some("String".to_owned()),
            Self::Unknown => None,
        }
    }

    /// Returns the type of the field `name`.
    pub(crate) fn field(self, name: &str) -> Self {
        self.step(&Step::Name(name.to_owned().into()))
    }

    /// Returns the type of the items.
    pub(crate) fn item(self) -> Self {
        match self {
            Self::Query(item) => item.map_or(Self::Unknown, Self::Type),
            Self::Type(info) => match strip_wrappers(info).kind {
                TypeKind::List(item) | TypeKind::Set(item) | TypeKind::Map(_, item) => Self::Type(item()),
                _ => self.step(&Step::Key(Value::Unit)),
            },
            _ => Self::Unknown,
        }
    }

    fn step(self, step: &Step) -> Self {
        match self {
            Self::Type(info) => type_inside(strip_wrappers(info), step).map_or(Self::Unknown, Self::Type),
            _ => Self::Unknown,
        }
    }

    /// Returns the type of the result of the method `name`.
    pub(crate) fn call(self, program: &Program, name: &str) -> Self {
        if let Self::Type(info) = self {
            if let Some(method) = strip_wrappers(info).methods.iter().find(|method| method.name == name) {
                return Self::returned(program, method.returns);
            }
        }
        let item = || match self.item() {
            Self::Type(info) => Some(info),
            _ => None,
        };
        match self {
            Self::Type(_) | Self::Query(_) if QUERY_METHODS.contains(&name) => Self::Query(item()),
            Self::Type(_) | Self::Query(_) if name == "map" || name == "keys" => Self::Query(None),
            Self::Type(_) | Self::Query(_) if ITEM_METHODS.contains(&name) => {
                item().map_or(Self::Unknown, Self::Type)
            }
            Self::Type(_) | Self::Query(_) if name == "to_array" => Self::Array,
            _ => Self::Unknown,
        }
    }

    /// Returns the type of the application that a signature calls `returns`.
    pub(crate) fn returned(program: &Program, returns: &str) -> Self {
        // The script gets the value inside results, options and pointers.
        let name = returns.rsplit('<').next().unwrap_or(returns).trim_start_matches('&');
        let name = name.split([',', '>']).next().unwrap_or(name).trim();
        match program.symbols().types().find(|info| info.name == name) {
            Some(info) if !returns.starts_with("Vec<") => Self::Type(info),
            _ if name == "String" || name == "str" => Self::String,
            _ => Self::Unknown,
        }
    }

    /// Returns what can follow a dot.
    pub(crate) fn members(self) -> Vec<Candidate> {
        match self {
            Self::Type(info) => of_type(strip_wrappers(info)),
            Self::Query(_) | Self::Array => {
                builtin_methods(&[BuiltinKind::CollectionMethod]).map(candidate::builtin).collect()
            }
            Self::String => {
                STRING_METHODS.iter().map(|text| candidate(*text, CandidateKind::Builtin)).collect()
            }
            Self::Unknown => Vec::new(),
        }
    }
}

fn of_type(info: &'static TypeInfo) -> Vec<Candidate> {
    let variants = if let TypeKind::Enum(variants) = info.kind { variants } else { &[] };
    let fields = info.fields().iter().chain(variants.iter().flat_map(|variant| variant.fields));
    let mut members: Vec<Candidate> = Vec::new();
    for field in fields.filter(|field| !field.name.starts_with(|first: char| first.is_ascii_digit())) {
        if members.iter().all(|known| known.text != field.name) {
            members.push(candidate::field(field));
        }
    }
    members.extend(info.methods.iter().map(candidate::method));
    let kinds: &[BuiltinKind] = match info.kind {
        TypeKind::List(_) | TypeKind::Map(..) | TypeKind::Set(_) => {
            &[BuiltinKind::CollectionMethod, BuiltinKind::EditMethod, BuiltinKind::LiveMethod]
        }
        TypeKind::Enum(_) | TypeKind::Struct(..) => &[BuiltinKind::LiveMethod],
        _ => &[],
    };
    let is_hidden = |name: &str| info.methods.iter().any(|method| method.name == name);
    let has_variants = matches!(info.kind, TypeKind::Enum(_));
    let builtins = builtin_methods(kinds).filter(|entry| has_variants || entry.name != "variant");
    members.extend(builtins.filter(|entry| !is_hidden(entry.name)).map(candidate::builtin));
    members
}

fn builtin_methods(kinds: &[BuiltinKind]) -> impl Iterator<Item = &'static BuiltinDoc> {
    BUILTIN_DOCS.iter().filter(move |entry| kinds.contains(&entry.kind))
}
