//! `manhole export`: metrics for Prometheus, checked by its own programs.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::support::{App, Home, LONG, has_tool, interrupt, output_of, wait_until};

/// A program that is killed when the test ends.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Starts an endpoint. Returns its address.
fn serve(home: &Home, arguments: &[&str]) -> (Running, String) {
    let mut exporter = home.client();
    exporter.arg("export").args(arguments).args(["--listen", "127.0.0.1:0"]).stderr(Stdio::piped());
    let mut exporter = Running(exporter.spawn().unwrap());
    let mut note = String::new();
    BufReader::new(exporter.0.stderr.take().unwrap()).read_line(&mut note).unwrap();
    let address = note.strip_prefix("note: serves http://").and_then(|rest| rest.split_once("/metrics"));
    let address = address.unwrap_or_else(|| panic!("{note}")).0.to_owned();
    (exporter, address)
}

/// Asks for a page. Returns the head and the body.
fn get(address: &str, path: &str, host: &str) -> (String, String) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n").unwrap();
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

fn metrics(address: &str) -> String {
    get(address, "/metrics", address).1
}

/// Checks a file by Prometheus's own rules.
fn check_with_promtool(text: &str) {
    if !has_tool("promtool", "--version") {
        return;
    }
    let mut promtool = Command::new("promtool");
    promtool.args(["check", "metrics"]).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut promtool = promtool.spawn().unwrap();
    promtool.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let (out, err, status) = output_of(&promtool.wait_with_output().unwrap());
    assert_eq!((out.as_str(), err.as_str(), status), ("", "", 0), "{text}");
}

#[test]
fn an_endpoint_serves_the_values_of_this_moment() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let (exporter, address) = serve(
        &home,
        &[
            "app",
            "requests_total = gizmo.count",
            "gizmo.config.limit",
            "labels{label} = gizmo.items.map(|x| (x.label, x.id)).collect::<HashMap<_, _>>()",
            "gizmo.pin",
            "idle = gizmo.mode == \"Idle\"",
            "age = process.uptime",
        ],
    );
    let text = metrics(&address);
    for line in [
        "# HELP requests Requests served since the start (gizmo.count)\n# TYPE requests counter\nrequests_total 42\n",
        "# HELP gizmo_config_limit How many at once (gizmo.config.limit)\n# TYPE gizmo_config_limit gauge\ngizmo_config_limit 100\n",
        "labels{label=\"anvil\"} 1\n",
        "labels{label=\"bellows\"} 2\n",
        "\nidle 1\n",
        "manhole_up 1\n",
        "manhole_metric_failed{metric=\"gizmo_pin\"} 1\n",
        "manhole_metric_failed{metric=\"age\"} 0\n",
    ] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    assert!(!text.contains("4711") && text.ends_with("# EOF\n"), "{text}");
    app.gizmo.lock().count = 43;
    wait_until("the endpoint has the new value", || metrics(&address).contains("requests_total 43\n"));

    let (head, _) = get(&address, "/metrics", &address);
    assert!(head.starts_with("HTTP/1.1 200") && head.contains("application/openmetrics-text"), "{head}");
    // The name of a page that an attacker has pointed at this address.
    let (head, body) = get(&address, "/metrics", "evil.example:80");
    assert!(head.starts_with("HTTP/1.1 403") && !body.contains("requests"), "{head}\n{body}");
    assert!(get(&address, "/", &address).0.starts_with("HTTP/1.1 404"));

    // The application may go and come back.
    drop(app);
    wait_until("the endpoint says that it is gone", || metrics(&address).contains("manhole_up 0\n"));
    let _app = App::start(&home.socket("app", 2));
    wait_until("the endpoint has a session again", || metrics(&address).contains("requests_total 42\n"));
    interrupt(&exporter.0);
    let mut exporter = exporter;
    assert_eq!(exporter.0.wait().unwrap().code(), Some(130));
}

#[test]
fn an_application_that_stands_still_is_not_up() {
    if !has_tool("nc", "-h") || !has_tool("pkill", "-V") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let target = format!("exec:nc -U {}", app.target());
    // What takes all the time is no sign of that.
    let (_exporter, address) =
        serve(&home, &[&target, "gizmo.count", "x = loop {}", "y = 1", "--timeout", "1"]);
    let text = metrics(&address);
    for line in ["gizmo_count 42\n", "manhole_up 1\n", "{metric=\"x\"} 1\n", "{metric=\"y\"} 1\n"] {
        assert!(text.contains(line), "{line} is missing in:\n{text}");
    }
    let signal = |name: &str| {
        let pattern = format!("^nc -U {}", app.target());
        assert!(Command::new("pkill").args([name, "-f", &pattern]).status().unwrap().success());
    };
    signal("-STOP");
    wait_until("the endpoint says so", || metrics(&address).contains("manhole_up 0\n"));
    signal("-CONT");
    wait_until("the endpoint has values again", || metrics(&address).contains("gizmo_count 42\n"));
}

