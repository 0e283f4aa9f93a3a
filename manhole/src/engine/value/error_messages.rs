//! Messages and help for the errors of the script engine.

use rhai::{EvalAltResult, ParseErrorType};

use super::diagnostic::Diagnostic;
use super::script_error::{ScriptError, ScriptErrorKind};
use super::type_names::{plain_type, type_kinds};

/// The longest text of a thrown value that is shown.
const MAX_THROWN_BYTES: usize = 1_000;

/// The message and help for an error, without its location.
pub(crate) fn to_diagnostic(error: EvalAltResult) -> Diagnostic {
    let kind = match &error {
        EvalAltResult::ErrorStackOverflow(_)
        | EvalAltResult::ErrorTooManyVariables(_)
        | EvalAltResult::ErrorTooManyModules(_)
        | EvalAltResult::ErrorDataTooLarge(..) => ScriptErrorKind::Limit,
        _ => ScriptErrorKind::Runtime,
    };
    let (message, help) = match error {
        EvalAltResult::ErrorRuntime(value, _) => {
            match value.read_lock::<ScriptError>().map(|error| error.clone()) {
                Some(error) => return error.into(),
                None => return Diagnostic::new(thrown(&value.to_string())),
            }
        }
        EvalAltResult::ErrorParsing(error, _) => return syntax(&error),
        EvalAltResult::ErrorPropertyNotFound(name, _) => (format!("there is no field `{name}`"), None),
        EvalAltResult::ErrorDotExpr(text, _) => (unknown_property(&text).unwrap_or(text), None),
        EvalAltResult::ErrorIndexingType(types, _) => (format!("cannot index: {}", plain_type(&types)), None),
        EvalAltResult::ErrorIndexNotFound(index, _) => (format!("there is no item {index}"), None),
        EvalAltResult::ErrorArrayBounds(len, index, _) => (no_item("array", index, len, "items"), None),
        EvalAltResult::ErrorStringBounds(len, index, _) => {
            (no_item("string", index, len, "characters"), None)
        }
        EvalAltResult::ErrorBitFieldBounds(len, index, _) => (no_item("integer", index, len, "bits"), None),
        EvalAltResult::ErrorFor(_) => (
            "cannot iterate: expected a collection, string or range".to_owned(),
            Some("write for n in 0..10 { print(n) }"),
        ),
        EvalAltResult::ErrorUnboundThis(_) => (
            "`this` has no value: the function is not called as a method".to_owned(),
            Some("call it as x.f()"),
        ),
        EvalAltResult::ErrorAssignmentToConstant(name, _) => {
            (format!("cannot assign to `{name}`: it is a constant"), None)
        }
        EvalAltResult::ErrorNonPureMethodCallOnConstant(name, _) => {
            (format!("cannot call `{name}`: it would change a constant"), Some("bind the value with `let`"))
        }
        EvalAltResult::ErrorVariableExists(name, _) => {
            (format!("cannot define `{name}`: it already exists"), None)
        }
        EvalAltResult::ErrorForbiddenVariable(name, _) => (format!("cannot use `{name}` as a name"), None),
        EvalAltResult::ErrorModuleNotFound(name, _) => (format!("there is no module `{name}`"), None),
        EvalAltResult::ErrorDataRace(..) => (
            "the function uses the variable that it is called on".to_owned(),
            Some("use a copy in it: let copy = …"),
        ),
        EvalAltResult::ErrorArithmetic(text, _) => (first_lower(&text), None),
        EvalAltResult::ErrorStackOverflow(_) => {
            ("the functions of the script call each other too deeply".to_owned(), None)
        }
        EvalAltResult::ErrorTooManyVariables(_) => {
            ("a session has at most 256 variables".to_owned(), Some("start a new session"))
        }
        EvalAltResult::ErrorTooManyModules(_) => {
            ("cannot import: the session has its maximum number of modules".to_owned(), None)
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => too_large(&what),
        EvalAltResult::ErrorMismatchDataType(expected, given, _)
        | EvalAltResult::ErrorMismatchOutputType(expected, given, _) => {
            (format!("expected {}, found {}", type_kinds(&expected), type_kinds(&given)), None)
        }
        error => (plain_type(&error.to_string()), None),
    };
    Diagnostic::new(message).with_optional_help(help).of_kind(kind)
}

/// The text of a value that a script has thrown, cut to [`MAX_THROWN_BYTES`].
pub(crate) fn thrown(text: &str) -> String {
    let cut = text.floor_char_boundary(MAX_THROWN_BYTES);
    let printable = text[..cut].replace(|char: char| char.is_control() && char != '\n', " ");
    printable + if cut < text.len() { "…" } else { "" }
}

fn no_item(whole: &str, index: rhai::INT, len: usize, parts: &str) -> String {
    format!("there is no item {index}: the {whole} has {len} {parts}")
}

fn too_large(what: &str) -> (String, Option<&'static str>) {
    let what = what.to_lowercase();
    if what.contains("string") {
        let help = "compare or search a longer string of the application by its path";
        return ("a script's string has at most 1 MiB".to_owned(), Some(help));
    }
    let whole =
        if what.contains("map") { "map has at most 4,096 entries" } else { "array has at most 4,096 items" };
    let help = "filter, count and sum collections of the application without a copy: they have no such limit";
    (format!("a script's {whole}"), Some(help))
}

/// The message and help for an error of the parser.
fn syntax(error: &ParseErrorType) -> Diagnostic {
    let disabled = |word: &str| error.to_string().contains(&format!("'{word}' is disabled"));
    let (message, help) = match error {
        _ if disabled("eval") => ("there is no `eval`".to_owned(), Some("type the code itself".to_owned())),
        _ if disabled("curry") => {
            ("there is no `curry`".to_owned(), Some("use a closure: |x| f(1, x)".to_owned()))
        }
        ParseErrorType::UnexpectedEOF => ("the command is not complete".to_owned(), None),
        ParseErrorType::ExprTooDeep => ("the expression is nested too deeply".to_owned(), None),
        ParseErrorType::TooManyFunctions => ("a command defines at most 256 functions".to_owned(), None),
        ParseErrorType::LiteralTooLarge(what, _) => {
            let (message, help) = too_large(what);
            (message, help.map(str::to_owned))
        }
        ParseErrorType::LoopBreak => ("`break` and `continue` are only valid in a loop".to_owned(), None),
        ParseErrorType::AssignmentToConstant(name) if !name.is_empty() => {
            (format!("cannot assign to `{name}`: it is a constant"), None)
        }
        ParseErrorType::AssignmentToConstant(_) | ParseErrorType::AssignmentToInvalidLHS(_) => (
            "cannot assign to this expression: it is neither a name nor a field".to_owned(),
            Some("compare with `==`, or assign to a name: x = 1".to_owned()),
        ),
        ParseErrorType::WrongFnDefinition => (
            "cannot define a function inside a block or another function".to_owned(),
            Some("use a closure: let f = |x| x + 1".to_owned()),
        ),
        error => (first_lower(&error.to_string()), None),
    };
    Diagnostic::new(message).with_optional_help(help).of_kind(ScriptErrorKind::Syntax)
}

/// `text` with its first letter in lower case, unless it begins with an abbreviation.
fn first_lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// The message for `Unknown property 'x' - a getter is not registered for type 'i64'`.
fn unknown_property(text: &str) -> Option<String> {
    let rest =
        text.strip_prefix("Unknown property '").or_else(|| text.strip_prefix("No writable property '"))?;
    let (name, rest) = rest.split_once('\'')?;
    let ty = rest.split_once("type '")?.1.split('\'').next()?;
    Some(format!("{} has no field `{name}`", type_kinds(ty)))
}
