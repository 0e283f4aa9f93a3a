//! `report` and `diff`.

use std::os::unix::fs::PermissionsExt;

use crate::support::{App, Home, output_of};

#[test]
fn a_report_is_one_file_in_three_forms() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let file = |name: &str| home.path().join(name).display().to_string();
    let write = |name: &str| {
        let (out, err, status) = output_of(&home.run(&["report", "app", "-o", &file(name)]));
        assert_eq!((out.as_str(), status), ("", 0), "{err}");
        assert!(err.starts_with("note: wrote "), "{err}");
        assert_eq!(std::fs::metadata(file(name)).unwrap().permissions().mode() & 0o777, 0o600);
        std::fs::read_to_string(file(name)).unwrap()
    };
    let html = write("report.html");
    for text in [
        "<h1>app at ",
        "<details open><summary>gizmo <code>Mutex&lt;Gizmo&gt;",
        "count: 42",
        "<summary>process ",
    ] {
        assert!(html.contains(text), "{text}: {html}");
    }
    // What takes a higher level stays hidden.
    assert!(!html.contains("key: 7"), "{html}");
    let markdown = write("report.md");
    for text in ["# app at ", "## gizmo\n\n`Mutex<Gizmo>`: ", "| timeout |"] {
        assert!(markdown.contains(text), "{text}: {markdown}");
    }
    let json: serde_json::Value = serde_json::from_str(&write("before.json")).unwrap();
    assert_eq!((&json["application"], &json["manhole_report"]), (&"app".into(), &1.into()));
    assert_eq!(json["roots"][0]["value"]["count"], 42);
    assert!(output_of(&home.run(&["report"])).0.starts_with("# app at "));

    let diff = |first: &str, second: &str| output_of(&home.run(&["diff", first, second]));
    assert_eq!(diff(&file("before.json"), "app"), (String::new(), String::new(), 0));
    app.gizmo.lock().count = 43;
    app.gizmo.lock().items.pop();
    let (out, _, status) = diff(&file("before.json"), "app");
    assert_eq!(status, 1);
    assert!(
        out.starts_with("gizmo.count: 42 → 43\ngizmo.items[1]: {") && out.ends_with(" → gone\n"),
        "{out}"
    );
    assert_eq!(diff("app", "app").2, 0);
    let (_, err, status) = diff(&file("report.md"), "app");
    assert_eq!((status, err.contains("not a report in JSON")), (2, true), "{err}");
    assert_eq!(diff("/nope", "app").2, 3);
}
