//! Types of the crate `http`: headers by name, some of which are secret, and addresses without their passwords.

use std::sync::{Arc, Mutex};

use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, StatusCode, Uri, Version};
use manhole::{Access, EventKind, Level, Manhole as Inspect, manhole};

use crate::support::Manhole;

#[derive(Inspect)]
struct Upstream {
    uri: Uri,
    method: Method,
    status: StatusCode,
    version: Version,
    name: HeaderName,
    accept: HeaderValue,
    key: HeaderValue,
    headers: HeaderMap,
    last: Request<String>,
    home: url::Url,
}

fn upstream() -> Arc<Mutex<Upstream>> {
    let mut key = HeaderValue::from_static("s3cret-key");
    key.set_sensitive(true);
    let mut headers = HeaderMap::new();
    for (name, value) in [
        ("host", "example.com"),
        ("via", "1.1 a"),
        ("via", "1.1 b"),
        ("authorization", "Bearer s3cret-bearer"),
        ("cookie", "id=s3cret-cookie"),
        ("x-api-key", "s3cret-api"),
        ("x-upstream-token", "s3cret-token"),
    ] {
        headers.append(name, HeaderValue::from_static(value));
    }
    headers.insert("x-marked", key.clone());
    let last = Request::builder().uri("/jobs?id=7").header("set-cookie", "s3cret-set").body("{}".to_owned());
    Arc::new(Mutex::new(Upstream {
        uri: "https://user:s3cret-uri@example.com/a".parse().unwrap(),
        method: Method::GET,
        status: StatusCode::OK,
        version: Version::HTTP_11,
        name: HeaderName::from_static("accept"),
        accept: HeaderValue::from_static("text/plain"),
        key,
        headers,
        last: last.unwrap(),
        home: "postgres://user:s3cret-url@db/app".parse().unwrap(),
    }))
}

#[test]
fn headers_are_searched_and_changed_by_name() {
    let up = upstream();
    let manhole = Manhole::new(manhole! { up => up });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("up.headers.host", "\"example.com\""),
        ("up.headers[\"Host\"]", "\"example.com\""),
        ("up.headers.via", "[\"1.1 a\", \"1.1 b\"]"),
        ("up.headers.via[1]", "\"1.1 b\""),
        ("up.headers.len()", "7"),
        ("\"VIA\" in up.headers", "true"),
        ("\"accept\" in up.headers", "false"),
        ("up.headers.keys().filter(|name| name.starts_with(\"x-\")).len()", "3"),
        ("up.headers.filter(|name, value| value.contains(\"example.com\")).keys()", "[\"host\"]"),
        ("up.headers.host = \"other.com\"; up.headers.host", "\"other.com\""),
        ("up.headers.via[1] = \"1.1 c\"; up.headers.via.push(\"1.1 d\"); up.headers.via.len()", "3"),
        ("up.headers.insert(\"Accept\", [\"a\", \"b\"]); up.headers.accept", "[\"a\", \"b\"]"),
        ("up.headers.accept = \"c\"; up.headers.accept", "\"c\""),
        ("up.headers.remove(\"accept\"); \"accept\" in up.headers", "false"),
        ("up.last.uri", "\"/jobs?id=7\""),
        ("up.last.body = \"[]\"; up.last.body", "\"[]\""),
        ("up.last.method = \"PUT\"; up.last.method", "\"PUT\""),
        ("up.method = \"POST\"; up.method", "\"POST\""),
        ("up.status = 503; up.status >= 500", "true"),
        ("up.version = \"HTTP/2.0\"; up.version", "\"HTTP/2.0\""),
        ("up.name = \"Via\"; up.name", "\"via\""),
        ("up.accept = \"text/html\"; up.accept", "\"text/html\""),
        ("up.uri = \"https://example.com/b\"; up.uri", "\"https://example.com/b\""),
        ("up.home", "\"postgres://db/app\""),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    for (code, error) in [
        ("up.method = \"no method\"", "\"no method\" is not a valid Method; write it as \"GET\""),
        ("up.status = 99", "99 does not fit into StatusCode (100 to 999)"),
        ("up.accept = \"a\\nb\"", "a HeaderValue has no line breaks and no other control characters"),
    ] {
        let field = code.split(" = ").next().unwrap();
        assert_eq!(client.first_line(code), format!("error: cannot write {field}: {error}"), "{code}");
    }
    let up = up.lock().unwrap();
    assert_eq!(up.headers.get_all("via").iter().count(), 3);
    assert_eq!(up.uri, "https://user:s3cret-uri@example.com/b", "the same host keeps its password");
    assert_eq!(up.headers["authorization"], "Bearer s3cret-bearer");
}

