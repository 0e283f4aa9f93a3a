//! The macros of the `manhole` crate, which re-exports them. Depend on `manhole`, not on this crate: the generated code names
//! `::manhole`, or the crate of `crate = path`, and requires exactly this version of it.
//!
//! Dependencies between the folders point one way: `diagnostics` and `syntax` use nothing here, `attrs` and `names` use those two,
//! and the macros in `derive`, `methods`, `dynamic` and `namespace` use all four, but not each other.
#![cfg_attr(test, allow(clippy::unwrap_used))]

mod attrs;
mod derive;
mod diagnostics;
mod dynamic;
#[cfg(test)]
mod fuzzing;
mod methods;
mod names;
mod namespace;
mod syntax;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

/// Implements `Manhole` for a struct or enum, so that the console can read and write its fields.
///
/// ```
/// use manhole::Manhole;
///
/// /// The counters of the service.
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
/// # Exposed fields
///
/// **The derive exposes every field, private fields too, for reading and writing.** Exclude fields one by one:
///
/// | To prevent | use |
/// |---|---|
/// | any access, even to the name | `#[manhole(skip)]` |
/// | access to the value | `#[manhole(secret)]` |
/// | writes | `#[manhole(readonly)]` |
/// | access below the level `admin` | `#[manhole(admin)]` |
/// | access to all fields | `#[manhole(opaque)]` on the type |
///
/// A field that you add later is exposed too, unless you mark it. Methods are exposed only by
/// [`#[manhole::methods]`](macro@methods).
///
/// ## Types with a `Debug` that hides a secret
///
/// The derive reads fields directly. It cannot see a hand-written `Debug` or `Display` that hides a value, so it shows the value.
/// `#[manhole(serde)]` shows what `Serialize` writes, which is often the value too. Mark the field in the type as secret:
///
/// ```
/// # use manhole::Manhole;
/// # use manhole::reflect::Struct;
/// #[derive(Manhole)]
/// struct MaskedString(#[manhole(secret)] String);
///
/// impl std::fmt::Debug for MaskedString {
///     fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
///         f.write_str("MASKED")
///     }
/// }
/// # let masked = MaskedString("s3cret".to_owned());
/// # assert_eq!((masked.0.len(), masked.field(0).is_none(), format!("{masked:?}")), (6, true, "MASKED".to_owned()));
/// ```
///
/// Or do not derive `Manhole` for such a type, and mark each field of it `#[manhole(secret)]` or `#[manhole(debug)]`.
///
/// ## Types and names of fields
///
/// Each exposed field needs a type that implements `Manhole`, or one of the attributes for
/// [other types](#fields-of-types-without-manhole). A field has its Rust name in the console. The fields of a tuple struct or
/// tuple variant are named by their index. `help` in the console shows doc comments.
///
/// # Assigning a whole value
///
/// Assign a struct as a map of all its fields: `gizmo.config = #{ limit: 7, verbose: true }`. This requires that no field is
/// skipped, secret or read-only, and that each field is accessed through `Manhole` or `serde`.
///
/// Assign an enum as the name of a variant without fields, `gizmo.mode = "Idle"`, or as a variant with its fields,
/// `gizmo.mode = #{ Busy: #{ job: 4 } }`.
///
/// # Attributes of a struct or enum
///
/// | `#[manhole(…)]` | effect |
/// |---|---|
/// | `readonly` | Refuses writes to all fields, and to an enum as a whole. |
/// | `rename_all = "…"` | Renames the fields of a struct, or the variants of an enum. Takes `lowercase`, `UPPERCASE`, `PascalCase`, `camelCase`, `snake_case` or `SCREAMING_SNAKE_CASE`. |
/// | `opaque` | Shows only the name of the type. The fields can have any type. Exposed methods can be called. |
/// | `transparent` | Forwards to the one field that is not skipped, for reads, writes, assignment and methods. The struct's own methods are not exposed. |
/// | `bound = "…"` | Replaces the bounds of the implementation by these `where` predicates. |
/// | `remote = path` | [Describes a type of another crate](#descriptions-of-types-of-other-crates). |
/// | `crate = path` | Names the crate `manhole`. Defaults to `::manhole`. |
///
/// # Attributes of a field
///
/// | `#[manhole(…)]` | effect |
/// |---|---|
/// | `skip` | Excludes the field. Its type can be any type. |
/// | `readonly` | Refuses writes. |
/// | `secret` | Shows `<secret>` in place of the value, and refuses reads and writes. Its type can be any type. Also mark fields that a [hand-written `Debug`](#types-with-a-debug-that-hides-a-secret) hides. |
/// | `rename = "…"` | Renames the field in the console. |
/// | `methods(…)` | Exposes [methods of its type](#methods-of-types-of-other-crates). |
/// | `validate = path` | Calls a function before each write, which can refuse the new value. |
/// | `admin` | Requires the level `admin` to read or write. Lower levels get `<admin>`. |
///
/// ## Fields of types without `Manhole`
///
/// Use one of these for a field whose type does not implement `Manhole`:
///
/// | `#[manhole(…)]` | reads | writes |
/// |---|---|---|
/// | `debug` | the text of `Debug` | never |
/// | `display` | the text of `Display` | never |
/// | `get = path` | the result of a function | never |
/// | `get = path, set = path` | the result of a function | with another function |
/// | `with = path` | with the function `get` of a module | with its function `set`, unless the field is `readonly` |
/// | `serde` | the data of `Serialize` | if the type implements `DeserializeOwned` |
/// | `items`, `keys(…)`, `values(…)` | the [items of a collection](#items-of-collections) | items that it gives exclusively |
/// | `remote = path` | the fields that a [description](#descriptions-of-types-of-other-crates) lists | the same |
/// | `opaque` | the name of the type | never |
///
/// Write paths without quotes.
///
/// ## Functions for fields
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
///     #[manhole(validate = validate_port)]
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
/// fn validate_port(port: &u16) -> Result<(), String> {
///     if *port > 1024 { Ok(()) } else { Err(format!("expected a port above 1024, found {port}")) }
/// }
/// ```
///
/// | attribute | signature of the function |
/// |---|---|
/// | `get` | `fn(&Field) -> V`, where `V` is owned and implements `Manhole` |
/// | `set` | `fn(&mut Field, V)` or `fn(&mut Field, V) -> Result<(), E>`, where `E` implements `Display` |
/// | `validate` | `fn(&Field) -> Result<(), E>`, where `E` implements `Display` |
///
/// `validate` gets the new value before it replaces the old one. An `Err` refuses the write, and also the assignment of a struct
/// that contains the field. A field with `validate` can be written only as a whole, not in part, and only its `&self` methods can
/// be called. The same holds for the result of `get`.
///
/// ## Items of collections
///
/// `items` shows a collection of any crate through its iterator, `(&field).into_iter()`: one that yields pairs as a map, any other as
/// a list. `slab`, `slotmap`, `hashbrown`, `heapless`, `im`, `lru`, `moka`, `roaring` and others have one.
///
/// `keys(…)` and `values(…)` do the same, and show keys or items without `Manhole` through an adapter: `debug`, `display`, `opaque`,
/// `get = path` or `remote = path`. The type stays a collection, also those of `std`.
///
/// ```
/// # use std::collections::HashMap;
/// # use std::sync::{Arc, Mutex};
/// # use manhole::Manhole;
/// # #[derive(Debug)]
/// # struct Socket(u16);
/// # impl Socket {
/// #     fn port(&self) -> u16 { self.0 }
/// # }
/// # struct Slab<T>(Vec<T>);
/// # impl<'a, T> IntoIterator for &'a Slab<T> {
/// #     type Item = (usize, &'a T);
/// #     type IntoIter = std::iter::Enumerate<std::slice::Iter<'a, T>>;
/// #     fn into_iter(self) -> Self::IntoIter { self.0.iter().enumerate() }
/// # }
/// # #[derive(Manhole)]
/// # struct Job { id: u64 }
/// #[derive(Manhole)]
/// struct Gizmo {
///     #[manhole(items)]
///     jobs: Arc<Mutex<Slab<Job>>>,
///     #[manhole(values(debug))]
///     sockets: HashMap<String, Socket>,
///     #[manhole(values(get = Socket::port))]
///     ports: Vec<Socket>,
/// }
/// ```
///
/// - It looks through references, `Arc`, `Rc`, `Box`, `Mutex`, `RwLock` and `RefCell` around the collection.
/// - `gizmo.jobs[3].id = 4` writes if `&mut` of the collection is an iterator too, as of a `Slab`. Atomics and locks inside the items are
///   always writable.
/// - `remove`, `retain` and `clear` work on `Vec`, `VecDeque`, `HashMap`, `BTreeMap` and `IndexMap`. Nothing is inserted.
/// - A key is compared with each key, so that `gizmo.jobs[3]` passes over the items before it. A key shown as a text is that text.
///   `items(get = Slab::get)` names a function `fn(&Collection, Key) -> Option<&Item>` that finds the item for a read.
/// - `len` passes over all items if the iterator does not know their number.
/// - The function of `get` takes a reference to the key or item, as the iterator yields it.
///
/// ## Descriptions of types of other crates
///
/// A struct or enum with `remote` lists the fields or variants of a type of another crate. It is never constructed; fields and
/// collections name it:
///
/// ```
/// # use std::collections::HashMap;
/// # use manhole::Manhole;
/// # mod library {
/// #     pub struct Peer { pub port: u16, weight: u32 }
/// #     impl Peer { pub fn weight(&self) -> u32 { self.weight } }
/// # }
/// /// A peer, as the library keeps it.
/// #[derive(Manhole)]
/// #[manhole(remote = library::Peer)]
/// struct PeerFields {
///     /// Where it listens.
///     port: u16,
///     #[manhole(get = library::Peer::weight)]
///     weight: u32,
/// }
///
/// #[derive(Manhole)]
/// struct Network {
///     #[manhole(remote = PeerFields)]
///     own: library::Peer,
///     #[manhole(values(remote = PeerFields))]
///     peers: HashMap<String, library::Peer>,
/// }
/// ```
///
/// The fields have their own types and attributes. For a private field of a struct, `get` and `set` take the whole value. Write the
/// arguments of a generic type as in an expression, `remote = library::Pair::<T>`. A variant that the enum does not list is shown as `_`.
/// The console changes the fields of a variant, and does not replace it.
///
/// ## Methods of types of other crates
///
/// `methods` names methods of the field's type that a session may call, at the level `operate`:
///
/// ```
/// # use std::net::TcpStream;
/// # use manhole::Manhole;
/// # struct Connection;
/// # impl Connection {
/// #     fn close(&mut self, code: u16) -> Result<(), String> { let _ = code; Ok(()) }
/// # }
/// #[derive(Manhole)]
/// struct Gizmo {
///     #[manhole(methods(set_nodelay))]
///     stream: TcpStream,
///     #[manhole(opaque, methods(close))]
///     connection: Connection,
/// }
/// ```
///
/// They take `&self` or `&mut self` and at most three owned arguments. The types of the arguments and of the result implement `Manhole`,
/// and the type of the field has no lifetime parameter. The field is no lock: a path leads into that.
///
/// ## `debug` and `display`
///
/// The text is formatted once each time it is shown, while the console holds the locks on the path to the field. A JSON-RPC request
/// for both text and data formats it once for each. If the implementation panics, the console shows `<panicked: …>`.
///
/// The implementation ends when as much is written as is shown, at most 64 KiB. The console then unwinds out of its next write:
/// destructors run, the panic hook does not, and no lock of `std` is poisoned. This has limits:
///
/// - Code between two writes is not stopped. The `Debug` of a string reads it to its first character with an escape: 0.8 ms for 1 MB.
/// - With `panic = "abort"` nothing unwinds. Each further write returns an error, which the `Debug` of a collection ignores. It passes
///   over all its elements: 1.3 ms for a million in a list, 4 ms in a `HashMap`.
/// - **An implementation that locks a value around its own field never returns**, since the console holds that lock. Then the lock
///   is never released. The same holds for the functions of `get` and `with`, for `Serialize`, and for methods. The console
///   abandons such a command one second after its timeout or Ctrl-C, and says that it holds a lock.
///
/// If the type implements `Manhole` and contains a `secret` or `admin` field, `debug` and `serde` show `<secret>` instead. A type
/// parameter is not checked for such fields.
///
/// ## `serde`
///
/// `serde` requires the feature `serde` of `manhole`. Paths lead into the serialized data, such as `gizmo.settings.retries`:
///
/// - a struct is a map;
/// - an `Option` is its value or nothing;
/// - a variant is its name, or a map with one entry.
///
/// A read shows at most 4,096 values, 256 KiB of strings and 64 levels of nesting, and counts the rest. `Serialize` ends there for
/// a collection that announces its length, as all of `std` do; any other passes over all its elements.
///
/// Write the field as a whole, `gizmo.settings = #{ retries: 3, mode: "Fast" }`, or in part, `gizmo.settings.retries = 3`. Both
/// deserialize a complete new value and replace the old one. Fields that the type does not serialize therefore get new values.
///
/// A type without `DeserializeOwned` is read-only. Add `readonly` if the type has a lifetime parameter, or is a type parameter
/// without the bound `DeserializeOwned`.
///
/// ## Large collections
///
/// A look at a large collection, a search or a count holds its lock for at most 200 µs at a time, and works on many items between
/// two locks. These collections have no position at which a search could continue, so that it passes over all items before it:
///
/// | collection | longest lock of a search, for each million items |
/// |---|---|
/// | `HashMap`, `HashSet` | 1,500 to 2,000 µs, near the end |
/// | `LinkedList` | 1,000 to 20,000 µs, in the middle |
/// | `BTreeMap`, `BTreeSet` with a key that the console cannot convert back, such as `&str` or a struct with a `skip` field | 4,000 to 16,000 µs, near the end |
///
/// The lock is held for nine eighths of that time, so that each search yields many items. If another thread cannot wait that long, use a
/// `BTreeMap` or `IndexMap`, or `#[manhole(skip)]`.
///
/// # Attributes of a variant
///
/// | `#[manhole(…)]` | effect |
/// |---|---|
/// | `rename = "…"` | Renames the variant in the console. |
///
/// # Type parameters
///
/// The implementation has the bounds that the exposed fields need:
///
/// | field | bound |
/// |---|---|
/// | `T`, `(T, u8)`, or a container such as `Vec<T>`, `Arc<Mutex<T>>` or `HashMap<String, T>` | `T: Manhole` |
/// | `T::Item`, or a container of it | `T::Item: Manhole` |
/// | another type, such as `mpsc::Sender<T::Item>` or your `Inner<T>` | `mpsc::Sender<T::Item>: Manhole`, `Inner<T>: Manhole` |
/// | a type that contains the derived type itself, such as `List<Self>` | on the parameters in it |
/// | `PhantomData<T>`, or a field with `skip`, `secret`, `get`, `with`, `remote`, `opaque`, `keys` or `values` | none |
///
/// With `debug`, `display` or `serde` the bound names `Debug`, `Display`, or `Serialize` and `DeserializeOwned` instead. Parameters
/// with the bound `T: Manhole` are shown in the type's name.
///
/// `bound` replaces all of these bounds; `#[manhole(bound = "")]` removes them. Two generic types that contain each other need it on
/// one of them, such as `#[manhole(bound = "T: Manhole")]`, because a bound on the other type would depend on itself (E0275).
#[proc_macro_derive(Manhole, attributes(manhole))]
pub fn derive_manhole(input: TokenStream) -> TokenStream {
    derive::derive(&parse_macro_input!(input as DeriveInput)).into()
}

