//! A method means the same on every kind of collection: live ones, queries, snapshots, and a script's own arrays and maps.

use std::collections::BTreeMap;
use std::sync::Arc;

use manhole::manhole;
use parking_lot::Mutex;
use proptest::collection::{btree_map, vec};
use proptest::prelude::*;

use crate::support::Manhole;

/// Calls whose results can be followed by another call.
const STEPS: &[&str] = &[
    ".filter(|v| v > 2)",
    ".filter(|k, v| v % 2 == 0)",
    ".map(|v| v * 10)",
    ".map(|k, v| `${k}=${v}`).map(|t| t.len())",
    ".filter_map(|v| if v > 3 { v } else { () })",
    ".flat_map(|v| [v, v])",
    ".take(2)",
    ".skip(1)",
    ".step_by(2)",
    ".take_while(|v| v < 7)",
    ".skip_while(|v| v < 4)",
    ".inspect(|v| v)",
    ".sort()",
    ".sort_by(|v| -v)",
    ".sort_by_key(|v| v % 3)",
    ".rev()",
    ".values()",
    ".chain([1])",
    ".unique()",
    ".unique_by(|v| v % 2)",
    ".dedup()",
    ".iter()",
    ".collect()",
    ".enumerate().map(|i, x| i)",
    ".enumerate().filter(|i, x| i > 0).map(|(i, x)| i)",
    ".zip([7, 8, 9]).map(|a, b| b)",
    ".chunks(2).map(|c| c.len())",
    ".windows(2).map(|w| w.len())",
];

/// Calls that end a chain.
const RESULTS: &[&str] = &[
    "",
    ".keys()",
    ".len()",
    ".is_empty()",
    ".count(|v| v > 3)",
    ".count(|k, v| v > 3)",
    ".sum()",
    ".product()",
    ".avg()",
    ".min()",
    ".max()",
    ".min_by(|v| -v)",
    ".max_by_key(|v| v % 4)",
    ".find(|v| v > 3)",
    ".find(|k, v| v > 3)",
    ".find_map(|v| if v > 3 { v + 1 } else { () })",
    ".position(|v| v > 3)",
    ".any(|v| v == 5)",
    ".all(|v| v < 9)",
    ".first()",
    ".last()",
    ".nth(1)",
    ".nth(-1)",
    ".fold(0, |sum, v| sum * 2 + v)",
    ".reduce(|a, b| a - b)",
    ".join(\"-\")",
    ".partition(|v| v > 3)",
    ".group_by(|v| v % 2)",
    ".group_by(|v| v % 2).map(|g| g.len())",
    ".group_by(|v| v % 2).map(|k, g| k)",
    ".to_array()",
    ".contains(5)",
    ".zip([1, 2])",
    ".enumerate()",
    ".chunks(2)",
    ".windows(2)",
];

fn chains() -> impl Strategy<Value = Vec<String>> {
    let chain = (vec(prop::sample::select(STEPS), 0..3), prop::sample::select(RESULTS));
    vec(chain.prop_map(|(steps, result)| steps.concat() + result), 40)
}

/// Checks that each chain has the same answer behind each of the expressions.
fn check(manhole: &Manhole, kinds: &[String], chains: &[String]) -> Result<(), TestCaseError> {
    let mut client = manhole.connect();
    for chain in chains {
        let expected = client.ask(&format!("{}{chain}", kinds[0]));
        prop_assert!(!expected.starts_with("error"), "{}{chain}: {expected}", kinds[0]);
        for kind in &kinds[1..] {
            prop_assert_eq!(client.ask(&format!("{kind}{chain}")), &*expected, "{}{}", kind, chain);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, ..ProptestConfig::default() })]

    #[test]
    fn a_method_means_the_same_on_all_lists(items in vec(0_i64..9, 0..6), chains in chains()) {
        let live = Arc::new(Mutex::new(items.clone()));
        let manhole = Manhole::new(manhole! { live => live });
        let kinds = [
            "live".to_owned(),
            "live.filter(|v| true)".to_owned(),
            "live.snapshot()".to_owned(),
            format!("{items:?}"),
        ];
        check(&manhole, &kinds, &chains)?;
    }

    #[test]
    fn a_method_means_the_same_on_all_maps(entries in btree_map("[a-e]{1,2}", 0_i64..9, 0..6), chains in chains()) {
        let live: Arc<Mutex<BTreeMap<String, i64>>> = Arc::new(Mutex::new(entries.clone()));
        let manhole = Manhole::new(manhole! { live => live });
        let entries: Vec<_> = entries.iter().map(|(key, value)| format!("{key:?}: {value}")).collect();
        let kinds = [
            "live".to_owned(),
            "live.filter(|v| true)".to_owned(),
            "live.snapshot()".to_owned(),
            format!("#{{ {} }}", entries.join(", ")),
        ];
        // A map contains keys, and a list items. The items of a map are no numbers.
        let of_map = |chain: &String| {
            chain.replace(".contains(5)", ".contains_key(\"a\")").replace(".chain([1])", ".values().chain([1])")
        };
        let chains: Vec<_> = chains.iter().map(of_map).collect();
        check(&manhole, &kinds, &chains)?;
    }
}

