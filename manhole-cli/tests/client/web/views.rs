//! The other views in a browser, and how they look.

use std::sync::Arc;

use super::Web;
use super::browser::Browser;
use crate::busy_service::BusyService;
use crate::support::{App, Home, Item};

#[test]
fn a_table_scrolls_sorts_and_filters_in_the_application() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link("table"));
    browser.types("input[name=path]", "many\n");
    browser.shows("100,000 rows");
    browser.until("document.querySelector('tbody tr td:nth-child(2)')?.textContent === '0'");
    // Only what is in sight is there.
    assert!(browser.script("return document.querySelectorAll('tbody tr').length").as_u64().unwrap() < 60);
    browser.script("const rows = document.querySelector('.scroller'); rows.scrollTop = rows.scrollHeight;");
    browser.until("document.querySelector('tbody tr:last-child td:nth-child(2)')?.textContent === '99999'");
    browser.clicks("th:nth-child(1) button");
    browser.until("document.querySelector('th').getAttribute('aria-sort') === 'ascending'");
    // The application has 40 items now.
    app.gizmo.lock().items.extend((3..=40).map(|id| Item { id, label: format!("label {id}") }));
    browser.opens("about:blank");
    browser.opens(&web.link("table/0/path%3Dgizmo.items"));
    browser.shows("40 rows");
    for order in ["ascending", "descending"] {
        browser.clicks("th:nth-child(2) button");
        browser.until(&format!(
            "document.querySelector('th:nth-child(2)').getAttribute('aria-sort') === '{order}'"
        ));
    }
    browser.until("document.querySelector('tbody tr td:nth-child(2)')?.textContent === '40'");
    browser.types("input[name=filter]", ".id < 30\n");
    browser.shows("29 rows match");
    browser.until("document.querySelector('tbody tr td:nth-child(2)')?.textContent === '29'");
    browser.screenshot("table");
    // A link leads to the same rows.
    let link = browser.text_of("return location.href");
    browser.opens("about:blank");
    browser.opens(&link);
    browser.shows("29 rows match");
    browser.opens("about:blank");
    browser.opens(&web.link("table/0/path%3Dgizmo.items%26filter%3D.id%20%3E%201"));
    browser.until("document.querySelector('tbody tr td:nth-child(3)')?.textContent === 'bellows'");
    // The columns have the order of the fields.
    assert_eq!(browser.text_of("return document.querySelector('thead').textContent"), "#idlabel");
    assert_eq!(browser.messages(), "");
}

#[test]
fn a_million_rows_are_scrolled() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let numbers: Arc<Vec<u64>> = Arc::new((0..1_000_000).collect());
    let _added = app.console().add("numbers", numbers).unwrap();
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link("table/0/path%3Dnumbers"));
    browser.shows("1,000,000 rows");
    // Scrolls from one end to the other, and notes the longest time between two frames.
    browser.script(
        "const rows = document.querySelector('.scroller'); let [step, last, longest] = [0, performance.now(), 0];
         const frame = (now) => {
             longest = Math.max(longest, now - last);
             last = now;
             step += 1;
             rows.scrollTop = rows.scrollHeight * step / 200;
             if (step < 200) requestAnimationFrame(frame);
             else window.longest = longest;
         };
         requestAnimationFrame((now) => { last = now; frame(now); });",
    );
    browser.until("window.longest");
    browser.until("document.querySelector('tbody tr:last-child td:nth-child(2)')?.textContent === '999999'");
    assert!(browser.script("return document.querySelectorAll('tbody tr').length").as_u64().unwrap() < 60);
    #[expect(clippy::print_stderr, reason = "a measurement, which depends on the machine")]
    {
        eprintln!("the longest time between two frames: {} ms", browser.script("return window.longest"));
    }
    // By the keyboard.
    browser.script("document.querySelector('.scroller').focus()");
    browser.presses('\u{e011}');
    browser.until("document.querySelector('tbody tr td:nth-child(2)')?.textContent === '0'");
}

#[test]
fn charts_follow_expressions() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link("charts"));
    browser.types("input[name=code]", "gizmo.count\n");
    browser.until("document.querySelector('.chart output')?.textContent === '42'");
    app.gizmo.lock().count = 50;
    browser.until("document.querySelector('svg')?.getAttribute('aria-label')?.includes('now 50, 42 to 50')");
    browser.types("input[name=code]", "gizmo.conut\n");
    browser.until("document.querySelector('.chart output.error')");
    browser.screenshot("charts");
    assert_eq!(browser.messages(), "");
}

#[test]
fn threads_tasks_spans_and_log_are_tables() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let _service = BusyService::start(&home.socket("app", 1));
    tracing::info!("ready for requests");
    for level in ["observe", "operate"] {
        let web = Web::start(&home, &["app", "--level", level]);
        for list in ["threads", "tasks", "spans", "log"] {
            browser.opens("about:blank");
            browser.opens(&web.link(&format!("system/0/{list}")));
            browser.until("document.querySelector('tbody tr td:nth-child(2)')?.textContent");
            assert_eq!(browser.text_of("return document.querySelector('.error').textContent"), "", "{list}");
            let chosen = browser.text_of("return document.querySelector('[aria-pressed=true]').textContent");
            assert_eq!(chosen, list);
            browser.screenshot(&format!("system-{list}-{level}"));
        }
        // What a message says needs more than to observe.
        let log = browser.text_of("return document.querySelector('table').textContent");
        assert_eq!(log.contains("ready for requests"), level == "operate", "{log}");
    }
}

