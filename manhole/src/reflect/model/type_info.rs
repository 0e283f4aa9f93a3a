//! The static description of types, their fields and variants.

use std::collections::HashSet;
use std::fmt;

use super::access_level::Level;
use super::method_info::MethodInfo;

/// The static description of a type: the source of help, completion, error messages and type names.
///
/// ```
/// use manhole::Manhole;
///
/// assert_eq!(<Vec<Option<u32>> as Manhole>::type_info().to_string(), "Vec<Option<u32>>");
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct TypeInfo {
    /// The name as written in Rust, without module path and parameters.
    pub name: &'static str,
    /// The type parameters shown in the name.
    pub params: &'static [fn() -> &'static TypeInfo],
    /// The type's doc comment.
    pub doc: &'static str,
    /// The kind of the type, with its parts.
    pub kind: TypeKind,
    /// The methods exposed by `#[manhole::methods]`.
    pub methods: &'static [MethodInfo],
    /// Whether the variants of an enum, which have no fields, have the order in which they stand.
    pub has_ordered_variants: bool,
    /// Words in the keys of a map whose values are secret, in small letters.
    pub(crate) secret_keys: &'static [&'static str],
}

/// The kind of a type, with its parts.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::TypeKind;
///
/// let TypeKind::List(item) = Vec::<u8>::type_info().kind else { unreachable!() };
/// assert_eq!(item().name, "u8");
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub enum TypeKind {
    /// One value: a number, a string, a duration.
    Leaf,
    /// A struct with its exposed fields.
    Struct(StructStyle, &'static [FieldInfo]),
    /// An enum with its variants.
    Enum(&'static [VariantInfo]),
    /// `Some` or `None`.
    Option(fn() -> &'static TypeInfo),
    /// Items by index.
    List(fn() -> &'static TypeInfo),
    /// Items by key: the key's type, then the item's.
    Map(fn() -> &'static TypeInfo, fn() -> &'static TypeInfo),
    /// Items without index or key.
    Set(fn() -> &'static TypeInfo),
    /// A lock or another wrapper, shown as the value inside.
    Lock(fn() -> &'static TypeInfo),
    /// A type that shows only its name.
    Opaque,
}

/// How a struct or variant is written.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{StructStyle, TypeKind};
///
/// #[derive(Manhole)]
/// struct Metres(f64);
///
/// assert!(matches!(Metres::type_info().kind, TypeKind::Struct(StructStyle::Tuple, _)));
/// # let _ = Metres(0.0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum StructStyle {
    /// `Name { field: … }`
    Named,
    /// `Name(…)`
    Tuple,
    /// `Name`
    Unit,
    /// `start..end`, with the ends that the type has
    Range,
}

/// One exposed field of a struct or variant.
///
/// ```
/// use manhole::Manhole;
///
/// #[derive(Manhole)]
/// struct Config {
///     /// Requests a second.
///     limit: u32,
///     #[manhole(readonly)]
///     name: String,
/// }
///
/// let [limit, name] = Config::type_info().fields() else { unreachable!() };
/// assert_eq!((limit.name, limit.doc, limit.readonly), ("limit", "Requests a second.", false));
/// assert_eq!((name.name, (name.ty)().name, name.readonly), ("name", "String", true));
/// # let _ = Config { limit: 1, name: String::new() };
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct FieldInfo {
    /// The name in the console: the field's own unless renamed; the index for a tuple struct.
    pub name: &'static str,
    /// The field's doc comment.
    pub doc: &'static str,
    /// The field's type.
    pub ty: fn() -> &'static TypeInfo,
    /// Whether writes are refused.
    pub readonly: bool,
    /// Whether the value is never shown.
    pub secret: bool,
    /// The level required to see the field. Writing it requires at least [`Operate`](Level::Operate).
    pub level: Level,
}

/// One variant of an enum.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{StructStyle, TypeKind};
///
/// #[derive(Manhole)]
/// enum Mode {
///     /// Waits for work.
///     Idle,
///     Busy { job: u64 },
/// }
///
/// let TypeKind::Enum([idle, busy]) = Mode::type_info().kind else { unreachable!() };
/// assert_eq!((idle.doc, idle.style), ("Waits for work.", StructStyle::Unit));
/// assert_eq!(busy.fields[0].name, "job");
/// # let _ = (Mode::Idle, Mode::Busy { job: 1 });
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct VariantInfo {
    /// The variant's name.
    pub name: &'static str,
    /// The variant's doc comment.
    pub doc: &'static str,
    /// How it is written.
    pub style: StructStyle,
    /// Its fields.
    pub fields: &'static [FieldInfo],
}

impl TypeInfo {
    /// Creates a description with a name and a kind; add the rest with the `with_` methods.
    ///
    /// ```
    /// use manhole::reflect::{TypeInfo, TypeKind};
    ///
    /// const CELSIUS: TypeInfo = TypeInfo::new("Celsius", TypeKind::Leaf).with_doc("A temperature.");
    /// assert_eq!((CELSIUS.to_string().as_str(), CELSIUS.doc), ("Celsius", "A temperature."));
    /// ```
    #[must_use]
    pub const fn new(name: &'static str, kind: TypeKind) -> Self {
        Self { name, params: &[], doc: "", kind, methods: &[], secret_keys: &[], has_ordered_variants: false }
    }

    /// Adds the type parameters that belong to the name.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::{TypeInfo, TypeKind};
    ///
    /// const RING: TypeInfo = TypeInfo::new("Ring", TypeKind::List(u32::type_info)).with_params(&[u32::type_info]);
    /// assert_eq!(RING.to_string(), "Ring<u32>");
    /// ```
    #[must_use]
    pub const fn with_params(mut self, params: &'static [fn() -> &'static TypeInfo]) -> Self {
        self.params = params;
        self
    }

    /// Adds the doc comment.
    ///
    /// ```
    /// use manhole::reflect::{TypeInfo, TypeKind};
    ///
    /// const HANDLE: TypeInfo = TypeInfo::new("Handle", TypeKind::Opaque).with_doc("A file of the kernel.");
    /// assert_eq!(HANDLE.doc, "A file of the kernel.");
    /// ```
    #[must_use]
    pub const fn with_doc(mut self, doc: &'static str) -> Self {
        self.doc = doc;
        self
    }

    /// Adds the exposed methods.
    ///
    /// ```
    /// use manhole::reflect::{MethodInfo, TypeInfo, TypeKind};
    ///
    /// const METHODS: &[MethodInfo] = &[MethodInfo::new("flush", "Writes what waits.", &[], "")];
    /// const QUEUE: TypeInfo = TypeInfo::new("Queue", TypeKind::Opaque).with_methods(METHODS);
    /// assert_eq!(QUEUE.methods[0].to_string(), "flush()");
    /// ```
    #[must_use]
    pub const fn with_methods(mut self, methods: &'static [MethodInfo]) -> Self {
        self.methods = methods;
        self
    }

    /// Adds the words in the keys of a map whose values are secret.
    #[cfg(any(feature = "http", feature = "http_02"))]
    pub(crate) const fn with_secret_keys(mut self, words: &'static [&'static str]) -> Self {
        self.secret_keys = words;
        self
    }

    /// Gives the variants of an enum the order in which they stand, so that `a < b` compares them. They must not have fields.
    ///
    /// ```
    /// use manhole::reflect::{StructStyle, TypeInfo, TypeKind, VariantInfo};
    ///
    /// const VARIANTS: &[VariantInfo] =
    ///     &[VariantInfo::new("Low", "", StructStyle::Unit, &[]), VariantInfo::new("High", "", StructStyle::Unit, &[])];
    /// const PRIORITY: TypeInfo = TypeInfo::new("Priority", TypeKind::Enum(VARIANTS)).with_ordered_variants();
    /// assert!(PRIORITY.has_ordered_variants);
    /// ```
    #[must_use]
    pub const fn with_ordered_variants(mut self) -> Self {
        self.has_ordered_variants = true;
        self
    }

    /// Returns the fields of a struct, or an empty slice for any other type.
    ///
    /// ```
    /// use manhole::Manhole;
    ///
    /// #[derive(Manhole)]
    /// struct Point(i32, i32);
    ///
    /// assert_eq!(Point::type_info().fields().len(), 2);
    /// assert!(u32::type_info().fields().is_empty());
    /// # let _ = Point(0, 0);
    /// ```
    #[must_use]
    pub const fn fields(&self) -> &'static [FieldInfo] {
        match self.kind {
            TypeKind::Struct(_, fields) => fields,
            _ => &[],
        }
    }

    /// Returns the types one step below this one.
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use manhole::Manhole;
    ///
    /// let inner = BTreeMap::<String, u32>::type_info().inner();
    /// assert_eq!(inner.iter().map(|info| info.name).collect::<Vec<_>>(), ["String", "u32"]);
    /// ```
    pub fn inner(&self) -> Vec<&'static TypeInfo> {
        match self.kind {
            TypeKind::Leaf | TypeKind::Opaque => Vec::new(),
            TypeKind::Struct(_, fields) => fields.iter().map(|field| (field.ty)()).collect(),
            TypeKind::Enum(variants) => {
                variants.iter().flat_map(|variant| variant.fields).map(|field| (field.ty)()).collect()
            }
            TypeKind::Option(inner)
            | TypeKind::List(inner)
            | TypeKind::Set(inner)
            | TypeKind::Lock(inner) => {
                vec![inner()]
            }
            TypeKind::Map(key, item) => vec![key(), item()],
        }
    }

    /// Returns the name without the module that some names have: `Sender` for `mpsc::Sender`.
    pub(crate) fn short_name(&self) -> &'static str {
        self.name.rsplit("::").next().unwrap_or(self.name)
    }

    /// Returns the level that replacing a whole value takes: the highest of all fields inside it.
    pub(crate) fn replace_level(&'static self) -> Level {
        let types = self.with_inner();
        let fields = types.iter().flat_map(|info| info.own_fields());
        fields.fold(Level::Operate, |needed, field| needed.max(field.level))
    }

    /// Returns whether only a read of a value determines its type.
    #[cfg(feature = "console")]
    pub(crate) fn is_trait_object(&self) -> bool {
        self.name.starts_with("dyn ")
    }

    /// Returns whether a value has parts that some level may not see: secrets, or fields for a higher level.
    pub(crate) fn has_hidden_fields(&'static self) -> bool {
        self.with_inner().into_iter().any(|info| {
            info.own_secrets().next().is_some() || info.own_fields().any(|field| field.level > Level::Observe)
        })
    }

    /// Returns whether a value has secret parts.
    #[cfg(feature = "console")]
    pub(crate) fn has_secrets(&'static self) -> bool {
        self.with_inner().into_iter().any(|info| info.own_secrets().next().is_some())
    }

    /// Returns the fields of a struct, or of all variants of an enum.
    pub(crate) fn own_fields(&self) -> impl Iterator<Item = &'static FieldInfo> + use<> {
        let variants = if let TypeKind::Enum(variants) = self.kind { variants } else { &[] };
        self.fields().iter().chain(variants.iter().flat_map(|variant| variant.fields))
    }

    /// Returns the names of the secret fields, and the words in the keys of secrets.
    pub(crate) fn own_secrets(&self) -> impl Iterator<Item = &'static str> + use<> {
        let fields = self.own_fields().filter(|field| field.secret).map(|field| field.name);
        fields.chain(self.secret_keys.iter().copied())
    }

    /// Returns the type and all types inside it.
    fn with_inner(&'static self) -> Vec<&'static Self> {
        let mut known = HashSet::new();
        let (mut open, mut found) = (vec![self], Vec::new());
        while let Some(info) = open.pop() {
            if known.insert(std::ptr::from_ref(info).addr()) {
                found.push(info);
                open.extend(info.inner());
            }
        }
        found
    }
}

