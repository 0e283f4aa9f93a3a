//! The candidates that can follow the text before the cursor.

use std::sync::Arc;

use manhole_protocol::methods::{Candidate, CandidateKind, Completions};
use rhai::{Dynamic, Map, Scope};

use super::candidate::{self, KeyForm, call, candidate, string, summary};
use super::cursor_context::{CompletionTarget, PathSegment, TextBeforeCursor, TypedPath};
use super::inferred_type::InferredType;
use super::live_values::{FoundKeys, LiveSession, last_keys};
use super::members::Receiver;
use super::{expected_value, matching, members};
use crate::engine::builtins::{BUILTIN_DOCS, BuiltinKind, builtin_docs};
use crate::engine::live::{BUILTIN_ROOT, Handle, Program, Query, strip_wrappers};
use crate::engine::run::{LastKeys, session_limits};
use crate::engine::state::{CallContext, FunctionSignature, SessionFunctions, script_files};
use crate::engine::survey;
use crate::engine::value::lexing::{KEYWORDS, is_field_name};
use crate::reflect::{Level, TypeInfo, TypeKind, Value};

/// The maximum number of nested closures around an expression whose type is inferred.
const MAX_CLOSURE_DEPTH: usize = 8;

/// How many keys of a map come before its methods.
const KEYS_BEFORE_METHODS: usize = 6;

/// The names for completion: a copy, because the session is busy while a command runs.
pub(crate) struct Completer {
    program: Arc<Program>,
    level: Level,
    variables: Vec<(String, InferredType)>,
    /// The session's functions.
    functions: Vec<FunctionSignature>,
    /// The names of imported scripts, each with the script.
    imports: Vec<(String, String)>,
    last_keys: Arc<LastKeys>,
}

/// The names of a session.
pub(crate) struct SessionNames<'a> {
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) functions: &'a SessionFunctions,
    /// The names of imported scripts, each with the script.
    pub(crate) imports: &'a [(String, String)],
}

/// The code before the cursor, and the session if no command runs.
#[derive(Clone, Copy)]
struct Request<'a> {
    before: &'a TextBeforeCursor,
    session: Option<LiveSession<'a>>,
    /// The beginning of the word to complete.
    typed: &'a str,
}

impl Completer {
    pub(crate) fn new(context: &CallContext, names: &SessionNames<'_>) -> Self {
        let variables = names.scope.iter_raw().map(|(name, _, value)| (name.to_owned(), type_of(value)));
        Self {
            program: context.program(),
            level: context.run.level(),
            variables: variables.collect(),
            functions: names.functions.signatures(),
            imports: names.imports.to_vec(),
            last_keys: Arc::clone(&context.last_keys),
        }
    }

    /// Returns what can follow the first `cursor` characters of `code`, with the keys of maps that were read before.
    pub(crate) fn complete(&self, code: &str, cursor: usize) -> Completions {
        self.complete_with(code, cursor, None)
    }

    /// Returns what can follow the first `cursor` characters of `code`. Reads the keys of maps, and waits only shortly for a lock.
    pub(crate) fn complete_in(
        &self,
        context: &CallContext,
        scope: &Scope<'_>,
        code: &str,
        cursor: usize,
    ) -> Completions {
        self.complete_with(code, cursor, Some(LiveSession { context, scope }))
    }

