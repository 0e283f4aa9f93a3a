//! Values in Rust's notation, as the console shows them: structs, variants, maps and sets.
//!
//! The compiler turns `Busy { job: 3 }` into a call of `__struct`, and other forms into calls of the other functions here.

use std::collections::HashSet;
use std::time::{Duration, Instant, SystemTime};

use rhai::{
    Array, Dynamic, EvalAltResult, FuncRegistration, INT, ImmutableString, Map, Module, NativeCallContext,
    Position,
};

use super::times;
use crate::engine::live::{Handle, Program, strip_wrappers, to_value};
use crate::engine::state::CallContext;
use crate::engine::value::{
    EvalResult, RustValue, ScriptError, ScriptResult, register, to_script, unknown_name,
};
use crate::reflect::{
    MAX_COLLECTION_ITEMS, Manhole, StructFields, StructValue, TypeInfo, TypeKind, Value, did_you_mean,
};

/// The most structs, variants and maps inside each other: the application frees the values, on stacks of any size.
const MAX_DEPTH: usize = 32;

/// The most values in a struct or map, with those inside.
const MAX_VALUES: usize = 2 * MAX_COLLECTION_ITEMS;

type Call<'a> = NativeCallContext<'a>;
type Text = ImmutableString;

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    bind_notation(module);
    bind_members(module);
}

/// Adds the functions that the compiler calls.
fn bind_notation(module: &mut Module) {
    register(module, "__unit", |call: Call<'_>, path: Text| unit(&*CallContext::of(&call)?, &path));
    register(module, "__tuple", |call: Call<'_>, path: Text, items: Array| {
        tuple(&*CallContext::of(&call)?, &path, items)
    });
    register(module, "__struct", |call: Call<'_>, path: Text, fields: Map| {
        structure(&*CallContext::of(&call)?, &path, &fields, None)
    });
    register(module, "__struct_from", |call: Call<'_>, path: Text, fields: Map, base: Dynamic| {
        structure(&*CallContext::of(&call)?, &path, &fields, Some(&base))
    });
    register(module, "__map", |entries: Array| map(&entries));
    register(module, "__set", |items: Array| EvalResult::Ok(to_script::set(set(items)?)));
    register(module, "__time", |text: &str| time(text));
}

fn unit(context: &CallContext, path: &str) -> EvalResult {
    if path == "None" || path == "Option::None" {
        return Ok(to_script::none());
    }
    if let Some(constant) = times::constant(path) {
        return Ok(constant);
    }
    if let Some(name) = path.strip_prefix("Ordering::") {
        if type_names(&context.program()).all(|known| known != "Ordering") {
            return Ok(name.to_owned().into());
        }
    }
    match resolve(&context.program(), path) {
        Ok(path) => new_value(StructValue::new(path, StructFields::Unit).into()),
        Err(error) if path.contains("::") => Err(error.into()),
        // Any other name may be meant.
        Err(_) => match did_you_mean(path, type_names(&context.program())) {
            Some(near) => Err(ScriptError::new(format!("there is no name `{path}`{near}")).into()),
            None => Err(EvalAltResult::ErrorVariableNotFound(path.to_owned(), Position::NONE).into()),
        },
    }
}

fn tuple(context: &CallContext, path: &str, mut items: Array) -> EvalResult {
    if path.is_empty() {
        return Ok(items.into());
    }
    if path == "Some" || path == "Option::Some" {
        return match (items.pop(), items.is_empty()) {
            (Some(inside), true) => Ok(inside),
            _ => Err(ScriptError::new("Some takes one value").into()),
        };
    }
    let path = resolve(&context.program(), path)?;
    let items = items.iter().map(to_value).collect::<ScriptResult<_>>()?;
    new_value(StructValue::new(path, StructFields::Tuple(items)).into())
}

/// Makes a struct of `fields`, and of the fields of `base` that are not among them.
fn structure(context: &CallContext, path: &str, fields: &Map, base: Option<&Dynamic>) -> EvalResult {
    let path = resolve(&context.program(), path)?;
    let fields = fields.iter().map(|(name, value)| Ok((name.to_string().into(), to_value(value)?)));
    let mut fields: Vec<_> = fields.collect::<ScriptResult<_>>()?;
    if let Some(base) = base {
        let mut base = base_fields(context, &path, base)?;
        base.retain(|(name, _)| !fields.iter().any(|(known, _)| known == name));
        fields.append(&mut base);
    }
    // In the order of the declaration, as the application's values are shown.
    let declared = declared_fields(&context.program(), &path);
    fields.sort_by_key(|(name, _)| declared.iter().position(|known| known == name).unwrap_or(usize::MAX));
    new_value(StructValue::new(path, StructFields::Named(fields)).into())
}