/// Exposes the methods of an `impl` block to the console, except private ones.
///
/// ```
/// # use manhole::Manhole;
/// # #[derive(Manhole)]
/// # struct Item {}
/// # #[derive(Manhole)]
/// # struct Gizmo { count: u64, name: String, items: Vec<Item> }
/// #[manhole::methods]
/// impl Gizmo {
///     /// Resets the counter and returns its old value.
///     pub fn reset(&mut self) -> u64 {
///         std::mem::take(&mut self.count)
///     }
///
///     /// Renames the gizmo.
///     #[manhole(rename = "set_name")]
///     pub fn rename(&mut self, name: &str) -> Result<(), String> {
///         if name.is_empty() {
///             return Err("expected a name, found an empty string".to_owned());
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
/// # Exposed methods
///
/// **The attribute exposes every method of the block that takes `&self` or `&mut self` and is not private.** Clients at the level
/// `operate` or above can call them. A method that you add later is exposed too.
///
/// | method | exposed |
/// |---|---|
/// | `pub`, `pub(crate)`, `pub(super)`, `pub(in …)` | unless marked `#[manhole(skip)]` |
/// | private | if marked `#[manhole(expose)]` |
/// | without `self` | never; pass the function to [`manhole!`](macro@manhole) |
///
/// Private methods need the mark because they may rely on their callers inside the module: a call from the console could break the
/// state of the application. A block that exposes no method is an error. The attribute does not change the block itself.
///
/// `help` in the console shows doc comments and signatures.
///
/// # Signatures
///
/// - `&mut self` requires that the value is behind a lock, such as a `Mutex`.
/// - A parameter is an owned value, `&str` or `&[T]`, where the value's type or `T` implements `Manhole`. There are at most 16.
/// - The result is owned or `&'static`, and implements `Manhole`. An `Err` fails the call, with the text of the error.
/// - Generic and `unsafe` methods cannot be exposed; lifetime parameters are allowed.
/// - An `async` method takes `&self` and returns a future that is `Send`. It runs on the application's runtime while the console
///   waits. The console holds no lock during that time, so the method cannot be called on a value behind a lock.
///
/// # Blocks
///
/// The type derives [`Manhole`](macro@Manhole), without `transparent`, and has one such block. The block applies to all types
/// that the derive applies to. An `impl Gizmo<u8>` of a `Gizmo<T>`, or an `impl` with further bounds, has no effect; the compiler
/// then warns that `MANHOLE_METHODS` is never used.
///
/// `#[manhole::methods(crate = path)]` names the crate `manhole`. Defaults to `::manhole`.
///
/// # Attributes of a method
///
/// | `#[manhole(…)]` | effect |
/// |---|---|
/// | `skip` | Excludes the method. |
/// | `expose` | Exposes a private method. |
/// | `rename = "…"` | Renames the method in the console. |
/// | `observe` | Allows calls at every level. |
/// | `admin` | Requires the level `admin`. |
///
/// Without `observe` or `admin`, a method requires the level `operate`.
#[proc_macro_attribute]
pub fn methods(arguments: TokenStream, input: TokenStream) -> TokenStream {
    methods::methods(&arguments.into(), &input.into()).into()
}

