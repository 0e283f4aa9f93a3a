//! Drives Chromium by WebDriver: JSON over HTTP, which needs no library. Those for it bring another HTTP client, or files under
//! the MPL.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::support::{LONG, has_tool};

/// A browser with one tab, which ends when it is dropped.
pub(super) struct Browser {
    driver: Child,
    _output: BufReader<ChildStdout>,
    port: u16,
    session: String,
    _data: TempDir,
}

impl Browser {
    /// Starts a browser. Returns `None` if there is no driver on this machine.
    pub(super) fn start() -> Option<Self> {
        if !has_tool("chromedriver", "--version") {
            return None;
        }
        let mut driver = Command::new("chromedriver");
        driver.args(["--port=0"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut driver = driver.spawn().unwrap();
        let mut output = BufReader::new(driver.stdout.take().unwrap());
        let mut line = String::new();
        let port = loop {
            line.clear();
            assert!(output.read_line(&mut line).unwrap() > 0, "chromedriver has ended");
            if let Some((_, port)) = line.split_once("successfully on port ") {
                break port.trim().trim_end_matches('.').parse().unwrap();
            }
        };
        let data = tempfile::tempdir().unwrap();
        let mut browser = Self { driver, _output: output, port, session: String::new(), _data: data };
        let data = format!("--user-data-dir={}", browser._data.path().display());
        let flags = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1100,800",
            &data,
        ];
        let options =
            json!({ "goog:chromeOptions": { "args": flags }, "goog:loggingPrefs": { "browser": "ALL" } });
        let created =
            browser.request("POST", "/session", &json!({ "capabilities": { "alwaysMatch": options } }));
        browser.session = created["sessionId"].as_str().unwrap().to_owned();
        Some(browser)
    }

    fn request(&self, method: &str, path: &str, body: &Value) -> Value {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LONG)).unwrap();
        let body = if method == "POST" { body.to_string() } else { String::new() };
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{body}",
            self.port,
            body.len()
        )
        .unwrap();
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).unwrap();
            if let Some(value) = line.to_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
            if line.trim().is_empty() {
                break;
            }
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).unwrap();
        let answer: Value = serde_json::from_slice(&answer).unwrap();
        let value = &answer["value"];
        assert!(value.get("error").is_none(), "{method} {path} {body}: {value}");
        value.clone()
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", &format!("/session/{}{path}", self.session), body)
    }

    pub(super) fn opens(&self, link: &str) {
        self.post("/url", &json!({ "url": link }));
    }

    /// Runs a script, and returns what it returns.
    pub(super) fn script(&self, code: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": code, "args": [] }))
    }

    /// Runs a script that returns a text.
    pub(super) fn text_of(&self, code: &str) -> String {
        self.script(code).as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub(super) fn until(&self, condition: &str) {
        let end = Instant::now() + Duration::from_secs(30);
        while self.script(&format!("return Boolean({condition});")) != json!(true) {
            let page = self.text_of("return document.body.innerText");
            assert!(Instant::now() < end, "timed out waiting for {condition}:\n{page}\n{}", self.messages());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Waits until a text is on the page.
    #[track_caller]
    pub(super) fn shows(&self, text: &str) {
        self.until(&format!("document.body.innerText.includes({})", json!(text)));
    }

    /// Returns the errors and warnings of the browser: also what its policy has blocked.
    pub(super) fn messages(&self) -> String {
        let found = self.post("/se/log", &json!({ "type": "browser" }));
        let all = found.as_array().cloned().unwrap_or_default();
        all.iter().map(|entry| format!("{}\n", entry["message"].as_str().unwrap_or_default())).collect()
    }

    fn find(&self, selector: &str) -> String {
        self.until(&format!("document.querySelector({})", json!(selector)));
        let found = self.post("/element", &json!({ "using": "css selector", "value": selector }));
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    pub(super) fn clicks(&self, selector: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Types into an element, after what it has.
    pub(super) fn types(&self, selector: &str, text: &str) {
        let element = self.find(selector);
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    /// Presses a key where the focus is. Keys have the numbers of WebDriver.
    pub(super) fn presses(&self, key: char) {
        let actions = [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })];
        self.post("/actions", &json!({ "actions": [{ "type": "key", "id": "keys", "actions": actions }] }));
    }

    fn command(&self, name: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": name, "params": parameters }))
    }

    /// Takes the colors `light` or `dark`.
    pub(super) fn prefers(&self, scheme: &str) {
        let features = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.command("Emulation.setEmulatedMedia", &features);
    }

    pub(super) fn resizes(&self, width: u32, height: u32) {
        let size = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.command("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Writes a picture to the directory MANHOLE_SCREENSHOTS, if it is set.
    pub(super) fn screenshot(&self, name: &str) {
        if let Some(directory) = std::env::var_os("MANHOLE_SCREENSHOTS") {
            let picture = self.request("GET", &format!("/session/{}/screenshot", self.session), &Value::Null);
            let path = std::path::Path::new(&directory).join(format!("{name}.png"));
            std::fs::write(path, decode(picture.as_str().unwrap())).unwrap();
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.request("DELETE", &format!("/session/{}", self.session), &Value::Null);
        }
        // It ends its browser.
        crate::support::signal(&self.driver, "TERM");
        let _ = self.driver.wait();
    }
}

/// Decodes Base64.
fn decode(text: &str) -> Vec<u8> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let digits: Vec<_> = text.bytes().filter_map(|byte| DIGITS.iter().position(|&d| d == byte)).collect();
    let bytes = digits.chunks(4).flat_map(|four| {
        let bits = four.iter().fold(0, |bits, digit| bits << 6 | digit) << (6 * (4 - four.len()));
        [16, 8, 0].map(|shift| (bits >> shift) as u8).into_iter().take(four.len() - 1)
    });
    bytes.collect()
}
