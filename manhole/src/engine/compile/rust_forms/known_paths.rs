//! What the paths of Rust's own constants, functions and types mean in the script language.

/// The primitive types of Rust.
const PRIMITIVES: &[&str] = &[
    "bool", "char", "f32", "f64", "i8", "i16", "i32", "i64", "i128", "isize", "str", "u8", "u16", "u32",
    "u64", "u128", "usize", "String",
];

/// Modules of Rust whose names add nothing to that of their items.
pub(super) const MODULES: &[&str] = &["alloc", "core", "crate", "std", "tokio"];

/// The functions of types that can return an `Err`.
pub(super) const FALLIBLE: &[&str] = &[
    "binary_search",
    "binary_search_by_key",
    "from_str",
    "from_str_radix",
    "from_utf8",
    "parse",
    "strip_prefix",
    "try_from",
    "try_into",
];

/// Functions of Rust that are functions here.
pub(super) const FUNCTIONS: &[&str] = &[
    "cmp::max",
    "cmp::min",
    "std::cmp::max",
    "std::cmp::min",
    "std::thread::sleep",
    "thread::sleep",
    "tokio::time::sleep",
];

/// Returns the primitive type called `name`.
pub(super) fn primitive(name: &str) -> Option<&'static str> {
    PRIMITIVES.iter().find(|primitive| **primitive == name).copied()
}

/// Returns the value of a constant of Rust.
pub(super) fn constant(path: &str) -> Option<String> {
    macro_rules! limits {
        ($($ty:ident),*) => {
            match path {
                $(
                    concat!(stringify!($ty), "::MAX") => return Some(format!("({})", $ty::MAX)),
                    concat!(stringify!($ty), "::MIN") => return Some(format!("({})", $ty::MIN)),
                    concat!(stringify!($ty), "::BITS") => return Some(format!("{}", $ty::BITS)),
                )*
                _ => {}
            }
        };
    }
    limits!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize);
    let float = |value: f64| Some(format!("__float(\"{value}\")"));
    let address = |parts: &str| Some(format!("__address(\"IpAddr\", [{parts}])"));
    match path {
        "f64::MAX" => float(f64::MAX),
        "f64::MIN" => float(f64::MIN),
        "f64::EPSILON" => float(f64::EPSILON),
        "f64::INFINITY" | "f32::INFINITY" => float(f64::INFINITY),
        "f64::NEG_INFINITY" | "f32::NEG_INFINITY" => float(f64::NEG_INFINITY),
        "f64::NAN" | "f32::NAN" => float(f64::NAN),
        "f64::consts::PI" => float(std::f64::consts::PI),
        "f64::consts::E" => float(std::f64::consts::E),
        "Ipv4Addr::LOCALHOST" => address("127, 0, 0, 1"),
        "Ipv4Addr::UNSPECIFIED" => address("0, 0, 0, 0"),
        "Ipv4Addr::BROADCAST" => address("255, 255, 255, 255"),
        "Ipv6Addr::LOCALHOST" => address("0, 0, 0, 0, 0, 0, 0, 1"),
        "Ipv6Addr::UNSPECIFIED" => address("0, 0, 0, 0, 0, 0, 0, 0"),
        "Duration::ZERO" => Some("__duration(\"from_secs\", 0)".to_owned()),
        _ => None,
    }
}

/// A call of a function of a type, as the script language has it.
pub(super) enum TypeCall {
    /// The argument is the value.
    Identity,
    /// A call of this function, whose first arguments are these.
    Function(String),
    /// An empty value.
    Value(&'static str),
}

/// Returns the brackets that close a call that begins so.
pub(super) fn closing(begin: &str) -> &'static str {
    if begin.ends_with('[') { "])" } else { ")" }
}