type NamedFields = Vec<(std::borrow::Cow<'static, str>, Value<'static>)>;

/// Returns the fields of the struct behind `..`.
fn base_fields(context: &CallContext, path: &str, base: &Dynamic) -> ScriptResult<NamedFields> {
    let other = |what: &str| {
        ScriptError::new(format!("cannot take the other fields of {path} from {what}: it is no {path}"))
    };
    let base = match base.read_lock::<Handle>().map(|handle| handle.clone()) {
        Some(handle) => {
            let name = handle.static_type().map(|info| strip_wrappers(info).name);
            if name.is_some_and(|name| path.rsplit("::").next() != Some(name)) {
                return Err(other(&handle.location()));
            }
            handle.snapshot(&context.run)?
        }
        None => to_value(base)?,
    };
    match base {
        Value::Map(entries) => {
            let names = entries.into_iter().map(|(key, value)| match key {
                Value::Text(name) => Ok((name, value)),
                _ => Err(other("the map")),
            });
            names.collect()
        }
        Value::Struct(value) if value.path() == path => match value.fields() {
            StructFields::Named(fields) => Ok(fields.clone()),
            _ => Err(other(&value.to_string())),
        },
        value => Err(other(value.kind())),
    }
}

/// Makes a map of pairs. It is one of the engine if the engine has the same order of keys.
fn map(pairs: &Array) -> EvalResult {
    let pairs: Vec<(Dynamic, Dynamic)> = pairs
        .iter()
        .map(|pair| match pair.read_lock::<Array>().as_deref().map(Vec::as_slice) {
            Some([key, item]) => Ok((key.clone(), item.clone())),
            _ => Err(ScriptError::new("a map takes pairs of a key and a value")),
        })
        .collect::<ScriptResult<_>>()?;
    let texts: Option<Vec<Text>> =
        pairs.iter().map(|(key, _)| key.read_lock::<Text>().map(|key| key.clone())).collect();
    match texts {
        Some(keys) if keys.is_sorted() => {
            let entries = keys.iter().zip(pairs).map(|(key, (_, item))| (key.as_str().into(), item));
            Ok(entries.collect::<Map>().into())
        }
        _ => {
            let entries = pairs.iter().map(|(key, item)| Ok((to_value(key)?, to_value(item)?)));
            let entries = entries.collect::<ScriptResult<Vec<_>>>()?;
            let is_last = last_of_equals(&entries.iter().map(|(key, _)| key).collect::<Vec<_>>());
            let entries = entries.into_iter().zip(is_last).filter(|(_, is_last)| *is_last);
            new_value(Value::Map(entries.map(|(entry, _)| entry).collect()))
        }
    }
}

/// Makes a duration, an instant or a time from its text.
fn time(text: &str) -> EvalResult {
    let text = Value::from(text);
    let made = Duration::from_value(text.clone()).map(Value::Duration);
    let made = made.or_else(|_| Instant::from_value(text.clone()).map(Value::Instant));
    let made = made.or_else(|_| SystemTime::from_value(text).map(Value::Time));
    made.map(to_script).map_err(|error| ScriptError::new(error.to_string()).into())
}

/// Makes an array of the items of a set, each once.
fn set(items: Array) -> EvalResult<Array> {
    let values: Vec<_> = items.iter().map(to_value).collect::<ScriptResult<_>>()?;
    let is_last = last_of_equals(&values.iter().collect::<Vec<_>>());
    Ok(items.into_iter().zip(is_last).filter(|(_, is_last)| *is_last).map(|(item, _)| item).collect())
}

