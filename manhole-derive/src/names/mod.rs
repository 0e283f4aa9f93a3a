//! The names that items have in the console: identifiers, cases of `rename_all` and reserved words. Uses `diagnostics`.

mod case;
mod console_name;
mod reserved_words;

pub(crate) use case::{CASES, Case};
pub(crate) use console_name::{ConsoleName, check_identifier, check_rename, check_unique};
pub(crate) use reserved_words::{BUILTINS, KEYWORDS};
