//! Diagnostics of failed commands: the position of the error, and suggestions.

use std::sync::Arc;

use rhai::{Dynamic, EvalAltResult, ParseErrorType};

use super::evaluator::Evaluator;
use super::{habits, method_advice};
use crate::engine::builtins::{
    BuiltinKind, ExampleNames, builtin_docs, builtin_docs::VALUE_METHODS, collections,
};
use crate::engine::compile::SourceMap;
use crate::engine::live::{Handle, fields_of, strip_wrappers};
use crate::engine::show::Formatter;
use crate::engine::state::{FailedCall, is_closure};
use crate::engine::value::{
    Diagnostic, LocatedEngineError, ScriptError, ScriptErrorKind, error_messages, token_hooks, type_kinds,
};
use crate::reflect::{TypeKind, did_you_mean, plural};

/// The help for a method that a collection does not have.
const COLLECTION_HELP: &str =
    "it has filter, map, find, sort_by, group_by, take, count, sum and others: help(\"builtins\")";

/// A function or method of the application or of the session.
struct Callable {
    /// The number of arguments, with the receiver of a method.
    arity: usize,
    is_method: bool,
    signature: String,
}

impl Evaluator {
    /// Returns the diagnostic of an error, with its position.
    pub(crate) fn to_diagnostic(&self, error: EvalAltResult, command: &Arc<SourceMap>) -> Diagnostic {
        let LocatedEngineError { error, position, function, script } = LocatedEngineError::new(error);
        let source = match (&script, &function) {
            (Some(script), _) => self.context.scripts.source(script),
            (None, Some(function)) => self.functions.source(function, position),
            (None, None) => Some(Arc::clone(command)),
        };
        // The position of a syntax error is already one in the source.
        let is_syntax_error = matches!(error, EvalAltResult::ErrorParsing(..));
        let position = match &source {
            Some(source) if !is_syntax_error => source.original_position(position),
            _ => position,
        };
        let function = function.filter(|name| !is_closure(name));
        let text = source.as_ref().map(|source| source.text());
        let advice = text.and_then(|text| self.habit(&error, text));
        let error = advice.unwrap_or_else(|| self.suggest(error));
        Diagnostic::from(error).with_location(position, function, text).in_script(script)
    }

    /// Returns the advice for a name of another language.
    fn habit(&self, error: &EvalAltResult, text: &str) -> Option<ScriptError> {
        let name = match error {
            EvalAltResult::ErrorVariableNotFound(name, _) => name,
            EvalAltResult::ErrorFunctionNotFound(signature, _) => signature.split(" (").next()?,
            _ => return None,
        };
        let is_known =
            self.program().has(name) || self.functions.signatures().iter().any(|own| own.name == name);
        if is_known {
            return None;
        }
        habits::for_name(text, name, &ExampleNames::new(self.program()))
    }

    /// Returns the error for a user, with what to do next.
    pub(crate) fn suggest(&self, error: EvalAltResult) -> ScriptError {
        match &error {
            EvalAltResult::ErrorVariableNotFound(name, _) => self.unknown_name(name),
            EvalAltResult::ErrorFunctionNotFound(signature, _) => self.unknown_function(signature),
            EvalAltResult::ErrorAssignmentToConstant(name, _) if self.program().has(name) => {
                root_assignment(name)
            }
            EvalAltResult::ErrorAssignmentToConstant(name, _)
                if self.scope.contains(name) && !self.scope.is_constant(name).unwrap_or(true) =>
            {
                ScriptError::new(format!(
                    "cannot assign to `{name}` in a function: it can only read the session's variables"
                ))
                .with_help(format!("return the new value, and assign it outside: {name} = f()"))
            }
            EvalAltResult::ErrorRuntime(value, _) if !value.is::<ScriptError>() => self.thrown(value),
            EvalAltResult::ErrorParsing(ParseErrorType::Reserved(word), _)
                if word.starts_with(char::is_alphabetic) =>
            {
                let names =
                    self.program().names().chain(self.program().builtin_root_infos().map(|root| root.name));
                let is_typo = did_you_mean(word, names).is_some();
                let error = if is_typo { self.unknown_name(word) } else { reserved_word(word) };
                error.of_kind(ScriptErrorKind::Syntax)
            }
            _ => error_messages::to_script_error(error),
        }
    }