/// Makes the objects of a trait values of the console, behind any pointer: `Box<dyn Plugin>`, `Arc<dyn Plugin>`, `&dyn Plugin`.
///
/// ```
/// use manhole::Manhole;
///
/// /// A part of the service that is chosen when it starts.
/// #[manhole::dynamic]
/// trait Plugin: Manhole + Send {
///     fn run(&mut self);
/// }
///
/// #[derive(Manhole)]
/// struct Limiter {
///     limit: u32,
/// }
///
/// impl Plugin for Limiter {
///     fn run(&mut self) {}
/// }
///
/// #[derive(Manhole)]
/// struct Service {
///     plugins: Vec<Box<dyn Plugin>>,
/// }
/// # let mut service = Service { plugins: vec![Box::new(Limiter { limit: 7 })] };
/// # service.plugins[0].run();
/// ```
///
/// `Manhole` is a supertrait of the trait. An object is shown with the fields and methods of the type behind it, which the console
/// finds when it looks: `service.plugins[0].limit = 8`.
///
/// For a trait of another crate, show the field with [`get`](macro@Manhole#fields-of-types-without-manhole) or `debug`.
/// `#[manhole::dynamic(crate = path)]` names the crate `manhole`. Defaults to `::manhole`.
#[proc_macro_attribute]
pub fn dynamic(arguments: TokenStream, input: TokenStream) -> TokenStream {
    dynamic::dynamic(&arguments.into(), &input.into()).into()
}

