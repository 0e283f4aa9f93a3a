//! What the server refuses, by plain sockets.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::Web;
use crate::support::{App, Home, LONG};

/// Sends a request, and returns the head of the answer in lower case.
fn head(web: &Web, request: &str) -> String {
    let mut stream = TcpStream::connect(&web.address).unwrap();
    stream.set_read_timeout(Some(LONG)).unwrap();
    stream.write_all(request.replace('\n', "\r\n").as_bytes()).unwrap();
    let mut answer = Vec::new();
    let mut byte = [0];
    while !answer.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
        answer.push(byte[0]);
    }
    String::from_utf8(answer).unwrap().to_lowercase()
}

/// Asks for a session.
fn session(web: &Web, host: &str, origin: &str, token: &str) -> String {
    head(
        web,
        &format!(
            "GET /session HTTP/1.1\nHost: {host}\nOrigin: {origin}\nConnection: Upgrade\nUpgrade: websocket\n\
             Sec-WebSocket-Version: 13\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\n\
             Sec-WebSocket-Protocol: manhole, {token}\n\n"
        ),
    )
}

#[test]
fn only_the_own_page_with_the_token_opens_a_session() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    let own = format!("http://{}", web.address);
    let opened = session(&web, &web.address, &own, &web.token);
    assert!(opened.starts_with("http/1.1 101"), "{opened}");
    // The token is not repeated.
    assert!(opened.contains("sec-websocket-protocol: manhole\r\n"), "{opened}");
    let wrong_end = format!("{}0", &web.token[..web.token.len() - 1]);
    let port = web.address.rsplit(':').next().unwrap();
    for (host, origin, token) in [
        (web.address.as_str(), own.as_str(), "wrong"),
        (&web.address, &own, ""),
        (&web.address, &own, &wrong_end[..web.token.len() - 1]),
        (&web.address, "http://example.org", &web.token),
        (&web.address, "null", &web.token),
        (&web.address, &format!("https://127.0.0.1:{port}"), &web.token),
        (&web.address, "http://127.0.0.1:1", &web.token),
        ("example.org", &own, &web.token),
        (&format!("example.org:{port}"), &format!("http://example.org:{port}"), &web.token),
    ] {
        let refused = session(&web, host, origin, token);
        assert!(refused.starts_with("http/1.1 403"), "{host} {origin} {token}: {refused}");
    }
}

#[test]
fn each_answer_has_the_policy() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    for (path, host, status) in [
        ("/", web.address.as_str(), "200"),
        ("/page.js", &web.address, "200"),
        ("/page.css", &web.address, "200"),
        ("/../Cargo.toml", &web.address, "404"),
        ("/", "example.org", "403"),
    ] {
        let answer = head(&web, &format!("GET {path} HTTP/1.1\nHost: {host}\nConnection: close\n\n"));
        assert!(answer.starts_with(&format!("http/1.1 {status}")), "{path}: {answer}");
        for header in [
            "content-security-policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
             img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "x-content-type-options: nosniff",
            "referrer-policy: no-referrer",
            "cache-control: no-store",
        ] {
            assert!(answer.contains(header), "{path}: {header}: {answer}");
        }
    }
}

/// Opens a session.
fn tab(web: &Web) -> TcpStream {
    let own = format!("http://{}", web.address);
    let request = format!(
        "GET /session HTTP/1.1\r\nHost: {}\r\nOrigin: {own}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         Sec-WebSocket-Protocol: {}\r\n\r\n",
        web.address, web.token
    );
    let mut stream = TcpStream::connect(&web.address).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    let mut status = [0; 12];
    stream.read_exact(&mut status).unwrap();
    assert_eq!(&status, b"HTTP/1.1 101");
    stream
}

/// A message of a browser. Its mask is zero, which changes nothing.
fn frame(text: &str) -> Vec<u8> {
    let length = u8::try_from(text.len()).unwrap();
    assert!(length < 126);
    [&[0x81, 0x80 | length, 0, 0, 0, 0], text.as_bytes()].concat()
}

#[test]
fn a_browser_that_does_not_read_costs_no_memory() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    let mut tab = tab(&web);
    tab.set_write_timeout(Some(Duration::from_secs(2))).unwrap();
    let before = web.memory();
    let mut sent = 0;
    // Until the server reads no more.
    for id in 1..=1_000_000 {
        let request = format!(
            "{{\"id\":{id},\"target\":0,\"lane\":\"views\",\"method\":\"inspect\",\"params\":{{\"path\":\"many\"}}}}"
        );
        if tab.write_all(&frame(&request)).is_err() {
            break;
        }
        sent = id;
    }
    assert!(sent > 100 && sent < 1_000_000, "{sent}");
    let after = web.memory();
    assert!(after < before + 32 * 1024, "{before} to {after} KiB");
}

#[test]
fn the_number_of_tabs_is_limited() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    let own = format!("http://{}", web.address);
    let tabs: Vec<_> = (0..16).map(|_| tab(&web)).collect();
    let refused = session(&web, &web.address, &own, &web.token);
    assert!(refused.starts_with("http/1.1 503"), "{refused}");
    drop(tabs);
}
