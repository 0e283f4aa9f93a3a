//! Saves a value to a file that other users cannot read.

use std::io::{self, Write};
use std::path::PathBuf;

use manhole_protocol::Data;

use crate::private_file;
use crate::terminal::data::{Json, JsonForm};

/// Whether a file may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Overwrite {
    Never,
    Confirmed,
}

/// Returns a name for the file of a path: `gizmo.items[1]` becomes `gizmo.items.1.json`.
pub(super) fn file_name(path: &str) -> String {
    let mut name = String::new();
    for char in path.chars() {
        if char.is_alphanumeric() || matches!(char, '_' | '-') {
            name.push(char);
        } else if !name.ends_with('.') && !name.is_empty() {
            name.push('.');
        }
    }
    let name: String = name.chars().take(100).collect();
    format!("{}.json", name.trim_end_matches('.'))
}

/// Writes a value as plain JSON.
///
/// # Errors
///
/// `AlreadyExists` if there is a file that may not be replaced.
pub(super) fn save(file: &str, data: &Data, overwrite: Overwrite) -> io::Result<()> {
    let home =
        file.strip_prefix("~/").and_then(|rest| Some(PathBuf::from(std::env::var_os("HOME")?).join(rest)));
    let path = home.unwrap_or_else(|| PathBuf::from(file));
    let mut opened = match overwrite {
        Overwrite::Never => private_file::create_new(&path)?,
        Overwrite::Confirmed => private_file::create(&path)?,
    };
    let mut json = serde_json::to_string_pretty(&Json(data, JsonForm::Plain))?;
    json.push('\n');
    opened.write_all(json.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_the_name_of_its_path_and_is_not_replaced() {
        assert_eq!(file_name("gizmo.items[1]"), "gizmo.items.1.json");
        assert_eq!(file_name("a[\"../x\"]"), "a.x.json");
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("a.json").display().to_string();
        save(&file, &1.into(), Overwrite::Never).unwrap();
        let error = save(&file, &2.into(), Overwrite::Never).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "1\n");
        save(&file, &2.into(), Overwrite::Confirmed).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "2\n");
    }
}
