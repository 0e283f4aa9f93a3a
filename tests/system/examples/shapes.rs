//! The example `shapes`: reads every field, and writes every scalar.

use std::path::Path;

use crate::support::Client;
use crate::support::example_process::Example;

const ROOTS: [&str; 4] = ["leaves", "collections", "guarded", "foreign"];

/// Fields without a value, with what is shown in its place.
const MARKED: [(&str, &str); 3] =
    [("guarded.gone", "None"), ("guarded.lazy", "not initialized"), ("guarded.cell", "None")];

/// Returns the names and kinds of the fields from the help.
fn fields(client: &mut Client, root: &str) -> Vec<(String, String)> {
    let help = client.ask(&format!("help({root})"));
    let fields = help.lines().skip_while(|line| *line != "fields:").skip(1);
    let fields = fields.take_while(|line| line.starts_with("  ")).map(|line| {
        let (name, rest) = line.trim().split_once(": ").unwrap();
        (name.to_owned(), rest.split("  ").next().unwrap().to_owned())
    });
    fields.collect()
}

/// Returns the names of the fields from the example's source.
fn declared(source: &str, container: &str) -> Vec<String> {
    let text = std::fs::read_to_string(
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../examples/examples/shapes").join(source),
    )
    .unwrap();
    let (_, body) = text.split_once(&format!("pub(crate) struct {container} {{\n")).unwrap();
    let (body, _) = body.split_once("\n}").unwrap();
    let lines = body.lines().map(str::trim).filter(|line| !line.starts_with(['#', '/']));
    lines.map(|line| line.split_once(':').unwrap().0.to_owned()).collect()
}

#[test]
fn shapes_shows_every_field() {
    let example = Example::start("shapes");
    let mut client = example.client("");
    for root in ROOTS {
        let whole = client.ask(root);
        for (name, _) in fields(&mut client, root) {
            let code = format!("{root}.{name}");
            let shown = client.ask(&code);
            match MARKED.iter().find(|(path, _)| *path == code) {
                Some((_, mark)) => assert!(shown.contains(mark), "{code}: {shown}"),
                None => assert!(!shown.starts_with("error"), "{code}: {shown}"),
            }
            assert!(whole.contains(&format!("\n    {name}: ")), "{code} in {whole}");
        }
    }
}

#[test]
fn shapes_help_lists_every_field() {
    let example = Example::start("shapes");
    let mut client = example.client("");
    for (root, source, container) in [
        ("leaves", "leaves.rs", "Leaves"),
        ("collections", "collections.rs", "Collections"),
        ("guarded", "guarded.rs", "Guarded"),
    ] {
        let known: Vec<_> = fields(&mut client, root).into_iter().map(|(name, _)| name).collect();
        assert_eq!(known, declared(source, container));
    }
}

#[test]
fn shapes_scalars_round_trip() {
    /// Read-only fields.
    const FIXED: [&str; 2] = ["literal", "nothing"];
    let example = Example::start("shapes");
    let mut client = example.client("");
    let fields = fields(&mut client, "leaves");
    for (name, ty) in &fields {
        let code = format!("leaves.{name}");
        let before = client.ask(&code);
        let answer = client.ask(&format!("let v = {code}; {code} = v"));
        if FIXED.contains(&name.as_str()) {
            continue;
        }
        assert_eq!(answer, "", "{code}: {ty}");
        // The distance of an instant from now changes.
        assert!(name == "started" || client.ask(&code) == before, "{code}: {ty}");
    }
    for (code, shown) in [
        ("leaves.started = \"in 2h\"; leaves.started", "in 2h"),
        ("leaves.huge -= 1; leaves.huge", "340282366920938463463374607431768211454"),
        ("leaves.timeout = \"2m 1ms\"; leaves.timeout", "2m 1ms"),
        ("leaves.timeout > \"1m\"", "true"),
        ("leaves.not_a_number = -1.0 / 0.0; leaves.not_a_number", "-inf"),
        ("leaves.letter = \"x\"; leaves.letter", "'x'"),
        ("leaves.ports = 1..9; leaves.ports", "1..9"),
        ("leaves.ports.end", "9"),
        ("leaves.host = \"::1\"; leaves.host", "\"::1\""),
        ("leaves.never_zero = 9; leaves.never_zero", "9"),
    ] {
        assert_eq!(client.ask(code), shown, "{code}");
    }
    assert_eq!(
        client.first_line("leaves.never_zero = 0"),
        "error: cannot write leaves.never_zero: NonZero<u8> cannot be 0"
    );
}

#[test]
fn shapes_values_are_typed_as_they_are_shown() {
    /// What no session can write: it is borrowed.
    const FIXED: &str = "leaves.literal";
    let example = Example::start("shapes");
    let mut client = example.client("");
    for root in ["leaves", "collections"] {
        for (name, ty) in fields(&mut client, root) {
            let code = format!("{root}.{name}");
            let shown = client.ask(&code);
            let shown = if shown.is_empty() { "()" } else { &shown };
            let answer = client.ask(&format!("{code} = {shown}"));
            let answer = answer.trim_start_matches("... ");
            if code == FIXED {
                assert!(answer.starts_with("error: "), "{code}: {answer}");
                continue;
            }
            assert_eq!(answer, "", "{code} = {shown}: {ty}");
            let again = client.ask(&code);
            assert!(name == "started" || again == shown || shown == "()", "{code} = {shown}: {again}");
        }
    }
}

