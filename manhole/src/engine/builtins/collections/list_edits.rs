//! Changes of the application's lists in their place: `swap`, `rotate_left`, `drain`, and a sort whose result is dropped.

use rhai::{Dynamic, Module, NativeCallContext};

use crate::engine::live::{CollectionKind, Handle, Query, Recomputed, Source};
use crate::engine::query::Aggregation;
use crate::engine::state::{CallContext, Edit};
use crate::engine::value::{EvalResult, ScriptError, Signature, register};

type Call<'a> = NativeCallContext<'a>;

/// Adds the functions.
pub(super) fn bind(module: &mut Module) {
    bind_copied_edits(module);
    bind_sort_in_place(module);
    bind_drain(module);
}

/// Adds the methods that change a list in its place: of the application's lists those of single values, which are written as a whole.
/// For the others the errors have the form that works.
fn bind_copied_edits(module: &mut Module) {
    const EXAMPLES: [(&str, usize, &str); 8] = [
        ("drain", 1, "drain(0..1)"),
        ("fill", 1, "fill(0)"),
        ("resize", 2, "resize(10, 0)"),
        ("rotate_left", 1, "rotate_left(1)"),
        ("rotate_right", 1, "rotate_right(1)"),
        ("split_off", 1, "split_off(1)"),
        ("swap", 2, "swap(0, 1)"),
        ("swap_remove", 1, "swap_remove(0)"),
    ];
    for (name, arity, example) in EXAMPLES {
        Signature { name, arity }.register_method(module, move |call, this: &mut Handle, args| {
            let context = CallContext::of(call)?;
            if this.is_list_of_leaves(&context.run)? {
                context.iterations.before_edit(this, Edit::Anywhere)?;
                return this.recompute_list(&context.run, |mut list| {
                    let mut args = args.to_vec();
                    let mut all: Vec<_> = std::iter::once(&mut list).chain(&mut args).collect();
                    let result = call.call_fn_raw(name, true, true, &mut all)?;
                    Ok(Recomputed { value: Some(list), result })
                });
            }
            let place = this.location();
            let message = format!("cannot call `{name}` on {place}: no edit does it in one step");
            let help = match this.collection_kind(&context.run)? {
                Some(CollectionKind::Map | CollectionKind::Set) => {
                    format!("remove what shall not stay: {place}.retain(|…| …), {place}.remove(…)")
                }
                _ => format!("assign a copy: v = {place}.to_vec(); v.{example}; {place} = v"),
            };
            Err(ScriptError::new(message).with_help(help).into())
        });
    }
}

/// Adds what a statement calls that drops the result of a sort: a list of single values in the application is sorted in its place, and
/// a script's own array already is.
fn bind_sort_in_place(module: &mut Module) {
    register(
        module,
        "__sort_in_place",
        |call: Call<'_>, sorted: Dynamic, method: &str, is_variable: bool| -> EvalResult<()> {
            let context = CallContext::of(&call)?;
            let query = sorted.read_lock::<Query>().map(|query| query.clone());
            if query.is_none() && is_variable {
                return Ok(());
            }
            let place = query.as_ref().and_then(|query| match (&query.source, &query.stages[..]) {
                (Source::Live(place, _), [_]) => Some(place.clone()),
                _ => None,
            });
            if let (Some(query), Some(place)) = (&query, &place) {
                if place.is_list_of_leaves(&context.run)? {
                    context.iterations.before_edit(place, Edit::Anywhere)?;
                    let items = Aggregation::new(query.clone(), &context);
                    let sort =
                        |_| Ok(Recomputed { value: Some(items.to_array()?.into()), result: Dynamic::UNIT });
                    return place.recompute_list(&context.run, sort).map(drop);
                }
            }
            let returns = if method.starts_with("dedup") { "without repetitions" } else { "in order" };
            let message = format!(
                "`{method}` changes no collection of the application: it returns the items {returns}"
            );
            let args = if method.contains("_by") { "(|x| …)" } else { "()" };
            let place = place.map_or_else(|| "x.items".to_owned(), |place| place.location().to_string());
            let help = if is_variable {
                format!("assign the result: items = items.{method}{args}")
            } else {
                format!(
                    "show them: leave out the `;`; or assign a changed copy: {place} = {place}.snapshot().{method}{args}"
                )
            };
            Err(ScriptError::new(message).with_help(help).into())
        },
    );
}

/// Adds the method that takes all items out of a collection of the application: its error has the form that works.
fn bind_drain(module: &mut Module) {
    Signature { name: "drain", arity: 0 }.register_method(module, |_, this: &mut Handle, _| {
        let place = this.location();
        let message = format!("cannot call `drain` on {place}: no edit does it in one step");
        let help = format!("copy it, then clear it: old = {place}.clone(); {place}.clear()");
        Err(ScriptError::new(message).with_help(help).into())
    });
}
