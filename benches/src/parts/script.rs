//! Cost of live values in a script.

use rhai::{Array, Dynamic, Engine, Scope};

use crate::report::{Figure, Table, Target, median};
use crate::support::{Client, Host, Item, LARGE_COUNT, Plain, Scale, items, time};

pub(crate) fn measure(scale: Scale, table: &mut Table) {
    let host = Host::start();
    let mut client = Client::connect(&host.path);
    let reads = 20_000_i64;
    let rounds = scale.pick(3, 15);
    let read = |name: &str| format!("let s = 0; for i in 0..{reads} {{ s += {name}.count }} s");
    let engine = engine();
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
    if scale.is_full() {
        let (mut ours, mut theirs) = (Vec::new(), Vec::new());
        let live = items(LARGE_COUNT);
        let script = engine.compile("items.filter(|i| i.id > 500000).len()").unwrap();
        for _ in 0..3 {
            theirs.push(time(|| {
                let mut scope = Scope::new();
                let copied: Array = live.iter().map(|item| Dynamic::from(item.clone())).collect();
                scope.push("items", copied);
                let count = engine.eval_ast_with_scope::<i64>(&mut scope, &script).unwrap();
                assert_eq!(count, LARGE_COUNT - 500_001);
            }));
            ours.push(client.time("big.list.filter(|i| i.id > 500000).count()"));
        }
        let (ours, theirs) = (median(ours), median(theirs));
        table.add(Figure {
            what: "`filter` and `count` over 10⁶ structs by a field",
            against: "plain Rhai over a cloned array",
            measured: format!("{:.0} ms, {:.0} ms", ours / 1e3, theirs / 1e3),
            value: ours / theirs,
            target: Target::AtMost(1.0),
        });
    }
}

fn engine() -> Engine {
    use rhai::packages::{Package, StandardPackage};
    let mut engine = Engine::new_raw();
    engine.register_global_module(StandardPackage::new().as_shared_module());
    Plain::register(&mut engine);
    engine.register_type::<Item>().register_get("id", |item: &mut Item| item.id);
    engine
}
