//! Constructors of completion candidates.

use manhole_protocol::methods::{Candidate, CandidateKind};

use crate::engine::builtins::{BuiltinDoc, BuiltinKind};
use crate::engine::live::FunctionInfo;
use crate::engine::value::lexing::is_field_name;
use crate::reflect::{FieldInfo, MethodInfo, StructStyle, TypeInfo, Value, VariantInfo, doc_summary};

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

/// Creates the candidate for a variant, up to the first value inside it.
pub(super) fn variant(variant: &VariantInfo) -> Candidate {
    let name = variant.name;
    let types = || variant.fields.iter().map(|field| (field.ty)().to_string()).collect::<Vec<_>>().join(", ");
    let (text, shape) = match (variant.style, variant.fields) {
        (StructStyle::Tuple, [_, ..]) => (format!("{name}("), format!("{name}({})", types())),
        (StructStyle::Named, [first, ..]) => {
            let fields = variant.fields.iter().map(|field| format!("{}: {}", field.name, (field.ty)()));
            let fields = fields.collect::<Vec<_>>().join(", ");
            (format!("{name} {{ {}: ", first.name), format!("{name} {{ {fields} }}"))
        }
        _ => (name.to_owned(), name.to_owned()),
    };
    let shape = (!variant.fields.is_empty()).then_some(shape);
    Candidate { r#type: shape, doc: summary(variant.doc), ..candidate(text, CandidateKind::Variant) }
}

/// Creates the candidate for the name of an enum, in front of its variants.
pub(super) fn type_name(info: &TypeInfo) -> Candidate {
    let name = info.short_name();
    Candidate { doc: summary(info.doc), ..candidate(format!("{name}::"), CandidateKind::Type) }
}

/// How the key of a map is written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum KeyForm {
    /// The rest of `map["`.
    InString,
    /// The rest of `map[`.
    Index,
    /// What can follow `map`: `.key`, or `["a key"]`.
    Member,
}

/// Creates the candidate for the key of a map, or `None` if it cannot be written in this form.
pub(super) fn key(key: &Value<'_>, form: KeyForm) -> Option<Candidate> {
    let text = match (form, key) {
        (KeyForm::InString, Value::Text(key)) => format!("{key:?}]")[1..].to_owned(),
        (KeyForm::InString, _) => return None,
        (KeyForm::Member, Value::Text(name)) if is_field_name(name) => format!(".{name}"),
        (_, Value::Text(_) | Value::Int(_) | Value::Uint(_) | Value::Bool(_) | Value::Char(_)) => {
            let open = if form == KeyForm::Member { "[" } else { "" };
            format!("{open}{key}]")
        }
        _ => return None,
    };
    Some(candidate(text, CandidateKind::Key))
}

pub(super) fn summary(doc: &str) -> Option<String> {
    Some(doc_summary(doc)).filter(|summary| !summary.is_empty())
}