    /// Returns what can follow the first `cursor` characters of `code`, with what a read of live values adds.
    fn complete_with(&self, code: &str, cursor: usize, session: Option<LiveSession<'_>>) -> Completions {
        let before = &TextBeforeCursor::new(code, cursor);
        let target = before.target();
        let typed = before.since(target.start().unwrap_or(cursor));
        let request = Request { before, session, typed: &typed };
        let mut left = 0;
        let (mut start, candidates) = match target.clone() {
            CompletionTarget::Nothing => (cursor.min(code.chars().count()), Vec::new()),
            CompletionTarget::Name { start } => (start, self.names()),
            CompletionTarget::Member { dot, of, .. } => {
                let (keys, others) = self.keys(request, of, KeyForm::Member);
                left = others;
                let mut members = self.members(request, of);
                if members.is_empty() && !keys.is_empty() {
                    members = members::of(InferredType::Map, self.receiver(&[]));
                }
                // An index replaces the dot.
                let members = members.into_iter();
                let members = members.map(|member| Candidate { text: format!(".{}", member.text), ..member });
                (dot, before_methods(keys, members.collect()))
            }
            CompletionTarget::Key { start, of } => {
                let (keys, others) = self.keys(request, of, KeyForm::InString);
                left = others;
                (start, keys)
            }
            CompletionTarget::Index { start, of } => {
                let (mut keys, others) = self.keys(request, of, KeyForm::Index);
                left = others;
                if !typed.is_empty() || keys.is_empty() {
                    keys.extend(self.names());
                }
                (start, keys)
            }
            CompletionTarget::Value { start, of, options } => {
                let mut values = match self.infer(before, of, MAX_CLOSURE_DEPTH) {
                    InferredType::Type(info) => expected_value::of_type(info, options),
                    _ => Vec::new(),
                };
                if !typed.is_empty() || values.is_empty() {
                    let names = self.names().into_iter();
                    let others = names.filter(|name| values.iter().all(|value| value.text != name.text));
                    let others: Vec<_> = others.collect();
                    values.extend(others);
                }
                (start, values)
            }
            CompletionTarget::Item { start, path } => (start, self.items(request, &path)),
            CompletionTarget::Argument { start, function } => (start, self.arguments(request, &function)),
        };
        let (mut candidates, more) = matching::select(candidates, &typed);
        if let CompletionTarget::Member { start: name, .. } = target {
            if candidates.iter().all(|candidate| candidate.text.starts_with('.')) {
                start = name;
                for candidate in &mut candidates {
                    candidate.text.remove(0);
                }
            }
        }
        if code.chars().nth(cursor) == Some('(') {
            for candidate in &mut candidates {
                candidate.text.truncate(candidate.text.find('(').unwrap_or(candidate.text.len()));
            }
        }
        Completions { start, candidates, more: Some(more.saturating_add(left)).filter(|more| *more > 0) }
    }

    /// Returns everything that can begin an expression.
    fn names(&self) -> Vec<Candidate> {
        let roots = self
            .program
            .root_infos()
            .chain(self.program.builtin_root_infos())
            .filter(|root| root.level <= self.level);
        let roots = roots.map(|root| Candidate {
            r#type: Some(root.info.to_string()),
            doc: summary(root.doc),
            ..candidate(root.name, CandidateKind::Root)
        });
        let variables = self.variables.iter().map(|(name, ty)| Candidate {
            r#type: ty.name(),
            ..candidate(name.as_str(), CandidateKind::Variable)
        });
        let functions = self.functions.iter().map(|function| Candidate {
            r#type: Some(function.text.clone()),
            ..call(&function.name, function.arity, CandidateKind::Function)
        });
        let is_global = |kind| matches!(kind, BuiltinKind::Function | BuiltinKind::Word);
        let builtins = BUILTIN_DOCS.iter().filter(|entry| is_global(entry.kind));
        let builtins = builtins.filter(|entry| self.variables.iter().all(|(name, _)| name != entry.name));
        let keywords = KEYWORDS.iter().filter(|word| builtin_docs::find(word).is_none());
        let application = self.program.function_infos().filter(|function| function.level <= self.level);
        let (own, _) = self.program.symbols().own_and_builtin_types();
        let is_enum = |info: &&&TypeInfo| matches!(info.kind, TypeKind::Enum(_)) && info.name != "Result";
        let scripts = self.imports.iter().map(|(name, script)| Candidate {
            doc: Some(format!("the script {script:?}")),
            ..candidate(format!("{name}::"), CandidateKind::Type)
        });
        roots
            .chain(application.map(candidate::function))
            .chain(variables)
            .chain(functions)
            .chain(scripts)
            .chain(own.iter().filter(is_enum).map(|info| candidate::type_name(info)))
            .chain(builtins.map(candidate::builtin))
            .chain(keywords.map(|word| candidate(*word, CandidateKind::Keyword)))
            .collect()
    }

