use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt::Debug;
use std::time::Duration;

use ::serde::ser::SerializeSeq;
use ::serde::{Deserialize, Serialize, Serializer};

use super::*;
use crate::reflect::ops::shown;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
enum Mode {
    Idle,
    Busy { job: u8 },
    Failed(String),
    Pair(u8, u8),
}

#[derive(Debug, PartialEq, Serialize, Deserialize)]
struct Settings {
    retries: u8,
    name: String,
    ratio: f32,
    huge: u128,
    low: i128,
    initial: char,
    limit: Option<u32>,
    modes: Vec<Mode>,
    ports: BTreeMap<u16, bool>,
    timeout: Duration,
    pair: (u8, u8),
    nothing: (),
}

fn settings() -> Settings {
    Settings {
        retries: 3,
        name: "ß".to_owned(),
        ratio: 0.1,
        huge: u128::MAX,
        low: i128::MIN,
        initial: 'x',
        limit: None,
        modes: vec![Mode::Idle, Mode::Busy { job: 1 }, Mode::Failed("late".to_owned()), Mode::Pair(1, 2)],
        ports: BTreeMap::from([(80, true)]),
        timeout: Duration::from_millis(1500),
        pair: (7, 8),
        nothing: (),
    }
}

fn serialized<T: Serialize>(value: &T) -> String {
    shown(&SerdeView::new(value, untyped()))
}

fn element<T: Serialize + DeserializeOwned>(value: &mut T) -> SerdeElement<SerdeEdit<'_, T>> {
    SerdeEdit::new(value, |value| SerdeView::new(value, untyped()), DeserializeProbe::<T>::make)
}

#[test]
fn serialized_values_can_be_written_back() {
    let value = ser::read(&settings()).value().unwrap();
    assert_eq!(DeserializeProbe::<Settings>::make(value), Ok(settings()));
}

#[test]
fn serialized_values_keep_their_shape() {
    assert_eq!(
        serialized(&settings()),
        "{\"retries\": 3, \"name\": \"ß\", \"ratio\": 0.1, \"huge\": 340282366920938463463374607431768211455, \
         \"low\": -170141183460469231731687303715884105728, \"initial\": 'x', \"limit\": None, \
         \"modes\": [\"Idle\", {\"Busy\": {\"job\": 1}}, {\"Failed\": \"late\"}, {\"Pair\": [1, 2]}], \
         \"ports\": {80: true}, \"timeout\": {\"secs\": 1, \"nanos\": 500000000}, \"pair\": [7, 8], \
         \"nothing\": ()}"
    );
}

#[test]
fn values_beyond_the_limits_are_counted() {
    let many: Vec<u32> = (0..1_000_000).collect();
    let data = ser::read(&many);
    assert_eq!(crate::reflect::List::len(&data), 1_000_000);
    assert!(data.value().is_none());
    assert!(serialized(&many).ends_with("19, … 999,980 more]"));
    let long = "a".repeat(1 << 20);
    let cut = serialized(&vec![&long, &long]);
    assert!(cut.ends_with("aaa…, … 1 more]"));
    let map: BTreeMap<u32, u32> = (0..10_000).map(|number| (number, number)).collect();
    assert!(serialized(&map).ends_with("19: 19, … 9,980 more}"));
}

#[test]
fn elements_beyond_the_limits_are_not_passed_over() {
    /// Announces a number of elements, and counts those that it passes over.
    struct Counted<'a>(&'a Cell<usize>, Option<usize>);
    impl Serialize for Counted<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            let mut list = serializer.serialize_seq(self.1)?;
            for number in 0..100_000 {
                self.0.set(self.0.get() + 1);
                list.serialize_element(&number)?;
            }
            list.end()
        }
    }
    #[derive(Serialize)]
    struct Report<'a> {
        before: u8,
        lines: Vec<Counted<'a>>,
        after: u8,
    }
    let passed = Cell::new(0);
    let lines = |len| vec![Counted(&passed, len), Counted(&passed, len)];
    let report = |len| serialized(&Report { before: 1, lines: lines(len), after: 2 });
    let shown = report(Some(100_000));
    assert!(shown.starts_with("{\"before\": 1, \"lines\": [[0, 1, 2, "), "{shown}");
    assert!(shown.ends_with(", … 99,980 more], … 1 more], … 1 more}"), "{shown}");
    assert!(passed.replace(0) < 4_200);
    // Without an announced number the elements are counted.
    assert_eq!(report(None), shown);
    assert_eq!(passed.get(), 100_000);
    let map: BTreeMap<u32, Vec<u8>> = (0..3).map(|key| (key, vec![0; 5_000])).collect();
    assert!(serialized(&map).ends_with(", … 4,980 more], … 2 more}"));
}

#[test]
fn depth_is_limited() {
    #[derive(Serialize)]
    struct Deep(Option<Box<Deep>>, u8);
    let deep = (0..10_000).fold(Deep(None, 0), |deep, _| Deep(Some(Box::new(deep)), 1));
    assert!(ser::read(&deep).value().is_none());
    // Dropping it recursively would need more stack than a test has.
    let mut rest = deep.0;
    while let Some(mut next) = rest {
        rest = next.0.take();
    }
}

