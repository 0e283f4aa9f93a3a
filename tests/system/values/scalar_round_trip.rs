//! Each scalar passes through a script unchanged: by assignment, variable, array, map, function, closure, and typed as it is shown.

use std::borrow::Cow;
use std::ffi::{CString, OsString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::num::{NonZero, Wrapping};
use std::os::unix::ffi::OsStringExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, Utc};
use jiff::Timestamp;
use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use url::Url;
use uuid::Uuid;

use crate::support::{Client, Manhole};

/// Declares the state: each type with a value, a second value, and a strategy.
macro_rules! leaves {
    ($($field:ident: $ty:ty = $start:expr, $strategy:expr;)*) => {
        /// Each type once.
        #[derive(Inspect, Debug, Clone, PartialEq)]
        struct Leaves {
            $($field: $ty,)*
        }

        fn start() -> Leaves {
            Leaves { $($field: $start,)* }
        }

        /// Returns a strategy for all fields. Tuples of strategies have too few elements.
        fn any_leaves() -> impl Strategy<Value = Leaves> {
            let strategy = Just(start()).boxed();
            $(let strategy =
                (strategy, $strategy).prop_map(|(leaves, $field)| Leaves { $field, ..leaves }).boxed();)*
            strategy
        }

        const FIELDS: &[&str] = &[$(stringify!($field),)*];
    };
}

fn text() -> impl Strategy<Value = String> {
    any::<String>()
}

fn non_zero<T: Default + PartialEq + Arbitrary>() -> impl Strategy<Value = T> {
    any::<T>().prop_filter("not zero", |n| *n != T::default())
}

fn float() -> impl Strategy<Value = f64> {
    // NaN is not equal to itself, and has a separate test.
    any::<f64>().prop_filter("a number", |float| !float.is_nan())
}

fn time() -> impl Strategy<Value = SystemTime> {
    (0..253_402_300_800_u64, 0..1_000_000_000_u32)
        .prop_map(|(seconds, nanos)| SystemTime::UNIX_EPOCH + Duration::new(seconds, nanos))
}

fn seconds() -> std::ops::Range<i64> {
    0..253_402_200_000
}

leaves! {
    bool: bool = false, any::<bool>();
    char: char = 'x', any::<char>();
    i8: i8 = 0, any::<i8>();
    i16: i16 = 0, any::<i16>();
    i32: i32 = 0, any::<i32>();
    i64: i64 = 0, any::<i64>();
    i128: i128 = 0, any::<i128>();
    isize: isize = 0, any::<isize>();
    u8: u8 = 0, any::<u8>();
    u16: u16 = 0, any::<u16>();
    u32: u32 = 0, any::<u32>();
    u64: u64 = 0, any::<u64>();
    u128: u128 = 0, any::<u128>();
    usize: usize = 0, any::<usize>();
    f32: f32 = 0.0, any::<f32>().prop_filter("a number", |float| !float.is_nan());
    f64: f64 = 0.0, float();
    non_zero_u8: NonZero<u8> = NonZero::<u8>::MIN, non_zero::<u8>().prop_map(|n| NonZero::new(n).unwrap());
    non_zero_i64: NonZero<i64> = NonZero::<i64>::MIN, non_zero::<i64>().prop_map(|n| NonZero::new(n).unwrap());
    non_zero_u128: NonZero<u128> = NonZero::<u128>::MIN, non_zero::<u128>().prop_map(|n| NonZero::new(n).unwrap());
    wrapping: Wrapping<u32> = Wrapping(0), any::<u32>().prop_map(Wrapping);
    string: String = String::new(), text();
    boxed: Box<str> = "".into(), text().prop_map(Into::into);
    shared: Arc<str> = "".into(), text().prop_map(Into::into);
    cow: Cow<'static, str> = "".into(), text().prop_map(Cow::Owned);
    path: PathBuf = PathBuf::new(), any::<Vec<u8>>().prop_map(|bytes| OsString::from_vec(bytes).into());
    os_string: OsString = OsString::new(), text().prop_map(OsString::from);
    c_string: CString = CString::default(), any::<CString>();
    bytes: Bytes = Bytes::new(), any::<Vec<u8>>().prop_map(Bytes::from);
    duration: Duration = Duration::ZERO, any::<Duration>();
    time: SystemTime = SystemTime::UNIX_EPOCH, time();
    date_time: DateTime<Utc> = DateTime::UNIX_EPOCH, seconds().prop_map(|s| DateTime::from_timestamp(s, 5).unwrap());
    timestamp: Timestamp = Timestamp::UNIX_EPOCH, seconds().prop_map(|s| Timestamp::from_second(s).unwrap());
    date: NaiveDate = NaiveDate::default(), (-100_000..100_000).prop_map(|days| NaiveDate::from_epoch_days(days).unwrap());
    ip: IpAddr = Ipv4Addr::UNSPECIFIED.into(), any::<IpAddr>();
    ip4: Ipv4Addr = Ipv4Addr::UNSPECIFIED, any::<Ipv4Addr>();
    ip6: Ipv6Addr = Ipv6Addr::UNSPECIFIED, any::<Ipv6Addr>();
    socket: SocketAddr = SocketAddr::new(Ipv4Addr::UNSPECIFIED.into(), 0), (any::<IpAddr>(), any::<u16>()).prop_map(Into::into);
    socket4: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::UNSPECIFIED, 0), any::<SocketAddrV4>();
    socket6: SocketAddrV6 = SocketAddrV6::new(Ipv6Addr::UNSPECIFIED, 0, 0, 0),
        (any::<Ipv6Addr>(), any::<u16>()).prop_map(|(ip, port)| SocketAddrV6::new(ip, port, 0, 0));
    uuid: Uuid = Uuid::nil(), any::<u128>().prop_map(Uuid::from_u128);
    url: Url = "http://a/".parse().unwrap(), "[a-z]{1,8}".prop_map(|host| format!("https://{host}.example/?q=%20").parse().unwrap());
    unit: () = (), Just(());
    option: Option<i16> = None, any::<Option<i16>>();
    tuple: (u8, String) = (0, String::new()), (any::<u8>(), text());
    list: Vec<Option<u64>> = Vec::new(), proptest::collection::vec(any::<Option<u64>>(), 0..5);
    array: [i8; 3] = [0; 3], any::<[i8; 3]>();
}

