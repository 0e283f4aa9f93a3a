//! Structs, and the variants of enums.

use super::value_ref::{ValueMut, ValueRef};

/// The fields of a struct, in the order of [`TypeInfo::fields`](super::TypeInfo::fields). `#[derive(Manhole)]` implements
/// it.
///
/// Implement it by hand to show computed fields:
///
/// ```
/// use manhole::reflect::{
///     FieldInfo, ValueRef, ValueMut, Node, NodeMut, Shape, ShapeMut, Struct, StructStyle, TypeInfo, TypeKind,
/// };
/// use manhole::Manhole;
///
/// struct Circle {
///     radius: f64,
/// }
///
/// impl Struct for Circle {
///     fn field(&self, index: usize) -> Option<ValueRef<'_>> {
///         match index {
///             0 => Some(ValueRef::from(&self.radius)),
///             1 => Some(ValueRef::owned(self.radius * self.radius * std::f64::consts::PI)),
///             _ => None,
///         }
///     }
///
///     fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
///         (index == 0).then(|| ValueMut::from(&mut self.radius))
///     }
/// }
///
/// impl Manhole for Circle {
///     fn type_info() -> &'static TypeInfo {
///         const FIELDS: &[FieldInfo] = &[
///             FieldInfo::new("radius", "In metres.", f64::type_info),
///             FieldInfo::new("area", "In square metres.", f64::type_info).readonly(),
///         ];
///         const { &TypeInfo::new("Circle", TypeKind::Struct(StructStyle::Named, FIELDS)) }
///     }
///
///     fn reflect(&self) -> Node<'_> {
///         Node::new::<Self>(Shape::Struct(self))
///     }
///
///     fn reflect_mut(&mut self) -> NodeMut<'_> {
///         NodeMut::new::<Self>(ShapeMut::Struct(self))
///     }
/// }
///
/// use manhole::reflect::{PreviewLimits, Target, pretty_print};
/// let seen = Target::new("circle", &Circle { radius: 2.0 }).preview(PreviewLimits::default())?;
/// assert_eq!(pretty_print(&seen, 80), "Circle { radius: 2.0, area: 12.566370614359172 }");
/// # Ok::<(), manhole::reflect::AccessError>(())
/// ```
pub trait Struct {
    /// The field at `index`; `None` for a secret or an invalid index.
    fn field(&self, index: usize) -> Option<ValueRef<'_>>;

    /// The field at `index`, through an exclusive reference; `None` for a secret or an invalid index.
    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>>;
}

/// The variant of an enum and its fields, in the order of [`TypeKind::Enum`](super::TypeKind::Enum). `#[derive(Manhole)]`
/// implements it.
///
/// ```
/// use manhole::Manhole;
/// use manhole::reflect::{Shape, TypeKind};
///
/// #[derive(Manhole)]
/// enum Mode {
///     Idle,
///     Busy { job: u64 },
/// }
///
/// assert!(matches!(Mode::Idle.reflect().shape(), Shape::Enum(value) if value.variant() == 0));
/// let busy = Mode::Busy { job: 7 };
/// let Shape::Enum(value) = busy.reflect().into_shape() else { unreachable!() };
/// assert_eq!(value.variant(), 1);
/// assert!(value.field(0).is_some());
/// ```
pub trait Enum {
    /// The index of the value's variant.
    fn variant(&self) -> usize;

    /// The field of the current variant at `index`; `None` for a secret or an invalid index.
    fn field(&self, index: usize) -> Option<ValueRef<'_>>;

    /// The field of the current variant at `index`, through an exclusive reference.
    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>>;
}
