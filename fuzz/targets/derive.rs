//! The input of the macros. A crate of macros exports nothing else, so its modules are those of this program too.

#![no_main]
#![allow(dead_code, reason = "only what expands is used")]

#[path = "../../manhole-derive/src/attrs/mod.rs"]
mod attrs;
#[path = "../../manhole-derive/src/derive/mod.rs"]
mod derive;
#[path = "../../manhole-derive/src/diagnostics/mod.rs"]
mod diagnostics;
#[path = "../../manhole-derive/src/dynamic.rs"]
mod dynamic;
#[path = "../../manhole-derive/src/fuzzing.rs"]
mod fuzzing;
#[path = "../../manhole-derive/src/methods/mod.rs"]
mod methods;
#[path = "../../manhole-derive/src/names/mod.rs"]
mod names;
#[path = "../../manhole-derive/src/namespace/mod.rs"]
mod namespace;
#[path = "../../manhole-derive/src/syntax/mod.rs"]
mod syntax;

libfuzzer_sys::fuzz_target!(|text: &str| fuzzing::expand(text));