type State = Arc<Mutex<Leaves>>;

/// Lists the ways to pass a value from `a` to `b`. A composite value is passed as a copy.
fn ways(field: &str) -> [String; 6] {
    let value = match field {
        "tuple" | "list" | "array" => format!("a.{field}.snapshot()"),
        _ => format!("a.{field}"),
    };
    [
        format!("b.{field} = {value}"),
        format!("let v = {value}; b.{field} = v"),
        format!("b.{field} = [{value}][0]"),
        format!("let m = #{{ v: {value} }}; b.{field} = m.v"),
        format!("fn same(v) {{ v }} b.{field} = same({value})"),
        format!("let f = || {value}; b[\"{field}\"] = f.call()"),
    ]
}

fn check(client: &mut Client, a: &State, b: &State, leaves: &Leaves) -> Result<(), TestCaseError> {
    *a.lock() = leaves.clone();
    let ways: Vec<[String; 6]> = FIELDS.iter().map(|field| ways(field)).collect();
    for way in 0..6 {
        *b.lock() = start();
        for (field, name) in ways.iter().zip(FIELDS) {
            let answer = client.ask(&field[way]);
            prop_assert_eq!(answer, "", "{}", name);
        }
        prop_assert_eq!(&*b.lock(), leaves);
    }
    *b.lock() = start();
    for field in FIELDS {
        let shown = client.ask(&format!("a.{field}"));
        // An assignment of `()` shows nothing.
        let shown = if shown.is_empty() { "()" } else { &shown };
        let answer = client.ask(&format!("b.{field} = {shown}"));
        // A prompt for each line but the first.
        prop_assert_eq!(answer.trim_start_matches("... "), "", "{} = {}", field, shown);
    }
    prop_assert_eq!(&*b.lock(), leaves);
    Ok(())
}

#[test]
fn every_scalar_passes_through_a_script_unchanged() {
    let (a, b): (State, State) = (Arc::new(Mutex::new(start())), Arc::new(Mutex::new(start())));
    let manhole = Manhole::new(manhole! { a => a, b => b });
    let client = std::cell::RefCell::new(manhole.connect());
    let cases = if cfg!(debug_assertions) { 32 } else { 256 };
    let mut runner =
        TestRunner::new(ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() });
    runner.run(&any_leaves(), |leaves| check(&mut client.borrow_mut(), &a, &b, &leaves)).unwrap();
}

#[test]
fn nan_and_infinity_are_shown_and_kept() {
    #[derive(Inspect)]
    struct Floats {
        small: f32,
        large: f64,
    }
    let floats = Arc::new(Mutex::new(Floats { small: f32::NAN, large: f64::NEG_INFINITY }));
    let manhole = Manhole::new(manhole! { floats => floats });
    let mut client = manhole.connect();
    assert_eq!(client.ask("floats"), "Floats { small: NaN, large: -inf }");
    assert_eq!(client.ask("floats.large = floats.small; floats.large"), "NaN");
    assert_eq!(client.ask("floats.small = 1.0 / 0.0; floats.small"), "inf");
    assert_eq!(client.ask("floats.large = -0.0; floats.large"), "-0.0");
    assert_eq!(client.ask("floats.small = 0.1; floats.small"), "0.1");
    assert!(floats.lock().large.is_sign_negative());
}
