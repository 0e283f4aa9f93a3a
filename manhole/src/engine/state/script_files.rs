//! The files of the application's directory of scripts, and what the comments in scripts say.

use std::fs::{File, OpenOptions};
use std::io::Read;
use std::path::{Component, Path, PathBuf};

use super::script_cache::EXTENSION;
use crate::engine::value::{ScriptError, ScriptResult, unknown_name};

/// The maximum size of a script, which is also that of a command.
const MAX_SCRIPT_BYTES: usize = 64 * 1024;

/// The maximum number of files in which scripts are searched.
const MAX_FILES: usize = 1_000;

/// A function in the text of a script or command.
pub(crate) struct DocumentedFunction {
    pub(crate) name: String,
    /// Its name with its parameters.
    pub(crate) signature: String,
    pub(crate) doc: String,
}

impl DocumentedFunction {
    /// Returns the functions that a text defines at the beginning of a line, except private ones.
    pub(crate) fn all(text: &str) -> Vec<Self> {
        let (mut found, mut doc) = (Vec::new(), Vec::new());
        for line in text.lines().map(str::trim_start) {
            if let Some(comment) = line.strip_prefix("///") {
                doc.push(comment.trim());
                continue;
            }
            let definition = line.strip_prefix("pub ").unwrap_or(line).strip_prefix("fn ");
            if let Some((name, rest)) = definition.and_then(|definition| definition.split_once('(')) {
                let params = rest.split(')').next().unwrap_or_default();
                let signature = format!("{name}({params})");
                found.push(Self { name: name.trim().to_owned(), signature, doc: doc.join("\n") });
            }
            doc.clear();
        }
        found
    }
}

/// Returns the comment at the beginning of a script.
pub(crate) fn heading(text: &str) -> String {
    let comment = |line: &'_ str| {
        let comment = line.strip_prefix("//!").or_else(|| line.strip_prefix("//"))?;
        (!comment.starts_with('/')).then(|| comment.trim().to_owned())
    };
    text.lines().map_while(comment).collect::<Vec<_>>().join("\n")
}

/// Returns the names of the scripts in a directory.
pub(crate) fn names(directory: &Path) -> Vec<String> {
    let entries = directory.read_dir().into_iter().flatten().take(MAX_FILES).flatten();
    let mut names: Vec<_> = entries
        .filter_map(|entry| {
            let path = PathBuf::from(entry.file_name());
            let is_script = path.extension().is_some_and(|extension| extension == EXTENSION);
            is_script.then(|| path.with_extension("").to_string_lossy().into_owned())
        })
        .collect();
    names.sort();
    names
}

/// Returns the scripts and directories of scripts beside the path that is typed: `net/`, `net/peers`.
pub(crate) fn entries(directory: &Path, typed: &str) -> Vec<String> {
    let (parent, _) = typed.rsplit_once('/').unwrap_or(("", typed));
    let is_inside = !typed.starts_with('/')
        && Path::new(parent).components().all(|part| matches!(part, Component::Normal(_)));
    let inside = directory.join(parent);
    // A link may lead out of the directory.
    if !is_inside || !inside.canonicalize().is_ok_and(|real| real.starts_with(directory)) {
        return Vec::new();
    }
    let parent = if parent.is_empty() { String::new() } else { format!("{parent}/") };
    let mut found: Vec<_> = names(&inside).into_iter().map(|name| format!("{parent}{name}")).collect();
    let entries = inside.read_dir().into_iter().flatten().take(MAX_FILES).flatten();
    let directories = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    let names = directories.map(|entry| entry.file_name().to_string_lossy().into_owned());
    found.extend(names.filter(|name| !name.starts_with('.')).map(|name| format!("{parent}{name}/")));
    found
}

/// Opens the file of a script, if it is below `directory`.
pub(crate) fn open(directory: &Path, name: &str) -> ScriptResult<File> {
    let relative = Path::new(name);
    let plain = !name.is_empty() && relative.components().all(|part| matches!(part, Component::Normal(_)));
    let outside = || {
        let help = "use a path below that directory, without `..`: import \"net/peers\" as peers";
        ScriptError::new(format!("cannot import {name:?}: it is not in the directory of scripts"))
            .with_help(help)
    };
    if !plain || name.contains('\0') {
        return Err(outside());
    }
    let mut file_name = relative.as_os_str().to_owned();
    file_name.push(".");
    file_name.push(EXTENSION);
    let path = directory.join(file_name);
    let real = path.canonicalize().map_err(|error| {
        if error.kind() == std::io::ErrorKind::NotFound {
            missing(directory, name)
        } else {
            unreadable(name, &error)
        }
    })?;
    if !real.starts_with(directory) {
        return Err(outside());
    }
    let mut options = OpenOptions::new();
    options.read(true);
    // The file may have been replaced by now, but opening it never waits.
    #[cfg(unix)]
    {
        use rustix::fs::OFlags;
        let flags = OFlags::NONBLOCK | OFlags::NOFOLLOW;
        std::os::unix::fs::OpenOptionsExt::custom_flags(&mut options, flags.bits() as i32);
    }
    let file = options.open(&real).map_err(|error| unreadable(name, &error))?;
    let meta = file.metadata().map_err(|error| unreadable(name, &error))?;
    if !meta.is_file() {
        return Err(ScriptError::new(format!("cannot import {name:?}: it is not a file")));
    }
    Ok(file)
}

pub(crate) fn read(file: File, name: &str) -> ScriptResult<String> {
    let mut bytes = Vec::new();
    let limit = u64::try_from(MAX_SCRIPT_BYTES).unwrap_or(u64::MAX);
    file.take(limit + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if bytes.len() > MAX_SCRIPT_BYTES {
        return Err(ScriptError::new(format!(
            "cannot import {name:?}: it is larger than {} KiB",
            MAX_SCRIPT_BYTES / 1024
        )));
    }
    String::from_utf8(bytes).map_err(|_| ScriptError::new(format!("cannot import {name:?}: it is not UTF-8")))
}

pub(crate) fn unreadable(name: &str, error: &std::io::Error) -> ScriptError {
    ScriptError::new(format!("cannot read the script {name:?}: {error}"))
}

/// Returns the error for a missing script, with the names of the others.
fn missing(directory: &Path, name: &str) -> ScriptError {
    /// More would not fit on a line.
    const MAX_NAMES: usize = 20;
    let mut names = names(directory);
    let message = unknown_name("script", name, names.iter().map(String::as_str));
    names.truncate(MAX_NAMES);
    let help = (!names.is_empty()).then(|| format!("use one of {}", names.join(", ")));
    ScriptError::new(message).with_optional_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn functions_have_the_comments_above_them() {
        let text = "// Sessions.\n\n/// The longest\n/// one.\nfn longest(service) {\n}\n/// Not it.\nlet x = 1;\n\
                    pub fn twice(a: u64, b) -> u64 { a }\nprivate fn hidden() {}\n  // fn no() {}";
        let found = DocumentedFunction::all(text);
        let found: Vec<_> = found.iter().map(|found| (&*found.signature, &*found.doc)).collect();
        assert_eq!(found, [("longest(service)", "The longest\none."), ("twice(a: u64, b)", "")]);
        assert_eq!(heading(text), "Sessions.");
    }
}
