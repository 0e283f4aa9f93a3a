//! Fields of types without `Manhole`, and validated fields.

use std::collections::BTreeMap;
use std::fmt::{self, Debug, Display};
use std::sync::atomic::AtomicU8;
use std::time::Duration;

use manhole::Manhole;
use manhole::reflect::{FieldInfo, Shape, Struct, Value};

#[derive(Debug, Clone, Copy, PartialEq)]
struct Foreign(u8);

impl Display for Foreign {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no. {}", self.0)
    }
}

mod number {
    use super::Foreign;

    pub fn get(foreign: &Foreign) -> u8 {
        foreign.0
    }

    pub fn set(foreign: &mut Foreign, number: u8) -> Result<(), &'static str> {
        if number == 0 {
            return Err("expected a number above 0, found 0");
        }
        foreign.0 = number;
        Ok(())
    }
}

fn seconds(duration: &Duration) -> f64 {
    duration.as_secs_f64()
}

fn set_seconds(duration: &mut Duration, seconds: f64) {
    *duration = Duration::from_secs_f64(seconds);
}

// A reference to the field coerces to the type of the function's parameter.
fn is_short(text: &str) -> Result<(), String> {
    if text.len() < 4 { Ok(()) } else { Err(format!("{text:?} is too long")) }
}

fn is_even(number: &u8) -> Result<(), &'static str> {
    if number % 2 == 0 { Ok(()) } else { Err("odd") }
}

fn any<T>(_: &T) -> Result<(), &'static str> {
    Ok(())
}

#[derive(Manhole)]
struct Gizmo<'a, T, U, V> {
    /// Read only.
    #[manhole(debug)]
    debugged: Foreign,
    #[manhole(display, rename = "shown")]
    displayed: &'a Foreign,
    #[manhole(debug)]
    generic: Option<T>,
    #[manhole(display)]
    unsized_inside: Box<dyn Display>,
    #[manhole(get = number::get)]
    number: Foreign,
    #[manhole(get = seconds, set = crate::set_seconds)]
    timeout: Duration,
    #[manhole(with = number)]
    both: Foreign,
    #[manhole(with = crate::number, readonly)]
    read: Foreign,
    #[manhole(get = Vec::len)]
    unseen: Vec<U>,
    #[manhole(validate = is_short)]
    text: String,
    #[manhole(validate = any)]
    checked: BTreeMap<String, V>,
}

#[derive(Manhole, Debug, PartialEq)]
enum Mode {
    Named {
        #[manhole(validate = is_even)]
        even: u8,
    },
    Tuple(#[manhole(debug)] Foreign, #[manhole(with = number)] Foreign),
}

#[derive(Manhole, Debug)]
struct Checked {
    #[manhole(validate = is_even)]
    even: u8,
    #[manhole(validate = any)]
    cell: AtomicU8,
    #[manhole(validate = any, readonly)]
    fixed: u8,
}

fn field<'a>(fields: &'a [FieldInfo], name: &str) -> &'a FieldInfo {
    fields.iter().find(|field| field.name == name).unwrap()
}

fn shown(value: &dyn Manhole) -> String {
    match value.reflect().into_shape() {
        Shape::Text(text) => text.to_string(),
        _ => panic!("not only shown"),
    }
}

fn leaf(value: &dyn Manhole) -> Value<'static> {
    match value.reflect().into_shape() {
        Shape::Leaf(value) => value.into_owned(),
        _ => panic!("not a leaf"),
    }
}

fn main() {
    struct Unseen;
    type Whole = Gizmo<'static, Foreign, Unseen, u8>;

    let fields = Whole::type_info().fields();
    for (name, ty, readonly) in [
        ("debugged", "Foreign", true),
        ("shown", "&'a Foreign", true),
        ("generic", "Option<T>", true),
        ("unsized_inside", "Box<dyn Display>", true),
        ("number", "u8", true),
        ("timeout", "f64", false),
        ("both", "u8", false),
        ("read", "u8", true),
        ("unseen", "usize", true),
        ("text", "String", false),
        ("checked", "BTreeMap<String, u8>", false),
    ] {
        let field = field(fields, name);
        assert_eq!(((field.ty)().to_string().as_str(), field.readonly), (ty, readonly), "{name}");
    }
    assert_eq!(fields[0].doc, "Read only.");

    let mut gizmo = Whole {
        debugged: Foreign(1),
        displayed: &Foreign(2),
        generic: Some(Foreign(3)),
        unsized_inside: Box::new("inside"),
        number: Foreign(4),
        timeout: Duration::from_secs(5),
        both: Foreign(6),
        read: Foreign(7),
        unseen: vec![Unseen],
        text: String::new(),
        checked: BTreeMap::new(),
    };
    let texts = (0..4).map(|index| shown(&*gizmo.field(index).unwrap()));
    assert_eq!(texts.collect::<Vec<_>>(), ["Foreign(1)", "no. 2", "Some(Foreign(3))", "inside"]);
    let leaves: Vec<_> = (4..9).map(|index| leaf(&*gizmo.field(index).unwrap())).collect();
    assert_eq!(leaves, [4_u8.into(), Value::Float(5.0), 6_u8.into(), 7_u8.into(), 1_usize.into()]);

    gizmo.field_mut(5).unwrap().write(Value::Float(0.5)).unwrap();
    assert_eq!(gizmo.timeout, Duration::from_millis(500));
    gizmo.field_mut(6).unwrap().write(9_u8.into()).unwrap();
    let error = gizmo.field_mut(6).unwrap().write(0_u8.into()).unwrap_err();
    assert_eq!(error.to_string(), "expected a number above 0, found 0");
    gizmo.field_mut(6).unwrap().write(300_u16.into()).unwrap_err();
    assert_eq!(gizmo.both, Foreign(9));
    for index in [0, 1, 2, 3, 4, 7, 8] {
        gizmo.field_mut(index).unwrap().write(1_u8.into()).unwrap_err();
    }
    gizmo.field_mut(9).unwrap().write("abc".into()).unwrap();
    let error = gizmo.field_mut(9).unwrap().write("abcd".into()).unwrap_err();
    assert_eq!((error.to_string().as_str(), gizmo.text.as_str()), ("\"abcd\" is too long", "abc"));

    let even = |even: u8| Value::Map(vec![("even".into(), even.into())]);
    let named = |number: u8| Value::Map(vec![("Named".into(), even(number))]);
    assert_eq!(Mode::from_value(named(2)), Ok(Mode::Named { even: 2 }));
    assert_eq!(Mode::from_value(named(3)).unwrap_err().to_string(), "`even`: odd");
    let two = Value::Map(vec![("Tuple".into(), Value::List(vec![1_u8.into(), 1_u8.into()]))]);
    Mode::from_value(two).unwrap_err();
    let _ = Mode::Tuple(Foreign(1), Foreign(2));

    let entries = |number: u8| {
        let fields = [("even", number), ("cell", 1), ("fixed", 1)];
        Value::Map(fields.map(|(name, value)| (name.into(), value.into())).into())
    };
    assert!(Checked::from_value(entries(4)).is_ok());
    assert_eq!(Checked::from_value(entries(5)).unwrap_err().to_string(), "`even`: odd");
}
