//! Times and durations in scripts.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use manhole::{Namespace, manhole};
use parking_lot::Mutex;

use crate::support::{Manhole, refused, shown};

#[test]
fn sleep_takes_strings_and_numbers() {
    let manhole = Manhole::new(Namespace::new());
    shown(&manhole, &[("sleep(\"1ms\"); sleep(0.001); sleep(0); 1", "1")]);
    refused(
        &manhole,
        &[
            ("sleep(\"long\")", "cannot read \"long\" as a duration"),
            ("sleep(-1)", "cannot read -1 as a duration"),
        ],
    );
}

#[test]
fn durations_support_arithmetic() {
    let state = Arc::new(Mutex::new(Duration::from_secs(5)));
    let epoch = SystemTime::UNIX_EPOCH;
    let manhole = Manhole::new(manhole! { idle => state, epoch => epoch });
    shown(
        &manhole,
        &[
            ("idle + idle", "10s"),
            ("idle * 3 - idle", "10s"),
            ("idle / 2", "2.5s"),
            ("epoch + idle", "1970-01-01T00:00:05Z"),
            ("epoch + idle - epoch", "5s"),
        ],
    );
    refused(
        &manhole,
        &[
            ("idle - idle * 2", "cannot compute the time: the result is out of range"),
            ("idle / 0", "cannot compute the time: the result is out of range"),
            ("sleep(1e30)", "cannot read 1e30 as a duration"),
        ],
    );
    let mut client = manhole.connect();
    client.ask("set(\"timeout\", \"50ms\")");
    assert_eq!(client.ask("sleep(1e19)"), "error: stopped: the command ran longer than 50ms");
}