impl FieldInfo {
    /// Describes a field that can be read and, where its type allows, written.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::FieldInfo;
    ///
    /// const LIMIT: FieldInfo = FieldInfo::new("limit", "Requests a second.", u32::type_info);
    /// assert!(!LIMIT.readonly && !LIMIT.secret);
    /// ```
    #[must_use]
    pub const fn new(name: &'static str, doc: &'static str, ty: fn() -> &'static TypeInfo) -> Self {
        Self { name, doc, ty, readonly: false, secret: false, level: Level::Observe }
    }

    /// Describes a field whose value is never shown. Its type needs no `Manhole`.
    ///
    /// ```
    /// use manhole::reflect::FieldInfo;
    ///
    /// const TOKEN: FieldInfo = FieldInfo::secret("token", "The token for the other side.");
    /// assert!(TOKEN.secret && TOKEN.readonly);
    /// ```
    #[must_use]
    pub const fn secret(name: &'static str, doc: &'static str) -> Self {
        const SECRET: TypeInfo = TypeInfo::new("secret", TypeKind::Opaque);
        fn info() -> &'static TypeInfo {
            const { &SECRET }
        }
        Self { name, doc, ty: info, readonly: true, secret: true, level: Level::Observe }
    }

    /// Sets the level required to see the field.
    ///
    /// ```
    /// use manhole::reflect::{FieldInfo, Level};
    /// use manhole::Manhole;
    ///
    /// const SALARY: FieldInfo = FieldInfo::new("salary", "", u32::type_info).from_level(Level::Admin);
    /// assert_eq!(SALARY.level, Level::Admin);
    /// ```
    #[must_use]
    pub const fn from_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Refuses writes.
    ///
    /// ```
    /// use manhole::Manhole;
    /// use manhole::reflect::FieldInfo;
    ///
    /// const AREA: FieldInfo = FieldInfo::new("area", "", f64::type_info).readonly();
    /// assert!(AREA.readonly);
    /// ```
    #[must_use]
    pub const fn readonly(mut self) -> Self {
        self.readonly = true;
        self
    }

    /// Refuses writes unless a value can be made, as `makeable` says.
    #[doc(hidden)]
    #[must_use]
    pub const fn writable_if(mut self, makeable: bool) -> Self {
        self.readonly |= !makeable;
        self
    }
}

