//! Holds what generated code calls: adapters of fields, construction of values, method tables, serde. Uses `model`, `text`, and of `ops` what turns a returned value into a call's output.

mod construct;
mod field_adapter;
mod methods;

#[cfg(feature = "serde")]
pub mod serde;

pub use construct::FieldValues;
pub use field_adapter::{Getter, HidesFieldsProbe, NoHiddenFields, Setter, SetterResult, TextValue};
pub use methods::{Methods, NoMethods, argument, expect_args, finish};
