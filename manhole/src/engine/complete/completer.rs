//! Completion of a command: what could follow the text before the cursor.

use std::sync::Arc;

use manhole_protocol::methods::{Candidate, CandidateKind, Completions};
use rhai::{Dynamic, Scope};

use super::candidate::{called, candidate, first_line};
use super::cursor_context::{CompletionTarget, PathSegment, TextBeforeCursor};
use super::inferred_type::InferredType;
use crate::engine::builtins::{BUILTIN_DOCS, builtin_docs};
use crate::engine::live::{Handle, Program, Query};
use crate::engine::run::session_limits;
use crate::engine::state::SessionFunctions;
use crate::engine::value::lexing::KEYWORDS;

/// How many candidates are told.
const MOST: usize = 200;

/// What is needed to complete, without the session that it was taken from: a session is busy while a command runs.
pub(crate) struct Completer {
    program: Arc<Program>,
    variables: Vec<(String, InferredType)>,
    /// The signatures of the session's functions.
    functions: Vec<String>,
}

/// Looks up the keys of the live map that a path leads to, for those that begin with a text.
pub(crate) type Keys<'a> = &'a dyn Fn(&str, &str) -> Vec<(String, String)>;

impl Completer {
    pub(crate) fn new(program: Arc<Program>, scope: &Scope<'_>, functions: &SessionFunctions) -> Self {
        let variables = scope.iter_raw().map(|(name, _, value)| (name.to_owned(), known(value)));
        Self { program, variables: variables.collect(), functions: functions.signatures() }
    }

    /// What could be typed after the first `cursor` characters of `code`, as types tell.
    pub(crate) fn complete(&self, code: &str, cursor: usize) -> Completions {
        self.complete_with(code, cursor, &|_, _| Vec::new())
    }

    pub(crate) fn complete_with(&self, code: &str, cursor: usize, keys: Keys<'_>) -> Completions {
        let typed = TextBeforeCursor::new(code, cursor);
        let called = code.chars().nth(cursor) == Some('(');
        let (start, mut candidates) = match typed.place() {
            CompletionTarget::Nothing => (cursor.min(code.chars().count()), Vec::new()),
            CompletionTarget::Name { start } => (start, self.names()),
            CompletionTarget::Member { start, of } => (start, self.members(&typed, of)),
            CompletionTarget::Key { start, of } => {
                let begun = typed.from(start);
                let path =
                    typed.chain(of).map(|(from, _)| typed.from(from).chars().take(of - from).collect());
                let keys = path.map_or_else(Vec::new, |path: String| keys(&path, &begun));
                let keys = keys.into_iter().map(|(key, ty)| Candidate {
                    text: format!("{key}\"]"),
                    kind: CandidateKind::Key,
                    r#type: Some(ty),
                    doc: None,
                });
                (start, keys.collect())
            }
            CompletionTarget::Argument { start, function } => (start, self.arguments(&function)),
        };
        let begun = typed.from(start);
        candidates.retain(|candidate| candidate.text.starts_with(&begun));
        candidates.truncate(MOST);
        for candidate in candidates.iter_mut().filter(|_| called) {
            candidate.text.truncate(candidate.text.find('(').unwrap_or(candidate.text.len()));
        }
        Completions { start, candidates }
    }

    /// Everything that can stand at the beginning of an expression.
    fn names(&self) -> Vec<Candidate> {
        let mut names: Vec<_> = self
            .program
            .root_infos()
            .map(|root| {
                candidate(root.name, CandidateKind::Root, Some(root.info.to_string()), first_line(root.doc))
            })
            .collect();
        names.extend(self.program.function_infos().map(|function| {
            let text = called(function.name, &function.signature);
            candidate(&text, CandidateKind::Function, Some(function.signature), first_line(function.doc))
        }));
        let variables = self
            .variables
            .iter()
            .map(|(name, known)| candidate(name, CandidateKind::Variable, known.name(), None));
        names.extend(variables);
        names.extend(self.functions.iter().map(|signature| {
            let name = signature.split('(').next().unwrap_or_default();
            candidate(&called(name, signature), CandidateKind::Function, Some(signature.clone()), None)
        }));
        let builtins = BUILTIN_DOCS.iter().filter(|entry| !entry.form.starts_with("x."));
        names.extend(builtins.flat_map(|entry| {
            entry.names.iter().map(|name| {
                let text = if entry.form.starts_with(&format!("{name}(")) {
                    called(name, entry.form)
                } else {
                    (*name).to_owned()
                };
                candidate(&text, CandidateKind::Builtin, Some(entry.form.to_owned()), Some(entry.doc))
            })
        }));
        names.extend(KEYWORDS.iter().map(|word| candidate(word, CandidateKind::Keyword, None, None)));
        names
    }

