//! Every form of variant, and its description in the console.

use std::convert::Infallible;

use manhole::Manhole;
use manhole::reflect::{Enum, StructStyle, TypeKind, Value, VariantInfo};

struct Foreign;

/// The state of a worker.
#[derive(Manhole, Debug, PartialEq)]
enum Mode {
    /// No work.
    Idle,
    #[manhole(rename = "off")]
    Off,
    Working(u8, u8),
    Failed {
        /// The cause of the failure.
        #[manhole(readonly)]
        why: String,
        #[manhole(rename = "tries")]
        attempts: u32,
    },
    EmptyTuple(),
}

#[derive(Manhole)]
#[manhole(rename_all = "SCREAMING_SNAKE_CASE", readonly)]
enum Renamed<T> {
    FirstOne {
        some_field: T,
    },
    #[manhole(rename = "two")]
    #[allow(dead_code)]
    SecondOne,
    #[allow(dead_code)]
    ThirdOne(#[manhole(skip)] Foreign, #[manhole(secret)] Foreign, u8),
}

#[derive(Manhole)]
enum Never {}

#[derive(Manhole)]
enum Single {
    One(u8),
}

#[derive(Manhole)]
enum Raw {
    r#Self_,
    r#Box,
}

fn variants<T: manhole::Manhole>() -> &'static [VariantInfo] {
    match T::type_info().kind {
        TypeKind::Enum(variants) => variants,
        _ => panic!("not an enum"),
    }
}

fn names<T: manhole::Manhole>() -> Vec<&'static str> {
    variants::<T>().iter().map(|variant| variant.name).collect()
}

fn main() {
    assert_eq!(Mode::type_info().doc, "The state of a worker.");
    assert_eq!(names::<Mode>(), ["Idle", "off", "Working", "Failed", "EmptyTuple"]);
    assert_eq!(variants::<Mode>()[0].doc, "No work.");
    let styles: Vec<_> = variants::<Mode>().iter().map(|variant| variant.style).collect();
    use StructStyle::{Named, Tuple, Unit};
    assert_eq!(styles, [Unit, Unit, Tuple, Named, Tuple]);
    let fields = variants::<Mode>()[3].fields;
    assert_eq!((fields[0].name, fields[0].doc, fields[0].readonly), ("why", "The cause of the failure.", true));
    assert_eq!((fields[1].name, fields[1].readonly), ("tries", false));

    let mut mode = Mode::Working(1, 2);
    assert_eq!(mode.variant(), 2);
    assert!(mode.field(1).is_some() && mode.field(2).is_none());
    mode.field_mut(1).unwrap().write(5_u8.into()).unwrap();
    assert_eq!(mode, Mode::Working(1, 5));

    mode.write("off".into()).unwrap();
    assert_eq!(mode, Mode::Off);
    assert!(mode.field(0).is_none());
    for wrong in [Value::from("Off"), "Working".into(), "".into(), 7_u8.into(), Value::Unit] {
        mode.write(wrong.clone()).expect_err(&wrong.to_string());
        assert_eq!(mode, Mode::Off);
    }
    assert_eq!(Mode::from_value("Idle".into()), Ok(Mode::Idle));
    assert_eq!(Mode::Failed { why: String::new(), attempts: 0 }.variant(), 3);
    assert_eq!(Mode::EmptyTuple().variant(), 4);

    assert_eq!(names::<Renamed<u8>>(), ["FIRST_ONE", "two", "THIRD_ONE"]);
    assert_eq!(Renamed::<u8>::type_info().to_string(), "Renamed<u8>");
    assert_eq!(variants::<Renamed<u8>>()[0].fields[0].name, "some_field");
    assert!(variants::<Renamed<u8>>()[0].fields[0].readonly);
    let third = variants::<Renamed<u8>>()[2].fields;
    assert_eq!(third.iter().map(|field| field.name).collect::<Vec<_>>(), ["1", "2"]);
    let mut renamed = Renamed::FirstOne { some_field: 1_u8 };
    renamed.write("two".into()).expect_err("it is read-only");
    assert!(Renamed::<u8>::from_value("two".into()).is_ok());
    let third = Renamed::<u8>::ThirdOne(Foreign, Foreign, 3);
    assert!(third.field(0).is_none() && third.field(1).is_some());

    assert!(names::<Never>().is_empty());
    let never: Option<Infallible> = None;
    assert!(never.is_none() && Never::from_value("".into()).is_err());
    assert_eq!(Single::One(1).variant(), 0);
    assert!(Single::from_value("One".into()).is_err());
    assert_eq!(names::<Raw>(), ["Self_", "Box"]);
    let _ = (Raw::Self_, Raw::Box);
}
