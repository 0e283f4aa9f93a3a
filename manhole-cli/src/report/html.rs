//! A report as one HTML file that needs no other.

use super::collect::Report;
use super::markdown::body;
use crate::terminal::format::format_uptime;

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;margin:2em auto;max-width:75em;padding:0 1em}\
pre{background:#f4f4f4;padding:.7em;overflow:auto}td,th{padding:.1em 1em .1em 0;text-align:left}\
summary{font-weight:bold;cursor:pointer}code{color:#555}\
@media(prefers-color-scheme:dark){body{background:#111;color:#ddd}pre{background:#222}code{color:#aaa}}";

pub(super) fn text(report: &Report) -> String {
    let title = format!("{} at {}", escape(&report.application), report.time);
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title><style>{STYLE}</style></head><body>\n\
         <h1>{title}</h1>\n<table>\n"
    );
    for (name, value) in [
        ("target", report.target.clone()),
        ("process", report.pid.to_string()),
        ("up", format_uptime(report.uptime_ms)),
        ("manhole", report.version.clone()),
    ] {
        text += &format!("<tr><th>{name}</th><td>{}</td></tr>\n", escape(&value));
    }
    text += "</table>\n";
    for root in &report.roots {
        text += &format!(
            "<details{}><summary>{} <code>{}</code></summary><p>{}</p><pre>{}</pre></details>\n",
            if root.builtin { "" } else { " open" },
            escape(&root.name),
            escape(&root.r#type),
            escape(&root.doc),
            escape(&body(root))
        );
    }
    text += "<details><summary>Limits of a session</summary><table>\n";
    for limit in &report.limits {
        text += &format!(
            "<tr><th>{}</th><td>{}</td><td>of {}</td><td>{}</td></tr>\n",
            escape(&limit.name),
            escape(&limit.value),
            escape(&limit.ceiling),
            escape(&limit.doc)
        );
    }
    text + "</table></details>\n</body></html>\n"
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
