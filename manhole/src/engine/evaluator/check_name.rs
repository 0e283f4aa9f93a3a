//! The check of the names of a namespace.

use std::fmt;

use crate::engine::live::BUILTINS;

/// The reason why a namespace cannot be bound.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub(crate) enum NamespaceError {
    /// The name is not an identifier.
    NotAName(String),
    /// The name is a keyword of the script language.
    Keyword(String),
    /// The name is a builtin of the console.
    Builtin(String),
    /// The console has the name already.
    Taken(String),
}

impl fmt::Display for NamespaceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAName(name) => {
                write!(f, "cannot use {name:?} as a name: expected letters, digits and `_`")
            }
            Self::Keyword(name) => {
                write!(f, "cannot use `{name}` as a name: it is a keyword of the console's language")
            }
            Self::Builtin(name) => write!(f, "cannot use `{name}` as a name: it is a builtin of the console"),
            Self::Taken(name) => write!(f, "cannot add `{name}`: the console has this name already"),
        }
    }
}

/// Checks a name of a namespace.
pub(super) fn check_name(name: &str) -> Result<(), NamespaceError> {
    let is_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
    if !name.chars().all(is_name)
        || !name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
    {
        return Err(NamespaceError::NotAName(name.to_owned()));
    }
    if BUILTINS.contains(&name) {
        return Err(NamespaceError::Builtin(name.to_owned()));
    }
    if !is_variable(name) {
        return Err(NamespaceError::Keyword(name.to_owned()));
    }
    Ok(())
}

/// Returns `name` with `_` in place of each character that a name cannot have: `shard_7` for `shard-7`. If its first letter is a
/// digit, `n` stands before it.
pub(super) fn to_name(name: &str) -> String {
    let to_char = |char: char| if char.is_ascii_alphanumeric() { char } else { '_' };
    let has_digit_first =
        name.chars().find(char::is_ascii_alphanumeric).is_some_and(|first| first.is_ascii_digit());
    has_digit_first.then_some('n').into_iter().chain(name.chars().map(to_char)).collect()
}

/// Returns whether the engine accepts `name` as a variable. It also accepts `global`, which names a module too.
///
/// A name of a function can be the name of a variable. A call of the parser would be more direct, but would load a MiB of its code
/// into an application whose console is unused.
fn is_variable(name: &str) -> bool {
    name != "global" && rhai::FnPtr::new(name).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns whether the parser accepts `name` as a variable.
    fn is_parsed_as_variable(name: &str) -> bool {
        let engine = rhai::Engine::new_raw();
        let is_read = engine.compile_expression(name).is_ok_and(|read| {
            let statement = read.statements().first().cloned();
            matches!(statement, Some(rhai::Stmt::Expr(value)) if matches!(*value, rhai::Expr::Variable(..)))
        });
        is_read && engine.compile(format!("let {name} = 1")).is_ok()
    }

    #[test]
    fn a_name_is_accepted_if_the_parser_accepts_it_as_a_variable() {
        // All keywords and reserved words of the language, and more.
        let words = "true false let const if else do while until unless loop for in continue break return throw try catch switch \
            case default match fn private import export as with global this super static shared thread go sync async await yield \
            new use module package var void null nil spawn exit is def is_def_var is_def_fn is_shared type_of print debug eval Fn \
            call curry goto each then public protected static void sleep count gizmo x _x x_ x1 _1 __ _ 1x help set watch level \
            limits history vars parse_json timestamp range len push map filter self crate Self struct impl mut ref where";
        for word in words.split_whitespace() {
            assert_eq!(is_variable(word), word != "global" && is_parsed_as_variable(word), "{word}");
        }
        assert!(is_variable("gizmo") && !is_variable("while") && !is_variable("match"));
    }

    #[test]
    fn a_text_becomes_a_name() {
        let names = ["shard-7", "7", "-7", "tenant:42/eu", "größe", "ok_1", ""].map(to_name);
        assert_eq!(names, ["shard_7", "n7", "n_7", "tenant_42_eu", "gr__e", "ok_1", ""]);
    }
}
