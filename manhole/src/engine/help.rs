//! Help, from what the derive and the namespace recorded. No code of the application runs for it.

use rhai::{Dynamic, ImmutableString};

use super::handle::{Context, Fault, Handle};
use super::language::Language;
use crate::reflect::{FieldInfo, StructStyle, TypeInfo, TypeKind, VariantInfo, nearest};

const HINTS: &str = "\
read      gizmo.count, gizmo.items[0], gizmo.by_name[\"k\"]
write     gizmo.count = 7
call      gizmo.reset(), f(1, 2)
search    gizmo.items.filter(|item| item.id > 1).map(|item| item.name)
bind      x = 5; fn twice(n) { n * 2 }; the last value is `it`
more      help(gizmo), help(\"f\"); Ctrl-C stops a command, exit leaves
";

/// All names of the application, and how to use them.
pub(super) fn overview(language: &Language) -> String {
    let mut text = String::from("The names here:\n");
    text += &columns(language.entries().map(|(what, doc)| (what, first_line(doc))));
    text.push('\n');
    text + HINTS
}

/// What is known of a live value, or of the name that a text is.
pub(super) fn topic(context: &Context, topic: &Dynamic) -> Result<String, Fault> {
    if let Some(handle) = topic.read_lock::<Handle>().map(|handle| handle.clone()) {
        return handle.look(context, |found| type_help(found.reflect().info()));
    }
    let language = &context.0.language;
    match topic.read_lock::<ImmutableString>() {
        Some(name) => name_help(language, &name),
        None => Err(Fault {
            message: "help is about what belongs to the program".to_owned(),
            help: Some("help() lists the names; help(\"f\") is about the function f".to_owned()),
        }),
    }
}

fn name_help(language: &Language, name: &str) -> Result<String, Fault> {
    let is_name = |what: &str| what.split([':', '(']).next() == Some(name);
    if let Some((what, doc)) = language.entries().find(|(what, _)| is_name(what)) {
        return Ok(described(&what, doc));
    }
    let methods = language.methods(name);
    if !methods.is_empty() {
        return Ok(methods.join("\n") + "\n");
    }
    let near = nearest(name, language.names());
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    Err(Fault::new(format!("there is no name `{name}`{near}")))
}

fn type_help(info: &TypeInfo) -> String {
    let mut text = described(&info.to_string(), info.doc);
    match info.kind {
        TypeKind::Struct(_, fields) if !fields.is_empty() => {
            text += "fields:\n";
            text += &columns(fields.iter().map(|field| (field_text(field), first_line(field.doc))));
        }
        TypeKind::Enum(variants) => {
            text += "variants:\n";
            text += &columns(variants.iter().map(|variant| (variant_text(variant), first_line(variant.doc))));
        }
        _ => {}
    }
    if !info.methods.is_empty() {
        text += "methods:\n";
        text += &columns(info.methods.iter().map(|method| (method.to_string(), first_line(method.doc))));
    }
    text
}

fn variant_text(variant: &VariantInfo) -> String {
    let types = variant.fields.iter().map(|field| (field.ty)().to_string());
    let name = variant.name;
    match variant.style {
        StructStyle::Unit => name.to_owned(),
        StructStyle::Tuple => format!("{name}({})", types.collect::<Vec<_>>().join(", ")),
        StructStyle::Named | StructStyle::Range => {
            format!("{name} {{ {} }}", variant.fields.iter().map(field_text).collect::<Vec<_>>().join(", "))
        }
    }
}

fn field_text(field: &FieldInfo) -> String {
    let mark = match (field.secret, field.readonly) {
        (true, _) => return format!("{}: secret", field.name),
        (false, true) => " (read-only)",
        (false, false) => "",
    };
    format!("{}: {}{mark}", field.name, (field.ty)())
}

fn described(what: &str, doc: &str) -> String {
    if doc.is_empty() { format!("{what}\n") } else { format!("{what}\n{doc}\n") }
}

fn first_line(doc: &str) -> &str {
    doc.lines().next().unwrap_or_default()
}

/// Two columns, the second aligned unless the first is very wide.
fn columns<'a>(rows: impl Iterator<Item = (String, &'a str)>) -> String {
    const WIDEST: usize = 40;
    let rows: Vec<_> = rows.collect();
    let width = rows.iter().map(|(left, _)| left.chars().count()).filter(|width| *width <= WIDEST).max();
    let width = width.unwrap_or_default();
    let lines =
        rows.iter().map(|(left, right)| format!("  {left:width$}  {right}").trim_end().to_owned() + "\n");
    lines.collect()
}
