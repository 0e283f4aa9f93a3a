//! `manhole mcp`: what an agent can do, by the client of the protocol's own library, and by that for Python.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService};
use rmcp::{ServiceExt, object};
use serde_json::{Map, Value};

use crate::support::{App, Home, LONG, has_tool, output_of};

/// More than any answer has.
const MAX_ANSWER: usize = 12_200;

/// An agent with its tools.
struct Agent {
    service: RunningService<RoleClient, ()>,
    _process: tokio::process::Child,
}

impl Agent {
    async fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut command = tokio::process::Command::from(home.client());
        command.arg("mcp").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut process = command.spawn().unwrap();
        let streams = (process.stdout.take().unwrap(), process.stdin.take().unwrap());
        Self { service: ().serve(streams).await.unwrap(), _process: process }
    }

    /// Calls a tool. Returns its answer, and whether it is an error.
    async fn call(&self, tool: &'static str, arguments: Map<String, Value>) -> (String, bool) {
        let call = CallToolRequestParams::new(tool).with_arguments(arguments);
        let result = tokio::time::timeout(LONG, self.service.call_tool(call)).await.unwrap().unwrap();
        let text: String = result.content.iter().map(|part| part.as_text().unwrap().text.as_str()).collect();
        assert!(text.chars().count() < MAX_ANSWER, "{} characters", text.chars().count());
        (text, result.is_error == Some(true))
    }

    async fn query(&self, code: &str) -> (String, bool) {
        self.call("query", object!({ "code": code })).await
    }
}

fn block_on(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test);
}

#[test]
fn an_agent_looks_into_a_program() {
    block_on(async {
        let home = Home::new();
        let app = App::start(&home.socket("app", 1));
        let agent = Agent::start(&home, &["app"]).await;
        let tools = agent.service.list_all_tools().await.unwrap();
        let names: BTreeSet<_> = tools.iter().map(|tool| tool.name.as_ref()).collect();
        let expected = ["describe", "inspect", "list_programs", "more", "query", "report", "watch"];
        assert_eq!(names, BTreeSet::from(expected));
        // Its program sees which agent that is: the name of this client.
        let (clients, _) = agent.query("console.sessions.values().map(|session| session.client)").await;
        assert!(clients.contains("mcp: rmcp"), "{clients}");
        assert!(tools.iter().all(|tool| tool.description.as_ref().is_some_and(|text| text.len() > 20)));

        let (list, _) = agent.call("list_programs", Map::new()).await;
        assert!(list.contains(": app, process ") && list.contains("level observe"), "{list}");
        let (names, _) = agent.call("describe", Map::new()).await;
        assert!(names.contains("gizmo: Mutex<Gizmo>"), "{names}");
        for (path, expected) in [
            ("gizmo", "Requests served since the start."),
            ("gizmo.config", "How many at once."),
            ("filter", "returns the items for which the function returns true"),
        ] {
            let (text, is_error) = agent.call("describe", object!({ "path": path })).await;
            assert!(text.contains(expected) && !is_error, "{path}: {text}");
        }
        let (text, _) = agent.call("inspect", object!({ "path": "gizmo", "limit": 2 })).await;
        assert!(text.contains("\ngizmo.count: u64 = 42\n") && text.contains("[4 more: offset 2]"), "{text}");
        let (text, _) = agent.call("inspect", object!({ "path": "gizmo", "offset": 2 })).await;
        assert!(text.contains("gizmo.pin: secret = <secret>"), "{text}");
        assert_eq!(agent.query("print(1); gizmo.count + 1").await, ("1\n43".to_owned(), false));
        let (text, is_error) = agent.query("gizmo.cuont").await;
        assert!(is_error && text.contains("did you mean `count`?"), "{text}");

        let count = app.gizmo.clone();
        let changing = tokio::spawn(async move {
            loop {
                tokio::time::sleep(Duration::from_millis(50)).await;
                count.lock().count += 1;
            }
        });
        let watch = object!({ "code": "gizmo.count", "seconds": 1.0, "interval": 0.01 });
        let (text, _) = agent.call("watch", watch).await;
        changing.abort();
        assert!(text.lines().count() > 2 && text.starts_with("0.0"), "{text}");
        let (text, is_error) = agent.call("report", Map::new()).await;
        assert!(text.starts_with("# app at ") && !is_error, "{text}");
        assert!(!text.contains("4711"));

        // It comes back.
        drop(app);
        assert!(agent.query("1").await.1);
        let _app = App::start(&home.socket("app", 1));
        assert_eq!(agent.query("gizmo.count").await.0, "42");
    });
}

