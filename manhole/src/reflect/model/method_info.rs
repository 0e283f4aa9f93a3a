//! The static description of methods, and how their signatures are written.

use std::fmt;

use super::access_level::Level;

/// The static description of one method.
///
/// ```
/// use manhole::Manhole;
///
/// #[derive(Manhole)]
/// struct Shop {
///     open: bool,
/// }
///
/// #[manhole::methods]
/// impl Shop {
///     /// Closes it, and says whether it was open.
///     pub fn close(&mut self) -> bool {
///         std::mem::replace(&mut self.open, false)
///     }
/// }
///
/// let close = &Shop::type_info().methods[0];
/// assert_eq!(close.to_string(), "close() -> bool");
/// assert_eq!(close.doc, "Closes it, and says whether it was open.");
/// assert!(close.exclusive);
/// # let _ = Shop { open: true }.close();
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct MethodInfo {
    /// The name in the console.
    pub name: &'static str,
    /// The method's doc comment.
    pub doc: &'static str,
    /// The parameters, without `self`.
    pub params: &'static [ParamInfo],
    /// The return type as written in Rust; empty for `()`.
    pub returns: &'static str,
    /// Whether it takes `&mut self`.
    pub exclusive: bool,
    /// Whether it is `async`.
    pub asynchronous: bool,
    /// The level required to call it.
    pub level: Level,
}

/// One parameter of a method or function.
///
/// ```
/// use manhole::reflect::{MethodInfo, ParamInfo};
///
/// const PARAMS: &[ParamInfo] = &[ParamInfo::new("name", "String")];
/// assert_eq!(MethodInfo::new("rename", "", PARAMS, "bool").to_string(), "rename(name: String) -> bool");
/// ```
#[derive(Debug, Clone, Copy)]
#[non_exhaustive]
pub struct ParamInfo {
    /// The name; empty if unknown.
    pub name: &'static str,
    /// The type as written in Rust.
    pub ty: &'static str,
}

impl ParamInfo {
    /// Creates a parameter with its name, and its type as written.
    ///
    /// ```
    /// use manhole::reflect::ParamInfo;
    ///
    /// let param = ParamInfo::new("name", "String");
    /// assert_eq!((param.name, param.ty), ("name", "String"));
    /// ```
    #[must_use]
    pub const fn new(name: &'static str, ty: &'static str) -> Self {
        Self { name, ty }
    }
}

impl MethodInfo {
    /// Describes a method.
    ///
    /// ```
    /// use manhole::reflect::{Level, MethodInfo};
    ///
    /// let flush = MethodInfo::new("flush", "Writes what waits.", &[], "usize");
    /// assert_eq!((flush.to_string().as_str(), flush.level), ("flush() -> usize", Level::Operate));
    /// ```
    #[must_use]
    pub const fn new(
        name: &'static str,
        doc: &'static str,
        params: &'static [ParamInfo],
        returns: &'static str,
    ) -> Self {
        Self { name, doc, params, returns, exclusive: false, asynchronous: false, level: Level::Operate }
    }

    /// Sets the level required to call it.
    ///
    /// ```
    /// use manhole::reflect::{Level, MethodInfo};
    ///
    /// let size = MethodInfo::new("size", "", &[], "usize").from_level(Level::Observe);
    /// assert_eq!(size.level, Level::Observe);
    /// ```
    #[must_use]
    pub const fn from_level(mut self, level: Level) -> Self {
        self.level = level;
        self
    }

    /// Marks the method as one that takes `&mut self`.
    ///
    /// ```
    /// use manhole::reflect::MethodInfo;
    ///
    /// assert!(MethodInfo::new("clear", "", &[], "").exclusive().exclusive);
    /// ```
    #[must_use]
    pub const fn exclusive(mut self) -> Self {
        self.exclusive = true;
        self
    }

    /// Marks the method as `async`.
    ///
    /// ```
    /// use manhole::reflect::MethodInfo;
    ///
    /// let ping = MethodInfo::new("ping", "", &[], "").asynchronous();
    /// assert_eq!(ping.to_string(), "async ping()");
    /// ```
    #[must_use]
    pub const fn asynchronous(mut self) -> Self {
        self.asynchronous = true;
        self
    }
}

impl fmt::Display for MethodInfo {
    /// Writes the signature as a script sees it: `rename(name: String) -> bool`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let params = self.params.iter().map(|param| (param.name, param.ty));
        f.write_str(if self.asynchronous { "async " } else { "" })?;
        write_signature(f, self.name, params, self.returns)
    }
}

/// Writes `name(a: A, b: B) -> R`.
pub(crate) fn write_signature<'a>(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    params: impl Iterator<Item = (&'a str, &'a str)>,
    returns: &str,
) -> fmt::Result {
    write!(f, "{name}(")?;
    for (index, (name, ty)) in params.enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        let colon = if name.is_empty() { "" } else { ": " };
        write!(f, "{comma}{name}{colon}{ty}")?;
    }
    f.write_str(")")?;
    if returns.is_empty() { Ok(()) } else { write!(f, " -> {returns}") }
}
