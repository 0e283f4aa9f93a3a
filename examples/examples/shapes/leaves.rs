//! Scalars.

use std::borrow::Cow;
use std::ffi::{CString, OsString};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::num::{NonZeroI128, NonZeroU8};
use std::ops::Range;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use chrono::{DateTime, Utc};
use jiff::Timestamp;
use manhole::Manhole;
use url::Url;
use uuid::Uuid;

/// One field for each kind of scalar.
#[derive(Manhole)]
pub(crate) struct Leaves {
    small: u8,
    signed: i8,
    wide: u64,
    huge: u128,
    deep: i128,
    index: usize,
    never_zero: NonZeroU8,
    never_zero_either: NonZeroI128,
    single: f32,
    double: f64,
    not_a_number: f64,
    yes: bool,
    letter: char,
    text: String,
    literal: &'static str,
    cow: Cow<'static, str>,
    boxed: Box<str>,
    shared: Arc<str>,
    path: PathBuf,
    os: OsString,
    c: CString,
    timeout: Duration,
    started: Instant,
    created: SystemTime,
    host: IpAddr,
    v4: Ipv4Addr,
    v6: Ipv6Addr,
    address: SocketAddr,
    nothing: (),
    ports: Range<u16>,
    body: Bytes,
    id: Uuid,
    day: DateTime<Utc>,
    seen: Timestamp,
    home: Url,
}

impl Default for Leaves {
    fn default() -> Self {
        Self {
            small: 8,
            signed: -8,
            wide: u64::MAX,
            huge: u128::MAX,
            deep: i128::MIN,
            index: 3,
            never_zero: NonZeroU8::MIN,
            never_zero_either: NonZeroI128::MIN,
            single: 1.5,
            double: 1e300,
            not_a_number: f64::NAN,
            yes: true,
            letter: 'ß',
            text: "a \"quoted\" text".to_owned(),
            literal: "literal",
            cow: Cow::Borrowed("cow"),
            boxed: "boxed".into(),
            shared: "shared".into(),
            path: "/var/tmp".into(),
            os: "os".into(),
            c: c"c".to_owned(),
            timeout: Duration::from_millis(1_500),
            started: Instant::now(),
            created: SystemTime::UNIX_EPOCH,
            host: Ipv4Addr::LOCALHOST.into(),
            v4: Ipv4Addr::new(10, 0, 0, 1),
            v6: Ipv6Addr::LOCALHOST,
            address: SocketAddr::from(([127, 0, 0, 1], 8080)),
            nothing: (),
            ports: 8_000..9_000,
            body: Bytes::from_static(b"\0body"),
            id: Uuid::from_u128(7),
            day: "2026-01-31T12:00:00Z".parse().unwrap(),
            seen: "2026-01-31T12:00:00Z".parse().unwrap(),
            home: "https://example.com/".parse().unwrap(),
        }
    }
}