#[test]
fn an_agent_changes_nothing_unless_it_may() {
    block_on(async {
        let home = Home::new();
        let app = App::start(&home.socket("app", 1));
        let agent = Agent::start(&home, &["app"]).await;
        for code in ["gizmo.count = 1", "gizmo.reset()", "level(\"admin\"); gizmo.count = 1"] {
            let (text, is_error) = agent.query(code).await;
            assert!(is_error && text.contains("level"), "{code}: {text}");
        }
        assert_eq!(app.gizmo.lock().count, 42);
        let agent = Agent::start(&home, &["app", "--level", "operate"]).await;
        assert_eq!(agent.query("gizmo.reset()").await, ("42".to_owned(), false));
        assert_eq!(app.gizmo.lock().count, 0);
    });
}

#[test]
fn long_answers_come_in_pages() {
    block_on(async {
        let home = Home::new();
        let _app = App::start(&home.socket("app", 1));
        let agent = Agent::start(&home, &["app"]).await;
        let (mut text, _) = agent.query("for n in 0..5000 { print(`line ${n}`) }").await;
        let mut pages = vec![text.clone()];
        while text.contains("more characters: call `more`") {
            text = agent.call("more", Map::new()).await.0;
            pages.push(text.clone());
        }
        assert!(pages.len() > 3, "{} pages", pages.len());
        let lines: Vec<_> =
            pages.iter().flat_map(|page| page.lines()).filter(|line| line.starts_with("line ")).collect();
        assert_eq!((lines.len(), lines[0], lines[4999]), (5_000, "line 0", "line 4999"));
        assert_eq!(agent.call("more", Map::new()).await.0, "Nothing is left of the last answer.");
    });
}

#[test]
fn a_program_among_several_is_named() {
    block_on(async {
        let home = Home::new();
        let apps = [1, 2].map(|pid| App::start(&home.socket("app", pid)));
        apps[1].gizmo.lock().count = 7;
        let agent = Agent::start(&home, &[]).await;
        let (text, is_error) = agent.query("gizmo.count").await;
        assert!(is_error && text.contains("help: the programs are: app 1, app 2"), "{text}");
        let query = object!({ "code": "gizmo.count", "program": "app 2" });
        assert_eq!(agent.call("query", query).await.0, "7");
        // Only those that the user names.
        let agent = Agent::start(&home, &[apps[0].target()]).await;
        let query = object!({ "code": "gizmo.count", "program": apps[1].target() });
        let (text, is_error) = agent.call("query", query).await;
        assert!(is_error && text.contains("cannot find the program"), "{text}");
    });
}

/// Where `.ci/run tools` installs the client for Python: in the folder of all builds.
fn python() -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap().join("python-mcp/bin/python")
}

#[test]
fn the_official_client_for_python_uses_each_tool() {
    let python = python();
    if !has_tool(python.to_str().unwrap(), "--version") {
        return;
    }
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/client/agent.py");
    let output = home
        .environment_of(python.to_str().unwrap())
        .args([script, &MAX_ANSWER.to_string(), env!("CARGO_BIN_EXE_manhole"), "mcp", "app"])
        .output()
        .unwrap();
    assert_eq!(output_of(&output), (String::new(), String::new(), 0));
    assert_eq!(app.gizmo.lock().count, 42);
}
