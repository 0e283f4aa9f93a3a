//! What could be typed next. Nothing is run for it: types tell most of it, and the keys of a map are looked at only while no
//! command runs.

pub(crate) mod cursor_context;
pub(crate) mod inferred_type;

use std::sync::Arc;

use manhole_protocol::method::{Candidate, CandidateKind, Completions};
use rhai::{Dynamic, Scope};

use crate::engine::builtins::builtin_docs;
use crate::engine::builtins::builtin_docs::BUILTIN_DOCS;
use crate::engine::evaluator::engine_template::EngineTemplate;
use crate::engine::live::handle::Handle;
use crate::engine::query::query::Query;
use crate::engine::run::session_limits;
use crate::engine::state::session_functions::SessionFunctions;
use cursor_context::{CompletionTarget, PathSegment, TextBeforeCursor};
pub(crate) use inferred_type::InferredType;

/// How many candidates are told.
const MOST: usize = 200;

/// The words of the language that can begin something.
const KEYWORDS: &[&str] = &[
    "break", "catch", "const", "continue", "else", "false", "fn", "for", "if", "import", "in", "let", "loop",
    "return", "switch", "throw", "true", "try", "while",
];

/// What is needed to complete, without the session that it was taken from: a session is busy while a command runs.
pub(crate) struct Completer {
    language: Arc<EngineTemplate>,
    variables: Vec<(String, InferredType)>,
    /// The signatures of the session's functions.
    functions: Vec<String>,
}

/// Looks up the keys of the live map that a path leads to, for those that begin with a text.
pub(crate) type Keys<'a> = &'a dyn Fn(&str, &str) -> Vec<(String, String)>;

impl Completer {
    pub(crate) fn new(language: Arc<EngineTemplate>, scope: &Scope<'_>, library: &SessionFunctions) -> Self {
        let variables = scope.iter_raw().map(|(name, _, value)| (name.to_owned(), known(value)));
        Self { language, variables: variables.collect(), functions: library.signatures() }
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
            .language
            .described_roots()
            .map(|(name, info, _, doc)| {
                candidate(name, CandidateKind::Root, Some(info.to_string()), first_line(doc))
            })
            .collect();
        names.extend(self.language.described_functions().map(|(name, signature, _, doc)| {
            candidate(&called(name, &signature), CandidateKind::Function, Some(signature), first_line(doc))
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
            PathSegment::Call(name) => match self.language.function_item(name) {
                Some(function) => InferredType::returned(&self.language, &function.signature(name)),
                None => InferredType::Nothing,
            },
            PathSegment::Index(_) => InferredType::Nothing,
        };
        rest.iter().fold(root, |known, link| match link {
            PathSegment::Name(name) => known.field(name),
            PathSegment::Call(name) => known.call(&self.language, name),
            PathSegment::Index(_) => known.item(),
        })
    }

    fn variable(&self, name: &str) -> Option<InferredType> {
        let variable = self.variables.iter().rev().find(|(known, _)| known == name);
        variable.map(|(_, known)| *known).or_else(|| self.language.root_type(name).map(InferredType::Type))
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
                let types = self.language.symbols().types();
                let mut names: Vec<_> = self.language.names().collect();
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
        return handle.known_type().map_or(InferredType::Nothing, InferredType::Type);
    }
    match value.type_name() {
        _ if value.is::<Query>() => InferredType::Query(None),
        _ if value.is_array() => InferredType::Array,
        _ if value.is_string() => InferredType::Text,
        _ => InferredType::Nothing,
    }
}

fn candidate(text: &str, kind: CandidateKind, ty: Option<String>, doc: Option<&str>) -> Candidate {
    let doc = doc.filter(|doc| !doc.is_empty()).map(str::to_owned);
    Candidate { text: text.to_owned(), kind, r#type: ty, doc }
}

/// What to type to call something: with both brackets, if nothing belongs between them.
fn called(name: &str, signature: &str) -> String {
    let empty = signature
        .split_once('(')
        .is_some_and(|(_, rest)| rest.starts_with(')') && !signature.contains("), "));
    if empty { format!("{name}()") } else { format!("{name}(") }
}

fn first_line(doc: &str) -> Option<&str> {
    doc.lines().next()
}