    /// Returns what can follow `path::`.
    fn items(&self, request: Request<'_>, path: &str) -> Vec<Candidate> {
        if let Some((_, script)) = self.imports.iter().find(|(name, _)| name == path) {
            let source = request.session.and_then(|session| session.context.scripts.source(script));
            let functions = source.map(|source| script_files::DocumentedFunction::all(source.text()));
            let functions = functions.unwrap_or_default().into_iter().map(|function| {
                let takes_arguments = !function.signature.ends_with("()");
                Candidate {
                    doc: summary(&function.doc),
                    r#type: Some(function.signature),
                    ..call(&function.name, usize::from(takes_arguments), CandidateKind::Function)
                }
            });
            return functions.collect();
        }
        match path {
            "process" => vec![Candidate {
                doc: builtin_docs::find("process::exit").and_then(|entry| summary(entry.doc)),
                ..call("exit", 1, CandidateKind::Builtin)
            }],
            BUILTIN_ROOT => {
                let roots = self.program.builtin_root_infos().filter(|root| root.name != BUILTIN_ROOT);
                let roots = roots.filter(|root| root.level <= self.level).map(|root| Candidate {
                    r#type: Some(root.info.to_string()),
                    doc: summary(root.doc),
                    ..candidate(root.name, CandidateKind::Root)
                });
                roots.collect()
            }
            _ => expected_value::variants(self.program.symbols().types(), path),
        }
    }

    /// Returns the members of the expression that ends before `end`. A read finds those that no type lists: behind a trait object.
    fn members(&self, request: Request<'_>, end: usize) -> Vec<Candidate> {
        let before = request.before;
        let path = before.path(end);
        let receiver = path.as_ref().map_or_else(|| self.receiver(&[]), |path| self.receiver(&path.segments));
        let members = members::of(self.infer(before, end, MAX_CLOSURE_DEPTH), receiver);
        if !members.is_empty() {
            return members;
        }
        let found = request
            .session
            .zip(path)
            .and_then(|(session, path)| session.type_at(&before.between(path.start, end)));
        found.map_or(members, |info| members::of(InferredType::Type(info), receiver))
    }

    fn receiver(&self, segments: &[PathSegment]) -> Receiver {
        let is_root = |name: &str| self.program.root_type(name).is_some();
        let is_item = match segments {
            [PathSegment::Name(name)] => !is_root(name),
            [.., PathSegment::Name(_)] => false,
            _ => true,
        };
        let is_builtin = match segments {
            [PathSegment::Name(name), ..] => is_root(name) && !self.program.has(name),
            _ => false,
        };
        Receiver { level: self.level, is_item, is_builtin }
    }

    /// Returns the keys of the map that ends before `end`, and how many more there are.
    fn keys(&self, request: Request<'_>, end: usize, form: KeyForm) -> (Vec<Candidate>, usize) {
        let Some(path) = request.before.path(end) else { return (Vec::new(), 0) };
        if let Some(keys) = request.session.and_then(|session| script_keys(session, &path)) {
            return (keys.iter().filter_map(|key| candidate::key(key, form)).collect(), 0);
        }
        if !self.may_be_map(request.before, end) {
            return (Vec::new(), 0);
        }
        let text = request.before.between(path.start, end);
        let found = match request.session {
            Some(session) => session.keys(&text, request.typed),
            None => last_keys(&self.program, &self.last_keys, self.level, &text),
        };
        let FoundKeys { keys, are_old } = found.unwrap_or_default();
        let item = keys.item.map(ToString::to_string);
        let candidates = keys.keys.iter().filter_map(|key| candidate::key(key, form));
        let candidates = candidates.map(|key| Candidate {
            r#type: item.clone(),
            doc: are_old.then(|| "as it was: the map cannot be read now".to_owned()),
            ..key
        });
        (candidates.collect(), keys.left)
    }

    /// Returns whether the expression that ends before `end` is a map, or of a type that only a read shows.
    fn may_be_map(&self, before: &TextBeforeCursor, end: usize) -> bool {
        match self.infer(before, end, MAX_CLOSURE_DEPTH) {
            InferredType::Type(info) => {
                matches!(strip_wrappers(info).kind, TypeKind::Map(..) | TypeKind::Opaque)
            }
            InferredType::Unknown | InferredType::Map => true,
            _ => false,
        }
    }

