//! Names of the namespace for the examples in the help, so that an operator can type them as they are.

use crate::engine::live::{Program, strip_locks, strip_wrappers};
use crate::reflect::{Level, TypeInfo, TypeKind};

/// The placeholders, with the text for a namespace that has no such name.
const FALLBACKS: [(&str, &str); 9] = [
    ("$root", "[1, 2, 3]"),
    ("$value", "1 + 1"),
    ("$update", "x.update(\"count\", |value| value * 2)"),
    ("$items", "[1, 2, 3]"),
    ("$number", "item"),
    ("$map", "#{ a: 1 }"),
    ("$enum", "x"),
    ("$method", "x.method"),
    ("$function", "function"),
];

/// The names that replace the placeholders of an example.
pub(crate) struct ExampleNames(Vec<(&'static str, String)>);

impl ExampleNames {
    /// Chooses names among the roots of `program`, their fields and methods, and its functions.
    pub(crate) fn new(program: &Program) -> Self {
        let roots = program.root_infos().filter(|root| root.level == Level::Observe);
        let roots: Vec<_> = roots.map(|root| (root.name.to_owned(), strip_locks(root.info))).collect();
        let mut values = roots.clone();
        for (root, info) in &roots {
            let fields = info.fields().iter().filter(|field| !field.secret && field.level == Level::Observe);
            let fields = fields.filter(|field| !field.name.starts_with(|first: char| first.is_ascii_digit()));
            values.extend(fields.map(|field| (format!("{root}.{}", field.name), strip_locks((field.ty)()))));
        }
        let first = |test: &dyn Fn(&TypeInfo) -> bool| {
            values.iter().find(|(_, info)| test(info)).map(|(path, _)| path.clone())
        };
        let value = first(&is_number);
        let update = value.as_ref().and_then(|value| {
            let (owner, field) = value.split_once('.')?;
            Some(format!("{owner}.update(\"{field}\", |value| value * 2)"))
        });
        let items = values.iter().find_map(|(path, info)| Some((path.clone(), number_of_item(info)?)));
        let (items, number) = items.unzip();
        let method = roots.iter().find_map(|(root, info)| {
            let method = strip_wrappers(info).methods.iter().find(|method| method.params.is_empty())?;
            Some(format!("{root}.{}", method.name))
        });
        let function = program.function_infos().next().map(|function| function.name.to_owned());
        let names = [
            roots.first().map(|(root, _)| root.clone()),
            value,
            update,
            items,
            number,
            first(&|info| matches!(info.kind, TypeKind::Map(..))),
            first(&|info| matches!(info.kind, TypeKind::Enum(_))),
            method,
            function,
        ];
        let placeholders = FALLBACKS.iter().map(|(placeholder, _)| *placeholder);
        Self(placeholders.zip(names).filter_map(|(placeholder, name)| Some((placeholder, name?))).collect())
    }

    /// Replaces the placeholders of `example`, or returns `None` if the namespace lacks one of the names.
    pub(crate) fn try_fill(&self, example: &str) -> Option<String> {
        let filled = self.0.iter().fold(example.to_owned(), |text, (from, to)| text.replace(from, to));
        (!filled.contains('$')).then_some(filled)
    }

    /// Replaces the placeholders of `example`.
    pub(crate) fn fill(&self, example: &str) -> String {
        let fallback =
            || FALLBACKS.iter().fold(example.to_owned(), |text, (from, to)| text.replace(from, to));
        self.try_fill(example).unwrap_or_else(fallback)
    }
}

/// Returns the expression for a number in each `item` of a list, or `None` if `info` is not a list or its items have none.
fn number_of_item(info: &TypeInfo) -> Option<String> {
    let TypeKind::List(item) = info.kind else { return None };
    let item = strip_locks(item());
    if is_number(item) {
        return Some("item".to_owned());
    }
    let field = item.fields().iter().find(|field| is_number(strip_locks((field.ty)())) && !field.secret)?;
    Some(format!("item.{}", field.name))
}

fn is_number(info: &TypeInfo) -> bool {
    let name = info.name.trim_start_matches("Atomic").to_ascii_lowercase();
    let width = name.trim_start_matches(['u', 'i', 'f']);
    matches!(info.kind, TypeKind::Leaf)
        && width.len() < name.len()
        && (width == "size" || width.parse::<u8>().is_ok())
}