impl VariantInfo {
    /// Describes a variant with its fields.
    ///
    /// ```
    /// use manhole::reflect::{StructStyle, VariantInfo};
    ///
    /// const IDLE: VariantInfo = VariantInfo::new("Idle", "Waits for work.", StructStyle::Unit, &[]);
    /// assert!(IDLE.fields.is_empty());
    /// ```
    #[must_use]
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        style: StructStyle,
        fields: &'static [FieldInfo],
    ) -> Self {
        Self { name, doc, style, fields }
    }
}

impl fmt::Display for TypeInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let (Some((before, after)), [item]) = (self.name.split_once("[_"), self.params) {
            return write!(f, "{before}[{}{after}", item());
        }
        if let ("_", [item]) = (self.name, self.params) {
            return write!(f, "{}", item());
        }
        f.write_str(self.name)?;
        if self.params.is_empty() {
            return Ok(());
        }
        // A tuple has no name; its parameters are in parentheses.
        let (open, close) = if self.name.is_empty() { ("(", ")") } else { ("<", ">") };
        for (index, param) in self.params.iter().enumerate() {
            write!(f, "{}{}", if index == 0 { open } else { ", " }, param())?;
        }
        let comma = if self.name.is_empty() && self.params.len() == 1 { "," } else { "" };
        write!(f, "{comma}{close}")
    }
}