#[test]
fn prometheus_scrapes_an_endpoint() {
    if !has_tool("prometheus", "--version") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let (_exporter, address) = serve(&home, &["app", "requests_total = gizmo.count"]);
    let config = home.path().join("prometheus.yml");
    let scrape = format!(
        "global: {{scrape_interval: 1s}}\n\
         scrape_configs: [{{job_name: app, static_configs: [{{targets: ['{address}']}}]}}]\n"
    );
    fs::write(&config, scrape).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let mut prometheus = Command::new("prometheus");
    prometheus
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", home.path().join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let _prometheus = Running(prometheus.spawn().unwrap());
    let server = format!("127.0.0.1:{port}");
    wait_until("Prometheus listens", || TcpStream::connect(&server).is_ok());
    wait_until("Prometheus knows the value", || {
        let (_, body) = get(&server, "/api/v1/query?query=requests_total", &server);
        body.contains("\"job\":\"app\"") && body.contains("\"42\"")
    });
    let (_, body) = get(&server, "/api/v1/metadata?metric=requests", &server);
    assert!(body.contains("counter") && body.contains("Requests served since the start"), "{body}");
}

#[test]
fn a_file_is_replaced_as_a_whole() {
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let file = home.path().join("app.prom");
    let path = file.to_str().unwrap();
    let once = |metrics: &[&str]| {
        output_of(&home.run(&[&["export", "app", "--once", "--output", path], metrics].concat()))
    };
    let (out, err, status) = once(&["requests_total = gizmo.count", "gizmo"]);
    assert_eq!((out.as_str(), err.as_str(), status), ("", "", 0));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("# TYPE requests_total counter\nrequests_total 42\n"), "{text}");
    assert!(text.contains("gizmo{key=\"count\"} 42\n") && !text.contains("EOF"), "{text}");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
    check_with_promtool(&text);
    // What fails has no value, and does not stop the others.
    let (_, err, status) = once(&["gizmo.mode", "nothing", "gizmo.count"]);
    assert!(err.contains("note: gizmo_mode of ") && err.contains("no name `nothing`"), "{err}");
    assert_eq!(status, 1);
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains("\ngizmo_count 42\n") && !text.contains("\ngizmo_mode "), "{text}");

    let mut exporter = home.client();
    exporter.args(["export", "app", "gizmo.count", "--output", path, "--interval", "100ms"]);
    let mut exporter = Running(exporter.stderr(Stdio::null()).spawn().unwrap());
    app.gizmo.lock().count = 5;
    wait_until("the file has the new value", || {
        fs::read_to_string(&file).unwrap().contains("gizmo_count 5\n")
    });
    drop(app);
    wait_until("the file says that it is gone", || {
        fs::read_to_string(&file).unwrap().contains("manhole_up 0\n")
    });
    interrupt(&exporter.0);
    assert_eq!(exporter.0.wait().unwrap().code(), Some(130));
    let left: Vec<_> = fs::read_dir(home.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !Path::new(name).to_str().unwrap().starts_with(".tmp")), "{left:?}");
}

#[test]
fn several_targets_have_a_label_each() {
    let home = Home::new();
    let apps = [1, 2].map(|pid| App::start(&home.socket("app", pid)));
    apps[1].gizmo.lock().count = 7;
    let [first, second] = [0, 1].map(|index| apps[index].target());
    let (out, err, status) = output_of(&home.run(&[
        "export",
        first,
        "n = gizmo.count",
        "--target",
        second,
        "-t",
        "/nowhere",
        "--once",
    ]));
    for line in [
        format!("n{{target={first:?}}} 42\n"),
        format!("n{{target={second:?}}} 7\n"),
        "manhole_up{target=\"/nowhere\"} 0\n".to_owned(),
    ] {
        assert!(out.contains(&line), "{line} is missing in:\n{out}");
    }
    assert!(err.contains("note: the connection of /nowhere: cannot connect"), "{err}");
    assert_eq!(status, 1);
}

#[test]
fn wrong_arguments_are_refused() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    for (arguments, message) in [
        (&["app", "gizmo.count", "gizmo.count"][..], "the name gizmo_count is there twice"),
        (&["app", "manhole_up = 1"], "names that begin with manhole_ are the exporter's"),
        (&["app", "x = "], "expected an expression"),
        (&["app", "1", "--listen", "192.0.2.1:1"], "cannot listen on 192.0.2.1:1"),
    ] {
        let (_, err, status) = output_of(&home.run(&[&["export"], arguments].concat()));
        assert!(err.contains(message) && status == 2, "{arguments:?}: {status} {err}");
    }
}
