//! The methods of paths, which are strings with a mark, and what keeps the mark in a variable.

use std::any::TypeId;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use rhai::{Array, Dynamic, FuncRegistration, ImmutableString, Module};

use super::arithmetic::bind_raw;
use super::comparisons::bind_native;
use super::strings::parts;
use crate::engine::live::strip_wrappers;
use crate::engine::value::{EvalResult, ScriptError, Signature, register, to_script, type_mark};
use crate::reflect::{Manhole, TypeInfo};

fn is_path(info: &'static TypeInfo) -> bool {
    matches!(strip_wrappers(info).name, "Path" | "PathBuf")
}

/// Adds the methods.
pub(super) fn bind(module: &mut Module) {
    let text = TypeId::of::<ImmutableString>();
    // What `collect` into a string becomes: the upper case of one character is a string already.
    bind_raw(module, "join", &[text, text], |args| match args {
        [path, part] => {
            let (text, part) = (path.to_string(), part.to_string());
            let info = type_mark::marked_type(path).filter(|info| is_path(info));
            match info {
                Some(info) => {
                    let joined = Path::new(&text).join(part).to_string_lossy().into_owned();
                    Ok(type_mark::mark(joined.into(), info))
                }
                None if part.is_empty() => Ok(text.into()),
                None => {
                    Err(ScriptError::new("cannot join the string: only lists and paths are joined").into())
                }
            }
        }
        _ => Err(ScriptError::new("`join` takes a string").into()),
    });
    type Part = fn(&Path) -> Option<&OsStr>;
    const PARTS: [(&str, Part); 3] =
        [("file_name", Path::file_name), ("file_stem", Path::file_stem), ("extension", Path::extension)];
    for (name, part) in PARTS {
        register(module, name, move |path: &str| {
            part(Path::new(path)).map_or_else(to_script::none, |part| {
                to_script::some(part.to_string_lossy().into_owned().into())
            })
        });
    }
    register(module, "parent", |text: &str| {
        let path = |parent: &Path| {
            type_mark::mark(parent.to_string_lossy().into_owned().into(), PathBuf::type_info())
        };
        Path::new(text).parent().map_or_else(to_script::none, |parent| to_script::some(path(parent)))
    });
    register(module, "components", |path: &str| -> EvalResult<Array> {
        let parts: Vec<_> =
            Path::new(path).components().map(|part| part.as_os_str().to_string_lossy()).collect();
        self::parts(parts.iter().map(|part| &**part))
    });
    register(module, "is_relative", |path: &str| Path::new(path).is_relative());
    type Change = fn(&Path, &str) -> PathBuf;
    const CHANGES: [(&str, Change); 2] = [
        ("with_extension", |path, new| path.with_extension(new)),
        ("with_file_name", |path, new| path.with_file_name(new)),
    ];
    for (name, change) in CHANGES {
        register(module, name, move |path: &str, new: &str| {
            let changed = change(Path::new(path), new).to_string_lossy().into_owned();
            type_mark::mark(changed.into(), PathBuf::type_info())
        });
    }
    register(module, "is_absolute", |path: &str| Path::new(path).is_absolute());
    register(module, "__path", |path: Dynamic| {
        if path.is_string() { type_mark::mark(path, PathBuf::type_info()) } else { path }
    });
    bind_path_ends(module);
    for (name, arity) in [("push", 1), ("pop", 0)] {
        let types = vec![TypeId::of::<ImmutableString>(); arity + 1];
        Signature { name, arity }.register_method_for(module, &types, |_, text, args| {
            let info = type_mark::marked_type(text).filter(|info| is_path(info));
            let old = text.to_string();
            let Some(info) = info else { return change_text(text, args) };
            let mut path = PathBuf::from(old);
            let result = match args {
                [part] => {
                    path.push(part.to_string());
                    Dynamic::UNIT
                }
                _ => path.pop().into(),
            };
            *text = type_mark::mark(path.to_string_lossy().into_owned().into(), info);
            Ok(result)
        });
    }
    bind_kept(module);
}

/// Removes the last character of a string, or refuses to append another string.
fn change_text(text: &mut Dynamic, args: &[Dynamic]) -> EvalResult {
    if !args.is_empty() {
        let error = ScriptError::new("cannot push the string: `push` takes a `char`");
        return Err(error.with_help("append it: text.push_str(\"…\")").into());
    }
    let mut chars: Vec<_> = text.to_string().chars().collect();
    let last = chars.pop();
    *text = chars.into_iter().collect::<String>().into();
    Ok(last.map_or_else(to_script::none, |last| to_script::some(last.into())))
}

/// A text with its type. The engine drops the type of a plain text in the definition of a variable.
#[derive(Clone)]
struct KeptText(Dynamic);

/// Adds the functions around the definition of a variable: `let p = __kept(value); __keep(p)`.
fn bind_kept(module: &mut Module) {
    register(module, "__kept", |value: Dynamic| {
        if value.is_string() && type_mark::is_marked(&value) { Dynamic::from(KeptText(value)) } else { value }
    });
    FuncRegistration::new("__keep").in_global_namespace().with_purity(false).set_into_module(
        module,
        |variable: &mut Dynamic| {
            let text = variable.read_lock::<KeptText>().map(|kept| kept.0.clone());
            if let Some(text) = text {
                *variable = text;
            }
        },
    );
}

/// Replaces the engine's `starts_with` and `ends_with`. Of a path these compare whole components.
fn bind_path_ends(module: &mut Module) {
    type Test = fn(&Path, &str) -> bool;
    type TextTest = fn(&str, &str) -> bool;
    const TESTS: [(&str, Test, TextTest); 2] = [
        ("starts_with", |path, start| path.starts_with(start), |text, start| text.starts_with(start)),
        ("ends_with", |path, end| path.ends_with(end), |text, end| text.ends_with(end)),
    ];
    for (name, test, text_test) in TESTS {
        bind_native(module, name, [TypeId::of::<ImmutableString>(); 2], move |_, text, part| {
            let is_path = type_mark::marked_type(text).is_some_and(is_path);
            let (text, part) = (text.to_string(), part.to_string());
            Ok(if is_path { test(Path::new(&text), &part) } else { text_test(&text, &part) }.into())
        });
    }
    bind_native(module, "strip_prefix", [TypeId::of::<ImmutableString>(); 2], |_, text, start| {
        let (path, start) = (text.to_string(), start.to_string());
        let Some(info) = type_mark::marked_type(text).filter(|info| is_path(info)) else {
            let rest = path.strip_prefix(start.as_str());
            return Ok(rest.map_or_else(to_script::none, |rest| to_script::some(rest.to_owned().into())));
        };
        match Path::new(&path).strip_prefix(start) {
            Ok(rest) => Ok(type_mark::mark(rest.to_string_lossy().into_owned().into(), info)),
            Err(_) => {
                let error =
                    ScriptError::new("cannot strip the prefix: the path does not begin with these parts");
                Err(error.of_function().into())
            }
        }
    });
}
