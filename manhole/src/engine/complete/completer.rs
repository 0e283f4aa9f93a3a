//! The candidates that can follow the text before the cursor.

use std::sync::Arc;

use manhole_protocol::methods::{Candidate, CandidateKind, Completions};
use rhai::{Dynamic, Scope};

use super::candidate::{self, call, candidate, string, summary};
use super::cursor_context::{CompletionTarget, PathSegment, TextBeforeCursor};
use super::inferred_type::InferredType;
use super::live_values;
use crate::engine::builtins::{BUILTIN_DOCS, BuiltinKind, builtin_docs};
use crate::engine::live::{Handle, Program, Query};
use crate::engine::run::session_limits;
use crate::engine::state::{CallContext, FunctionSignature, SessionFunctions};
use crate::engine::survey;
use crate::engine::value::lexing::KEYWORDS;
use crate::reflect::Level;

/// The maximum number of candidates.
const MAX_CANDIDATES: usize = 200;

/// The maximum number of nested closures around an expression whose type is inferred.
const MAX_CLOSURE_DEPTH: usize = 8;

/// The names for completion: a copy, because the session is busy while a command runs.
pub(crate) struct Completer {
    program: Arc<Program>,
    variables: Vec<(String, InferredType)>,
    /// The session's functions.
    functions: Vec<FunctionSignature>,
}

impl Completer {
    pub(crate) fn new(program: Arc<Program>, scope: &Scope<'_>, functions: &SessionFunctions) -> Self {
        let variables = scope.iter_raw().map(|(name, _, value)| (name.to_owned(), type_of(value)));
        Self { program, variables: variables.collect(), functions: functions.signatures() }
    }

    /// Returns what can follow the first `cursor` characters of `code`, without the keys of maps.
    pub(crate) fn complete(&self, code: &str, cursor: usize) -> Completions {
        self.complete_with(code, cursor, None)
    }

    /// Returns what can follow the first `cursor` characters of `code`. Reads the keys of maps that take no wait for a lock.
    pub(crate) fn complete_in(
        &self,
        session: (&CallContext, &Scope<'_>),
        code: &str,
        cursor: usize,
    ) -> Completions {
        self.complete_with(code, cursor, Some(session))
    }

    /// Returns what can follow the first `cursor` characters of `code`, with what a read of live values adds.
    fn complete_with(
        &self,
        code: &str,
        cursor: usize,
        session: Option<(&CallContext, &Scope<'_>)>,
    ) -> Completions {
        let before = TextBeforeCursor::new(code, cursor);
        let is_call = code.chars().nth(cursor) == Some('(');
        let (start, mut candidates) = match before.target() {
            CompletionTarget::Nothing => (cursor.min(code.chars().count()), Vec::new()),
            CompletionTarget::Name { start } => (start, self.names()),
            CompletionTarget::Member { start, of } => (start, self.members(&before, of, session)),
            CompletionTarget::Key { start, of } => {
                let keys = session.zip(before.path(of)).map(|((context, scope), path)| {
                    live_values::keys(context, scope, (&before.between(path.start, of), &before.since(start)))
                });
                (start, keys.unwrap_or_default())
            }
            CompletionTarget::Argument { start, function } => (start, self.arguments(&function)),
        };
        let prefix = before.since(start);
        candidates.retain(|candidate| candidate.text.starts_with(&prefix));
        candidates.truncate(MAX_CANDIDATES);
        for candidate in candidates.iter_mut().filter(|_| is_call) {
            candidate.text.truncate(candidate.text.find('(').unwrap_or(candidate.text.len()));
        }
        Completions { start, candidates }
    }

    /// Returns everything that can begin an expression.
    fn names(&self) -> Vec<Candidate> {
        let roots =
            self.program.root_infos().chain(self.program.builtin_root_infos()).map(|root| Candidate {
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
        let keywords = KEYWORDS.iter().filter(|word| builtin_docs::find(word).is_none());
        roots
            .chain(self.program.function_infos().map(candidate::function))
            .chain(variables)
            .chain(functions)
            .chain(builtins.map(candidate::builtin))
            .chain(keywords.map(|word| candidate(*word, CandidateKind::Keyword)))
            .collect()
    }

    /// Returns the members of the expression that ends before `end`. A read finds those that no type lists: behind a trait object.
    fn members(
        &self,
        before: &TextBeforeCursor,
        end: usize,
        session: Option<(&CallContext, &Scope<'_>)>,
    ) -> Vec<Candidate> {
        let members = self.infer(before, end, MAX_CLOSURE_DEPTH).members();
        if !members.is_empty() {
            return members;
        }
        let found = session.zip(before.path(end)).and_then(|((context, scope), path)| {
            live_values::type_at(context, scope, &before.between(path.start, end))
        });
        found.map_or(members, |info| InferredType::Type(info).members())
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
    fn arguments(&self, function: &str) -> Vec<Candidate> {
        match function {
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

/// Returns the type of a script value.
fn type_of(value: &Dynamic) -> InferredType {
    if let Some(handle) = value.read_lock::<Handle>() {
        return handle.static_type().map_or(InferredType::Unknown, InferredType::Type);
    }
    match value.type_name() {
        _ if value.is::<Query>() => InferredType::Query(None),
        _ if value.is_array() => InferredType::Array,
        _ if value.is_string() => InferredType::String,
        _ => InferredType::Unknown,
    }
}
