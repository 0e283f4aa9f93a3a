//! Checks at compile time that no other crate of the application enables features of `rhai` that break the console.
//!
//! Cargo builds a crate with the union of the features that its users enable, and some of `rhai` remove what the console needs. Each
//! line here is a compile error with its reason in that case. `cargo tree -e features -i rhai` lists the crates.

#![allow(unused_imports, reason = "the imports only check that the items exist")]

use rhai::Array as _A; // some crate switches on rhai's feature `no_index`, which takes arrays away
use rhai::FLOAT as _F; // some crate switches on rhai's feature `no_float`, which takes floats away
use rhai::Map as _M; // some crate switches on rhai's feature `no_object`, which takes maps away
use rhai::ModuleResolver as _R; // some crate switches on rhai's feature `no_module`, which takes `import` away
use rhai::OptimizationLevel as _O; // some crate switches on rhai's feature `no_optimize`
use rhai::ScriptFnMetadata as _S; // some crate switches on rhai's feature `no_function`, which takes functions away
use rhai::{Dynamic, Engine};

const _: fn(&Dynamic) -> bool = Dynamic::is_shared; // some crate switches on rhai's feature `no_closure`
const _: fn(&mut Engine, usize) -> &mut Engine = Engine::set_max_call_levels; // some crate switches on rhai's feature `unchecked`: there are no limits
const _: rhai::INT = 0_i64; // some crate switches on rhai's feature `only_i32`, which cuts integers
const _: rhai::FLOAT = 0_f64; // some crate switches on rhai's feature `f32_float`, which cuts floats

const _: () = assert!(
    size_of::<rhai::Position>() > 0,
    "some crate switches on rhai's feature `no_position`, without which a read looks like a write; \
     `cargo tree -e features -i rhai` lists it"
);
