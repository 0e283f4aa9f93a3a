//! Help, from the types and doc comments of the namespace. It runs no code of the application and takes no lock.

use rhai::{Array, Dynamic, ImmutableString, Module, NativeCallContext};

use super::builtin_docs::{self, BUILTIN_DOCS};
use super::example_names::ExampleNames;
use crate::engine::live::{Handle, Program, strip_wrappers};
use crate::engine::show::columns;
use crate::engine::state::CallContext;
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, register, unknown_name};
use crate::reflect::{FieldInfo, StructStyle, TypeInfo, TypeKind, VariantInfo, doc_summary};

/// The lines of the overview below the names. A line is left out if the namespace lacks a name for it.
const HINTS: [&str; 10] = [
    "read      $value",
    "write     $value = 7",
    "call      $method()",
    "call      $function(…)",
    "search    $items[0], $items.filter(|item| $number > 1)",
    "show      table($items), tree($root), json($root)",
    "watch     watch(\"1s\", || $value)",
    "define    x = 5; fn twice(n) { n * 2 }; `it` is the last result",
    "help      help($root), help(\"filter\"), help(\"builtins\"), set()",
    "stop      Ctrl-C cancels a command in the manhole client, but ends nc with its session; `exit` ends the session",
];

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

/// Returns the names of the application with hints for their use.
fn overview(program: &Program) -> String {
    let mut text = String::new();
    if cfg!(panic = "abort") {
        text += "Careful: the application is built with panic = \"abort\", so a panic in code that you call ends it.\n";
    }
    text += &format!("The names in {}:\n", program.name);
    text += &columns(program.entries().map(|entry| (entry.declaration, doc_summary(entry.doc))));
    text.push('\n');
    let names = ExampleNames::new(program);
    for hint in HINTS.iter().filter_map(|hint| names.try_fill(hint)) {
        text += &(hint + "\n");
    }
    text
}

/// Returns the help for a live value or for a name in a string.
fn topic(context: &CallContext, topic: &Dynamic) -> ScriptResult<String> {
    if let Some(handle) = topic.read_lock::<Handle>().map(|handle| handle.clone()) {
        return type_of(context, &handle).map(type_help);
    }
    match topic.read_lock::<ImmutableString>() {
        Some(name) => name_help(context, &name),
        None => Err(ScriptError::new(
            "cannot describe the value: it is neither a value of the application nor a name in quotes",
        )
        .with_help("list the names with help(), or describe one with help(\"filter\")")),
    }
}

/// Returns the names of the fields and methods of a live value, or the keys of a map.
fn names(context: &CallContext, topic: &Dynamic) -> ScriptResult<Array> {
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
        None => Err(ScriptError::new(
            "cannot list the names in the value: it is neither a value of the application nor a map",
        )
        .with_help("list the names of the application with dir()")),
    }
}

/// Returns the type of a live value: from the types on its path if they are known, otherwise by reading the value.
fn type_of(context: &CallContext, handle: &Handle) -> ScriptResult<&'static TypeInfo> {
    match handle.static_type() {
        Some(info) => Ok(strip_wrappers(info)),
        None => handle.read(&context.run, |found| found.reflect().info()),
    }
}

fn fields(info: &TypeInfo) -> impl Iterator<Item = &'static FieldInfo> {
    let variants = if let TypeKind::Enum(variants) = info.kind { variants } else { &[] };
    info.fields().iter().chain(variants.iter().flat_map(|variant| variant.fields))
}

fn name_help(context: &CallContext, name: &str) -> ScriptResult<String> {
    let program = &*context.program;
    if name == "builtins" {
        return Ok(columns(BUILTIN_DOCS.iter().map(|entry| (entry.signature(), entry.doc.to_owned()))));
    }
    let entries = program.entries().filter(|entry| entry.name == name);
    let mut found: Vec<_> = entries.map(|entry| described(&entry.declaration, entry.doc)).collect();
    let has_members = |info: &TypeInfo| {
        matches!(info.kind, TypeKind::Struct(StructStyle::Named, _) | TypeKind::Enum(_))
            || !info.methods.is_empty()
    };
    let ty = type_at(program, name).filter(|info| has_members(info));
    let (owner, member) = match name.rsplit_once("::").or_else(|| name.rsplit_once('.')) {
        Some((owner, member)) => (Some(owner), member),
        None => (None, name),
    };
    // `gizmo.count` has the same help as `Gizmo.count`.
    let root = owner.and_then(|owner| type_at(program, owner));
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
    let own = context.symbols().functions.into_iter().filter(|function| function.name == name);
    found.extend(own.map(|function| format!("{}\nA function of this session.\n", function.text)));
    if builtin_docs::VALUE_METHODS.contains(&name) {
        found.push(format!("x.{name}(…)\nA method of single values, with its meaning in Rust.\n"));
    }
    if let Some(entry) = builtin_docs::find(name) {
        found.push(entry.help(&ExampleNames::new(program)));
    }
    if !found.is_empty() {
        found.dedup();
        let mut text = found.join("\n");
        if let Some(info) = ty {
            if !info.doc.is_empty() && !text.contains(info.doc) {
                text += &format!("{}\n", info.doc);
            }
            text += &members(info);
        }
        return Ok(text);
    }
    let types = program.symbols().types();
    let known = types.flat_map(|info| fields(info).map(|field| field.name).chain([info.name]));
    let known = known.chain(program.names()).chain(builtin_docs::names());
    // The positions of tuples and the empty names of tuple types are no suggestions.
    let known = known.filter(|name| name.starts_with(|first: char| first.is_alphabetic() || first == '_'));
    Err(ScriptError::new(unknown_name("name", name, known))
        .with_help("list the names with help() and help(\"builtins\")"))
}

/// Returns the type of the value at a path of names: `gizmo.config`.
fn type_at(program: &Program, path: &str) -> Option<&'static TypeInfo> {
    let mut names = path.split('.');
    let root = strip_wrappers(program.root_type(names.next()?)?);
    names.try_fold(root, |info, name| {
        let field = fields(info).find(|field| field.name == name)?;
        Some(strip_wrappers((field.ty)()))
    })
}

fn type_help(info: &'static TypeInfo) -> String {
    described(&info.to_string(), info.doc) + &members(info)
}

/// Returns the fields, variants and methods of a type.
fn members(info: &'static TypeInfo) -> String {
    let mut text = String::new();
    match info.kind {
        TypeKind::Struct(_, fields) if !fields.is_empty() => {
            text += "fields:\n";
            text += &columns(fields.iter().map(|field| (field_text(field), doc_summary(field.doc))));
        }
        TypeKind::Enum(variants) => {
            text += "variants:\n";
            text +=
                &columns(variants.iter().map(|variant| (variant_text(variant), doc_summary(variant.doc))));
        }
        _ => {}
    }
    if !info.methods.is_empty() {
        text += "methods:\n";
        text += &columns(info.methods.iter().map(|method| (method.to_string(), doc_summary(method.doc))));
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
