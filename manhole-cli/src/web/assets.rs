//! The files of the page, which are part of the program.

/// A file with its type.
pub(super) struct Asset {
    pub(super) kind: &'static str,
    pub(super) text: &'static str,
}

const SCRIPT: &str = "text/javascript; charset=utf-8";

/// Returns the file of this name. The page itself has the empty name.
pub(super) fn find(name: &str) -> Option<Asset> {
    let (kind, text) = match name {
        "" => ("text/html; charset=utf-8", include_str!("page/index.html")),
        "page.css" => ("text/css; charset=utf-8", include_str!("page/page.css")),
        "page.js" => (SCRIPT, include_str!("page/page.js")),
        "link.js" => (SCRIPT, include_str!("page/link.js")),
        "dom.js" => (SCRIPT, include_str!("page/dom.js")),
        "tree.js" => (SCRIPT, include_str!("page/tree.js")),
        "console.js" => (SCRIPT, include_str!("page/console.js")),
        "table.js" => (SCRIPT, include_str!("page/table.js")),
        "rows.js" => (SCRIPT, include_str!("page/rows.js")),
        "charts.js" => (SCRIPT, include_str!("page/charts.js")),
        "system.js" => (SCRIPT, include_str!("page/system.js")),
        "export.js" => (SCRIPT, include_str!("page/export.js")),
        _ => return None,
    };
    Some(Asset { kind, text })
}
