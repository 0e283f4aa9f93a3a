//! Help, from the types and doc comments of the namespace. It runs no code of the application and takes no lock.

use manhole_protocol::text::wrap;
use rhai::{Array, Dynamic, ImmutableString, Module, NativeCallContext};

use super::builtin_docs::{self, BUILTIN_DOCS};
use super::example_names::ExampleNames;
use crate::engine::live::{BUILTIN_ROOT, Handle, Program, strip_wrappers};
use crate::engine::show::columns;
use crate::engine::state::CallContext;
use crate::engine::state::script_files::{self, DocumentedFunction};
use crate::engine::value::{EvalResult, ScriptError, ScriptResult, register, unknown_name};
use crate::reflect::{FieldInfo, StructStyle, TypeInfo, TypeKind, VariantInfo, doc_summary};

/// The first lines of the overview.
const FIRST_STEPS: [&str; 3] = [
    "look      type a name or a path: $root, $value; this only reads",
    "stop      Ctrl-C stops a command in the manhole client; nc ends at Ctrl-C, with its session; `exit` ends the session too",
    "language  as much of Rust as a console needs: help(\"language\")",
];

/// The lines of the overview below the names. A line is left out if the namespace lacks a name for it.
const HINTS: [&str; 8] = [
    "write     $value = 7",
    "call      $method()",
    "call      $function(…)",
    "search    $items[0], $items.filter(|item| $number > 1)",
    "show      table($items), tree($root), json($root)",
    "watch     watch(\"1s\", || $value)",
    "define    x = 5; fn twice(n) { n * 2 }; `it` is the last result",
    "help      help($root), help(\"filter\"), help(\"builtins\"), set()",
];

/// The maximum number of run-books that the overview lists.
const MAX_RUN_BOOKS: usize = 20;

/// The topic of the help about the language.
const LANGUAGE: &str = "language";

/// Examples of the language. Each is a command; one that writes is left out if the namespace lacks a name for it.
pub(super) const LANGUAGE_EXAMPLES: [(&str, &str); 11] = [
    ("search", "$items.iter().filter(|item| $number > 1).count()"),
    ("order", "$items.iter().max_by_key(|item| $number)"),
    ("copy", "let list: Vec<_> = $items.iter().map(|item| $number).collect(); list.len()"),
    ("match", "match $value { 0 => \"none\", n if n > 9 => \"many\", _ => \"few\" }"),
    ("option", "if let Some(first) = $items.first() { println!(\"{first:?}\") }"),
    ("error", "\"seven\".parse::<u8>().unwrap_or(7)"),
    ("loop", "for (i, item) in $items.iter().take(3).enumerate() { println!(\"{i}: {item:?}\") }"),
    ("format", "format!(\"{:>8} of {}\", $value, $items.len())"),
    ("function", "fn twice(n: u64) -> u64 { n * 2 }"),
    ("group", "$items.iter().group_by(|item| $number % 2).map(|k, items| [k, items.len()])"),
    ("write", "$value += 1"),
];

type Call<'a> = NativeCallContext<'a>;

/// Adds `help`, `doc` and `dir`.
pub(crate) fn bind(module: &mut Module) {
    register(module, "help", |call: Call<'_>| -> EvalResult<()> {
        let context = CallContext::of(&call)?;
        print(&context, &overview(&context.program()));
        let own = context.symbols().functions;
        if !own.is_empty() {
            context.run.print("\nThe functions of this session:\n");
            print(&context, &columns(own.into_iter().map(|own| (own.text, doc_summary(&own.doc)))));
        }
        // Last, because a file system may not answer.
        for (name, text) in run_books(&context) {
            context
                .run
                .print(&format!("\nThe run-book {name:?}, after: import {name:?} as {};\n", alias(&name)));
            print(&context, &run_book(&name, &text));
        }
        Ok(())
    });
    for name in ["help", "doc"] {
        register(module, name, |call: Call<'_>, topic: Dynamic| -> EvalResult<()> {
            let context = CallContext::of(&call)?;
            print(&context, &self::topic(&context, &topic)?);
            Ok(())
        });
    }
    register(module, "dir", |call: Call<'_>| -> EvalResult<Array> {
        Ok(CallContext::of(&call)?.program().names().map(|name| name.to_owned().into()).collect())
    });
    register(module, "dir", |call: Call<'_>, topic: Dynamic| -> EvalResult<Array> {
        Ok(names(&*CallContext::of(&call)?, &topic)?)
    });
}