/// Returns for each value whether no equal one follows.
fn last_of_equals(values: &[&Value<'_>]) -> Vec<bool> {
    let mut sorted: Vec<usize> = (0..values.len()).collect();
    sorted.sort_by(|a, b| values[*a].order(values[*b]));
    let mut is_last = vec![true; values.len()];
    for pair in sorted.windows(2) {
        is_last[pair[0]] = !values[pair[0]].same(values[pair[1]]);
    }
    is_last
}

/// Makes a script's value, unless it is too large or too deep.
pub(in crate::engine::builtins) fn new_value(value: Value<'static>) -> EvalResult {
    fn count(value: &Value<'_>, depth: usize) -> Option<usize> {
        let depth = depth.checked_sub(1)?;
        let counts: Option<Vec<usize>> = match value {
            Value::List(items) => items.iter().map(|item| count(item, depth)).collect(),
            Value::Map(entries) => {
                entries.iter().flat_map(|(key, item)| [key, item]).map(|item| count(item, depth)).collect()
            }
            Value::Struct(value) => {
                value.fields().values().into_iter().map(|item| count(item, depth)).collect()
            }
            _ => return Some(1),
        };
        Some(1 + counts?.iter().sum::<usize>())
    }
    match count(&value, MAX_DEPTH) {
        Some(values) if values <= MAX_VALUES => Ok(Dynamic::from(RustValue { value })),
        Some(_) => {
            Err(ScriptError::new(format!("cannot make the value: it has more than {MAX_VALUES} values"))
                .of_limit()
                .into())
        }
        None => {
            let message =
                format!("cannot make the value: it has more than {MAX_DEPTH} values inside each other");
            Err(ScriptError::new(message).of_limit().into())
        }
    }
}

/// Returns the path of a struct or variant, with the name of the enum, or `Self` if several enums have the variant.
///
/// # Errors
///
/// If the application mentions no type of that name, or the enum lacks the variant.
fn resolve(program: &Program, path: &str) -> ScriptResult<String> {
    let written = StructValue::new(path, StructFields::Unit);
    let (name, owner) = (written.name(), written.owner());
    if matches!((owner, name), (None | Some("Result"), "Ok" | "Err")) {
        return Ok(format!("Result::{name}"));
    }
    let types = || program.symbols().types();
    if let Some(owner) = owner.filter(|owner| *owner != "Self") {
        let mut variants = types().filter(|info| info.name == owner).filter_map(variants).peekable();
        if variants.peek().is_none() {
            return if is_mentioned(program, owner) {
                Ok(format!("{owner}::{name}"))
            } else {
                Err(unknown_type(program, owner))
            };
        }
        let known: Vec<_> = variants.flatten().collect();
        if known.contains(&name) {
            return Ok(format!("{owner}::{name}"));
        }
        let near = did_you_mean(name, known.iter().copied()).unwrap_or_default();
        let message = format!("{owner} has no variant `{name}`: expected {}{near}", known.join(", "));
        return Err(ScriptError::new(message));
    }
    let is_struct = |info: &&TypeInfo| info.name == name && matches!(info.kind, TypeKind::Struct(..));
    if types().any(|info| is_struct(&info)) {
        return Ok(name.to_owned());
    }
    let enums =
        types().filter(|info| variants(info).is_some_and(|mut variants| variants.any(|known| known == name)));
    let enums: HashSet<_> = enums.map(|info| info.name).collect();
    let mut enums = enums.into_iter();
    match (enums.next(), enums.next()) {
        (Some(owner), None) => Ok(format!("{owner}::{name}")),
        (Some(_), Some(_)) => Ok(format!("Self::{name}")),
        _ if is_mentioned(program, name) => Ok(name.to_owned()),
        _ => Err(unknown_type(program, name)),
    }
}

fn variants(info: &'static TypeInfo) -> Option<impl Iterator<Item = &'static str>> {
    match info.kind {
        TypeKind::Enum(variants) => Some(variants.iter().map(|variant| variant.name)),
        _ => None,
    }
}

/// Returns whether a field, a parameter or a result of the application has a type with this name. Only its name is known.
fn is_mentioned(program: &Program, name: &str) -> bool {
    let mentions =
        |text: &str| text.split(|char: char| !char.is_alphanumeric() && char != '_').any(|word| word == name);
    program.symbols().types().any(|info| {
        let fields = info.inner().into_iter().any(|inner| mentions(&inner.to_string()));
        fields || info.methods.iter().any(|method| mentions(&method.to_string()))
    }) || program.function_infos().any(|function| mentions(&function.signature))
}

fn unknown_type(program: &Program, name: &str) -> ScriptError {
    ScriptError::new(unknown_name("type or variant", name, type_names(program)))
}

/// Returns the names of all structs, enums and variants.
fn type_names(program: &Program) -> impl Iterator<Item = &'static str> {
    program.symbols().types().flat_map(|info| {
        variants(info).into_iter().flatten().chain((!info.name.is_empty()).then_some(info.name))
    })
}

/// Returns the names of the fields of the struct or variant at a path that [`resolve`] returned, as far as it is known.
pub(in crate::engine::builtins) fn declared_fields(program: &Program, path: &str) -> Vec<&'static str> {
    let wanted = StructValue::new(path, StructFields::Unit);
    let fields = program.symbols().types().find_map(|info| match info.kind {
        TypeKind::Struct(_, fields) => (info.name == wanted.path()).then_some(fields),
        TypeKind::Enum(variants) if wanted.owner() == Some(info.name) => {
            variants.iter().find(|variant| variant.name == wanted.name()).map(|variant| variant.fields)
        }
        _ => None,
    });
    fields.unwrap_or_default().iter().map(|field| field.name).collect()
}

