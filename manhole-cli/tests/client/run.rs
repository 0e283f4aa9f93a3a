//! `run`: functions of run-books.

use crate::support::{App, Home, output_of};

const BOOK: &str = "// What to do about gizmos.\n\n/// Adds to the counter.\nfn grow(gizmo, by) {\n    gizmo.count += by;\n    gizmo.count\n}\n";

#[test]
fn a_function_of_a_run_book_is_called_and_listed() {
    let home = Home::new();
    let books = home.path().join("books");
    std::fs::create_dir_all(books.join("net")).unwrap();
    std::fs::write(books.join("gizmos.rhai"), BOOK).unwrap();
    std::fs::write(books.join("net/peers.rhai"), "fn name() { \"a\" }\n").unwrap();
    let app = App::with(&home.socket("app", 1), |builder| builder.scripts_dir(&books));
    for (arguments, out) in [
        (&["run", "app", "gizmos::grow", "gizmo", "1 + 1"][..], "44\n"),
        (&["run", "app", "gizmos::grow", "gizmo", "-1", "--json"], "43\n"),
        (&["run", "app", "net/peers::name", "--raw"], "a\n"),
        (&["run", "app", "net::peers::name"], "\"a\"\n"),
    ] {
        assert_eq!(output_of(&home.run(arguments)), (out.to_owned(), String::new(), 0), "{arguments:?}");
    }
    assert_eq!(app.gizmo.lock().count, 43);
    for arguments in
        [&["run", "app", "--list"][..], &["run", "app", "gizmos"], &["run", "app", "gizmos", "-l"]]
    {
        let (out, err, status) = output_of(&home.run(arguments));
        assert_eq!(status, 0, "{err}");
        for text in ["gizmos", "What to do about gizmos.", "grow(gizmo, by)", "Adds to the counter."] {
            assert!(out.contains(text), "{arguments:?}: {out}");
        }
        assert!(!out.contains("fields:"), "{out}");
    }
    for (arguments, status, error) in [
        (&["run", "app", "gizmos::shrink", "gizmo"][..], 1, "error: "),
        (&["run", "app", "nothing::grow"], 1, "error: "),
        (&["run", "app"], 2, "error: the following required"),
        (&["run", "app", "gizmos::grow", "gizmo", "1", "--level", "observe"], 4, "error: "),
    ] {
        let (_, err, code) = output_of(&home.run(arguments));
        assert_eq!(code, status, "{arguments:?}: {err}");
        assert!(err.starts_with(error), "{arguments:?}: {err}");
    }
    let bare = App::start(&home.socket("bare", 2));
    assert!(output_of(&home.run(&["run", "bare", "--list"])).1.contains("has no run-books"));
    drop(bare);
}

#[test]
fn a_function_of_a_local_file_is_called_and_listed() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let file = home.path().join("local.rhai");
    std::fs::write(&file, BOOK).unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(output_of(&home.run(&["run", "app", "--file", file, "grow", "gizmo", "8"])).0, "50\n");
    let (out, _, _) = output_of(&home.run(&["run", "app", "--file", file, "--list"]));
    assert_eq!(out, "What to do about gizmos.\n  grow(gizmo, by)  Adds to the counter.\n");
    std::fs::write(file, "let n = gizmo.count;\nn * 2\n").unwrap();
    assert_eq!(output_of(&home.run(&["run", "app", "--file", file])).0, "100\n");
    assert_eq!(output_of(&home.run(&["run", "app", "--file", "/nope"])).2, 2);
}
