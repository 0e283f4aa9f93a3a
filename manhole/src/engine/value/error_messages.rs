//! Messages and help for the errors of the script engine, and for panics in the application's code.

use std::any::Any;

use rhai::{EvalAltResult, LexError, ParseErrorType};

use super::script_error::{ScriptError, ScriptErrorKind};
use super::type_names::{plain_type, type_kinds};
use crate::reflect::{author_code, prefix};

/// The message for a text with too many names.
pub(crate) const TOO_MANY_NAMES: &str =
    "cannot run the command: it has more than 256 different variables and parameters";

/// The longest text of a thrown value that is shown.
const MAX_THROWN_BYTES: usize = 1_000;

/// Returns the message of an error of the engine, with its help.
pub(crate) fn to_script_error(error: EvalAltResult) -> ScriptError {
    let kind = match &error {
        EvalAltResult::ErrorStackOverflow(_)
        | EvalAltResult::ErrorTooManyVariables(_)
        | EvalAltResult::ErrorTooManyModules(_)
        | EvalAltResult::ErrorDataTooLarge(..) => ScriptErrorKind::Limit,
        _ => ScriptErrorKind::Runtime,
    };
    let error = match error {
        EvalAltResult::ErrorRuntime(value, _) => {
            let error = value.read_lock::<ScriptError>().map(|error| error.clone());
            return error.unwrap_or_else(|| ScriptError::new(thrown(&value.to_string())));
        }
        EvalAltResult::ErrorParsing(error, _) => return syntax(&error),
        EvalAltResult::ErrorPropertyNotFound(key, _) => {
            ScriptError::new(format!("the map has no key {key:?}"))
                .with_help("read what may be missing: map.get(key), map.get(key).unwrap_or(0)")
        }
        EvalAltResult::ErrorDotExpr(text, _) => ScriptError::new(unknown_property(&text).unwrap_or(text)),
        EvalAltResult::ErrorIndexingType(types, _) => {
            ScriptError::new(format!("cannot index the value: {}", plain_type(&types)))
        }
        EvalAltResult::ErrorIndexNotFound(index, _) => ScriptError::new(format!("there is no item {index}")),
        EvalAltResult::ErrorArrayBounds(len, index, _) => no_item("array", index, len, "items"),
        EvalAltResult::ErrorStringBounds(len, index, _) => no_item("string", index, len, "characters"),
        EvalAltResult::ErrorBitFieldBounds(len, index, _) => no_item("integer", index, len, "bits"),
        EvalAltResult::ErrorFor(_) => {
            ScriptError::new("cannot iterate over the value: expected a collection, string or range")
                .with_help("write for n in 0..10 { print(n) }")
        }
        EvalAltResult::ErrorUnboundThis(_) => {
            ScriptError::new("cannot use `this`: the function is not called as a method")
                .with_help("call it as x.f()")
        }
        EvalAltResult::ErrorAssignmentToConstant(name, _) => {
            ScriptError::new(format!("cannot assign to `{name}`: it is a constant"))
        }
        EvalAltResult::ErrorNonPureMethodCallOnConstant(name, _) => {
            ScriptError::new(format!("cannot call `{name}`: it would change a constant"))
                .with_help("bind the value with `let`")
        }
        EvalAltResult::ErrorVariableExists(name, _) => {
            ScriptError::new(format!("cannot define `{name}`: it already exists"))
        }
        EvalAltResult::ErrorForbiddenVariable(name, _) => {
            ScriptError::new(format!("cannot use `{name}` as a name"))
        }
        EvalAltResult::ErrorModuleNotFound(name, _) => {
            ScriptError::new(format!("there is no module `{name}`"))
        }
        EvalAltResult::ErrorDataRace(..) => {
            ScriptError::new("cannot call the function: it uses the variable that it is called on")
                .with_help("use a copy in it: let copy = …")
        }
        EvalAltResult::ErrorArithmetic(text, _) => ScriptError::new(first_lower(&text)),
        EvalAltResult::ErrorStackOverflow(_) => {
            ScriptError::new("cannot call the function: the calls of the script are nested too deeply")
        }
        EvalAltResult::ErrorTooManyVariables(_) => {
            ScriptError::new("cannot define the variable: a session has at most 256")
                .with_help("start a new session")
        }
        EvalAltResult::ErrorTooManyModules(_) => {
            ScriptError::new("cannot import the script: the session has its maximum number of modules")
        }
        EvalAltResult::ErrorDataTooLarge(what, _) => too_large(&what),
        EvalAltResult::ErrorMismatchDataType(expected, given, _)
        | EvalAltResult::ErrorMismatchOutputType(expected, given, _) => {
            ScriptError::new(format!("expected {}, found {}", type_kinds(&expected), type_kinds(&given)))
        }
        error => ScriptError::new(plain_type(&error.to_string())),
    };
    error.of_kind(kind)
}

