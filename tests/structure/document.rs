//! Checks that the paths in `ARCHITECTURE.md` exist.

use std::path::PathBuf;

use super::DOCUMENT;

const EXTENSIONS: [&str; 9] = [".rs", ".md", ".toml", ".py", ".rhai", ".sh", ".svg", ".txt", ".json"];

/// Returns a finding for each path between back-ticks, or in a table of what to open, that no file or folder of the workspace ends with.
pub(crate) fn missing_paths(document: &str, files: &[PathBuf]) -> Vec<String> {
    let mut findings = Vec::new();
    let (mut is_code, mut is_table) = (false, false);
    for (number, line) in document.lines().enumerate() {
        if line.starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        let is_row = line.starts_with('|');
        is_table = is_row && (is_table || line.to_lowercase().contains("open"));
        let quoted = line.split('`').skip(1).step_by(2);
        let cells = is_table.then(|| line.split([' ', ',', '`', '|'])).into_iter().flatten();
        for path in quoted.chain(cells).flat_map(alternatives).filter(|path| is_path(path)) {
            if !exists(&path, files) {
                findings.push(format!("{DOCUMENT}:{}: no file `{path}`", number + 1));
            }
        }
    }
    findings
}

/// Returns `a/b` and `a/c` for `a/{b,c}`.
fn alternatives(text: &str) -> Vec<String> {
    match text.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?))) {
        Some((before, (inner, after))) => {
            inner.split(',').map(|one| format!("{before}{one}{after}")).collect()
        }
        None => vec![text.to_owned()],
    }
}

/// Returns whether a text is meant as a path inside the workspace.
fn is_path(text: &str) -> bool {
    let is_plain = text.chars().all(|character| character.is_alphanumeric() || "_-./".contains(character));
    let is_relative = text.starts_with(|first: char| first.is_alphanumeric());
    is_plain
        && is_relative
        && (text.contains('/') || EXTENSIONS.iter().any(|extension| text.ends_with(extension)))
}

fn exists(path: &str, files: &[PathBuf]) -> bool {
    let path = path.trim_end_matches('/');
    files.iter().any(|file| file.ancestors().any(|file| file.ends_with(path)))
}
