//! Constructors of completion candidates.

use manhole_protocol::methods::{Candidate, CandidateKind};

use crate::engine::builtins::{BuiltinDoc, BuiltinKind};
use crate::engine::live::FunctionInfo;
use crate::reflect::{FieldInfo, MethodInfo, doc_summary};

/// Creates a candidate without a type and documentation.
pub(super) fn candidate(text: impl Into<String>, kind: CandidateKind) -> Candidate {
    Candidate { text: text.into(), kind, r#type: None, doc: None }
}

/// Creates the candidate for a call of `name`, with both parentheses if it takes no arguments.
pub(super) fn call(name: &str, arity: usize, kind: CandidateKind) -> Candidate {
    candidate(format!("{name}{}", if arity == 0 { "()" } else { "(" }), kind)
}

pub(super) fn function(function: FunctionInfo<'_>) -> Candidate {
    let call = call(function.name, function.arity, CandidateKind::Function);
    Candidate { r#type: Some(function.signature), doc: summary(function.doc), ..call }
}

pub(super) fn method(method: &MethodInfo) -> Candidate {
    let call = call(method.name, method.params.len(), CandidateKind::Method);
    Candidate { r#type: Some(method.to_string()), doc: summary(method.doc), ..call }
}

pub(super) fn field(field: &FieldInfo) -> Candidate {
    let ty = if field.secret { "secret".to_owned() } else { (field.ty)().to_string() };
    Candidate { r#type: Some(ty), doc: summary(field.doc), ..candidate(field.name, CandidateKind::Field) }
}

pub(super) fn builtin(entry: &BuiltinDoc) -> Candidate {
    let candidate = match entry.kind {
        BuiltinKind::Word => candidate(entry.name, CandidateKind::Builtin),
        _ => call(entry.name, usize::from(entry.takes_arguments()), CandidateKind::Builtin),
    };
    Candidate { r#type: Some(entry.signature()), doc: summary(entry.doc), ..candidate }
}

/// Creates the candidate for a string, with its closing quote.
pub(super) fn string(text: &str, doc: &str) -> Candidate {
    Candidate { doc: summary(doc), ..candidate(format!("{text}\""), CandidateKind::Text) }
}

pub(super) fn summary(doc: &str) -> Option<String> {
    Some(doc_summary(doc)).filter(|summary| !summary.is_empty())
}
