//! Cost of live values in a script.

use rhai::Scope;

use crate::report::{Figure, Table, Target, median};
use crate::support::{Client, Host, Plain, Scale, plain_engine, time};

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let host = Host::start();
    let mut client = Client::connect(&host.path);
    let reads = 20_000_i64;
    let rounds = scale.pick(3, 15);
    let read = |name: &str| format!("let s = 0; for i in 0..{reads} {{ s += {name}.count }} s");
    let engine = plain_engine();
    let plain = engine.compile(read("gizmo")).unwrap();
    client.ask("p = plain()");
    let (mut ours, mut theirs, mut same, mut beside) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..rounds {
        let mut scope = Scope::new();
        scope.push("gizmo", Plain { count: 42 });
        theirs.push(time(|| {
            let sum = engine.eval_ast_with_scope::<i64>(&mut scope, &plain).unwrap();
            assert_eq!(sum, 42 * reads);
        }));
        ours.push(client.time(&read("gizmo")));
        same.push(client.time(&read("p")));
        beside.push(client.time(&read("big")));
    }
    let (ours, theirs, same, beside) = (median(ours), median(theirs), median(same), median(beside));
    let each = |total: f64| total * 1e3 / reads as f64;
    for figure in [
        Figure {
            what: "reading one field, in a loop of one script",
            against: "Rhai's own getter on a type passed by value",
            measured: format!("{:.0} ns, {:.0} ns", each(ours), each(theirs)),
            value: ours / theirs,
            target: Target::AtMost(2.0),
        },
        Figure {
            what: "reading one field, in a loop, under the same limits",
            against: "the same getter in the same session",
            measured: format!("{:.0} ns, {:.0} ns", each(ours), each(same)),
            value: ours / same,
            target: Target::AtMost(2.0),
        },
        Figure {
            what: "reading one field beside a collection of 10⁶ elements",
            against: "beside one of 10",
            measured: format!("{:.0} ns, {:.0} ns", each(beside), each(ours)),
            value: beside / ours,
            target: Target::AtMost(1.1),
        },
    ] {
        table.add(figure);
    }
}