/// Creates the error for a panic in the application's code.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> ScriptError {
    author_code::count_panic();
    let text = author_code::panic_message(panic).unwrap_or("no message");
    ScriptError::new(format!("the application's code panicked: {text}"))
        .with_help("check the application: the console caught the panic")
}

/// Cuts the text of a value that a script has thrown to [`MAX_THROWN_BYTES`].
pub(crate) fn thrown(text: &str) -> String {
    let cut = prefix(text, MAX_THROWN_BYTES).len();
    text[..cut].to_owned() + if cut < text.len() { "…" } else { "" }
}

fn no_item(whole: &str, index: rhai::INT, len: usize, parts: &str) -> ScriptError {
    ScriptError::new(format!("there is no item {index}: the {whole} has {len} {parts}"))
}

fn too_large(what: &str) -> ScriptError {
    let what = what.to_lowercase();
    if what.contains("string") {
        return ScriptError::new("cannot make the string: a script's string has at most 1 MiB")
            .with_help("compare or search a longer string of the application by its path");
    }
    let (whole, parts) = if what.contains("map") { ("map", "entries") } else { ("array", "items") };
    ScriptError::new(format!("cannot make the {whole}: a script's {whole} has at most 4,096 {parts}"))
        .with_help(
            "filter, count and sum collections of the application without a copy: they have no such limit",
        )
}

/// Returns the message of an error in the text of a command.
fn syntax(error: &ParseErrorType) -> ScriptError {
    let disabled = |word: &str| error.to_string().contains(&format!("'{word}' is disabled"));
    let error = match error {
        _ if disabled("eval") => ScriptError::new("there is no `eval`").with_help("type the code itself"),
        _ if disabled("curry") => {
            ScriptError::new("there is no `curry`").with_help("use a closure: |x| f(1, x)")
        }
        ParseErrorType::UnexpectedEOF => ScriptError::new("cannot run the command: it is not complete"),
        ParseErrorType::ExprTooDeep => {
            ScriptError::new("cannot run the command: its expressions are nested too deeply")
        }
        ParseErrorType::TooManyFunctions => {
            ScriptError::new("cannot run the command: it defines more than 256 functions")
        }
        ParseErrorType::LiteralTooLarge(what, _) => too_large(what),
        ParseErrorType::BadInput(LexError::ImproperSymbol(_, text)) if text == TOO_MANY_NAMES => {
            ScriptError::new(TOO_MANY_NAMES)
                .with_help("put several values into one: #{ first: 1, second: 2 }")
        }
        ParseErrorType::LoopBreak => ScriptError::new("`break` and `continue` are only valid in a loop"),
        ParseErrorType::AssignmentToConstant(name) if !name.is_empty() => {
            ScriptError::new(format!("cannot assign to `{name}`: it is a constant"))
        }
        ParseErrorType::AssignmentToConstant(_) | ParseErrorType::AssignmentToInvalidLHS(_) => {
            ScriptError::new("cannot assign to this expression: it is neither a name nor a field")
                .with_help("compare with `==`, or assign to a name or a path: x = 1, x.count = 1")
        }
        ParseErrorType::WrongFnDefinition => {
            ScriptError::new("cannot define a function inside a block or another function")
                .with_help("use a closure: let f = |x| x + 1")
        }
        error => ScriptError::new(first_lower(&error.to_string())),
    };
    error.of_kind(ScriptErrorKind::Syntax)
}

/// Returns `text` with its first letter in lower case, unless it begins with an abbreviation.
fn first_lower(text: &str) -> String {
    let mut chars = text.chars();
    match (chars.next(), chars.clone().next()) {
        (Some(first), Some(second)) if second.is_lowercase() => first.to_lowercase().chain(chars).collect(),
        _ => text.to_owned(),
    }
}

/// Returns the message for `Unknown property 'x' - a getter is not registered for type 'i64'`.
fn unknown_property(text: &str) -> Option<String> {
    let rest =
        text.strip_prefix("Unknown property '").or_else(|| text.strip_prefix("No writable property '"))?;
    let (name, rest) = rest.split_once('\'')?;
    let ty = rest.split_once("type '")?.1.split('\'').next()?;
    Some(format!("{} has no field `{name}`", type_kinds(ty)))
}