    /// Returns the diagnostic of a value that the script threw.
    fn thrown(&self, value: &Dynamic) -> ScriptError {
        if let Some(handle) = value.read_lock::<Handle>() {
            return ScriptError::new(handle.location());
        }
        let text = match value.clone().into_immutable_string() {
            Ok(text) if text.is_empty() => "the script threw an empty string".to_owned(),
            Ok(text) => text.to_string(),
            Err(_) if value.is_unit() => "the script threw ()".to_owned(),
            Err(_) => Formatter::new(&self.context)
                .text(value)
                .unwrap_or_else(|_| "the script threw a value that cannot be shown".to_owned()),
        };
        ScriptError::new(error_messages::thrown(&text))
    }

    fn unknown_name(&self, name: &str) -> ScriptError {
        if let Some(function) = self.program().function_item(name) {
            return ScriptError::new(format!("`{name}` is a function"))
                .with_help(format!("call it: {}", function.signature(name)));
        }
        if let Some(diagnostic) = builtin(name) {
            return diagnostic;
        }
        // A name that the session has is out of reach here.
        let known = self.scope.iter_raw().map(|(name, ..)| name).filter(|known| *known != name);
        self.program().unknown_name(name, known)
    }

    /// Returns the error for an unknown function. `signature` is the engine's: the name, and the types of the
    /// arguments.
    fn unknown_function(&self, signature: &str) -> ScriptError {
        let (name, types) = signature.split_once(" (").unwrap_or((signature, ")"));
        let name = if name == token_hooks::TYPE_OF { "type_of" } else { name };
        let kinds = type_kinds(types.strip_suffix(')').unwrap_or(types));
        let failed = self.context.failed_call(name);
        let is_known = |failed: &&FailedCall| failed.types.len() == argument_types(&kinds).count();
        let types = failed.as_ref().filter(is_known).map_or(kinds.clone(), |failed| {
            // The engine has consumed an argument that is `()` now.
            let known = failed.types.iter().zip(argument_types(&kinds));
            let types: Vec<_> = known.map(|(ty, kind)| if ty == "()" { kind } else { ty }).collect();
            types.join(", ")
        });
        if is_closure(name) {
            let found = plural(argument_types(&types).count(), "argument");
            return ScriptError::new(format!(
                "cannot call the closure with {found}: it has other parameters"
            ))
            .with_help("write one parameter for each argument: |item| …");
        }
        let callables = self.callables(name);
        let is_function = callables.iter().any(|callable| !callable.is_method);
        if !is_function && (types == "()" || types.starts_with("(), ")) {
            return ScriptError::new(format!("cannot call `{name}`: the value is None or ()"))
                .with_help("use a default for an empty option: x.unwrap_or(0)".to_owned());
        }
        if !callables.is_empty() {
            let signatures: Vec<_> = callables.iter().map(|callable| &*callable.signature).collect();
            let found = argument_types(&types).count();
            return ScriptError::new(wrong_call(name, &callables, found, &types))
                .with_help(format!("call it: {}", signatures.join("; ")));
        }
        let is_operator = !name.starts_with(|first: char| first.is_alphabetic() || first == '_');
        if let Some(error) = collection_method(name, &kinds).filter(|_| !is_operator) {
            return error;
        }
        match builtin_docs::find(name).filter(|_| !is_operator) {
            Some(entry) if entry.kind == BuiltinKind::Word => {
                return ScriptError::new(format!("`{name}` is not a function"))
                    .with_help(format!("type it without parentheses: {}", entry.signature()));
            }
            Some(entry) => {
                let receiver = usize::from(entry.kind != BuiltinKind::Function);
                let count = argument_types(&types).count();
                // With another number of arguments, the form helps; with the same, what the values mean.
                let help = match count.checked_sub(receiver).filter(|count| entry.takes(*count)) {
                    Some(_) => format!("{} {}", entry.signature(), entry.doc),
                    None => format!("call it: {}", entry.signature()),
                };
                return ScriptError::new(format!("`{name}` is not defined for ({types})")).with_help(help);
            }
            None if is_operator => {
                let help = match name {
                    ".." | "..=" => Some(
                        "a range has integers; compare the items: x.iter().filter(|(key, _)| key >= \"b\")"
                            .to_owned(),
                    ),
                    _ => failed.and_then(|failed| fields_of(failed.receiver?)),
                };
                return ScriptError::new(format!("`{name}` is not defined for ({types})"))
                    .with_optional_help(help);
            }
            None => {}
        }
        if let Some(failed) = failed.filter(|failed| failed.is_method) {
            return unknown_method(name, &failed);
        }
        if let Some(help) = method_advice::of(name) {
            return ScriptError::new(format!("there is no function `{name}` here")).with_help(help);
        }
        let functions = self.program().function_infos().map(|function| function.name);
        let methods = self.program().symbols().method_names().map(|name| name as &str);
        let suffix = did_you_mean(name, functions.chain(methods).chain(builtin_docs::names()))
            .or_else(|| (!types.is_empty()).then(|| format!(" for ({types})")))
            .unwrap_or_default();
        ScriptError::new(format!("there is no function `{name}`{suffix}"))
    }

