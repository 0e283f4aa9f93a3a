//! Types of other crates: their shown form can be written.

use std::ffi::CString;
use std::ops::Bound;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::{Bytes, BytesMut};
use chrono::{DateTime, FixedOffset, NaiveDate, TimeDelta, Utc};
use indexmap::{IndexMap, IndexSet};
use jiff::{SignedDuration, Timestamp};
use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;
use serde_json::json;
use smallvec::SmallVec;
use url::Url;
use uuid::Uuid;

use crate::support::Manhole;

const ID: &str = "67e55044-10b1-426f-9247-bb680e5fe0c8";

#[derive(Inspect)]
struct Order {
    id: Uuid,
    home: Url,
    created: DateTime<Utc>,
    local: DateTime<FixedOffset>,
    day: NaiveDate,
    delay: TimeDelta,
    seen: Timestamp,
    lag: SignedDuration,
    body: Bytes,
    buffer: BytesMut,
    name: CString,
    json: serde_json::Value,
    by_id: IndexMap<Uuid, u8>,
    tags: IndexSet<String>,
    small: SmallVec<[u8; 2]>,
    bound: Bound<u8>,
    thread: std::thread::ThreadId,
    result: Result<u8, String>,
}

fn order() -> Arc<Mutex<Order>> {
    let id: Uuid = ID.parse().unwrap();
    Arc::new(Mutex::new(Order {
        id,
        home: "https://example.com/a".parse().unwrap(),
        created: "2026-01-31T12:00:00Z".parse().unwrap(),
        local: "2026-01-31T12:00:00+01:00".parse().unwrap(),
        day: "2026-01-31".parse().unwrap(),
        delay: TimeDelta::milliseconds(-1_500),
        seen: "2026-01-31T12:00:00Z".parse().unwrap(),
        lag: SignedDuration::from_secs(2),
        body: Bytes::from_static(b"\x00body"),
        buffer: BytesMut::from(&b"old"[..]),
        name: c"name".into(),
        json: json!({"retries": 3, "hosts": ["a", {"port": 80}], "none": null}),
        by_id: IndexMap::from_iter([(id, 1)]),
        tags: ["y", "x"].map(str::to_owned).into_iter().collect(),
        small: SmallVec::from_slice(&[1, 2]),
        bound: Bound::Included(3),
        thread: std::thread::current().id(),
        result: Err("x".repeat(100_000)),
    }))
}

#[test]
fn third_party_types_are_shown_in_their_own_format() {
    let order = order();
    let manhole = Manhole::new(manhole! { order => order });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("order.id", format!("{ID:?}")),
        ("order.home", "\"https://example.com/a\"".to_owned()),
        ("order.created", "2026-01-31T12:00:00Z".to_owned()),
        ("order.local", "\"2026-01-31T12:00:00+01:00\"".to_owned()),
        ("order.day", "\"2026-01-31\"".to_owned()),
        ("order.delay", "\"-1.5s\"".to_owned()),
        ("order.lag", "2s".to_owned()),
        ("order.json", "{\"hosts\": [\"a\", {\"port\": 80}], \"none\": None, \"retries\": 3}".to_owned()),
        ("order.json.hosts[1].port", "80".to_owned()),
        ("order.json.none", "None".to_owned()),
        ("order.by_id", format!("{{{ID:?}: 1}}")),
        ("order.tags", "{\"y\", \"x\"}".to_owned()),
        ("order.small", "b\"\\x01\\x02\"".to_owned()),
        ("order.bound", "Included(3)".to_owned()),
        ("order.seen > \"2026-01-30T00:00:00Z\"", "true".to_owned()),
        ("order.created > \"2026-01-31T13:00:00Z\"", "false".to_owned()),
        ("order.created == order.seen", "true".to_owned()),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    let whole = client.ask("order");
    for field in ["body: b\"\\x00body\",", "buffer: b\"old\",", "name: b\"name\",", "delay: \"-1.5s\","] {
        assert!(whole.contains(&format!("\n    {field}\n")), "{field} in {whole}");
    }
    let shown = client.ask("order.result");
    assert!(
        shown.starts_with("Err(\"xxx") && shown.ends_with('…') && shown.len() < 70_000,
        "{}",
        shown.len()
    );
    assert!(client.ask("order.thread").starts_with("ThreadId("));
}

#[test]
fn third_party_types_are_written_in_the_shown_format() {
    let order = order();
    let manhole = Manhole::new(manhole! { order => order });
    let mut client = manhole.connect();
    for code in [
        "order.id = \"00000000-0000-0000-0000-000000000007\"",
        "order.home = \"http://localhost/\"",
        "order.created = \"2027-01-31T12:00:00Z\"",
        "order.local = order.created",
        "order.day = \"2026-02-01\"",
        "order.delay = order.lag",
        "order.lag = \"-3s\"",
        "order.seen = order.created",
        "order.buffer = order.body",
        "order.name = \"other\"",
        "order.json.retries += 1",
        "order.json.hosts[1] = #{ port: 81, tls: true }",
        "order.json.none = [1, ()]",
        &format!("order.by_id[\"{ID}\"] += 4"),
        "order.small = [7, 8, 9]",
        "order.bound = \"Unbounded\"",
    ] {
        assert_eq!(client.ask(code), "", "{code}");
    }
    let order = order.lock();
    assert_eq!((order.id, order.home.as_str()), (Uuid::from_u128(7), "http://localhost/"));
    assert_eq!(order.created.to_rfc3339(), "2027-01-31T12:00:00+00:00");
    assert_eq!(order.local, order.created);
    assert_eq!(SystemTime::try_from(order.seen).unwrap(), SystemTime::from(order.created));
    assert_eq!((order.day.to_string(), order.delay), ("2026-02-01".to_owned(), TimeDelta::seconds(2)));
    assert_eq!(order.lag, SignedDuration::from_secs(-3));
    assert_eq!((&order.buffer[..], &*order.name), (&b"\x00body"[..], c"other"));
    assert_eq!(
        order.json,
        json!({"retries": 4, "hosts": ["a", {"port": 81, "tls": true}], "none": [1, null]})
    );
    assert_eq!((order.by_id[0], &order.small[..], order.bound), (5, &[7, 8, 9][..], Bound::Unbounded));
}

#[test]
fn a_wrong_value_error_gives_the_format() {
    let order = order();
    let manhole = Manhole::new(manhole! { order => order });
    let mut client = manhole.connect();
    for (code, error) in [
        ("order.home = \"nowhere\"", "\"nowhere\" is not a valid Url; write it as \"https://example.com/\""),
        ("order.day = \"soon\"", "\"soon\" is not a valid NaiveDate; write it as \"2026-01-31\""),
        ("order.body = 1", "Bytes takes a byte string, a string or a list of bytes, not the integer 1"),
        ("order.json = 0.0 / 0.0", "JSON cannot represent the number NaN"),
    ] {
        let field = code.split(" = ").next().unwrap_or_default();
        assert_eq!(client.first_line(code), format!("error: cannot write {field}: {error}"), "{code}");
    }
}