    /// The members of the expression that ends in front of `of`.
    fn members(&self, typed: &TextBeforeCursor, of: usize) -> Vec<Candidate> {
        let Some((start, links)) = typed.chain(of) else { return Vec::new() };
        self.known(typed, start, &links, 0).members()
    }

    /// What is known of an expression that begins at `start`.
    fn known(
        &self,
        typed: &TextBeforeCursor,
        start: usize,
        links: &[PathSegment],
        depth: usize,
    ) -> InferredType {
        let Some((first, rest)) = links.split_first() else { return InferredType::Nothing };
        let root = match first {
            PathSegment::Name(name) => {
                self.variable(name).unwrap_or_else(|| self.parameter(typed, name, start, depth))
            }
            PathSegment::Call(name) => match self.program.function_item(name) {
                Some(function) => InferredType::returned(&self.program, &function.signature(name)),
                None => InferredType::Nothing,
            },
            PathSegment::Index(_) => InferredType::Nothing,
        };
        rest.iter().fold(root, |known, link| match link {
            PathSegment::Name(name) => known.field(name),
            PathSegment::Call(name) => known.call(&self.program, name),
            PathSegment::Index(_) => known.item(),
        })
    }

    fn variable(&self, name: &str) -> Option<InferredType> {
        let variable = self.variables.iter().rev().find(|(known, _)| known == name);
        variable.map(|(_, known)| *known).or_else(|| self.program.root_type(name).map(InferredType::Type))
    }

    /// What the parameter of a closure is, by what the closure is given to.
    fn parameter(&self, typed: &TextBeforeCursor, name: &str, at: usize, depth: usize) -> InferredType {
        /// How deep closures may be in one another to be understood.
        const DEEPEST: usize = 8;
        let Some((of, method)) = typed.parameter(name, at).filter(|_| depth < DEEPEST) else {
            return InferredType::Nothing;
        };
        let Some((start, links)) = typed.chain(of) else { return InferredType::Nothing };
        let known = self.known(typed, start, &links, depth + 1);
        // The items of what was mapped are whatever the function has made of them.
        if method == "update" { InferredType::Nothing } else { known.item() }
    }

    /// The texts that a function takes.
    fn arguments(&self, function: &str) -> Vec<Candidate> {
        let text =
            |text: &str, doc: Option<&str>| candidate(&format!("{text}\""), CandidateKind::Text, None, doc);
        match function {
            "set" => session_limits::names().map(|(name, doc)| text(name, Some(doc))).collect(),
            "level" => crate::reflect::Level::ALL.iter().map(|level| text(level.name(), None)).collect(),
            "help" | "doc" => {
                let types = self.program.symbols().types();
                let mut names: Vec<_> = self.program.names().collect();
                names.extend(types.map(|info| info.name));
                names.extend(builtin_docs::names());
                names.iter().map(|name| text(name, None)).collect()
            }
            _ => Vec::new(),
        }
    }
}

/// What is known of a value that a script holds.
fn known(value: &Dynamic) -> InferredType {
    if let Some(handle) = value.read_lock::<Handle>() {
        return handle.static_type().map_or(InferredType::Nothing, InferredType::Type);
    }
    match value.type_name() {
        _ if value.is::<Query>() => InferredType::Query(None),
        _ if value.is_array() => InferredType::Array,
        _ if value.is_string() => InferredType::Text,
        _ => InferredType::Nothing,
    }
}
