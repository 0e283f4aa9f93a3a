//! The macros of the `manhole` crate, which re-exports them: depend on `manhole`, not on this crate. The generated code
//! names `::manhole`, or what `crate = path` says, and only the `manhole` of exactly this version has what it needs.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod attrs;
mod derive;
mod diagnostics;
#[cfg(test)]
mod fuzzing;
mod methods;
mod names;
mod namespace;
mod syntax;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Lets the console look into a struct or enum, and change it.
///
/// ```
/// use manhole::Manhole;
///
/// /// What the service counts.
/// #[derive(Manhole)]
/// struct Gizmo {
///     /// Requests served since the start.
///     count: u64,
///     #[manhole(readonly)]
///     name: String,
///     #[manhole(secret)]
///     token: String,
///     #[manhole(skip)]
///     scratch: Vec<u8>,
/// }
/// ```
///
/// Every field is exposed under its own name, private ones too, and needs a type that implements `Manhole`. The fields of a
/// tuple struct or variant are named by their positions. Doc comments are shown by `help`.
///
/// A whole struct is assigned as a map of all its fields, `gizmo.config = #{ limit: 7, verbose: true }`, if none of them is
/// skipped, secret, read-only or seen by another way than its type's own. An enum is assigned by the name of a variant without
/// fields, `gizmo.mode = "Idle"`, or by a variant with its fields, `gizmo.mode = #{ Busy: #{ job: 4 } }`.
///
/// # Attributes of a struct or enum
///
/// | `#[manhole(…)]` | |
/// |---|---|
/// | `readonly` | refuses writes to all fields, and to the enum as a whole |
/// | `rename_all = "…"` | writes the names of the fields of a struct, or of the variants of an enum, as `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case` or `SCREAMING_SNAKE_CASE` |
/// | `opaque` | shows only the name of the type; the fields can be anything, the methods can be called |
/// | `transparent` | a struct is seen, written and made as its one field that is not skipped, and has the methods of that; its own are not found |
/// | `bound = "…"` | what stands after `where`, in place of the bounds that the fields need |
/// | `crate = path` | where the crate `manhole` is, if it is not `::manhole` |
///
/// # Attributes of a field
///
/// | `#[manhole(…)]` | |
/// |---|---|
/// | `skip` | leaves the field out; its type can be anything |
/// | `readonly` | refuses writes |
/// | `secret` | shows `<secret>` instead of the value, which is neither read nor written; its type can be anything |
/// | `rename = "…"` | gives it another name |
/// | `validate = path` | asks a function before the field is written |
/// | `admin` | is seen and written only at the level `admin`; others see `<admin>` |
///
/// A field whose type does not implement `Manhole` is seen by one of these:
///
/// | `#[manhole(…)]` | the field is seen | and written |
/// |---|---|---|
/// | `debug` | by its `Debug` | not |
/// | `display` | by its `Display` | not |
/// | `get = path` | as the result of a function | not |
/// | `get = path, set = path` | as the result of a function | by another function |
/// | `with = path` | by the functions `get` and `set` of a module | by `set`, unless it is `readonly` |
/// | `serde` | as data, by its `Serialize` | if it implements `DeserializeOwned` |
///
/// Paths are written without quotes.
///
/// ## Functions
///
/// ```
/// # use std::time::Duration;
/// # use manhole::Manhole;
/// # struct Socket(u16);
/// # impl Socket {
/// #     fn port(&self) -> u16 { self.0 }
/// # }
/// #[derive(Manhole)]
/// struct Gizmo {
///     #[manhole(get = seconds, set = set_seconds)]
///     timeout: Duration,
///     #[manhole(get = Socket::port)]
///     socket: Socket,
///     #[manhole(validate = is_port)]
///     port: u16,
/// }
///
/// fn seconds(timeout: &Duration) -> f64 { timeout.as_secs_f64() }
///
/// fn set_seconds(timeout: &mut Duration, seconds: f64) -> Result<(), String> {
///     *timeout = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
///     Ok(())
/// }
///
/// fn is_port(port: &u16) -> Result<(), &'static str> {
///     if *port > 1024 { Ok(()) } else { Err("a port is above 1024") }
/// }
/// ```
///
/// | | |
/// |---|---|
/// | `get` | `fn(&Field) -> V`, where `V` is owned and implements `Manhole` |
/// | `set` | `fn(&mut Field, V)`, or with the result `Result<(), E>`, where `E` implements `Display` |
/// | `validate` | `fn(&Field) -> Result<(), E>`, where `E` implements `Display` |
///
/// What `validate` refuses is not written, and neither is a whole struct of which it is a part. It is asked about a value that is
/// not yet in its place. Of a checked field that has an inside no part can be written, only the whole, and of its methods only
/// those that take `&self` can be called. The same is true of what `get` returns.
///
/// ## Texts
///
/// The text of `debug` and `display` is taken when it is looked at, up to 64 KiB; if the type panics, `<panicked: …>` stands for it.
/// A type that has a `Manhole` with a `secret` or `admin` field in it is not asked for its `Debug` or as data: `<secret>` stands for it.
/// Of a type parameter that cannot be known.
///
/// ## Data
///
/// `serde` needs the feature `serde` of manhole. What the type serializes as can be walked into, `gizmo.settings.retries`: structs
/// are maps, options are their value or nothing, a variant is its name or a map with one entry. Up to 4,096 values, 256 KiB of texts
/// and 64 levels are shown, and what is left out is counted.
///
/// It is written as a whole, `gizmo.settings = #{ retries: 3, mode: "Fast" }`, and by its parts, `gizmo.settings.retries = 3`; either
/// way the whole value is deserialized and put in place, so what the type does not serialize is made anew. A type without
/// `DeserializeOwned` is read-only. One with a lifetime in it, and a type parameter that need not implement it, need `readonly`.
///
/// # Attributes of a variant
///
/// | `#[manhole(…)]` | |
/// |---|---|
/// | `rename = "…"` | gives it another name |
///
/// # Type parameters
///
/// A parameter that occurs in the type of an exposed field must implement `Manhole`, or what the field is seen by: `Debug`,
/// `Display`, or `Serialize` and `DeserializeOwned`. Other parameters can be anything. For a field of type `T::Item` that is what
/// must implement it. `bound` replaces all of this.
#[proc_macro_derive(Manhole, attributes(manhole))]
pub fn derive_manhole(input: TokenStream) -> TokenStream {
    derive::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Lets the console call the `pub` methods of an `impl` block.
///
/// ```
/// # use manhole::Manhole;
/// # #[derive(Manhole)]
/// # struct Item {}
/// # #[derive(Manhole)]
/// # struct Gizmo { count: u64, name: String, items: Vec<Item> }
/// #[manhole::methods]
/// impl Gizmo {
///     /// Sets the counter back to zero and returns what it was.
///     pub fn reset(&mut self) -> u64 {
///         std::mem::take(&mut self.count)
///     }
///
///     /// Renames the gizmo.
///     #[manhole(rename = "call_it")]
///     pub fn rename(&mut self, name: &str) -> Result<(), String> {
///         if name.is_empty() {
///             return Err("a gizmo has a name".to_owned());
///         }
///         self.name = name.to_owned();
///         Ok(())
///     }
///
///     #[manhole(skip)]
///     pub fn items(&self) -> &[Item] { &self.items }
/// }
/// ```
///
/// Exposed are the methods that are `pub` and take `&self` or `&mut self`. One that takes `&mut self` can be called where
/// the value is behind a lock. Doc comments are shown by `help`, with the names and types of the parameters. The block itself
/// stays as it is.
///
/// A parameter is taken by value, as `&str` or as `&[T]`, where it or `T` implements `Manhole`. The result is owned or
/// `&'static`, and implements `Manhole` too; the `Err` of a `Result` becomes the error of the call. Methods cannot be generic
/// over types, or `unsafe`, and take at most 16 arguments.
///
/// An `async` method takes `&self` and runs on the program's own runtime, while the console waits for it. No lock is held
/// meanwhile, so it can be called where no lock stands above its value.
///
/// A type has one such block, and the block is for every type that `#[derive(Manhole)]` is for. An `impl Gizmo<u8>` of a
/// `Gizmo<T>` is not, nor is an `impl` with more bounds than the type itself has: the compiler then warns that
/// `MANHOLE_METHODS` is never used.
///
/// `#[manhole::methods(crate = path)]` says where the crate `manhole` is, if it is not `::manhole`.
///
/// # Attributes of a method
///
/// | `#[manhole(…)]` | |
/// |---|---|
/// | `skip` | leaves the method out |
/// | `rename = "…"` | gives it another name |
/// | `observe` | can be called at every level |
/// | `admin` | can be called only at the level `admin`; without one of the two, from `operate` on |
#[proc_macro_attribute]
pub fn methods(arguments: TokenStream, input: TokenStream) -> TokenStream {
    methods::methods(&arguments.into(), &input.into()).into()
}

/// Names what the console can reach, as a `Namespace`.
///
/// ```
/// use std::sync::atomic::AtomicU64;
/// use std::sync::{Arc, Mutex};
///
/// use manhole::manhole;
///
/// static WHATSIT: AtomicU64 = AtomicU64::new(0);
///
/// let gizmo = Arc::new(Mutex::new(42_u64));
/// let namespace = manhole! {
///     /// What the service counts.
///     gizmo => gizmo,
///     whatsit => &WHATSIT,
///     add => |a: i64, b: i64| a + b,
/// };
/// # drop((gizmo, namespace));
/// ```
///
/// An entry is `name => value`, with doc comments before it, which are shown by `help`. What can be cloned is borrowed for
/// that moment and cloned, an `Arc` above all, so the value is still there afterwards; a `static` is borrowed for ever; the
/// result of another expression is moved in. Functions, and closures that give the types of their parameters, can be called.
///
/// A name is given once, and is neither a word of the console's language nor a builtin of the console.
///
/// The macro can be called as `manhole! { … }`, `manhole!(…)` or `manhole![…]`; Rust's grammar allows no other brackets, so
/// there is no `manhole!<…>`.
#[proc_macro]
pub fn manhole(input: TokenStream) -> TokenStream {
    namespace::namespace(input.into()).into()
}