/// Creates a `Namespace` from named values and functions, which the console can access.
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
///     /// The main gizmo.
///     gizmo => gizmo,
///     whatsit => &WHATSIT,
///     #[manhole(admin)]
///     add => |a: i64, b: i64| a + b,
/// };
/// # drop((gizmo, namespace));
/// ```
///
/// An entry is `name => value`. `help` in the console shows the doc comments before it. The macro takes a value as follows:
///
/// | value | taken by |
/// |---|---|
/// | a variable or field that is `Clone`, such as an `Arc` | cloning it, so that you can use it afterwards |
/// | a `static` | borrowing it |
/// | another expression | moving its result |
/// | a function, or a closure with types for all parameters | moving it; scripts can call it |
///
/// Each name occurs once. It cannot be a keyword of the console's language or a builtin of the console.
///
/// # Attributes of an entry
///
/// | `#[manhole(…)]` | effect |
/// |---|---|
/// | `observe` | Allows calls of the function at every level. |
/// | `admin` | Requires the level `admin` for all access. |
///
/// Call the macro as `manhole! { … }`, `manhole!(…)` or `manhole![…]`. Rust's grammar has no `manhole!<…>`.
#[proc_macro]
pub fn manhole(input: TokenStream) -> TokenStream {
    namespace::namespace(input.into()).into()
}
