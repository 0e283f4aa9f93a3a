//! What it takes to look at the roots that every console has.

use crate::report::{Figure, Table, Target, median};
use crate::support::{Client, Host, Scale};

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let host = Host::start();
    let mut client = Client::connect(&host.path);
    for (what, code) in [
        ("looking at `process`, p50", "process"),
        ("looking at `threads`, p50", "threads"),
        ("looking at `descriptors`, p50", "descriptors"),
        ("looking at `console`, p50", "console"),
    ] {
        let count = scale.pick(20, 200);
        // The first look waits for a second count of the processor time.
        client.time(code);
        let (mut looks, mut plain) = (Vec::new(), Vec::new());
        for _ in 0..count {
            looks.push(client.time(code));
            plain.push(client.time("small.count"));
        }
        let (look, plain) = (median(looks), median(plain));
        table.add(Figure {
            what,
            against: "reading a number",
            measured: format!("{look:.1} µs, {plain:.1} µs"),
            value: look / plain,
            target: Target::Ratio,
        });
    }
}
