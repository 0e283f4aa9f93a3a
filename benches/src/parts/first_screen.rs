//! Time to show the first screen of a large collection.

use crate::report::{Figure, Table, Target, median};
use crate::support::{Client, Host, Scale};

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let host = Host::start();
    let mut client = Client::connect(&host.path);
    let target = Target::AtMost(2.0);
    for (what, code, target) in [
        ("first screen of a list of 10⁶, p50", "list", target),
        ("first screen of a map of 10⁶, p50", "map", target),
        ("first screen of a set of 10⁶, p50", "set", target),
        ("first screen of a `HashMap` of 10⁶, p50", "hash_map", Target::Ratio),
        ("first screen of a `HashSet` of 10⁶, p50", "hash_set", Target::Ratio),
    ] {
        table.add(first_screen(&mut client, what, code, target, scale.pick(50, 500)));
    }
}

fn first_screen(
    client: &mut Client,
    what: &'static str,
    field: &str,
    target: Target,
    count: usize,
) -> Figure {
    let (mut large, mut small) = (Vec::new(), Vec::new());
    for _ in 0..count {
        small.push(client.time(&format!("small.{field}")));
        large.push(client.time(&format!("big.{field}")));
    }
    let (large, small) = (median(large), median(small));
    Figure {
        what,
        against: "the same with 100 elements",
        measured: format!("{large:.1} µs, {small:.1} µs"),
        value: large / small,
        target,
    }
}
