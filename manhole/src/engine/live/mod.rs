//! What a script can hold of the application, and what the types and names of the application are. Uses `value` and `run`.

pub(crate) mod from_script;
pub(crate) mod handle;
mod iter_item;
pub(crate) mod path_parser;
mod program;
mod query;
mod recompute;
pub(crate) mod reserved_names;
mod rows;
mod static_type;
mod symbol_table;
mod value_count;
mod value_size;
mod visit_place;

pub(crate) use from_script::{step, to_value, values};
pub(crate) use handle::{CollectionKind, Handle, PrintedLines, from_call_output};
pub(crate) use iter_item::{ItemStream, IterItem, Label, key_text};
pub(crate) use program::{BUILTIN_ROOT, FunctionInfo, Program};
pub(crate) use query::{
    GroupSummary, Groups, ItemFunction, KeyOrItem, Query, SortKey, Source, Stage, is_inside,
};
pub(crate) use recompute::Recomputed;
pub(crate) use reserved_names::BUILTINS;
pub(crate) use rows::{FieldsRead, Row, Rows};
pub(crate) use static_type::{fields_of, strip_locks, strip_wrappers, type_inside};
pub(crate) use value_count::{check_value_count, children};
pub(crate) use value_size::ValueSize;
pub(crate) use visit_place::{NotVisited, VisitStart};
