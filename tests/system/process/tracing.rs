//! Spans and events of `tracing`.
//!
//! The console shows the layer that was made last, and these tests may share a process: they take turns.

use std::sync::{Mutex, MutexGuard, PoisonError};

use manhole::{Namespace, tracing_layer};
use tracing::subscriber::with_default;
use tracing::{Level, debug, error, info, info_span, span, warn};
use tracing_subscriber::layer::SubscriberExt;

use crate::support::{Client, Manhole, refused};

static TURN: Mutex<()> = Mutex::new(());

fn turn() -> MutexGuard<'static, ()> {
    TURN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` with a subscriber that has the layer.
fn with_layer(work: impl FnOnce(&Manhole, &mut Client)) {
    let _turn = turn();
    let subscriber = tracing_subscriber::registry().with(tracing_layer());
    let manhole = Manhole::new(Namespace::new());
    with_default(subscriber, || work(&manhole, &mut manhole.connect()));
}

#[test]
fn open_spans_are_shown_with_their_fields_and_times() {
    with_layer(|_, client| {
        assert_eq!(client.ask("spans.len()"), "0");
        let request = info_span!("request", user = "bob", bytes = tracing::field::Empty);
        let entered = request.enter();
        let query = info_span!("query", table = "jobs");
        request.record("bytes", 512);
        let find = |name: &str, field: &str| {
            format!("spans.values().find(|s| s.name == \"{name}\").unwrap().{field}")
        };
        assert_eq!(client.ask(&find("request", "fields")), r#""user=\"bob\" bytes=512""#);
        assert_eq!(client.ask(&find("request", "state")), "\"running\"");
        assert_eq!(client.ask(&find("query", "state")), "\"idle\"");
        assert_eq!(client.ask(&find("query", "entries")), "0");
        assert_eq!(client.ask(&find("query", "busy")), "0s");
        assert_eq!(client.ask(&find("query", "target")), "\"system::process::tracing\"");
        assert!(client.ask(&find("query", "place")).starts_with("\"tests/system/process/tracing.rs:"));
        // `parent` is a number of this map.
        let parent = find("query", "parent");
        assert_eq!(client.ask(&format!("spans[{parent}].name")), "\"request\"");
        drop(entered);
        assert_eq!(client.ask(&find("request", "state")), "\"idle\"");
        assert_eq!(client.ask(&format!("{} > \"0s\"", find("request", "busy"))), "true");
        assert_eq!(client.ask("spans.filter(|s| s.age > s.busy && s.idle > \"0s\").len()"), "2");
        assert_eq!(client.ask("spans.filter(|s| s.age > \"1h\").len()"), "0");
        drop((request, query));
        assert_eq!(client.ask("spans.len()"), "0");
    });
}

#[test]
fn the_last_events_are_kept() {
    with_layer(|_, client| {
        let span = info_span!("job", id = 17);
        span.in_scope(|| info_span!("step").in_scope(|| warn!(attempt = 3, "the valve is {}", "stuck")));
        debug!("not recorded");
        assert_eq!(client.ask("log.recent.keys().collect()"), "[1]");
        assert_eq!(client.ask("log.recent[1].text"), "\"the valve is stuck attempt=3\"");
        assert_eq!(client.ask("log.recent[1].level"), "WARN");
        assert_eq!(client.ask("log.recent[1].span"), "\"step\"");
        assert_eq!(client.ask("log.recent[1].spans"), "\"job(id=17):step\"");
        assert_eq!(client.ask("log.recent[1].span_number"), "None");
        span.in_scope(|| warn!("again"));
        assert_eq!(client.ask("spans[log.recent[2].span_number].name"), "\"job\"");
        assert_eq!(client.ask("log.recent[1].age < \"10m\""), "true");
        for number in 0..1_000 {
            info!(number, "again");
        }
        // Those of a console's audit would drive out the others.
        info!(target: "manhole", "command");
        assert_eq!(client.ask("[log.count, log.recent.len(), 1 in log.recent]"), "[1002, 1000, false]");
    });
}

#[test]
fn levels_have_the_order_of_tracing() {
    with_layer(|_, client| {
        warn!("first");
        error!("second");
        info!("third");
        let at_least_warnings = "[1, 2]";
        for (code, expected) in [
            ("log.recent.filter(|e| e.level <= Level::WARN).keys().collect()", at_least_warnings),
            ("log.recent.filter(|e| e.level <= \"WARN\").keys().collect()", at_least_warnings),
            ("log.recent.filter(|e| e.level < log.recent[3].level).keys().collect()", at_least_warnings),
            ("log.recent.filter(|e| e.level == Level::ERROR).keys().collect()", "[2]"),
            (
                "log.recent.filter(|e| matches!(e.level, Level::ERROR | Level::WARN)).keys().collect()",
                at_least_warnings,
            ),
            ("log.recent.values().map(|e| e.level).collect()", "[WARN, ERROR, INFO]"),
            ("let (a, b) = (log.recent[1].snapshot(), log.recent[2]); a.level > b.level", "true"),
            ("let level = log.recent[1].level; level <= Level::INFO", "true"),
        ] {
            assert_eq!(client.ask(code), expected, "{code}");
        }
        for (code, expected) in [
            ("log.recent[1].level <= \"warn\"", "Level has no variant `warn`; did you mean `WARN`?"),
            (
                "log.recent.filter(|e| e.level == \"warn\")",
                "Level has no variant `warn`; did you mean `WARN`?",
            ),
            (
                "log.recent[1].level <= 3",
                "cannot compare manhole.log.recent[1].level (Level) with 3 (integer)",
            ),
            ("log.recent[1].level < Mode::Idle", "there is no type or variant `Mode`"),
        ] {
            let answer = client.ask(code);
            assert!(answer.contains(expected), "{code}: {answer}");
        }
    });
}

#[test]
fn filters_are_changed_live() {
    with_layer(|manhole, client| {
        let say = || {
            debug!("a detail");
            span!(Level::DEBUG, "detail")
        };
        drop(say());
        assert_eq!(
            (client.ask("log.count"), client.ask("log.filter")),
            ("0".to_owned(), "\"info\"".to_owned())
        );
        assert_eq!(client.ask("log.reverts_in"), "None");
        assert_eq!(client.ask("log.filter = \"system::process=debug\""), "");
        drop(say());
        assert_eq!(client.ask("log.count"), "1");
        assert_eq!(client.ask("log.recent[1].text"), "\"a detail\"");
        client.ask("log.filter = \"system::owned=debug,off\"");
        drop(say());
        assert_eq!(client.ask("log.count"), "1");
        client.ask("log.span_filter = \"debug\"");
        let span = say();
        assert_eq!(client.ask("spans.len()"), "1");
        drop(span);
        assert_eq!(client.ask("let left = log.reverts_in; left > \"1m\" && left <= \"10m\""), "true");
        client.ask("log.hold_for(\"1h\")");
        let error = client.ask("log.hold_for(\"25h\")");
        assert!(error.contains("a changed filter holds for 1d at most"), "{error}");
        assert_eq!(client.ask("log.reverts_in > \"30m\""), "true");
        client.ask("log.span_filter = \"info\"; log.filter = \"info\"");
        assert_eq!(client.ask("log.reverts_in"), "None");
        drop(say());
        assert_eq!(client.ask("[log.count, spans.len()]"), "[1, 0]");
        let error = client.ask("log.filter = \"app=loud\"");
        let start = "error: cannot write manhole.log.filter: \"app=loud\" is no filter (";
        assert!(error.starts_with(start), "{error}");
        assert!(error.contains("; write it as \"info\" or \"app::db=debug,warn\""), "{error}");
        refused(
            manhole,
            &[
                ("log.hold_for(\"1h\")", "manhole.log.hold_for: no filter was changed"),
                (
                    "level(\"observe\"); log.filter = \"debug\"",
                    "cannot access manhole.log.filter: it takes the level operate, and this session is at observe",
                ),
                (
                    "level(\"observe\"); log.recent[1].text",
                    "cannot access manhole.log.recent[1].text: it takes the level operate, and this session is at observe",
                ),
            ],
        );
    });
}

#[test]
fn events_are_followed_until_the_client_ends_it() {
    with_layer(|_, client| {
        client.send("log.tail(\"system::process=warn\")\n");
        client.until("… from now on until Ctrl-C, 10,000 lines at most\n");
        info!("not followed");
        warn!(valve = 7, "the valve is stuck");
        client.until("WARN system::process::tracing: the valve is stuck valve=7\n");
        warn!(target: "system::owned", "not followed either");
        info_span!("job").in_scope(|| warn!("the last one"));
        let rest = client.until("the last one  in job\n");
        assert!(!rest.contains("not followed"), "{rest}");
        client.send("\x03");
        client.prompt();
        assert_eq!(client.ask("1 + 1"), "2");
        assert_eq!(
            client.ask("log.tail(\"debug\")"),
            "error: manhole.log.tail: \"debug\" is more than what is recorded; first type log.filter = \"debug\"\n \
             --> line 1, column 5\n  | log.tail(\"debug\")\n  |     ^"
        );
    });
}

#[test]
fn calls_of_instrumented_functions_are_followed() {
    with_layer(|_, client| {
        client.send("log.trace(\"db::query\")\n");
        let call = |table: &str, error: Option<&str>| {
            let query = info_span!(target: "app::db", "query", table);
            let _query = query.enter();
            if let Some(error) = error {
                // As `#[instrument(err)]` does.
                tracing::error!(target: "app::db", error);
            }
        };
        let request = info_span!("request", user = "bob");
        client.until("at most\n");
        request.in_scope(|| call("jobs", None));
        let line = client.until("\n");
        assert!(line.ends_with("  in request(user=\"bob\")\n"), "{line}");
        info_span!(target: "app::db", "other").in_scope(|| ());
        call("users", Some("no such table"));
        let line = client.until("no such table\"\n");
        assert!(line.contains("  app::db::query(table=\"users\")  took "), "{line}");
        assert!(line.ends_with("  → error=\"no such table\"\n"), "{line}");
        assert!(!line.contains("other"), "{line}");
        client.send("\x03");
        client.prompt();
        let error = client.ask("log.trace(\"*\")");
        assert!(
            error.starts_with("error: manhole.log.trace: \"*\" names no function; write it as "),
            "{error}"
        );
    });
}

