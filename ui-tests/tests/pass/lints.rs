//! The generated code raises no lint, whichever lints the application enables. `clippy` also checks this file.

#![deny(
    warnings,
    missing_docs,
    missing_debug_implementations,
    missing_copy_implementations,
    future_incompatible,
    keyword_idents,
    let_underscore,
    nonstandard_style,
    refining_impl_trait,
    rust_2018_idioms,
    rust_2021_compatibility,
    rust_2024_compatibility,
    unused,
    absolute_paths_not_starting_with_crate,
    ambiguous_negative_literals,
    elided_lifetimes_in_paths,
    explicit_outlives_requirements,
    macro_use_extern_crate,
    meta_variable_misuse,
    non_ascii_idents,
    non_local_definitions,
    redundant_imports,
    redundant_lifetimes,
    single_use_lifetimes,
    trivial_casts,
    trivial_numeric_casts,
    unit_bindings,
    unnameable_types,
    unreachable_pub,
    unsafe_code,
    unstable_features,
    unused_import_braces,
    unused_lifetimes,
    unused_macro_rules,
    unused_qualifications,
    unused_results,
    variant_size_differences,
    clippy::all,
    clippy::pedantic,
    clippy::nursery,
    clippy::cargo
)]
#![forbid(unsafe_code)]
#![allow(clippy::needless_pass_by_value, clippy::needless_pass_by_ref_mut, clippy::redundant_pub_crate)]
#![allow(clippy::missing_const_for_fn, clippy::unused_self, clippy::multiple_crate_versions)]
#![allow(clippy::cargo_common_metadata, clippy::unnecessary_wraps, clippy::trivially_copy_pass_by_ref)]

use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use manhole::{Manhole, manhole};

/// Public.
#[derive(Debug, Manhole)]
#[must_use]
pub struct Gizmo<'a, T: Debug> {
    /// Counted.
    pub count: u64,
    /// Shown.
    #[manhole(readonly)]
    pub items: Vec<T>,
    /// Hidden.
    #[manhole(secret)]
    pub token: &'a str,
    #[deprecated]
    #[allow(dead_code, reason = "only the console reads it")]
    old: u8,
}

#[manhole::methods]
impl<T: Debug + Manhole> Gizmo<'_, T> {
    /// Resets.
    #[must_use]
    pub fn reset(&mut self, to: &str, parts: &[u8], text: String) -> u64 {
        self.count + (to.len() + parts.len() + text.len()) as u64
    }

    /// Does nothing.
    pub fn nothing(&self) {}

    /// Deprecated.
    ///
    /// # Errors
    ///
    /// Never.
    #[deprecated]
    pub fn old(&self) -> Result<(), String> {
        Ok(())
    }
}

/// A struct without fields.
#[derive(Debug, Clone, Copy, Manhole)]
pub struct Unit;

#[manhole::methods]
impl Unit {
    // The console alone calls it, which is a use.
    #[manhole(expose)]
    fn private(&self) {}
}

/// One of several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Manhole)]
#[manhole(rename_all = "snake_case")]
pub enum Mode {
    /// One.
    One,
    /// Two.
    Two(u8, u8),
    /// Three.
    Three {
        /// Field.
        field: u8,
    },
}

/// An enum with one variant.
#[derive(Debug, Clone, Copy, Manhole)]
pub enum Single {
    /// The only variant.
    One,
}

/// Fields with every access.
#[derive(Debug, Manhole)]
#[manhole(bound = "T: Debug + Send + serde::Serialize + serde::de::DeserializeOwned")]
pub struct Accesses<T> {
    /// Through `Debug`.
    #[manhole(debug)]
    pub debug: T,
    /// Through functions.
    #[manhole(get = length, set = set_length)]
    pub length: Vec<u8>,
    /// Through serde.
    #[manhole(serde, validate = any)]
    pub data: T,
    /// Validated.
    #[manhole(validate = any)]
    pub checked: String,
}

const fn length(bytes: &Vec<u8>) -> usize {
    bytes.len()
}

fn set_length(bytes: &mut Vec<u8>, length: usize) {
    bytes.resize(length, 0);
}

const fn any<T>(_: &T) -> Result<(), &'static str> {
    Ok(())
}

/// A transparent struct.
#[derive(Debug, Clone, Copy, Manhole)]
#[manhole(transparent)]
pub struct Meters(pub f64);

/// An opaque struct.
#[derive(Debug, Clone, Copy, Manhole)]
#[manhole(opaque)]
pub struct Closed {
    /// Not shown.
    pub inside: u8,
}

/// An enum without variants.
#[derive(Debug, Clone, Copy, Manhole)]
pub enum Never {}

fn main() {
    let shared = Arc::new(Mutex::new(Mode::One));
    let namespace = manhole! {
        gizmo => shared,
        borrowed => &shared,
        made => Arc::new(Mutex::new(Unit)),
        plain => 1_u8,
        add => |a: u8, b: u8| a + b,
        parenthesised => (shared),
    };
    assert_eq!(namespace.names().count(), 6);
    assert_eq!(manhole! {}.names().count(), 0);
}
