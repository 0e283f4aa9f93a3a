//! The engine's errors in words for the person at the prompt: what is wrong, and what to try.

use rhai::{EvalAltResult, ParseErrorType};

use super::diagnostic::{Diagnostic, plain_types};
use super::script_error::{ScriptError, ScriptErrorKind};
use crate::reflect::closest_match;

/// What an error says, without its place.
pub(crate) fn diagnosis(error: EvalAltResult) -> Diagnostic {
    let kind = match &error {
        EvalAltResult::ErrorStackOverflow(_)
        | EvalAltResult::ErrorTooManyVariables(_)
        | EvalAltResult::ErrorTooManyModules(_)
        | EvalAltResult::ErrorDataTooLarge(..) => ScriptErrorKind::Limit,
        _ => ScriptErrorKind::Runtime,
    };
    let (message, help) = match error {
        EvalAltResult::ErrorRuntime(value, _) => {
            match value.read_lock::<ScriptError>().map(|fault| fault.clone()) {
                Some(fault) => return fault.into(),
                None => return Diagnostic::new(printable(&value.to_string())),
            }
        }
        EvalAltResult::ErrorParsing(error, _) => return syntax(&error),
        EvalAltResult::ErrorPropertyNotFound(name, _) => (format!("there is no field `{name}`"), None),
        EvalAltResult::ErrorDotExpr(text, _) => (unknown_property(&text).unwrap_or(text), None),
        EvalAltResult::ErrorIndexingType(types, _) => {
            (format!("{} cannot be indexed like this", plain_types(&types)), None)
        }
        EvalAltResult::ErrorIndexNotFound(index, _) => (format!("there is no item {index}"), None),
        EvalAltResult::ErrorArrayBounds(len, index, _) => (no_item("the array", index, len, "items"), None),
        EvalAltResult::ErrorStringBounds(len, index, _) => {
            (no_item("the text", index, len, "characters"), None)
        }
        EvalAltResult::ErrorBitFieldBounds(len, index, _) => {
            (no_item("the integer", index, len, "bits"), None)
        }
        EvalAltResult::ErrorFor(_) => (
            "`for` goes through lists, maps, texts and ranges".to_owned(),
            Some("for n in 0..10 { print(n) }"),
        ),
        EvalAltResult::ErrorUnboundThis(_) => {
            ("`this` has no value here: the function is not called as a method".to_owned(), Some("x.f()"))
        }
        EvalAltResult::ErrorAssignmentToConstant(name, _) => (constant_assignment(&name), None),
        EvalAltResult::ErrorNonPureMethodCallOnConstant(name, _) => {
            (format!("`{name}` would change a constant"), Some("bind it with `let`"))
        }
        EvalAltResult::ErrorVariableExists(name, _) => (format!("`{name}` is there already"), None),
        EvalAltResult::ErrorForbiddenVariable(name, _) => (format!("`{name}` cannot be a name"), None),
        EvalAltResult::ErrorModuleNotFound(name, _) => (format!("there is no module `{name}`"), None),
        EvalAltResult::ErrorDataRace(..) => (
            "the function uses the variable that it is called on".to_owned(),
            Some("use another one inside of it: let same = …"),
        ),
        EvalAltResult::ErrorArithmetic(text, _) => (first_lower(&text), None),
        EvalAltResult::ErrorStackOverflow(_) => {
            ("the functions of the script call each other too deeply".to_owned(), None)
        }
        EvalAltResult::ErrorTooManyVariables(_) => {
            ("a session has 256 variables at most".to_owned(), Some("begin a new session"))
        }
        EvalAltResult::ErrorTooManyModules(_) => ("a session imports no more modules".to_owned(), None),
        EvalAltResult::ErrorDataTooLarge(what, _) => too_large(&what),
        EvalAltResult::ErrorMismatchDataType(expected, given, _)
        | EvalAltResult::ErrorMismatchOutputType(expected, given, _) => {
            (format!("expected {}, found {}", plain_types(&expected), plain_types(&given)), None)
        }
        error => (plain_types(&error.to_string()), None),
    };
    Diagnostic::new(message).with_help(help.map(str::to_owned)).of_kind(kind)
}

