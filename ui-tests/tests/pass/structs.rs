//! Every form of struct, and its description in the console.

use std::collections::HashMap;
use std::marker::PhantomData;

use manhole::Manhole;
use manhole::reflect::{FieldInfo, Shape, Struct, StructStyle, TypeInfo, TypeKind};

struct Foreign;

/// What the service counts.
///
///  An indented line.
///
#[derive(Manhole)]
struct Gizmo {
    /// Requests served.
    count: u64,
    #[manhole(readonly)]
    name: String,
    /// Not for
    /// everybody.
    #[manhole(secret)]
    token: Foreign,
    #[manhole(skip)]
    #[allow(dead_code)]
    scratch: Foreign,
    #[manhole(rename = "kind", readonly)]
    r#type: u8,
    r#loop: u8,
    nested: Nested,
}

#[derive(Manhole)]
#[manhole(readonly, rename_all = "camelCase")]
struct Nested {
    first_one: u8,
    #[manhole(rename = "other")]
    second_one: u8,
}

#[derive(Manhole)]
struct Tuple(
    u8,
    #[manhole(skip)]
    #[allow(dead_code)]
    Foreign,
    #[manhole(rename = "third")] u8,
    u8,
);

#[derive(Manhole)]
struct Unit;

#[derive(Manhole)]
struct Empty {}

#[derive(Manhole)]
struct Borrowing<'a, T: Clone + 'a, U, const N: usize = 2>
where
    U: Copy,
{
    text: &'a String,
    items: [T; N],
    #[manhole(skip)]
    #[allow(dead_code)]
    unseen: U,
    #[manhole(secret)]
    #[allow(dead_code)]
    unshown: U,
    marker: PhantomData<U>,
}

#[derive(Manhole)]
struct Node<T> {
    value: T,
    next: Option<Box<Node<T>>>,
    children: Vec<Self>,
}

#[derive(Manhole)]
struct Projected<I: Iterator> {
    last: Option<I::Item>,
    first: <I as Iterator>::Item,
    #[manhole(skip)]
    #[allow(dead_code)]
    iterator: I,
}

#[derive(Manhole)]
struct Unsized<T: ?Sized> {
    marker: PhantomData<T>,
}

fn names(info: &TypeInfo) -> Vec<&'static str> {
    info.fields().iter().map(|field| field.name).collect()
}

fn field<'a>(info: &'a TypeInfo, name: &str) -> &'a FieldInfo {
    info.fields().iter().find(|field| field.name == name).unwrap()
}

fn main() {
    let info = Gizmo::type_info();
    assert_eq!(info.to_string(), "Gizmo");
    assert_eq!(info.doc, "What the service counts.\n\n An indented line.");
    assert_eq!(names(info), ["count", "name", "token", "kind", "loop", "nested"]);
    assert_eq!(field(info, "count").doc, "Requests served.");
    assert_eq!(field(info, "token").doc, "Not for\neverybody.");
    let flags = info.fields().iter().map(|field| (field.readonly, field.secret));
    assert_eq!(
        flags.collect::<Vec<_>>(),
        [(false, false), (true, false), (true, true), (true, false), (false, false), (false, false)]
    );
    assert!(info.methods.is_empty());

    let mut gizmo = Gizmo {
        count: 1,
        name: "g".into(),
        token: Foreign,
        scratch: Foreign,
        r#type: 2,
        r#loop: 3,
        nested: Nested { first_one: 4, second_one: 5 },
    };
    let node = gizmo.reflect();
    let Shape::Struct(fields) = node.shape() else { panic!() };
    let shown = |index| fields.field(index).map(|field| field.reflect().info().to_string());
    assert_eq!(shown(0).as_deref(), Some("u64"));
    assert_eq!(shown(1).as_deref(), Some("String"));
    assert_eq!(shown(2), None, "the secret");
    assert_eq!(shown(5).as_deref(), Some("Nested"));
    assert_eq!(shown(6), None);
    assert!(gizmo.field_mut(1).is_some(), "whether it can be written is decided elsewhere");
    assert!(gizmo.field_mut(2).is_none());
    gizmo.field_mut(0).unwrap().write(7_u64.into()).unwrap();
    assert_eq!(gizmo.count, 7);

    assert_eq!(names(Nested::type_info()), ["firstOne", "other"]);
    assert!(Nested::type_info().fields().iter().all(|field| field.readonly));

    assert_eq!(names(Tuple::type_info()), ["0", "third", "3"]);
    assert!(matches!(Tuple::type_info().kind, TypeKind::Struct(StructStyle::Tuple, _)));
    let mut tuple = Tuple(1, Foreign, 2, 3);
    tuple.field_mut(1).unwrap().write(9_u8.into()).unwrap();
    assert_eq!((tuple.0, tuple.2, tuple.3), (1, 9, 3));

    assert!(matches!(Unit::type_info().kind, TypeKind::Struct(StructStyle::Unit, [])));
    assert!(matches!(Empty::type_info().kind, TypeKind::Struct(StructStyle::Named, [])));
    assert!(Unit.field(0).is_none() && Empty {}.field(0).is_none());

    // `U` need not implement `Manhole`, nor be named.
    type Borrowed<'a> = Borrowing<'a, u8, fn(Foreign)>;
    assert_eq!(Borrowed::type_info().to_string(), "Borrowing<u8>");
    fn unseen(_: Foreign) {}
    let text = String::from("local");
    let borrowing = Borrowed { text: &text, items: [1, 2], unseen, unshown: unseen, marker: PhantomData };
    assert!(borrowing.field(0).is_some());

    assert_eq!(Node::<HashMap<String, u8>>::type_info().to_string(), "Node<HashMap<String, u8>>");
    let leaf = || Node { value: 1_u8, next: None, children: Vec::new() };
    let node = Node { value: 0, next: Some(Box::new(leaf())), children: vec![leaf()] };
    assert!(node.field(1).is_some());

    type Projection = Projected<std::vec::IntoIter<u8>>;
    assert_eq!(names(Projection::type_info()), ["last", "first"]);
    let _ = Unsized::<str>::type_info();

    fn local() -> String {
        #[derive(Manhole)]
        struct Local<T>(T);
        let _ = Local(1_u8).0;
        Local::<u8>::type_info().to_string()
    }
    assert_eq!(local(), "Local<u8>");
}