#[test]
fn calls_of_instrumented_functions_are_counted() {
    with_layer(|manhole, client| {
        let call = |error: Option<&str>| {
            let query = info_span!(target: "app::db", "query");
            let _query = query.enter();
            if let Some(error) = error {
                tracing::error!(target: "app::db", error);
            }
        };
        call(None);
        assert_eq!(client.ask("log.stats(\"db::query\").calls"), "0", "it begins with the first look");
        (0..99).for_each(|_| call(None));
        call(Some("no such table"));
        info_span!(target: "app::db", "other").in_scope(|| ());
        let stats = "let s = log.stats(\"db::query\"); ";
        assert_eq!(client.ask(&format!("{stats}[s.calls, s.errors]")), "[100, 1]");
        let is_ordered =
            "s.p50 <= s.p90 && s.p90 <= s.p99 && s.p99 <= s.longest && s.mean <= s.longest && s.rate > 0.0";
        assert_eq!(client.ask(&format!("{stats}{is_ordered}")), "true");
        assert_eq!(client.ask(&format!("{stats}s.histogram.map(|b| b.calls).sum()")), "100");
        assert_eq!(client.ask("log.stats(\"app::*\").longest"), "None");
        let stuck = info_span!(target: "app::db", "query");
        assert_eq!(client.ask("log.stats(\"db::query\").open"), "1");
        drop(stuck);
        assert_eq!(client.ask("log.stats(\"db::query\").open"), "0");
        assert_eq!(client.ask("console.changes.len()"), "0", "a look is no change");
        client.ask("log.stats(\"db::query\").reset()");
        assert_eq!(client.ask(&format!("{stats}[s.calls, s.errors]")), "[0, 0]");
        assert_eq!(client.ask(&format!("{stats}[s.longest, s.histogram]")), "[None, []]");
        call(None);
        assert_eq!(client.ask(&format!("{stats}[s.calls, s.errors]")), "[1, 0]");
        let not_counted =
            "manhole.log.stats: \"*\" names no function; write it as \"query\", \"db::query\" or \"db::*\"";
        let too_low = "cannot access manhole.log: it takes the level operate, and this session is at observe";
        refused(
            manhole,
            &[("log.stats(\"*\")", not_counted), ("level(\"observe\"); log.stats(\"query\")", too_low)],
        );
    });
}

