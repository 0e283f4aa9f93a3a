//! The attributes of structs and enums.

use std::cell::Cell;

use manhole::Manhole;
use manhole::reflect::{CallError, Shape, Struct, TypeKind, Value};

mod elsewhere {
    pub mod manhole {
        pub use ::manhole::*;
    }
}

struct Foreign;

/// A door.
#[derive(Manhole)]
#[manhole(opaque)]
pub struct Closed<T: ?Sized> {
    count: Cell<u8>,
    #[allow(dead_code)]
    inside: Box<T>,
}

#[manhole::methods]
impl<T: ?Sized> Closed<T> {
    pub fn count(&self) -> u8 {
        self.count.get()
    }

    pub fn raise(&mut self) -> u8 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }
}

#[derive(Manhole)]
#[manhole(opaque)]
#[allow(dead_code)]
enum Hidden {
    One(Foreign),
}

#[derive(Manhole)]
#[manhole(opaque)]
#[repr(packed)]
#[allow(dead_code)]
struct Packed(u8, u32);

#[derive(Manhole, Debug, PartialEq)]
#[manhole(transparent)]
struct Meters(f64);

#[derive(Manhole)]
#[manhole(transparent)]
struct Wrapped<T> {
    #[manhole(skip)]
    #[allow(dead_code)]
    note: Foreign,
    inner: Vec<T>,
}

#[derive(Manhole)]
struct Journey {
    length: Meters,
    #[manhole(readonly)]
    stops: Wrapped<Option<u8>>,
}

#[derive(Manhole)]
#[manhole(bound = "T: Default + elsewhere::manhole::Manhole, U: Copy,", crate = elsewhere::manhole)]
struct Bound<T, U> {
    shown: T,
    #[manhole(get = size)]
    size: U,
}

fn size<U>(_: &U) -> usize {
    size_of::<U>()
}

#[elsewhere::manhole::methods(crate = elsewhere::manhole)]
impl<T: Default + Manhole, U: Copy> Bound<T, U> {
    pub fn shout(&self, text: &str) -> String {
        text.to_uppercase()
    }
}

#[derive(elsewhere::manhole::Manhole)]
#[manhole(crate = self::elsewhere::manhole, rename_all = "lowercase")]
enum Mode {
    #[allow(dead_code)]
    Idle,
    #[allow(dead_code)]
    Busy { job: u8, #[manhole(debug)] since: Option<u8> },
}

fn main() {
    let info = Closed::<str>::type_info();
    assert_eq!((info.to_string().as_str(), info.doc), ("Closed", "A door."));
    assert!(matches!(info.kind, TypeKind::Opaque));
    let mut closed = Closed::<str> { count: Cell::new(1), inside: "".into() };
    assert!(matches!(closed.reflect().shape(), Shape::Opaque));
    assert_eq!(info.methods.len(), 2);
    assert!(closed.call(0, vec![]).is_ok());
    assert!(matches!(closed.call(1, vec![]), Err(CallError::NeedsExclusive)));
    assert!(closed.call_mut(1, vec![]).is_ok());
    assert_eq!(closed.count.get(), 2);
    closed.write(1_u8.into()).unwrap_err();
    assert!(matches!(Hidden::type_info().kind, TypeKind::Opaque));
    assert!(matches!(Packed::type_info().kind, TypeKind::Opaque));

    assert_eq!(Meters::type_info().to_string(), "f64");
    assert_eq!(Meters::from_value(Value::Float(2.0)), Ok(Meters(2.0)));
    assert_eq!(Wrapped::<u8>::type_info().to_string(), "Vec<u8>");
    Wrapped::<u8>::from_value(Value::List(Vec::new())).err().expect("the note cannot be given");
    let mut journey = Journey {
        length: Meters(1.0),
        stops: Wrapped { note: Foreign, inner: vec![None] },
    };
    journey.field_mut(0).unwrap().write(3_u8.into()).unwrap();
    assert_eq!(journey.length, Meters(3.0));
    let stops = journey.field(1).unwrap();
    let Shape::List(list) = stops.reflect().into_shape() else { panic!() };
    assert_eq!(list.len(), 1);
    drop(stops);
    journey.stops.write(Value::List(vec![1_u8.into()])).unwrap();
    assert_eq!(journey.stops.inner, [Some(1)]);

    let bound = Bound { shown: 1_u8, size: 'x' };
    assert_eq!(<Bound<u8, char>>::type_info().to_string(), "Bound<u8>");
    assert!(bound.field(1).is_some());
    assert_eq!(<Bound<u8, char>>::type_info().methods.len(), 1);
    assert_eq!(bound.shout("a"), "A");
    let TypeKind::Enum(variants) = Mode::type_info().kind else { panic!() };
    assert_eq!(variants[1].name, "busy");
}