#[test]
fn errors_and_panics_of_serialize_are_placeholders() {
    struct Broken(bool);
    impl Serialize for Broken {
        fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
            assert!(self.0, "cannot");
            Err(::serde::ser::Error::custom("no data"))
        }
    }
    assert_eq!(serialized(&Broken(true)), "<no data>");
    assert_eq!(serialized(&Broken(false)), "<panicked: cannot>");
}

fn text_map(entries: impl IntoIterator<Item = (&'static str, Value<'static>)>) -> Value<'static> {
    Value::Map(entries.into_iter().map(|(key, value)| (key.into(), value)).collect())
}

#[test]
fn enums_and_options_are_deserialized_as_shown() {
    let make = DeserializeProbe::<Mode>::make;
    assert_eq!(make("Idle".into()), Ok(Mode::Idle));
    assert_eq!(make(text_map([("Busy", text_map([("job", 4.into())]))])), Ok(Mode::Busy { job: 4 }));
    assert_eq!(make(text_map([("Failed", "x".into())])), Ok(Mode::Failed("x".to_owned())));
    assert_eq!(make(text_map([("Pair", Value::List(vec![1.into(), 2.into()]))])), Ok(Mode::Pair(1, 2)));
    assert_eq!(DeserializeProbe::<Option<u8>>::make(Value::Unit), Ok(None));
    assert_eq!(DeserializeProbe::<Option<u8>>::make(7.into()), Ok(Some(7)));
    let ports = text_map([("80", true.into()), ("443", false.into())]);
    let made = BTreeMap::from([(80_u16, true), (443, false)]);
    assert_eq!(DeserializeProbe::<BTreeMap<u16, bool>>::make(ports), Ok(made));
}

#[test]
fn errors_of_deserialize_are_reported() {
    fn error<T: DeserializeOwned + Debug>(value: Value<'_>) -> String {
        DeserializeProbe::<T>::make(value).unwrap_err().to_string()
    }
    assert_eq!(error::<u8>(300.into()), "invalid value: integer `300`, expected u8");
    assert_eq!(
        error::<Mode>("Idl".into()),
        "unknown variant `Idl`, expected one of `Idle`, `Busy`, `Failed`, `Pair`"
    );
    assert_eq!(
        error::<Mode>(7.into()),
        "invalid type: an integer, expected a variant: \"Name\" or #{ Name: … }"
    );
    assert_eq!(
        error::<(u8, u8)>(Value::List(vec![1.into(), 2.into(), 3.into()])),
        "the list has 1 item too many"
    );
    let inner = text_map([("Busy", text_map([("job", "x".into())]))]);
    assert_eq!(error::<Mode>(inner), "`job`: invalid type: string \"x\", expected u8");
}

/// Writes to the element at `place`.
fn put(element: &mut dyn Manhole, place: &[Value<'_>], new: Value<'_>) -> Result<(), ValueError> {
    let Some((first, rest)) = place.split_first() else { return element.write(new) };
    let inside = match element.reflect_mut().into_shape() {
        ShapeMut::Map(map) => map.get_mut(first),
        ShapeMut::List(list) => match first {
            Value::Int(index) => list.get_mut(usize::try_from(*index).unwrap()),
            _ => None,
        },
        _ => None,
    };
    put(&mut *inside.ok_or_else(|| ValueError::new("not there"))?, rest, new)
}

#[test]
fn a_write_to_an_element_deserializes_the_whole_field() {
    let mut value = settings();
    let mut put = |place: &[Value<'_>], new: Value<'_>| put(&mut element(&mut value), place, new);
    assert_eq!(put(&["retries".into()], 9.into()), Ok(()));
    assert_eq!(put(&["modes".into(), 1.into(), "Busy".into(), "job".into()], 5.into()), Ok(()));
    assert_eq!(put(&["ports".into(), 80.into()], false.into()), Ok(()));
    assert_eq!(put(&["limit".into()], 6.into()), Ok(()));
    let error = put(&["retries".into()], 300.into()).unwrap_err();
    assert_eq!(error.to_string(), "`retries`: invalid value: integer `300`, expected u8");
    put(&["modes".into(), 9.into()], 5.into()).unwrap_err();
    assert_eq!((value.retries, value.modes[1].clone()), (9, Mode::Busy { job: 5 }));
    assert_eq!((value.ports[&80], value.limit), (false, Some(6)));
}

#[test]
fn items_are_inserted_and_removed() {
    use crate::reflect::model::{List, Map};
    let mut numbers = vec![1_u8, 2];
    List::insert(&mut element(&mut numbers), 2, 3.into()).unwrap();
    List::remove(&mut element(&mut numbers), 0).unwrap();
    assert_eq!(numbers, [2, 3]);
    List::insert(&mut element(&mut numbers), 0, 300.into()).unwrap_err();
    element(&mut numbers).truncate(1).unwrap();
    assert_eq!(numbers, [2]);
    let mut ports = BTreeMap::from([(80_u16, true)]);
    Map::insert(&mut element(&mut ports), 443.into(), true.into()).unwrap();
    assert_eq!(Map::remove(&mut element(&mut ports), &80.into()), Ok(true));
    assert_eq!(Map::remove(&mut element(&mut ports), &80.into()), Ok(false));
    assert_eq!(ports, BTreeMap::from([(443, true)]));
    Map::clear(&mut element(&mut ports)).unwrap();
    assert!(ports.is_empty());
}
