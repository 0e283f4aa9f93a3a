//! Additions of the application to sessions: a startup script, functions of the script engine.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use manhole::{Builder, Namespace, manhole, rhai};

use crate::support::serve_modes::{MODES, Served};
use crate::support::{Client, Manhole, refused};

#[test]
fn a_startup_script_runs_before_the_first_prompt() {
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), |builder| {
            builder.banner("welcome\n").startup("fn twice(n) { n * 2 }\nlimit = 21;\nprint(\"ready\");")
        });
        let mut client = Client::connect(&served.path);
        assert_eq!(client.prompt(), "welcome\nready\n", "{mode:?}");
        assert_eq!(client.ask("twice(limit)"), "42");
    }
}

#[test]
fn with_a_shared_namespace_the_startup_script_runs_once() {
    let counter = Arc::new(AtomicU64::new(0));
    for (shared, times) in [(false, 3), (true, 1)] {
        counter.store(0, Ordering::SeqCst);
        let manhole = Manhole::with(manhole! { counter => counter }, |builder| {
            builder.startup("counter += 1; x = 5;").shared(shared)
        });
        for _ in 0..3 {
            assert_eq!(manhole.ask("x"), "5");
        }
        assert_eq!(counter.load(Ordering::SeqCst), times);
    }
}

#[test]
fn a_failing_startup_script_shows_its_error_and_the_session_continues() {
    let manhole = Manhole::with(Namespace::new(), |builder| builder.startup("let x = 1;\nthrow \"no\""));
    let mut client = Client::connect(&manhole.path);
    assert_eq!(client.prompt(), "error: no\n --> line 2, column 1\n  | throw \"no\"\n  | ^\n");
    assert_eq!(client.ask("x"), "1");
    let endless = Manhole::with(Namespace::new(), |builder| {
        builder.startup("loop {}").limits(|limits| limits.timeout = Duration::from_millis(50))
    });
    assert_eq!(Client::connect(&endless.path).prompt(), "error: stopped: the command ran longer than 50ms\n");
}

#[test]
fn an_invalid_startup_script_prevents_the_start() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("x.manhole");
    for (script, error) in [
        (
            "let x = 1;\nlet = 2",
            "error: expecting name of a variable\n --> line 2, column 5\n  | let = 2\n  |     ^",
        ),
        ("fn f() {", "error: expecting '}' to terminate this block"),
    ] {
        let refused = Builder::new(Namespace::new()).startup(script).spawn(&path).unwrap_err().to_string();
        assert!(refused.starts_with(&format!("cannot run the startup script: {error}")), "{refused}");
    }
}

#[test]
fn the_application_adds_functions_types_and_modules() {
    #[derive(Clone)]
    struct Point {
        x: i64,
    }
    let setup = |builder: Builder| {
        builder.engine(|engine| {
            engine.register_fn("double", |n: i64| n * 2);
            engine.register_fn("explode", || -> i64 { panic!("in the program") });
            engine
                .register_type_with_name::<Point>("Point")
                .register_fn("point", |x: i64| Point { x })
                .register_get("x", |point: &mut Point| point.x);
            let mut module = rhai::Module::new();
            module.set_var("answer", 42_i64);
            engine.register_static_module("constants", module.into());
            // None of these additions takes effect.
            engine.set_max_call_levels(1_000_000).set_max_string_size(0).set_max_array_size(0);
            engine.on_progress(|_| None).on_print(|_| {}).on_debug(|_, _, _| {});
            engine.set_module_resolver(rhai::module_resolvers::FileModuleResolver::new());
            engine.set_optimization_level(rhai::OptimizationLevel::Full);
        })
    };
    for mode in MODES {
        let served = Served::start(mode, Namespace::new(), setup);
        let mut client = served.connect();
        for (code, answer) in [
            ("double(21)", "42"),
            ("point(3).x", "3"),
            ("constants::answer", "42"),
            ("print(\"printed\")", "printed"),
            ("type_of(point(1))", "\"Point\""),
        ] {
            assert_eq!(client.ask(code), answer, "{mode:?}: {code}");
        }
        for (code, error) in [
            (
                "fn f(n) { f(n + 1) } f(0)",
                "cannot call the function: the calls of the script are nested too deeply",
            ),
            ("let s = \"x\"; loop { s += s }", "cannot make the string: a script's string has at most 1 MiB"),
            (
                "let a = [1]; loop { a += a }",
                "cannot make the array: a script's array has at most 4,096 items",
            ),
            (
                "import \"/etc/passwd\" as p;",
                "cannot import scripts: the application names no directory of scripts",
            ),
            ("eval(\"1\")", "there is no `eval`"),
            ("explode()", "the application's code panicked: in the program"),
            ("set(\"timeout\", \"200ms\"); loop {}", "stopped: the command ran longer than 200ms"),
        ] {
            assert_eq!(client.first_line(code), format!("error: {error}"), "{mode:?}: {code}");
        }
        assert_eq!(client.insist("1 + 1"), "2");
    }
}

#[test]
fn an_engine_extension_that_panics_adds_nothing() {
    let manhole = Manhole::with(Namespace::new(), |builder| builder.engine(|_| panic!("not today")));
    assert_eq!(manhole.ask("1 + 1"), "2");
    refused(&manhole, &[("double(1)", "there is no function `double` for (integer)")]);
}
