//! Converts values of the application from and to Rust types, exactly or not at all; uses the protocol alone.

mod de;
pub mod duration;
mod error;
mod ser;

use manhole_protocol::Data;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(crate) use error::ValueError;

/// Converts a value that has arrived.
pub(crate) fn from_data<T: DeserializeOwned>(data: Data) -> Result<T, ValueError> {
    T::deserialize(de::ValueDeserializer(data))
}

/// Converts a value to send.
pub(crate) fn to_data<T: Serialize + ?Sized>(value: &T) -> Result<Data, ValueError> {
    value.serialize(ser::DataSerializer)
}

#[cfg(test)]
mod tests {
    use std::collections::{BTreeMap, BTreeSet};
    use std::time::Duration;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Job {
        id: u64,
        label: Option<String>,
        state: State,
        took: Duration,
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    enum State {
        Idle,
        Failed(String),
        At(u8, u8),
        Busy { job: u32 },
    }

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Meters(f64);

    fn round_trips<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T, data: &Data) {
        assert_eq!(&to_data(value).unwrap(), data);
        assert_eq!(from_data::<T>(data.clone()).unwrap(), *value);
    }

    fn text(text: &str) -> Data {
        Data::Text(text.to_owned())
    }

    fn map(entries: &[(&str, Data)]) -> Data {
        Data::Map(entries.iter().map(|(key, value)| (text(key), value.clone())).collect())
    }

    #[test]
    fn values_round_trip() {
        round_trips(&(), &Data::Null);
        round_trips(&None::<u8>, &Data::Null);
        round_trips(&true, &Data::Bool(true));
        round_trips(&-7_i8, &Data::Int(-7));
        round_trips(&i64::MIN, &Data::Int(i64::MIN.into()));
        round_trips(&u64::MAX, &Data::Int(u64::MAX.into()));
        round_trips(&i128::MIN, &Data::Int(i128::MIN));
        round_trips(&u128::MAX, &Data::Uint(u128::MAX));
        round_trips(&0.1_f32, &Data::Float(0.1));
        round_trips(&Meters(0.1), &Data::Float(0.1));
        round_trips(&'x', &text("x"));
        round_trips(&(1, "a".to_owned()), &Data::List(vec![Data::Int(1), text("a")]));
        round_trips(&BTreeSet::from([1_u8, 2]), &Data::List(vec![Data::Int(1), Data::Int(2)]));
        round_trips(
            &BTreeMap::from([(7_u64, true), (u64::MAX, false)]),
            &Data::Map(vec![
                (Data::Int(7), Data::Bool(true)),
                (Data::Int(u64::MAX.into()), Data::Bool(false)),
            ]),
        );
        let job = |state| Job { id: 1, label: None, state, took: Duration::new(1, 500_000_001) };
        let data = |state| {
            map(&[
                ("id", Data::Int(1)),
                ("label", Data::Null),
                ("state", state),
                ("took", text("1.500000001s")),
            ])
        };
        round_trips(&job(State::Idle), &data(text("Idle")));
        round_trips(&job(State::Failed("x".to_owned())), &data(map(&[("Failed", text("x"))])));
        round_trips(
            &job(State::At(1, 2)),
            &data(map(&[("At", Data::List(vec![Data::Int(1), Data::Int(2)]))])),
        );
        round_trips(&job(State::Busy { job: 3 }), &data(map(&[("Busy", map(&[("job", Data::Int(3))]))])));
    }

    #[test]
    fn bytes_arrive_as_lists_and_as_bytes() {
        assert_eq!(from_data::<Vec<u8>>(Data::Bytes(vec![0, 255])).unwrap(), [0, 255]);
        assert_eq!(from_data::<[u8; 2]>(Data::Bytes(vec![0, 255])).unwrap(), [0, 255]);
        struct Bytes(Vec<u8>);
        impl<'de> Deserialize<'de> for Bytes {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Visitor;
                impl serde::de::Visitor<'_> for Visitor {
                    type Value = Bytes;
                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str("bytes")
                    }
                    fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Bytes, E> {
                        Ok(Bytes(bytes))
                    }
                }
                deserializer.deserialize_byte_buf(Visitor)
            }
        }
        assert_eq!(from_data::<Bytes>(Data::Bytes(vec![0, 255])).unwrap().0, [0, 255]);
    }

    #[test]
    fn a_value_that_does_not_fit_is_an_error_with_its_place() {
        let error = |found: Result<(), ValueError>| found.unwrap_err().to_string();
        assert_eq!(
            error(from_data::<u8>(Data::Int(300)).map(|_| ())),
            "invalid value: integer `300`, expected u8"
        );
        // An integer that a float cannot hold.
        assert!(from_data::<f64>(Data::Int((1 << 53) + 1)).is_err());
        assert_eq!(from_data::<f64>(Data::Int(1 << 53)).unwrap(), 9_007_199_254_740_992.0);
        assert!(from_data::<u64>(Data::Float(1.0)).is_err());
        let jobs = Data::List(vec![map(&[("id", text("x"))])]);
        assert_eq!(
            error(from_data::<Vec<Job>>(jobs).map(|_| ())),
            "[0].id: invalid type: string \"x\", expected u64"
        );
        let error =
            error(from_data::<Vec<u8>>(Data::List(vec![Data::Placeholder("cut".to_owned())])).map(|_| ()));
        assert_eq!(error, "[0]: the value is not shown: <cut>");
        assert_eq!(
            from_data::<State>(text("Gone")).unwrap_err().to_string(),
            "unknown variant `Gone`, expected one of `Idle`, `Failed`, `At`, `Busy`"
        );
    }

    #[test]
    fn fields_that_are_not_asked_for_may_be_hidden() {
        #[derive(Debug, Deserialize)]
        struct Part {
            id: u8,
        }
        let data = map(&[("key", Data::Placeholder("secret".to_owned())), ("id", Data::Int(7))]);
        assert_eq!(from_data::<Part>(data).unwrap().id, 7);
    }
}
