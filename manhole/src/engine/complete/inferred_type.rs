//! The type of an expression that has not run.

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
    /// A map of the script, or a value of the application that has keys and no type.
    Map,
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

impl InferredType {
    /// Returns the name of the type.
    pub(crate) fn name(self) -> Option<String> {
        match self {
            Self::Type(info) => Some(info.to_string()),
            Self::Query(_) => Some("Query".to_owned()),
            Self::Array => Some("array".to_owned()),
            Self::Map => Some("map".to_owned()),
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
}
