//! Operators and functions for single values: comparisons, options, numbers, strings and times.

mod addresses;
mod arithmetic;
mod comparisons;
mod json_text;
mod numbers;
mod option_values;
mod paths;
mod rust_values;
mod string_edits;
mod strings;
mod times;
mod variants;

pub(super) use arithmetic::{is_single, single_float};
pub(crate) use comparisons::install as install_comparisons;
pub(super) use option_values::{Content as OptionContent, default_value};
use rhai::Module;
pub(super) use rust_values::new_value;
pub(super) use times::{CONSTRUCTORS, duration};

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    arithmetic::bind(module);
    comparisons::bind(module);
    option_values::bind(module);
    numbers::bind(module);
    rust_values::bind(module);
    times::bind(module);
    strings::bind(module);
    string_edits::bind(module);
    paths::bind(module);
    addresses::bind(module);
    json_text::bind(module);
    variants::bind(module);
}