/// Returns the meaning of a call of `path`.
pub(super) fn type_call(path: &str, has_arguments: bool) -> Option<TypeCall> {
    let (ty, name) = path.rsplit_once("::")?;
    let ty = ty.rsplit("::").next().unwrap_or(ty);
    let is_type = ty.starts_with(char::is_uppercase) || primitive(ty).is_some();
    if !is_type {
        return None;
    }
    Some(match (ty, name) {
        ("Duration", "new") => TypeCall::Function("__duration_new(".to_owned()),
        ("Duration", _) if name.starts_with("from_") => TypeCall::Function(format!("__duration(\"{name}\",")),
        ("IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "SocketAddr", "new" | "from") => {
            TypeCall::Function(format!("__address(\"{ty}\",["))
        }
        ("Utc" | "Local", "now") => TypeCall::Value("SystemTime::now()"),
        ("PathBuf", "new") if !has_arguments => TypeCall::Value("\"\""),
        ("String", "new" | "with_capacity") => TypeCall::Value("\"\""),
        ("Vec" | "VecDeque", "new" | "with_capacity") => TypeCall::Value("[]"),
        ("HashMap" | "BTreeMap" | "IndexMap", "new" | "with_capacity") => TypeCall::Value("#{}"),
        ("HashSet" | "BTreeSet", "new" | "with_capacity") => TypeCall::Value("__set([])"),
        ("HashMap" | "BTreeMap", "from") => TypeCall::Function("__sorted_map(".to_owned()),
        ("IndexMap", "from") => TypeCall::Function("__map(".to_owned()),
        ("HashSet" | "BTreeSet", "from") => TypeCall::Function("__collect(\"set\",".to_owned()),
        (
            "Arc" | "Box" | "Cell" | "Cow" | "Mutex" | "Rc" | "RefCell" | "RwLock" | "Vec" | "VecDeque",
            "new" | "from",
        ) => TypeCall::Identity,
        ("IpAddr" | "SocketAddr", "V4" | "V6") | ("Arc" | "Rc", "clone") => TypeCall::Identity,
        ("Path" | "PathBuf", "new" | "from") => TypeCall::Function("__path(".to_owned()),
        (_, "from" | "try_from") if primitive(ty).is_some() => {
            TypeCall::Function(format!("__convert(\"{ty}\","))
        }
        (_, "from_str_radix") => TypeCall::Function(format!("__radix(\"{ty}\",")),
        // A method that is called as a function.
        _ if has_arguments && name.starts_with(char::is_lowercase) => TypeCall::Function(format!("{name}(")),
        _ => return None,
    })
}

/// The methods whose paths are functions of two values: `f64::max`.
const BINARY: &[&str] = &[
    "abs_diff",
    "add",
    "checked_add",
    "cmp",
    "eq",
    "max",
    "min",
    "mul",
    "partial_cmp",
    "saturating_add",
    "saturating_sub",
    "sub",
    "total_cmp",
    "wrapping_add",
    "wrapping_mul",
];

/// Returns the closure for the path of a method or a function of a type: `str::trim`, `f64::max`, `String::from`.
pub(super) fn method_closure(path: &str, name: &str) -> String {
    if BINARY.contains(&name) {
        return format!(" |__x, __y| __x.{name}(__y)");
    }
    if let ("new", Some(TypeCall::Value(value))) = (name, type_call(path, false)) {
        return format!(" || {value}");
    }
    if name.starts_with("from") || matches!(name, "new" | "try_from") {
        match type_call(path, true) {
            Some(TypeCall::Function(begin)) => return format!(" |__x| {begin} __x{}", closing(&begin)),
            Some(TypeCall::Identity) => return " |__x| __x".to_owned(),
            _ => {}
        }
    }
    format!(" |__x| __x.{name}()")
}

/// Returns whether `path` is that of a method of a type: `str::trim`.
pub(super) fn is_method_path(path: &str) -> bool {
    let Some((ty, name)) = path.rsplit_once("::") else { return false };
    let ty = ty.rsplit("::").next().unwrap_or(ty);
    (ty.starts_with(char::is_uppercase) || primitive(ty).is_some()) && name.starts_with(char::is_lowercase)
}