#[test]
fn a_changed_filter_becomes_what_it_was() {
    with_layer(|_, client| {
        client.ask("log.filter = \"debug\"; log.hold_for(\"1ms\")");
        std::thread::sleep(std::time::Duration::from_millis(5));
        // Its own event is still recorded, since it has passed the filter.
        debug!("one more");
        crate::support::wait_until("it is what it was", || {
            debug!("another one");
            client.ask("log.filter") == "\"info\"" && client.ask("log.reverts_in") == "None"
        });
        let before = client.ask("log.count");
        debug!("not recorded");
        assert_eq!(client.ask("log.count"), before);
    });
}

#[test]
fn the_number_of_spans_is_bounded() {
    with_layer(|_, client| {
        let spans: Vec<_> = (0..30_000).map(|number| info_span!("many", number)).collect();
        let kept: usize = client.ask("spans.len()").parse().unwrap();
        let not_kept: usize = client.ask("log.spans_not_kept").parse().unwrap();
        assert_eq!(kept + not_kept, spans.len());
        assert!((8_000..=16_384).contains(&kept), "{kept}");
        assert_eq!(client.ask("spans.filter(|s| s.name == \"many\").len()"), kept.to_string());
        drop(spans);
        assert_eq!(client.ask("spans.len()"), "0");
    });
}

#[test]
fn without_a_layer_it_says_what_to_do() {
    // Another test of this process may have made one.
    let shown = Manhole::new(Namespace::new()).ask("manhole");
    assert!(shown.contains("tracing_layer") || shown.contains("span_filter"), "{shown}");
}
