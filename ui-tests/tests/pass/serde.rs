//! Fields that are read and written through serde.

use std::collections::HashMap;

use manhole::Manhole;
use manhole::reflect::{Shape, Struct, Value};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize, Debug, PartialEq)]
struct Settings {
    retries: u8,
}

/// Cannot be deserialized.
#[derive(Serialize)]
struct Report(u8);

#[derive(Manhole)]
struct Gizmo<T, U> {
    #[manhole(serde)]
    settings: Settings,
    #[manhole(serde, rename = "bulletin")]
    report: Report,
    // A type with lifetimes implements `DeserializeOwned` for some of them only, which the macro cannot check.
    #[manhole(serde, readonly)]
    borrowed: &'static str,
    #[manhole(serde, validate = is_small)]
    small: Settings,
    #[manhole(serde)]
    generic: HashMap<String, T>,
    #[manhole(serde, readonly)]
    fixed: U,
}

#[derive(Manhole, Debug, PartialEq)]
enum Mode {
    With(#[manhole(serde)] Settings),
    Checked {
        #[manhole(serde, validate = is_small)]
        settings: Settings,
    },
}

fn is_small(settings: &Settings) -> Result<(), &'static str> {
    if settings.retries < 10 { Ok(()) } else { Err("too many") }
}

fn retries(retries: u8) -> Value<'static> {
    Value::Map(vec![("retries".into(), retries.into())])
}

fn main() {
    type Whole = Gizmo<u8, Report>;
    let fields = Whole::type_info().fields();
    let described: Vec<_> =
        fields.iter().map(|field| (field.name, (field.ty)().to_string(), field.readonly)).collect();
    let expected = [
        ("settings", "Settings", false),
        ("bulletin", "Report", true),
        ("borrowed", "&'static str", true),
        ("small", "Settings", false),
        ("generic", "HashMap<String, T>", false),
        ("fixed", "U", true),
    ];
    assert_eq!(described, expected.map(|(name, ty, readonly)| (name, ty.to_owned(), readonly)));

    let mut gizmo = Whole {
        settings: Settings { retries: 1 },
        report: Report(2),
        borrowed: "text",
        small: Settings { retries: 3 },
        generic: HashMap::new(),
        fixed: Report(4),
    };
    let settings = gizmo.field(0).unwrap();
    let Shape::Map(map) = settings.reflect().into_shape() else { panic!() };
    assert!(map.get(&"retries".into()).is_some());
    drop(settings);
    gizmo.field_mut(0).unwrap().write(retries(9)).unwrap();
    assert_eq!(gizmo.settings, Settings { retries: 9 });
    gizmo.field_mut(1).unwrap().write(5_u8.into()).unwrap_err();
    gizmo.field_mut(3).unwrap().write(retries(9)).unwrap();
    let error = gizmo.field_mut(3).unwrap().write(retries(10)).unwrap_err();
    assert_eq!((error.to_string().as_str(), gizmo.small.retries), ("too many", 9));
    assert_eq!((gizmo.report.0, gizmo.fixed.0), (2, 4));

    let with = Value::Map(vec![("With".into(), retries(1))]);
    assert_eq!(Mode::from_value(with), Ok(Mode::With(Settings { retries: 1 })));
    let checked = |number| {
        let settings = Value::Map(vec![("settings".into(), retries(number))]);
        Mode::from_value(Value::Map(vec![("Checked".into(), settings)]))
    };
    assert_eq!(checked(2), Ok(Mode::Checked { settings: Settings { retries: 2 } }));
    assert_eq!(checked(20).unwrap_err().to_string(), "`settings`: too many");
}
