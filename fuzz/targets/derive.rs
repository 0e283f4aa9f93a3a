//! The input of the macros. A crate of macros exports nothing else, so its modules are those of this program too.

#![no_main]
#![allow(dead_code, reason = "only what expands is used")]

#[path = "../../manhole-derive/src/attr.rs"]
mod attr;
#[path = "../../manhole-derive/src/case.rs"]
mod case;
#[path = "../../manhole-derive/src/ctxt.rs"]
mod ctxt;
#[path = "../../manhole-derive/src/derive/mod.rs"]
mod derive;
#[path = "../../manhole-derive/src/doc.rs"]
mod doc;
#[path = "../../manhole-derive/src/fuzzing.rs"]
mod fuzzing;
#[path = "../../manhole-derive/src/grammar.rs"]
mod grammar;
#[path = "../../manhole-derive/src/krate.rs"]
mod krate;
#[path = "../../manhole-derive/src/methods/mod.rs"]
mod methods;
#[path = "../../manhole-derive/src/name.rs"]
mod name;
#[path = "../../manhole-derive/src/namespace/mod.rs"]
mod namespace;
#[path = "../../manhole-derive/src/nearest.rs"]
mod nearest;
#[path = "../../manhole-derive/src/reserved.rs"]
mod reserved;
#[path = "../../manhole-derive/src/span.rs"]
mod span;
#[path = "../../manhole-derive/src/type_text.rs"]
mod type_text;
#[path = "../../manhole-derive/src/walk.rs"]
mod walk;

libfuzzer_sys::fuzz_target!(|text: &str| fuzzing::expand(text));