/// Prints a text, broken between words if the client's terminal is narrower.
fn print(context: &CallContext, text: &str) {
    match context.run.limits.columns() {
        Some(columns) => context.run.print(&wrap(text, columns)),
        None => context.run.print(text),
    }
}

/// Returns the names of the application with hints for their use.
fn overview(program: &Program) -> String {
    let mut text = String::new();
    if cfg!(panic = "abort") {
        text += "Careful: the application is built with panic = \"abort\", so a panic in code that you call ends it.\n";
    }
    let names = ExampleNames::new(program);
    for line in FIRST_STEPS.iter().filter_map(|line| names.try_fill(line)) {
        text += &(line + "\n");
    }
    text += &format!("\nThe names in {}:\n", program.name);
    text += &columns(program.entries().map(|entry| (entry.declaration, doc_summary(entry.doc))));
    let mut builtin = program.builtin_root_infos().skip(1).map(|root| root.name).peekable();
    if builtin.peek().is_some() {
        let names = builtin.collect::<Vec<_>>().join(", ");
        text += &format!("\nEvery process has: {names}; help(\"{BUILTIN_ROOT}\")\n");
    }
    text.push('\n');
    for hint in HINTS.iter().filter_map(|hint| names.try_fill(hint)) {
        text += &(hint + "\n");
    }
    text
}

/// Returns the examples of the language.
fn language(program: &Program) -> String {
    let names = ExampleNames::new(program);
    let fill = |example| match names.try_fill(example) {
        None if example.starts_with("$value +=") => None,
        _ => Some(names.fill(example)),
    };
    let examples = LANGUAGE_EXAMPLES
        .iter()
        .filter_map(|(subject, example)| Some(((*subject).to_owned(), fill(example)?)));
    let mut text = String::from(
        "You type Rust. Types may be left out, and `&`, `*`, `lock()`, `iter()` and `await` mean the value.\n",
    );
    text += &columns(examples);
    text + "The whole chapter is in the documentation of the crate: manhole::guide.\n"
}

/// Returns the names and texts of the run-books.
fn run_books(context: &CallContext) -> Vec<(String, String)> {
    let Some(directory) = &context.scripts.directory else { return Vec::new() };
    let names = script_files::names(directory).into_iter().take(MAX_RUN_BOOKS);
    let read = |name: String| {
        let text = script_files::open(directory, &name).and_then(|file| script_files::read(file, &name));
        Some((name, text.ok()?))
    };
    names.filter_map(read).collect()
}

/// Returns the name of a run-book in scripts.
fn alias(name: &str) -> String {
    let is_word = |char: char| if char.is_alphanumeric() { char } else { '_' };
    name.chars().map(is_word).collect()
}

/// Returns the comment and the functions of a run-book.
fn run_book(name: &str, text: &str) -> String {
    let heading = doc_summary(&script_files::heading(text));
    let heading = if heading.is_empty() { heading } else { heading + "\n" };
    let functions = DocumentedFunction::all(text).into_iter();
    heading
        + &columns(
            functions.map(|function| {
                (format!("{}::{}", alias(name), function.signature), doc_summary(&function.doc))
            }),
        )
}