#[test]
fn secret_headers_and_passwords_are_never_shown() {
    let up = upstream();
    let shared = Arc::clone(&up);
    for level in [Level::Observe, Level::Operate, Level::Admin] {
        let manhole = Manhole::with(manhole! { up => shared }, |builder| {
            builder.access(Access::default().max_level(level))
        });
        let mut client = manhole.connect();
        for code in [
            "up",
            "up.headers",
            "up.headers.authorization",
            "up.headers[\"Authorization\"]",
            "up.headers.get(\"cookie\")",
            "up.headers.values()",
            "up.headers.map(|name, value| value.to_string())",
            "up.headers.filter(|name, value| value.contains(\"s3c\"))",
            "up.headers.find(|name, value| `${value}`.contains(\"s3c\"))",
            "up.headers.sort_by(|a, b| 0)",
            "up.headers.authorization[0]",
            "up.headers.authorization.len()",
            "up.headers.snapshot()",
            "up.snapshot()",
            "json(up)",
            "table(up.headers)",
            "tree(up)",
            "`${up.headers} ${up.key}`",
            "up.headers.values().join(\" \")",
            "for (name, value) in up.headers { print(value) }",
            "up.headers[\"x-api-key\"]",
            "up.headers[\"x-upstream-token\"]",
            "up.headers[\"x-marked\"]",
            "up.key",
            "up.last",
            "up.last.headers",
            "up.uri",
            "up.home",
            "up.uri.split(\"@\")",
            "up.key = \"x\"",
            "up.headers.cookie = \"x\"",
            "up.headers.insert(\"cookie\", \"x\")",
            "up.headers.cookie += \"x\"",
            "up.headers.update(\"cookie\", |old| old + \"x\")",
            "debug(up.headers)",
            "up.headers.authorization == \"Bearer s3cret-bearer\"",
        ] {
            let answer = client.ask(code);
            let shown = answer.replace("Bearer s3cret-bearer\"", "");
            assert!(!shown.contains("s3cret") && answer != "true", "{level:?}: {code}: {answer}");
        }
        assert_eq!(client.ask("[up.headers.authorization, up.key]"), "[\"<secret>\", \"<secret>\"]");
        assert!(client.ask("up.headers").contains("\"cookie\": <secret>"));
    }
    let up = up.lock().unwrap();
    assert!(up.headers["cookie"] == "id=s3cret-cookie" && up.key == "s3cret-key");
}

#[test]
fn the_audit_has_no_secret_header() {
    let up = upstream();
    let events = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&events);
    let manhole = Manhole::with(manhole! { up => up }, |builder| {
        builder.audit(move |event| {
            if matches!(event.kind, EventKind::Command { .. } | EventKind::Change { .. }) {
                log.lock().unwrap().push(format!("{event:?}"));
            }
        })
    });
    let mut client = manhole.connect();
    for code in [
        "up.headers[\"Authorization\"] = \"s3cret-new\"",
        "up.headers.insert(\"cookie\", \"s3cret-new\")",
        "up.headers = #{ \"x-api-key\": \"s3cret-new\" }",
    ] {
        assert!(client.first_line(code).contains("is secret"), "{code}: {}", client.first_line(code));
    }
    assert_eq!(client.ask("up.headers.host = \"plain\""), "");
    let events = events.lock().unwrap().join("\n");
    assert!(events.contains("plain") && !events.contains("s3cret"), "{events}");
}