    /// Returns the functions and methods called `name`.
    fn callables(&self, name: &str) -> Vec<Callable> {
        let program = self.program();
        let functions = program.function_item(name).into_iter().map(|function| Callable {
            arity: function.arity(),
            is_method: false,
            signature: function.signature(name),
        });
        let methods = program.symbols().methods.get(name).into_iter().flatten();
        let methods = methods.map(|(ty, method)| Callable {
            arity: method.params.len() + 1,
            is_method: true,
            signature: format!("{ty}::{method}"),
        });
        let mut own = self.functions.signatures();
        own.sort();
        let own = own.into_iter().filter(|function| function.name == name);
        let own = own.map(|function| Callable {
            arity: function.arity,
            is_method: false,
            signature: function.text,
        });
        functions.chain(methods).chain(own).collect()
    }
}

/// Returns the types of the arguments in a list of types. A type may have parameters.
fn argument_types(types: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let types = types.split(move |char| {
        match char {
            '<' | '(' => depth += 1,
            '>' | ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        char == ',' && depth == 0
    });
    types.map(str::trim).filter(|ty| !ty.is_empty())
}

/// Returns the error for a method that the type of the receiver does not have.
fn unknown_method(name: &str, call: &FailedCall) -> ScriptError {
    let ty = call.types.first().map_or("the value", String::as_str);
    if let Some(help) = method_advice::of(name) {
        return ScriptError::new(format!("{ty} has no method `{name}` here")).with_help(help);
    }
    let methods = call.receiver.map_or(&[][..], |info| strip_wrappers(info).methods);
    let kind = call.receiver.map(|info| &strip_wrappers(info).kind);
    let is_collection = matches!(kind, Some(TypeKind::List(_) | TypeKind::Map(..) | TypeKind::Set(_)));
    let builtins = builtin_docs::names().filter(|_| kind.is_some() && !matches!(kind, Some(TypeKind::Leaf)));
    let known = methods.iter().map(|method| method.name);
    let known = known.chain(builtins).chain(VALUE_METHODS.iter().copied());
    let suggestion = did_you_mean(name, known.filter(|known| *known != name)).unwrap_or_default();
    let signatures: Vec<_> = methods.iter().map(ToString::to_string).collect();
    let help = if !signatures.is_empty() {
        Some(format!("{ty} has: {}", signatures.join(", ")))
    } else if is_collection {
        Some(COLLECTION_HELP.to_owned())
    } else if suggestion.is_empty() {
        Some("list what there is: help(\"builtins\"); or use the text of the value: x.to_string()".to_owned())
    } else {
        None
    };
    ScriptError::new(format!("{ty} has no method `{name}`{suggestion}")).with_optional_help(help)
}

/// Returns the message for a call of one of `callables` with `found` arguments of these types.
fn wrong_call(name: &str, callables: &[Callable], found: usize, types: &str) -> String {
    if callables.iter().any(|callable| callable.arity == found) {
        return format!("cannot call `{name}` with ({types})");
    }
    let receiver = usize::from(callables.iter().all(|callable| callable.is_method));
    let most = callables.iter().map(|callable| callable.arity).max().unwrap_or_default();
    let expected =
        (receiver..=most).filter(|arity| callables.iter().any(|callable| callable.arity == *arity));
    let expected: Vec<_> = expected.map(|arity| (arity - receiver).to_string()).collect();
    let expected = expected.join(" or ");
    let noun = if expected == "1" { "argument" } else { "arguments" };
    format!("cannot call `{name}`: expected {expected} {noun}, found {}", found.saturating_sub(receiver))
}

/// Returns the error for a method that a query, an array or a map does not have, or with another number of arguments.
fn collection_method(name: &str, types: &str) -> Option<ScriptError> {
    let mut types = types.split(", ");
    let receiver = types.next().unwrap_or_default();
    let is_collection = matches!(receiver, "query" | "array" | "map");
    let found = types.count();
    let arities = collections::arities(name);
    if let Some(most) = arities.last().filter(|_| is_collection || receiver == "application value") {
        if arities.contains(&found) {
            return None;
        }
        let expected: Vec<_> = arities.iter().map(ToString::to_string).collect();
        let noun = if *most == 1 && arities.len() == 1 { "argument" } else { "arguments" };
        let message =
            format!("cannot call `{name}`: expected {} {noun}, found {found}", expected.join(" or "));
        let help = builtin_docs::find(name).map(|entry| format!("call it: {}", entry.signature()));
        return Some(ScriptError::new(message).with_optional_help(help));
    }
    if !is_collection || builtin_docs::find(name).is_some() {
        return None;
    }
    let article = if receiver == "array" { "an" } else { "a" };
    if let Some(help) = method_advice::of(name) {
        let message = format!("{article} {receiver} has no method `{name}` here");
        return Some(ScriptError::new(message).with_help(help));
    }
    let meant = did_you_mean(name, collections::method_names()).unwrap_or_default();
    let message = format!("{article} {receiver} has no method `{name}`{meant}");
    Some(ScriptError::new(message).with_help(COLLECTION_HELP))
}

/// Returns the diagnostic of an assignment to the root or function `name`.
pub(super) fn root_assignment(name: &str) -> ScriptError {
    ScriptError::new(format!("cannot replace `{name}`: it belongs to the application"))
        .with_help("assign to a part of it, or use another name")
}

/// Returns the diagnostic of a definition that would hide `name` of the application in the session.
pub(super) fn hidden_name(name: &str) -> ScriptError {
    ScriptError::new(format!("cannot define `{name}`: it belongs to the application"))
        .with_help("use another name")
}

/// Returns the diagnostic of the use of a builtin as a value.
fn builtin(name: &str) -> Option<ScriptError> {
    let entry = builtin_docs::find(name)?;
    let (message, help) = match (name, entry.kind) {
        ("it", _) => ("`it` has no value yet".to_owned(), "run a command that returns a value".to_owned()),
        (_, BuiltinKind::Word) => {
            (format!("`{name}` is not a value"), format!("type only `{}`", entry.signature()))
        }
        _ => (format!("`{name}` is a builtin"), format!("call it: {}", entry.signature())),
    };
    Some(ScriptError::new(message).with_help(help))
}

fn reserved_word(word: &str) -> ScriptError {
    builtin(word).unwrap_or_else(|| {
        let help = match word {
            "case" => "use `match`",
            "var" | "static" => "use `let`",
            "null" | "nil" | "void" => "use `()`",
            _ => "choose another name",
        };
        ScriptError::new(format!("cannot use `{word}`: it is a reserved word")).with_help(help.to_owned())
    })
}