/// Returns the help for the run-book `member`, or for its function.
fn run_book_help(context: &CallContext, owner: Option<&str>, member: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (name, text) in run_books(context) {
        if owner.is_none() && (name == member || alias(&name) == member) {
            found.push(format!("import {name:?} as {};\n{}", alias(&name), run_book(&name, &text)));
        }
        if owner.is_none_or(|owner| alias(&name) == owner) {
            let functions =
                DocumentedFunction::all(&text).into_iter().filter(|function| function.name == member);
            found.extend(functions.map(|function| {
                let signature = format!("{}::{}", alias(&name), function.signature);
                described(&format!("{signature}, after: import {name:?} as {};", alias(&name)), &function.doc)
            }));
        }
    }
    found
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
    let program = &context.program();
    let is_known =
        program.has(name) || context.symbols().functions.iter().any(|function| function.name == name);
    if name == LANGUAGE && !is_known {
        return Ok(language(program));
    }
    if name == "builtins" {
        return Ok(columns(BUILTIN_DOCS.iter().map(|entry| (entry.signature(), entry.doc.to_owned()))));
    }
    let entries = program.entries().filter(|entry| entry.name == name);
    let mut found: Vec<_> = entries.map(|entry| described(&entry.declaration, entry.doc)).collect();
    let builtin = program.builtin_root_infos().filter(|root| root.name == name);
    found.extend(builtin.map(|root| described(&format!("{}: {}", root.name, root.info), root.doc)));
    let has_members = |info: &TypeInfo| {
        matches!(info.kind, TypeKind::Struct(StructStyle::Named, _) | TypeKind::Enum(_) | TypeKind::Map(..))
            || !info.methods.is_empty()
    };
    let ty = type_at(program, name).filter(|info| has_members(info));
    let (owner, member) = match name.rsplit_once("::").or_else(|| name.rsplit_once('.')) {
        Some((owner, member)) => (Some(owner), member),
        None => (None, name),
    };
    // `gizmo.count` has the same help as `Gizmo.count`.
    let root = owner.and_then(|owner| type_at(program, owner));
    let (own_types, builtin_types) = program.symbols().own_and_builtin_types();
    found.extend(members_named(own_types, owner, member, root));
    let own = context.symbols().functions.into_iter().filter(|function| function.name == name);
    found.extend(own.map(|function| {
        let doc = if function.doc.is_empty() { "A function of this session." } else { &function.doc };
        described(&function.text, doc)
    }));
    if builtin_docs::VALUE_METHODS.contains(&name) {
        found.push(format!("x.{name}(…)\nA method of single values, with its meaning in Rust.\n"));
    }
    if let Some(entry) = builtin_docs::find(name) {
        found.push(entry.help(&ExampleNames::new(program)));
    }
    if found.is_empty() {
        found.extend(members_named(builtin_types, owner, member, root));
    }
    if found.is_empty() {
        found = run_book_help(context, owner, member);
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
    let builtin = program.builtin_root_infos().map(|root| root.name);
    let known = known.chain(program.names()).chain(builtin).chain(builtin_docs::names());
    // The positions of tuples and the empty names of tuple types are no suggestions.
    let known = known.filter(|name| name.starts_with(|first: char| first.is_alphabetic() || first == '_'));
    Err(ScriptError::new(unknown_name("name", name, known))
        .with_help("list the names with help() and help(\"builtins\")"))
}

/// Returns the help for what is called `member`: types, and members of `owner`, or without one of any of `types`. The owner may be the
/// type `root`.
fn members_named(
    types: &[&'static TypeInfo],
    owner: Option<&str>,
    member: &str,
    root: Option<&'static TypeInfo>,
) -> Vec<String> {
    let mut found = Vec::new();
    for info in types {
        if owner.is_none() && info.name == member {
            found.push(type_help(info));
        }
        let is_owner = |owner| info.name == owner || root.is_some_and(|root| std::ptr::eq(root, *info));
        if !owner.is_none_or(is_owner) {
            continue;
        }
        let fields = fields(info).filter(|field| field.name == member);
        found.extend(
            fields.map(|field| described(&format!("{}.{}", info.name, field_text(field)), field.doc)),
        );
        let methods = info.methods.iter().filter(|method| method.name == member);
        found.extend(methods.map(|method| described(&format!("{}::{method}", info.name), method.doc)));
        if let TypeKind::Enum(variants) = info.kind {
            let variants = variants.iter().filter(|variant| variant.name == member);
            found.extend(
                variants.map(|variant| {
                    described(&format!("{}::{}", info.name, variant_text(variant)), variant.doc)
                }),
            );
        }
    }
    found
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
        TypeKind::List(item) | TypeKind::Set(item) | TypeKind::Map(_, item) => {
            let item = strip_wrappers(item());
            if let TypeKind::Struct(StructStyle::Named, fields) = item.kind {
                text += &format!("fields of each {item}:\n");
                text += &columns(fields.iter().map(|field| (field_text(field), doc_summary(field.doc))));
            }
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
