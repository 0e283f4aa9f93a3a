//! Parses paths such as `gizmo.items[3].by_name["k"]`, for clients that read a value without running code.

use rhai::Scope;

use super::handle::{Handle, MAX_PATH_STEPS};
use super::program::Program;
use crate::engine::value::lexing::is_word;
use crate::engine::value::{ScriptError, ScriptResult};
use crate::reflect::{Step, Value};

/// The name and steps of a path.
#[derive(Debug, PartialEq)]
pub(crate) struct ParsedPath<'a> {
    pub(crate) root: &'a str,
    pub(crate) steps: Vec<Step>,
}

/// Parses a path: a name, and any number of `.name` and `[key]`, where the key is an integer, a string, a character, `true` or
/// `false`. This is the inverse of the `Display` of paths.
pub(crate) fn parse(path: &str) -> ScriptResult<ParsedPath<'_>> {
    let end = path.find(|char| !is_word(char)).unwrap_or(path.len());
    let (root, mut rest) = path.split_at(end);
    let wrong = |rest: &str| {
        let column = path[..path.len() - rest.len()].chars().count() + 1;
        ScriptError::new(format!("cannot parse the path {path:?}: unexpected input at character {column}"))
            .with_help("write a path such as gizmo.items[3].by_name[\"k\"]")
    };
    if root.is_empty() {
        return Err(wrong(path));
    }
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if steps.len() >= MAX_PATH_STEPS {
            return Err(ScriptError::new(format!(
                "cannot parse the path: expected at most {MAX_PATH_STEPS} steps"
            )));
        }
        if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(|char| !is_word(char)).unwrap_or(after.len());
            let (name, after) = after.split_at(end);
            if name.is_empty() {
                return Err(wrong(after));
            }
            steps.push(Step::Name(name.to_owned().into()));
            rest = after;
        } else if let Some(after) = rest.strip_prefix('[') {
            let (key, after) = key(after).ok_or_else(|| wrong(after))?;
            rest = after.trim_start().strip_prefix(']').ok_or_else(|| wrong(after))?;
            steps.push(Step::Key(key));
        } else {
            return Err(wrong(rest));
        }
    }
    Ok(ParsedPath { root, steps })
}

/// Parses the key at the beginning of `text`. Returns it with the rest.
fn key(text: &str) -> Option<(Value<'static>, &str)> {
    let text = text.trim_start();
    match text.chars().next()? {
        '"' => quoted(&text[1..], '"').map(|(key, rest)| (Value::from(key), rest)),
        '\'' => {
            let (key, rest) = quoted(&text[1..], '\'')?;
            let mut chars = key.chars();
            chars.next().filter(|_| chars.next().is_none()).map(|char| (Value::from(char), rest))
        }
        first => {
            let first = first.len_utf8();
            let end = text[first..].find(|char| !is_word(char)).map_or(text.len(), |end| first + end);
            let (word, rest) = text.split_at_checked(end)?;
            let key = match word {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                word => {
                    let int = word.parse::<i128>().map(Value::from);
                    int.or_else(|_| word.parse::<u128>().map(Value::from)).ok()?
                }
            };
            Some((key, rest))
        }
    }
}

/// Parses a string up to its closing quote, with the escapes of Rust. Returns it with the rest.
fn quoted(text: &str, close: char) -> Option<(String, &str)> {
    let mut unescaped = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        if char == close {
            return Some((unescaped, &text[at + 1..]));
        }
        if char != '\\' {
            unescaped.push(char);
            continue;
        }
        unescaped.push(match chars.next()?.1 {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '0' => '\0',
            'u' => {
                let (_, '{') = chars.next()? else { return None };
                let mut code = 0_u32;
                loop {
                    match chars.next()?.1 {
                        '}' => break char::from_u32(code)?,
                        digit => code = code.checked_mul(16)?.checked_add(digit.to_digit(16)?)?,
                    }
                }
            }
            same @ ('"' | '\'' | '\\') => same,
            _ => return None,
        });
    }
    None
}

/// Returns the handle for `path`, which begins with a root or with a variable that holds a handle.
pub(crate) fn resolve_path(program: &Program, scope: &Scope<'_>, path: &str) -> ScriptResult<Handle> {
    let ParsedPath { root, steps } = parse(path)?;
    let variable = scope.get(root).and_then(|value| value.read_lock::<Handle>().map(|handle| handle.clone()));
    let handle = variable.or_else(|| program.root(root).cloned());
    let handle = handle.ok_or_else(|| unknown_root(program, scope, root))?;
    Ok(steps.into_iter().fold(handle, |handle, step| handle.join(step)))
}

fn unknown_root(program: &Program, scope: &Scope<'_>, root: &str) -> ScriptError {
    if scope.contains(root) {
        return ScriptError::new(format!("`{root}` is a value of the session, which has no path"))
            .with_help("evaluate it");
    }
    if program.function_item(root).is_some() {
        return ScriptError::new(format!("`{root}` is a function, which has no path"))
            .with_help("describe it, or call it");
    }
    program.unknown_name(root, [])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::reflect::Path;

    fn any_step() -> impl Strategy<Value = Step> {
        prop_oneof![
            "[a-z_][a-z0-9_]{0,8}".prop_map(|name| Step::Name(name.into())),
            any::<i128>().prop_map(|key| Step::Key(Value::from(key))),
            any::<u128>().prop_map(|key| Step::Key(Value::from(key))),
            any::<bool>().prop_map(|key| Step::Key(Value::from(key))),
            any::<char>().prop_map(|key| Step::Key(Value::from(key))),
            any::<String>().prop_map(|key| Step::Key(Value::from(key))),
        ]
    }

    proptest! {
        #[test]
        fn a_displayed_path_parses(steps in prop::collection::vec(any_step(), 0..6)) {
            let path = steps.iter().fold(Path::root(), |path, step| path.join(step.clone()));
            let text = format!("root{path}");
            prop_assert_eq!(parse(&text).unwrap(), ParsedPath { root: "root", steps });
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn a_path_with_too_many_steps_is_refused() {
        let error = parse(&format!("a{}", ".b".repeat(30_000))).unwrap_err();
        assert_eq!(error.message, "cannot parse the path: expected at most 512 steps");
    }

    #[test]
    fn a_syntax_error_shows_its_column() {
        for (path, column) in [
            ("", 1),
            ("a.", 3),
            ("a..b", 3),
            ("a[", 3),
            ("a[x]", 3),
            ("a[1", 4),
            ("a b", 2),
            ("é[\"", 3),
            ("a[é]", 3),
            ("a[–]", 3),
        ] {
            let message = parse(path).unwrap_err().message;
            assert!(message.ends_with(&format!("at character {column}")), "{path}: {message}");
        }
    }
}