#[test]
fn collections_are_indexed_searched_and_changed() {
    let example = Example::start("shapes");
    let mut client = example.client("");
    for (code, shown) in [
        ("collections.vec[2].name", "\"crucible\""),
        ("collections.vec[-1].id", "3"),
        ("collections.by_name.anvil.id", "1"),
        ("collections.by_name[\"anvil\"].id", "1"),
        ("collections.by_id[42].name", "\"answer\""),
        ("collections.by_letter[\"a\"]", "1"),
        ("collections.by_flag[true]", "1"),
        ("collections.by_host[\"127.0.0.1\"]", "1"),
        ("collections.by_uuid[\"00000000-0000-0000-0000-000000000007\"]", "1"),
        ("collections.by_color[\"Green\"]", "2"),
        ("collections.by_host[IpAddr::V4(Ipv4Addr::LOCALHOST)]", "1"),
        (
            "collections.by_host.insert(\"127.0.0.9\", 9); collections.by_host.insert(\"127.0.0.10\", 10)",
            "None",
        ),
        ("collections.by_host.keys().sort()", "[\"127.0.0.1\", \"127.0.0.9\", \"127.0.0.10\"]"),
        ("collections.by_host.max_by_key(|(host, _)| host).1", "10"),
        ("collections.by_host.filter(|host, _| host < \"127.0.0.10\").len()", "2"),
        // As in Rust, in the order of the declaration.
        ("collections.by_color.keys().max()", "Green"),
        ("collections.by_color.keys().map(|color| format!(\"{color:?}\")).join(\" \")", "\"Red Green\""),
        ("collections.boxed[1].name", "\"anvil\""),
        ("collections.nested.a[0].b.name", "\"bellows\""),
        ("collections.json.hosts[1].port", "80"),
        ("collections.pair.1", "\"one\""),
        ("collections.mode.job", "3"),
        ("collections.mode = \"Idle\"; collections.mode", "Idle"),
        ("collections.mode = #{ Busy: #{ job: 4 } }; collections.mode", "Busy { job: 4 }"),
        ("collections.vec.filter(|item| item.id > 1).map(|item| item.name)", "[\"bellows\", \"crucible\"]"),
        ("collections.vec.push(#{ id: 4, name: \"drill\" }); collections.vec.len()", "4"),
        ("\"a\" in collections.set", "true"),
        ("collections.deque.sum()", "6"),
        ("collections.in_order.keys()", "[\"z\", \"a\"]"),
    ] {
        assert_eq!(client.ask(code), shown, "{code}");
    }
}

#[test]
fn shapes_shared_values_are_read_and_written() {
    let example = Example::start("shapes");
    let mut client = example.client("");
    for (name, ty) in fields(&mut client, "guarded") {
        let code = format!("guarded.{name}.value");
        let lock = ["Mutex<", "RwLock<"].iter().any(|lock| ty.contains(lock));
        if lock {
            let value = client.ask(&format!("{code} = 7; {code}"));
            assert_eq!(value.lines().last(), Some("7"), "{code}: {ty}");
        }
    }
    assert!(client.ask("guarded.poisoned").contains("<poisoned>"));
    assert_eq!(client.ask("guarded.task.abort()"), "");
    assert_eq!(client.ask("guarded.counter += 1; guarded.counter"), "2");
    // A cyclic value is shown to a bounded depth, and can be followed without bound.
    assert!(client.ask("guarded.node").ends_with('}'));
    assert_eq!(client.ask("guarded.node.itself.itself.itself.name"), "\"node\"");
}

#[test]
fn shapes_validators_and_accessors_apply() {
    let example = Example::start("shapes");
    let mut client = example.client("");
    for (code, shown) in [
        ("foreign.settings.retries += 1; foreign.settings", "{\"retries\": 4, \"hosts\": [\"a\"]}"),
        ("foreign.degrees = 25.0; foreign.degrees", "25.0"),
        (
            "foreign.degrees = -300.0",
            "error: cannot write foreign.degrees: nothing is colder than -273.15 °C",
        ),
        ("foreign.fahrenheit = 32.0; foreign.fahrenheit", "32.0"),
        ("foreign.even = 3", "error: cannot write foreign.even: 3 is odd"),
        ("foreign.even", "2"),
        ("foreign.password", "<secret>"),
        ("foreign.renamed", "1"),
        ("foreign.skipped", "error: Foreign has no field `skipped`"),
        ("account.pay_in(5, \"wages\")", "5"),
        ("account.take_out(6, ())", "error: account.take_out: 1 cents are missing"),
        ("account.take_out(2, \"bread\")", "3"),
        ("account.last()", "Some(Entry { cents: -2, what: \"bread\" })"),
        ("account.count_of([\"bread\"])", "1"),
        ("account.crash()", "error: the application's code panicked: the cashier has fainted"),
        ("account.balance", "3"),
        ("answer(\"1ms\")", "42"),
        ("total([1, 2, 3])", "6"),
    ] {
        assert_eq!(client.first_line(code), shown, "{code}");
    }
}
