//! What is known of an expression that has not been run, and what it has.

use manhole_protocol::methods::{Candidate, CandidateKind};

use super::candidate::{called, candidate, first_line};
use crate::engine::builtins::BUILTIN_DOCS;
use crate::engine::live::{Program, strip_wrappers, type_inside};
use crate::reflect::{Step, TypeInfo, TypeKind, Value};

/// What is known of an expression.
#[derive(Debug, Clone, Copy)]
pub(crate) enum InferredType {
    /// A live value of this type.
    Type(&'static TypeInfo),
    /// A question to a collection whose items have this type, if that is known.
    Query(Option<&'static TypeInfo>),
    /// An array of the script.
    Array,
    Text,
    Nothing,
}

/// The questions that pass items on as they are.
const SAME_ITEMS: &[&str] = &["filter", "take", "skip", "sort", "sort_by", "reverse", "values"];

/// The questions that are answered with one item.
const ONE_ITEM: &[&str] =
    &["find", "first", "last", "get", "min", "max", "min_by", "max_by", "pop", "remove"];

/// What only collections have that can be changed.
const CHANGES: &[&str] = &["push", "insert", "remove", "pop", "truncate", "clear"];

/// What every live value has.
const ANY: &[&str] = &["snapshot", "update"];

/// What texts have.
const TEXT: &[&str] =
    &["len()", "contains(", "starts_with(", "ends_with(", "split(", "to_upper()", "to_lower()", "trim()"];

impl InferredType {
    /// The type's name.
    pub(crate) fn name(self) -> Option<String> {
        match self {
            Self::Type(info) => Some(info.to_string()),
            Self::Query(_) => Some("Query".to_owned()),
            Self::Array => Some("array".to_owned()),
            Self::Text => Some("String".to_owned()),
            Self::Nothing => None,
        }
    }

    /// The field `name` of it.
    pub(crate) fn field(self, name: &str) -> Self {
        self.step(&Step::Name(name.to_owned().into()))
    }

    /// An item of it.
    pub(crate) fn item(self) -> Self {
        match self {
            Self::Query(item) => item.map_or(Self::Nothing, Self::Type),
            Self::Type(info) => match strip_wrappers(info).kind {
                TypeKind::List(item) | TypeKind::Set(item) | TypeKind::Map(_, item) => Self::Type(item()),
                _ => self.step(&Step::Key(Value::Unit)),
            },
            _ => Self::Nothing,
        }
    }

    fn step(self, step: &Step) -> Self {
        match self {
            Self::Type(info) => type_inside(strip_wrappers(info), step).map_or(Self::Nothing, Self::Type),
            _ => Self::Nothing,
        }
    }

    /// What calling its method `name` gives.
    pub(crate) fn call(self, program: &Program, name: &str) -> Self {
        if let Self::Type(info) = self
            && let Some(method) = strip_wrappers(info).methods.iter().find(|method| method.name == name)
        {
            return Self::returned(program, &method.to_string());
        }
        let item = || match self.item() {
            Self::Type(info) => Some(info),
            _ => None,
        };
        match self {
            Self::Type(_) | Self::Query(_) if SAME_ITEMS.contains(&name) => Self::Query(item()),
            Self::Type(_) | Self::Query(_) if name == "map" || name == "keys" => Self::Query(None),
            Self::Type(_) | Self::Query(_) if ONE_ITEM.contains(&name) => {
                item().map_or(Self::Nothing, Self::Type)
            }
            Self::Type(_) | Self::Query(_) if name == "to_array" => Self::Array,
            _ => Self::Nothing,
        }
    }

    /// What a call with this signature gives: the type of the program that its result is called like.
    pub(crate) fn returned(program: &Program, signature: &str) -> Self {
        let Some((_, returns)) = signature.rsplit_once(" -> ") else { return Self::Nothing };
        // What is inside of results, options and pointers is what the script gets.
        let name = returns.rsplit('<').next().unwrap_or(returns).trim_start_matches('&');
        let name = name.split([',', '>']).next().unwrap_or(name).trim();
        match program.symbols().types().find(|info| info.name == name) {
            Some(info) if !returns.starts_with("Vec<") => Self::Type(info),
            _ if name == "String" || name == "str" => Self::Text,
            _ => Self::Nothing,
        }
    }

    /// What can stand behind a dot.
    pub(crate) fn members(self) -> Vec<Candidate> {
        match self {
            Self::Type(info) => of_type(strip_wrappers(info)),
            Self::Query(_) | Self::Array => {
                from_manual(|name| !CHANGES.contains(&name) && !ANY.contains(&name))
            }
            Self::Text => {
                TEXT.iter().map(|text| candidate(text, CandidateKind::Builtin, None, None)).collect()
            }
            Self::Nothing => Vec::new(),
        }
    }
}

fn of_type(info: &'static TypeInfo) -> Vec<Candidate> {
    let variants = if let TypeKind::Enum(variants) = info.kind { variants } else { &[] };
    let fields = info.fields().iter().chain(variants.iter().flat_map(|variant| variant.fields));
    let mut members: Vec<Candidate> = Vec::new();
    for field in fields.filter(|field| !field.name.starts_with(|first: char| first.is_ascii_digit())) {
        if members.iter().all(|known| known.text != field.name) {
            let ty = if field.secret { "secret".to_owned() } else { (field.ty)().to_string() };
            members.push(candidate(field.name, CandidateKind::Field, Some(ty), first_line(field.doc)));
        }
    }
    members.extend(info.methods.iter().map(|method| {
        let signature = method.to_string();
        candidate(
            &called(method.name, signature.trim_start_matches("async ")),
            CandidateKind::Method,
            Some(signature),
            first_line(method.doc),
        )
    }));
    let builtins = match info.kind {
        TypeKind::List(_) | TypeKind::Map(..) | TypeKind::Set(_) => from_manual(|name| name != "variant"),
        TypeKind::Enum(_) => from_manual(|name| name == "variant" || ANY.contains(&name)),
        TypeKind::Struct(..) => from_manual(|name| ANY.contains(&name)),
        _ => Vec::new(),
    };
    let own = members.len();
    members.extend(builtins);
    // A method of the program goes before a function that is called like it.
    let bare = |text: &str| text.split('(').next().unwrap_or_default().to_owned();
    let names: Vec<_> = members[..own].iter().map(|member| bare(&member.text)).collect();
    let mut index = 0;
    members.retain(|member| {
        index += 1;
        index <= own || !names.contains(&bare(&member.text))
    });
    members
}

/// The functions of live values that pass `wanted`, from the manual.
fn from_manual(wanted: impl Fn(&str) -> bool) -> Vec<Candidate> {
    let entries = BUILTIN_DOCS.iter().filter(|entry| entry.form.starts_with("x."));
    let functions = entries.flat_map(|entry| {
        entry.names.iter().map(move |name| {
            let rest = entry.form.split(&format!("{name}(")).nth(1).unwrap_or_default();
            let text = if rest.starts_with(')') { format!("{name}()") } else { format!("{name}(") };
            candidate(&text, CandidateKind::Builtin, Some(entry.form.to_owned()), Some(entry.doc))
        })
    });
    functions.filter(|function| function.text.split('(').next().is_some_and(&wanted)).collect()
}
