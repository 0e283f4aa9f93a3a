//! Paths as text, for programs that ask for a value without running code: `gizmo.items[3].by_name["k"]`.

use rhai::Scope;

use super::handle::Handle;
use super::program::Program;
use crate::engine::value::{ScriptError, did_you_mean};
use crate::reflect::{Step, Value};

/// How many steps a path may have: as many as a script's.
const DEEPEST: usize = 512;

/// A path that was written.
#[derive(Debug, PartialEq)]
pub(crate) struct ParsedPath<'a> {
    pub(crate) root: &'a str,
    pub(crate) steps: Vec<Step>,
}

/// Reads a path: a name, and any number of `.name` and `[key]`, where the key is an integer, a text, a character, `true` or
/// `false`. It is the inverse of how paths are shown.
pub(crate) fn parse(path: &str) -> Result<ParsedPath<'_>, ScriptError> {
    let end = path.find(|char| !is_word(char)).unwrap_or(path.len());
    let (root, mut rest) = path.split_at(end);
    let wrong = |rest: &str| {
        let column = path[..path.len() - rest.len()].chars().count() + 1;
        ScriptError::new(format!("{path:?} is no path: it cannot go on like this at its character {column}"))
            .with_help("paths are written like gizmo.items[3].by_name[\"k\"]".to_owned())
    };
    if root.is_empty() {
        return Err(wrong(path));
    }
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if steps.len() >= DEEPEST {
            return Err(ScriptError::new(format!("a path has {DEEPEST} steps at most")));
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

pub(crate) fn is_word(char: char) -> bool {
    char.is_alphanumeric() || char == '_'
}

/// The key at the beginning of `text`, and what follows it.
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

/// A text up to its closing quote, with what Rust escapes.
fn quoted(text: &str, close: char) -> Option<(String, &str)> {
    let mut found = String::new();
    let mut chars = text.char_indices();
    while let Some((at, char)) = chars.next() {
        if char == close {
            return Some((found, &text[at + 1..]));
        }
        if char != '\\' {
            found.push(char);
            continue;
        }
        found.push(match chars.next()?.1 {
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

/// The live value that `path` leads to, from a root or from a variable that holds one.
pub(crate) fn resolve_path(program: &Program, scope: &Scope<'_>, path: &str) -> Result<Handle, ScriptError> {
    let ParsedPath { root, steps } = parse(path)?;
    let variable = scope.get(root).and_then(|value| value.read_lock::<Handle>().map(|found| found.clone()));
    let found = variable.or_else(|| program.root(root).cloned());
    let Some(found) = found else { return Err(unknown(program, scope, root)) };
    Ok(steps.into_iter().fold(found, |handle, step| handle.join(step)))
}

fn unknown(program: &Program, scope: &Scope<'_>, root: &str) -> ScriptError {
    if scope.contains(root) {
        return ScriptError::new(format!("`{root}` is a value of the session's own, which has no path"))
            .with_help("evaluate it".to_owned());
    }
    if program.function_item(root).is_some() {
        return ScriptError::new(format!("`{root}` is a function, which holds nothing"))
            .with_help("describe it, or call it".to_owned());
    }
    let near = did_you_mean(root, program.names());
    let names: Vec<_> = program.names().collect();
    let help = (!names.is_empty()).then(|| format!("the names here: {}", names.join(", ")));
    ScriptError::new(format!("there is no name `{root}`{near}")).with_help(help)
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
        fn a_path_that_is_shown_is_read_back(steps in prop::collection::vec(any_step(), 0..6)) {
            let path = steps.iter().fold(Path::root(), |path, step| path.join(step.clone()));
            let text = format!("root{path}");
            prop_assert_eq!(parse(&text).unwrap(), ParsedPath { root: "root", steps });
        }

        #[test]
        fn whatever_is_no_path_is_refused_and_nothing_worse(text in ".*") {
            let _ = parse(&text);
        }
    }

    #[test]
    fn a_path_has_an_end() {
        let fault = parse(&format!("a{}", ".b".repeat(30_000))).unwrap_err();
        assert_eq!(fault.message, "a path has 512 steps at most");
    }

    #[test]
    fn what_is_no_path_says_where() {
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
            let fault = parse(path).unwrap_err();
            assert!(
                fault.message.ends_with(&format!("at its character {column}")),
                "{path}: {}",
                fault.message
            );
        }
    }
}
