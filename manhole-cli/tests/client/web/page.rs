//! The tree and the console in a browser.

use super::Web;
use super::browser::Browser;
use crate::support::{App, Home};

/// The value of a path in the tree.
pub(super) fn value_of(path: &str) -> String {
    format!("document.querySelector('[data-path=\"{path}\"] .value')?.textContent")
}

const ENTER: char = '\u{e007}';
const RIGHT: char = '\u{e014}';
const DOWN: char = '\u{e015}';

#[test]
fn the_tree_shows_values_as_they_change() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link(""));
    browser.clicks("[data-path=gizmo] > .row");
    browser.shows("Requests served since the start.");
    browser.until(&format!("{} === '42'", value_of("gizmo.count")));
    app.gizmo.lock().count = 43;
    browser.until(&format!("{} === '43'", value_of("gizmo.count")));
    browser.until("document.querySelector('[data-path=\"gizmo.count\"] .changed')");
    assert_eq!(browser.script("return document.querySelectorAll('.edit').length"), 0);
    // By the keyboard too.
    browser.script("document.querySelector('[data-path=gizmo]').focus()");
    browser.presses(DOWN);
    browser.presses(DOWN);
    browser.presses(RIGHT);
    browser.until(&format!("{} === '100'", value_of("gizmo.config.limit")));
    browser.screenshot("tree");
    assert_eq!(browser.messages(), "");
}

#[test]
fn text_of_the_application_is_never_html() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    "<img src=x onerror=document.title='bad'><b>bold</b>".clone_into(&mut app.gizmo.lock().items[0].label);
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link("tree/0/gizmo.items%5B0%5D"));
    browser.shows("<b>bold</b>");
    assert_eq!(browser.script("return document.querySelectorAll('main img, main b').length"), 0);
}

#[test]
fn a_write_needs_a_level_that_allows_it() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link("console"));
    browser.types("textarea", "gizmo.count = 7\n");
    browser.shows("observe");
    browser.until("document.querySelector('pre.error')");
    assert_eq!(app.gizmo.lock().count, 42);
    drop(web);

    let web = Web::start(&home, &["app", "--level", "operate"]);
    browser.opens(&web.link("tree/0/gizmo.count"));
    browser.until(&format!("{} === '42'", value_of("gizmo.count")));
    browser.clicks("[data-path='gizmo.count'] .edit");
    browser.script("document.querySelector('.row form input').value = '7'");
    browser.presses(ENTER);
    browser.until(&format!("{} === '7'", value_of("gizmo.count")));
    assert_eq!(app.gizmo.lock().count, 7);
    browser.screenshot("written");
}

#[test]
fn the_console_runs_completes_and_remembers() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link("console"));
    browser.types("textarea", "gizmo.count + 1\n");
    browser.until("document.querySelector('pre.answer')?.textContent === '43'");
    browser.types("textarea", "gizmo.conut\n");
    browser.until("document.querySelector('pre.error')?.textContent.includes('^')");
    browser.types("textarea", "gizmo.\t");
    browser.until("document.querySelectorAll('[role=option]').length > 3");
    browser.screenshot("console");
    browser.presses('\u{e00c}');
    browser.types("textarea", "cou\t");
    browser.until("document.querySelector('textarea').value === 'gizmo.count'");
    browser.script("document.querySelector('textarea').value = ''");
    browser.presses('\u{e013}');
    browser.until("document.querySelector('textarea').value === 'gizmo.conut'");
    assert_eq!(browser.messages(), "");
}

#[test]
fn a_target_that_restarts_is_connected_again() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let (first, second) = (home.socket("one", 1), home.socket("two", 2));
    let app = App::start(&first);
    let other = App::start(&second);
    other.gizmo.lock().count = 77;
    let web = Web::start(&home, &["one", "two"]);
    browser.opens(&web.link("tree/0,1/gizmo.count"));
    browser.until("document.querySelectorAll('section').length === 2");
    for (section, count) in [(1, 42), (2, 77)] {
        let value = format!(
            "document.querySelector('section:nth-child({section}) [data-path=\"gizmo.count\"] .value')"
        );
        browser.until(&format!("{value}?.textContent === '{count}'"));
    }
    browser.screenshot("two-targets");
    drop(app);
    browser.until("document.querySelector('.about.problem')?.textContent.includes('trying again')");
    let app = App::start(&first);
    app.gizmo.lock().count = 1;
    browser.until(&format!("{} === '1'", value_of("gizmo.count")));
    browser.shows("reconnected");
}

#[test]
fn a_target_that_does_not_answer_stops_no_other() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let silent = home.path().join("silent");
    let _listener = std::os::unix::net::UnixListener::bind(&silent).unwrap();
    let web = Web::start(&home, &[silent.to_str().unwrap(), "app"]);
    browser.opens(&web.link("tree/0,1/gizmo.count"));
    browser.until(&format!("{} === '42'", value_of("gizmo.count")));
    browser.until("/no answer/.test(document.querySelector('.about').textContent)");
    app.gizmo.lock().count = 43;
    browser.until(&format!("{} === '43'", value_of("gizmo.count")));
}

#[test]
fn only_the_requests_of_the_page_pass_and_not_too_many() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link("charts"));
    browser.shows("level observe");
    browser.script(
        "window.answers = new Map();
         const token = location.hash.slice(1).split('/')[0];
         window.own = new WebSocket(`ws://${location.host}/session`, ['manhole', token]);
         own.onmessage = ({ data }) => { const message = JSON.parse(data); answers.set(message.id, message); };",
    );
    browser.until("own.readyState === 1");
    let send = |id: u32, target: u32, method: &str, params: &str| {
        browser.script(&format!(
            "own.send('{{\"id\":{id},\"target\":{target},\"lane\":\"console\",\"method\":\"{method}\",\"params\":{params}}}')"
        ));
        browser.until(&format!("answers.has({id})"));
        browser.text_of(&format!("return answers.get({id}).error?.text"))
    };
    for method in ["shutdown", "watch", "unwatch", "nothing"] {
        assert_eq!(send(1, 0, method, "{}"), format!("error: the page cannot send `{method}`"));
        browser.script("answers.clear()");
    }
    assert_eq!(send(2, 9, "info", "{}"), "error: no such target");
    assert!(send(3, 0, "eval", "{\"code\":7}").starts_with("error: "));
    assert_eq!(send(4, 0, "info", "{}"), "");
    // A command that lasts, and many behind it: they wait in a queue that has an end.
    browser.script(
        "const send = (id, code) => own.send(JSON.stringify({ id, target: 0, lane: 'console', method: 'eval', params: { code } }));
         send(10, 'loop {}');
         for (let id = 11; id <= 200; id += 1) send(id, '1');",
    );
    browser.until("answers.get(200)?.error?.text === 'error: too many requests wait for this application'");
    browser.script("own.send(JSON.stringify({ id: 200, target: 0, lane: 'console', method: 'cancel' }))");
    browser.until(
        "answers.get(10)?.error?.kind === 'cancelled' && answers.get(60)?.error?.kind === 'cancelled'",
    );
    assert_eq!(send(201, 0, "eval", "{\"code\":\"1\"}"), "");
    // A message that is too long ends the tab.
    browser.script("own.send('x'.repeat(100000))");
    browser.until("own.readyState === 3");
}

#[test]
fn ctrl_c_ends_it_and_the_page_says_so() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let mut web = Web::start(&home, &["app"]);
    browser.opens(&web.link("tree"));
    browser.until("document.querySelector('[data-path=gizmo]')");
    assert_eq!(web.interrupted(), Some(130));
    browser.until("document.getElementById('status').textContent");
}