/// Returns the beginning of a text of any length, without control characters.
pub(crate) fn printable(text: &str) -> String {
    const MAX_BYTES: usize = 1_000;
    let cut = text.floor_char_boundary(MAX_BYTES);
    let mut shown: String =
        text[..cut].chars().map(|char| if char.is_control() && char != '\n' { ' ' } else { char }).collect();
    if cut < text.len() {
        shown.push('…');
    }
    shown
}

fn constant_assignment(name: &str) -> String {
    format!("cannot assign to `{name}`: it is a constant")
}

fn no_item(whole: &str, index: rhai::INT, len: usize, parts: &str) -> String {
    format!("there is no item {index}: {whole} has {len} {parts}")
}

fn too_large(what: &str) -> (String, Option<&'static str>) {
    let what = what.to_lowercase();
    if what.contains("string") {
        let help = "a longer text of the program stays where it is: compare or search it there";
        return ("a script's text has at most 1 MiB".to_owned(), Some(help));
    }
    let whole =
        if what.contains("map") { "map has at most 4,096 entries" } else { "array has at most 4,096 items" };
    let help = "live collections have no such limit: filter, count and sum them where they are";
    (format!("a script's {whole}"), Some(help))
}

/// What is wrong with the text of a command.
fn syntax(error: &ParseErrorType) -> Diagnostic {
    let disabled = |word: &str| error.to_string().contains(&format!("'{word}' is disabled"));
    let (message, help) = match error {
        _ if disabled("eval") => ("there is no `eval`: what is typed here is evaluated".to_owned(), None),
        _ if disabled("curry") => {
            ("there is no `curry` here".to_owned(), Some("a closure does the same: |x| f(1, x)".to_owned()))
        }
        ParseErrorType::UnexpectedEOF => ("the command is not complete".to_owned(), None),
        ParseErrorType::ExprTooDeep => ("the expression is nested too deeply".to_owned(), None),
        ParseErrorType::TooManyFunctions => ("a command defines 256 functions at most".to_owned(), None),
        ParseErrorType::LiteralTooLarge(what, _) => {
            let (message, help) = too_large(what);
            (message, help.map(str::to_owned))
        }
        ParseErrorType::LoopBreak => ("`break` and `continue` belong into a loop".to_owned(), None),
        ParseErrorType::AssignmentToConstant(name) if !name.is_empty() => (constant_assignment(name), None),
        ParseErrorType::AssignmentToConstant(_) | ParseErrorType::AssignmentToInvalidLHS(_) => (
            "cannot assign to this expression: it is neither a name nor a field".to_owned(),
            Some("compare with `==`, or assign to a name: x = 1".to_owned()),
        ),
        ParseErrorType::WrongFnDefinition => (
            "a function is defined outside of blocks and other functions".to_owned(),
            Some("a closure can be anywhere: let f = |x| x + 1".to_owned()),
        ),
        error => (first_lower(&error.to_string()), None),
    };
    Diagnostic::new(message).with_help(help).of_kind(ScriptErrorKind::Syntax)
}

/// Returns "; did you mean `…`?" with the closest of the `known` names, or nothing if none is close.
pub(crate) fn did_you_mean<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    closest_match(name, known).map_or_else(String::new, |near| format!("; did you mean `{near}`?"))
}

/// The engine begins its sentences with a capital letter.
fn first_lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// `Unknown property 'x' - a getter is not registered for type 'i64'` in other words.
fn unknown_property(text: &str) -> Option<String> {
    let rest =
        text.strip_prefix("Unknown property '").or_else(|| text.strip_prefix("No writable property '"))?;
    let (name, rest) = rest.split_once('\'')?;
    let ty = rest.split_once("type '")?.1.split('\'').next()?;
    Some(format!("{} has no field `{name}`", plain_types(ty)))
}
