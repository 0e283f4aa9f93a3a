//! Help, from what the derive and the namespace recorded. No code of the application runs for it, and no lock is taken.

use rhai::{Array, Dynamic, ImmutableString, Module, NativeCallContext};

use super::builtin_docs;
use super::builtin_docs::BUILTIN_DOCS;
use crate::engine::live::{Handle, Program, strip_wrappers};
use crate::engine::show::columns;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, register, unknown_name};
use crate::reflect::{FieldInfo, StructStyle, TypeInfo, TypeKind, VariantInfo};

const HINTS: &str = "\
read      gizmo.count, gizmo.items[0], gizmo.by_name[\"k\"]
write     gizmo.count = 7
call      gizmo.reset(), f(1, 2)
search    gizmo.items.filter(|item| item.id > 1).map(|item| item.name)
look      table(gizmo.items), tree(gizmo), json(gizmo), watch(\"1s\", || gizmo.count)
bind      x = 5; fn twice(n) { n * 2 }; the last value is `it`
more      help(gizmo), help(\"f\"), help(\"builtins\"), set(); Ctrl-C stops a command, exit leaves
";

type Call<'a> = NativeCallContext<'a>;

/// Adds `help`, `doc` and `dir`.
pub(crate) fn bind(module: &mut Module) {
    register(module, "help", |call: Call<'_>| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        context.run.print(&overview(&context.program));
        Ok(())
    });
    for name in ["help", "doc"] {
        register(module, name, |call: Call<'_>, topic: Dynamic| -> EvalResult<()> {
            let context = CallContext::of(&call)?;
            context.run.print(&self::topic(&context, &topic)?);
            Ok(())
        });
    }
    register(module, "dir", |call: Call<'_>| -> EvalResult<Array> {
        Ok(CallContext::of(&call)?.program.names().map(|name| name.to_owned().into()).collect())
    });
    register(module, "dir", |call: Call<'_>, topic: Dynamic| -> EvalResult<Array> {
        Ok(names(&*CallContext::of(&call)?, &topic)?)
    });
}

/// All names of the application, and how to use them.
fn overview(program: &Program) -> String {
    let mut text = format!("The names in {}:\n", program.name);
    text += &columns(program.entries().map(|(what, doc)| (what, first_line(doc))));
    text.push('\n');
    text + HINTS
}

/// What is known of a live value, or of the name that a text is.
fn topic(context: &CallContext, topic: &Dynamic) -> Result<String, ScriptError> {
    if let Some(handle) = topic.read_lock::<Handle>().map(|handle| handle.clone()) {
        return type_of(context, &handle).map(type_help);
    }
    match topic.read_lock::<ImmutableString>() {
        Some(name) => name_help(context, &name),
        None => Err(ScriptError::new("help is about what belongs to the program, and about names")
            .with_help("help() lists the names; help(\"f\") is about the function f")),
    }
}

/// The names of the fields and methods of a live value, or of the keys of a map.
fn names(context: &CallContext, topic: &Dynamic) -> Result<Array, ScriptError> {
    let array = |names: Vec<&str>| names.into_iter().map(|name| name.to_owned().into()).collect();
    if let Some(handle) = topic.read_lock::<Handle>().map(|handle| handle.clone()) {
        let info = type_of(context, &handle)?;
        let mut names: Vec<_> = fields(info).map(|field| field.name).collect();
        names.dedup();
        names.extend(info.methods.iter().map(|method| method.name));
        return Ok(array(names));
    }
    match topic.read_lock::<rhai::Map>() {
        Some(map) => Ok(array(map.keys().map(|key| &**key).collect())),
        None => Err(ScriptError::new("dir is about what belongs to the program, and about maps")
            .with_help("dir() lists the names")),
    }
}

/// The type of a live value: from the types on the way where they tell, and by looking otherwise.
fn type_of(context: &CallContext, handle: &Handle) -> Result<&'static TypeInfo, ScriptError> {
    match handle.static_type() {
        Some(info) => Ok(strip_wrappers(info)),
        None => handle.read(&context.run, |found| found.reflect().info()),
    }
}

fn fields(info: &TypeInfo) -> impl Iterator<Item = &'static FieldInfo> {
    let variants = if let TypeKind::Enum(variants) = info.kind { variants } else { &[] };
    info.fields().iter().chain(variants.iter().flat_map(|variant| variant.fields))
}

fn name_help(context: &CallContext, name: &str) -> Result<String, ScriptError> {
    let program = &*context.program;
    if name == "builtins" {
        return Ok(columns(BUILTIN_DOCS.iter().map(|entry| (entry.form.to_owned(), entry.doc))));
    }
    let is_name = |what: &str| {
        what.split([':', '(']).next().is_some_and(|what| what.trim_start_matches("async ") == name)
    };
    let mut found = Vec::new();
    found
        .extend(program.entries().filter(|(what, _)| is_name(what)).map(|(what, doc)| described(&what, doc)));
    let (owner, member) = match name.rsplit_once("::").or_else(|| name.rsplit_once('.')) {
        Some((owner, member)) => (Some(owner), member),
        None => (None, name),
    };
    // `gizmo.count` is as good as `Gizmo.count`.
    let root = owner.and_then(|owner| program.root_type(owner)).map(strip_wrappers);
    for info in program.symbols().types() {
        if owner.is_none() && info.name == name {
            found.push(type_help(info));
        }
        let owned =
            owner.is_none_or(|owner| info.name == owner || root.is_some_and(|root| std::ptr::eq(root, info)));
        if owned {
            let fields = fields(info).filter(|field| field.name == member);
            found.extend(
                fields.map(|field| described(&format!("{}.{}", info.name, field_text(field)), field.doc)),
            );
            let methods = info.methods.iter().filter(|method| method.name == member);
            found.extend(methods.map(|method| described(&format!("{}::{method}", info.name), method.doc)));
            if let TypeKind::Enum(variants) = info.kind {
                let variants = variants.iter().filter(|variant| variant.name == member);
                found.extend(variants.map(|variant| {
                    described(&format!("{}::{}", info.name, variant_text(variant)), variant.doc)
                }));
            }
        }
    }
    let own = context.symbols();
    found.extend(own.signatures(name).map(|signature| format!("{signature}\nA function of this session.\n")));
    if let Some(entry) = builtin_docs::find(name) {
        found.push(format!("{}\n{}\nfor example: {}\n", entry.form, entry.doc, entry.example));
    }
    if !found.is_empty() {
        found.dedup();
        return Ok(found.join("\n"));
    }
    let types = program.symbols().types();
    let known = types.flat_map(|info| fields(info).map(|field| field.name).chain([info.name]));
    let known = known.chain(program.names()).chain(builtin_docs::names());
    // A position is no name to have been meant.
    let known = known.filter(|name| !name.starts_with(|first: char| first.is_ascii_digit()));
    Err(ScriptError::new(unknown_name("name", name, known)))
}

fn type_help(info: &'static TypeInfo) -> String {
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