    /// Returns the type of the expression that ends before `end`, which may be in that many closures.
    fn infer(&self, before: &TextBeforeCursor, end: usize, max_depth: usize) -> InferredType {
        let Some(path) = before.path(end) else { return InferredType::Unknown };
        let Some((first, rest)) = path.segments.split_first() else { return InferredType::Unknown };
        let root = match first {
            PathSegment::Name(name) => {
                let parameter = || before.parameter(name, path.start).filter(|_| max_depth > 0);
                let infer_parameter = || match parameter() {
                    Some(parameter) if parameter.method != "update" => {
                        self.infer(before, parameter.receiver_end, max_depth - 1).item()
                    }
                    _ => InferredType::Unknown,
                };
                self.variable(name).unwrap_or_else(infer_parameter)
            }
            PathSegment::Call(name) => match self.program.function_item(name) {
                Some(function) => InferredType::returned(&self.program, function.returns()),
                None if self.program.has(name) => InferredType::Unknown,
                None => survey::item_type(name)
                    .map_or(InferredType::Unknown, |item| InferredType::Query(Some(item))),
            },
            PathSegment::Index(_) => InferredType::Unknown,
        };
        rest.iter().fold(root, |ty, segment| match segment {
            PathSegment::Name(name) => ty.field(name),
            PathSegment::Call(name) => ty.call(&self.program, name),
            PathSegment::Index(_) => ty.item(),
        })
    }

    fn variable(&self, name: &str) -> Option<InferredType> {
        let variable = self.variables.iter().rev().find(|(known, _)| known == name);
        variable.map(|(_, ty)| *ty).or_else(|| self.program.root_type(name).map(InferredType::Type))
    }

    /// Returns the strings that a function takes.
    fn arguments(&self, request: Request<'_>, function: &str) -> Vec<Candidate> {
        match function {
            "import" => {
                let directory = self.program.scripts_dir.as_deref();
                let scripts = directory.map(|directory| script_files::entries(directory, request.typed));
                scripts.unwrap_or_default().iter().map(|script| import(script)).collect()
            }
            "set" => session_limits::names().map(|(name, doc)| string(name, doc)).collect(),
            "level" => Level::ALL.iter().map(|level| string(level.name(), "")).collect(),
            "help" | "doc" => {
                let types = self.program.symbols().types();
                let mut names: Vec<_> = self.program.names().collect();
                names.extend(self.program.builtin_root_infos().map(|root| root.name));
                names.extend(types.map(|info| info.name));
                names.extend(builtin_docs::names());
                names.iter().map(|name| string(name, "")).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// Returns the candidate for a script, or for a directory of scripts.
fn import(script: &str) -> Candidate {
    let name = script.rsplit('/').next().unwrap_or(script);
    let text = match name {
        "" => script.to_owned(),
        name if is_field_name(name) => format!("{script}\" as {name}"),
        _ => format!("{script}\" as "),
    };
    candidate(text, CandidateKind::Text)
}

/// Returns the first keys, the members of the map, and the other keys.
fn before_methods(keys: Vec<Candidate>, members: Vec<Candidate>) -> Vec<Candidate> {
    let mut keys = keys.into_iter();
    let mut candidates: Vec<_> = keys.by_ref().take(KEYS_BEFORE_METHODS).collect();
    candidates.extend(members);
    candidates.extend(keys);
    candidates
}

/// Returns the keys of a map that a variable of the session holds.
fn script_keys(session: LiveSession<'_>, path: &TypedPath) -> Option<Vec<Value<'static>>> {
    let [PathSegment::Name(name)] = &*path.segments else { return None };
    let map = session.scope.get(name)?.read_lock::<Map>()?;
    Some(map.keys().map(|key| Value::from(key.to_string())).collect())
}

/// Returns the type of a script value.
fn type_of(value: &Dynamic) -> InferredType {
    if let Some(handle) = value.read_lock::<Handle>() {
        return handle.static_type().map_or(InferredType::Unknown, InferredType::Type);
    }
    match value.type_name() {
        _ if value.is::<Query>() => InferredType::Query(None),
        _ if value.is_array() => InferredType::Array,
        _ if value.is_map() => InferredType::Map,
        _ if value.is_string() => InferredType::String,
        _ => InferredType::Unknown,
    }
}