/// Adds fields and entries, and the methods of maps.
fn bind_members(module: &mut Module) {
    FuncRegistration::new_index_getter().set_into_module(
        module,
        |this: &mut RustValue, index: Dynamic| -> EvalResult {
            let index = to_value(&index)?;
            this.member(&index)
                .map(|value| to_script(value.clone()))
                .ok_or_else(|| this.no_member(&index).into())
        },
    );
    FuncRegistration::new_index_setter().set_into_module(
        module,
        |this: &mut RustValue, index: Dynamic, value: Dynamic| -> EvalResult<()> {
            let changed = this.with_member(&to_value(&index)?, to_value(&value)?)?;
            // It checks the size.
            *this = new_value(changed)?.cast::<RustValue>();
            Ok(())
        },
    );
    for name in ["to_string", "to_debug"] {
        register(module, name, |this: RustValue| this.value.to_string());
    }
    for name in ["contains", "contains_key"] {
        register(module, name, |this: RustValue, key: Dynamic| -> EvalResult<bool> {
            let key = to_value(&key)?;
            Ok(this.entries()?.iter().any(|(known, _)| known.same(&key)))
        });
    }
    register(module, "get", |this: RustValue, key: Dynamic| -> EvalResult {
        let key = to_value(&key)?;
        let found = this.entries()?.iter().find(|(known, _)| known.same(&key));
        Ok(found.map_or_else(to_script::none, |(_, item)| to_script(item.clone())))
    });
    register(module, "len", |this: RustValue| -> EvalResult<INT> {
        Ok(INT::try_from(this.entries()?.len()).unwrap_or(INT::MAX))
    });
    register(module, "is_empty", |this: RustValue| -> EvalResult<bool> { Ok(this.entries()?.is_empty()) });
    register(module, "keys", |this: RustValue| -> EvalResult<Array> {
        Ok(this.entries()?.iter().map(|(key, _)| to_script(key.clone())).collect())
    });
    register(module, "values", |this: RustValue| -> EvalResult<Array> {
        Ok(this.entries()?.iter().map(|(_, item)| to_script(item.clone())).collect())
    });
}

impl RustValue {
    /// Returns the entries of a map.
    pub(in crate::engine::builtins) fn entries(&self) -> ScriptResult<&[(Value<'static>, Value<'static>)]> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            value => Err(ScriptError::new(format!("cannot take the entries of {value}: it is no map"))),
        }
    }

    /// Returns the field or entry `index`.
    pub(in crate::engine::builtins) fn member(&self, index: &Value<'_>) -> Option<&Value<'static>> {
        match &self.value {
            Value::Map(entries) => entries.iter().find(|(key, _)| key.same(index)).map(|(_, item)| item),
            Value::Struct(value) => value.fields().get(&field_name(index)),
            _ => None,
        }
    }

    fn no_member(&self, index: &Value<'_>) -> ScriptError {
        let Value::Struct(value) = &self.value else {
            return ScriptError::new(format!("the map has no key {index}"));
        };
        let (name, known) = (field_name(index), value.fields().names());
        let near = did_you_mean(&name, known.iter().map(String::as_str)).unwrap_or_default();
        let help = (!known.is_empty()).then(|| format!("{} has: {}", value.path(), known.join(", ")));
        ScriptError::new(format!("{} has no field `{name}`{near}", value.path())).with_optional_help(help)
    }

    /// Returns the value with another field or entry.
    fn with_member(&self, index: &Value<'_>, item: Value<'static>) -> ScriptResult<Value<'static>> {
        match &self.value {
            Value::Map(entries) => {
                let mut entries = entries.clone();
                match entries.iter_mut().find(|(key, _)| key.same(index)) {
                    Some(found) => found.1 = item,
                    None => entries.push((index.clone().into_owned(), item)),
                }
                Ok(Value::Map(entries))
            }
            Value::Struct(value) if self.member(index).is_some() => {
                let name = field_name(index);
                let fields = match value.fields().clone() {
                    StructFields::Tuple(mut items) => {
                        if let Some(found) = name.parse::<usize>().ok().and_then(|index| items.get_mut(index))
                        {
                            *found = item;
                        }
                        StructFields::Tuple(items)
                    }
                    StructFields::Named(mut fields) => {
                        if let Some(found) = fields.iter_mut().find(|(known, _)| *known == name) {
                            found.1 = item;
                        }
                        StructFields::Named(fields)
                    }
                    other => other,
                };
                Ok(StructValue::new(value.path().to_owned(), fields).into())
            }
            _ => Err(self.no_member(index)),
        }
    }
}

/// Returns the name of a field. Those of a tuple are their positions.
fn field_name(index: &Value<'_>) -> String {
    if let Value::Text(name) = index { name.to_string() } else { index.to_string() }
}