/// Returns what is wrong with the page: controls without a name, wrong roles, and text that is hard to read.
const CHECK: &str = r#"
    const problems = [];
    const named = (element) => element.getAttribute("aria-label") || element.textContent.trim() || element.labels?.length;
    for (const element of document.querySelectorAll("button, a, input, textarea, [role=tree], [role=listbox], [role=region], nav, section")) {
        if (!named(element)) problems.push(`no name: ${element.outerHTML.slice(0, 80)}`);
    }
    for (const [inner, outer] of [["treeitem", "tree"], ["option", "listbox"]]) {
        for (const element of document.querySelectorAll(`[role=${inner}]`)) {
            if (!element.closest(`[role=${outer}]`)) problems.push(`${inner} outside of ${outer}`);
        }
    }
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    if (new Set(ids).size < ids.length) problems.push("an id is there twice");
    for (const element of document.querySelectorAll("[aria-controls], [aria-activedescendant]")) {
        for (const name of ["aria-controls", "aria-activedescendant"]) {
            const id = element.getAttribute(name);
            if (id && !document.getElementById(id)) problems.push(`${name} leads nowhere: ${id}`);
        }
    }
    if (document.querySelectorAll("h1").length !== 1 || !document.querySelector("main") || !document.documentElement.lang) problems.push("no landmarks");
    const channels = (color) => {
        const [red, green, blue, alpha = 1] = color.match(/[\d.]+/g).map(Number);
        return { rgb: [red, green, blue], alpha };
    };
    const luminance = (rgb) => {
        const [red, green, blue] = rgb.map((part) => part / 255).map((part) => part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    const behind = (element) => {
        for (let at = element; at; at = at.parentElement) {
            const { rgb, alpha } = channels(getComputedStyle(at).backgroundColor);
            if (alpha === 1) return rgb;
        }
        return [255, 255, 255];
    };
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const element = walker.currentNode.parentElement;
        if (!walker.currentNode.data.trim() || !element.checkVisibility() || element.closest("noscript")) continue;
        const lights = [luminance(channels(getComputedStyle(element).color).rgb), luminance(behind(element))].sort((a, b) => b - a);
        const contrast = (lights[0] + 0.05) / (lights[1] + 0.05);
        if (contrast < 4.5) problems.push(`contrast ${contrast.toFixed(2)}: ${element.outerHTML.slice(0, 80)}`);
    }
    if (document.documentElement.scrollWidth > innerWidth) problems.push(`wider than the window: ${document.documentElement.scrollWidth}`);
    return problems.join("\n");
"#;

#[test]
fn all_views_have_names_contrast_and_fit_a_phone() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let (_one, _two) = (App::start(&home.socket("one", 1)), App::start(&home.socket("two", 2)));
    let web = Web::start(&home, &["one", "two", "--level", "operate"]);
    let views = [
        ("tree/0/gizmo.config.limit", "document.querySelector('[data-path=\"gizmo.config.limit\"]')"),
        ("console/0,1", "document.querySelectorAll('textarea').length === 2"),
        ("table/0/path%3Dgizmo.items", "document.querySelector('tbody tr')"),
        ("charts/0/gizmo.count", "document.querySelector('.chart output')?.textContent"),
        ("system/0/threads", "document.querySelector('tbody tr')"),
    ];
    for (scheme, width) in [("light", 1100), ("dark", 1100), ("dark", 390), ("light", 390)] {
        browser.prefers(scheme);
        browser.resizes(width, 844);
        for (view, condition) in views {
            browser.opens("about:blank");
            browser.opens(&web.link(view));
            browser.until(condition);
            browser.until("document.querySelector('.about').textContent.includes('process')");
            let name = view.split('/').next().unwrap();
            if name == "console" {
                browser.types("textarea", "gizmo\n");
                browser.until("document.querySelector('pre.answer')");
                browser.types("textarea", "gizmo.\t");
                browser.until("document.querySelector('[role=option]')");
            }
            browser.screenshot(&format!("{name}-{scheme}-{width}"));
            assert_eq!(browser.text_of(CHECK), "", "{view} {scheme} {width}");
        }
    }
}

#[test]
fn a_saved_page_needs_no_server() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    browser.opens(&web.link("tree/0/gizmo.count"));
    browser.until("document.querySelector('[data-path=\"gizmo.count\"]')");
    // The file goes to a script in place of the disk.
    browser.script("URL.createObjectURL = (blob) => { blob.text().then((text) => { window.saved = text; }); return 'blob:'; };");
    browser.script("HTMLAnchorElement.prototype.click = () => {};");
    browser.clicks("nav button");
    browser.until("window.saved");
    let saved = browser.text_of("return window.saved");
    assert!(saved.contains("Requests served since the start.") && saved.contains(">42<"), "{saved}");
    for never in [web.token.as_str(), "<script", "<button", " src=", " href="] {
        assert!(!saved.contains(never), "{never}: {saved}");
    }
}

#[test]
fn a_wrong_token_is_explained() {
    let Some(browser) = Browser::start() else { return };
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let web = Web::start(&home, &["app"]);
    browser.opens(&format!("http://{}/#wrong/tree", web.address));
    browser.shows("the token of this link is not valid");
    assert_eq!(browser.script("return document.querySelectorAll('[role=treeitem]').length"), 0);
}