#[test]
fn equal_items_keep_their_order_and_are_reversed_with_the_others() {
    let live = Arc::new(Mutex::new(vec![3, 0, 1, 6, 4]));
    let manhole = Manhole::new(manhole! { live => live });
    for list in ["live", "live.snapshot()", "[3, 0, 1, 6, 4]"] {
        for sort in ["sort_by_key(|v| v % 3)", "sort_by(|v| v % 3)", "sort_by(|a, b| a % 3 - b % 3)"] {
            assert_eq!(manhole.ask(&format!("{list}.{sort}")), "[3, 0, 6, 1, 4]", "{list}.{sort}");
            let reversed = format!("{list}.{sort}.rev()");
            assert_eq!(manhole.ask(&reversed), "[4, 1, 6, 0, 3]", "{reversed}");
            assert_eq!(manhole.ask(&format!("{reversed}.take(3)")), "[4, 1, 6]", "{reversed}");
        }
    }
}

#[test]
fn no_search_writes() {
    let live = Arc::new(Mutex::new(vec![1_u32, 2]));
    let manhole =
        Manhole::new(manhole! { live => Arc::clone(&live), counter => Arc::new(Mutex::new((0_u8,))) });
    let mut client = manhole.connect();
    for method in [
        "filter",
        "find",
        "find_map",
        "filter_map",
        "flat_map",
        "position",
        "any",
        "some",
        "all",
        "count",
        "sum",
        "product",
        "avg",
        "min",
        "max",
        "min_by",
        "max_by",
        "min_by_key",
        "max_by_key",
        "sort_by",
        "sort_by_key",
        "group_by",
        "partition",
        "take_while",
        "skip_while",
        "inspect",
        "unique_by",
        "dedup_by_key",
    ] {
        for kind in ["live", "live.skip(0)", "[1, 2]", "#{ a: 1 }", "(0..2)"] {
            let code = format!("print({kind}.{method}(|v| {{ counter.0 = 7; v }}))");
            let answer = client.first_line(&code);
            let expected = format!("error: cannot write counter.0: the closure of `{method}` only reads");
            assert_eq!(answer, expected, "{code}");
        }
    }
    for code in [
        "live.fold(0, |a, v| { counter.0 = 7; v })",
        "live.reduce(|a, v| { counter.0 = 7; v })",
        "live.retain(|v| { counter.0 = 7; true })",
        "[1, 2].reduce(|a, v| { counter.0 = 7; v }, 0)",
        "[1, 2].reduce_rev(|a, v| { counter.0 = 7; v })",
        "[1, 2].sort(|a, b| { counter.0 = 7; 0 })",
        "[1, 2].order_by(|a, b| { counter.0 = 7; 0 })",
        "[1, 2].dedup(|a, b| { counter.0 = 7; true })",
        "[1, 2].drain(|v| { counter.0 = 7; true })",
        "[1, 2].retain(|v| { counter.0 = 7; true })",
        "#{ a: 1 }.drain(|v| { counter.0 = 7; true })",
        "#{ a: 1 }.retain(|v| { counter.0 = 7; true })",
        "[1, 2].index_of(|v| { counter.0 = 7; true })",
        "[1, 2].find(|v| { counter.0 = 7; true }, 0)",
        "[1, 2].find_map(|v| { counter.0 = 7; true }, 0)",
        "[1, 2].zip([3, 4], |a, b| { counter.0 = 7; true })",
        "live.filter(|v| { live.push(3); true })",
        "live.filter(|v| { [1].for_each(|w| live.clear()); true })",
        "live.filter(|v| { live[0] += 1; true })",
        "fn bump() { counter.0 += 1; true } live.filter(|v| bump())",
    ] {
        let answer = client.first_line(code);
        assert!(answer.ends_with(" only reads"), "{code}: {answer}");
    }
    assert_eq!(client.ask("[counter.0, live.to_array()]"), "[0, [1, 2]]");
    client.ask("live.for_each(|v| counter.0 += v); live.map(|v| { counter.0 += v; v }).to_array();");
    assert_eq!(client.ask("counter.0"), "6");
}
