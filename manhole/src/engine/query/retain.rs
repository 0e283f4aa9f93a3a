//! `retain`: removes the items of a live collection for which a script's function returns false.

use rhai::Dynamic;

use super::functions::{CallbackContext, ItemCallback};
use super::item_check::ItemCheck;
use super::live_iter::LiveIter;
use crate::engine::live::{CollectionKind, Handle, ItemFunction, IterItem, KeyOrItem, Query, to_value};
use crate::engine::state::{CallContext, Edit};
use crate::engine::value::{EvalResult, ScriptError};
use crate::reflect::{Removal, Value, plural};

/// Removes the items of `collection` for which `function` returns false. Returns their number.
///
/// The items are judged first, while no lock is held. Then they are removed in bursts: by their keys, or from the end of a list if
/// they are still the same.
pub(crate) fn retain(
    collection: &Handle,
    function: &ItemFunction,
    context: &CallContext,
) -> EvalResult<usize> {
    let run = &context.run;
    // Fails if it is no collection.
    collection.len(run)?;
    collection.check_removal(run)?;
    let kind = collection.collection_kind(run)?;
    context.iterations.before_edit(collection, Edit::Anywhere)?;
    let check = ItemCheck::new(&Query::live(collection.clone(), KeyOrItem::Item), context);
    let function = ItemCallback::new(&CallbackContext::new(context)?, function, &check);
    let mut removals = Vec::new();
    for item in LiveIter::new(collection.clone(), context.clone(), KeyOrItem::Item) {
        let item = item?;
        let Some(removal) = check.skip_removed(&item, removal(&item, kind, context))? else { continue };
        if function.test(&item)? == Some(false) {
            removals.push(removal);
        }
    }
    if kind == Some(CollectionKind::List) {
        removals.reverse();
    }
    let (removed, changed) = collection.remove_items(run, &removals)?;
    if changed > 0 {
        let items = plural(changed, "item");
        run.watchdog.send_note(&format!("kept {items} that the application changed in between"));
    }
    Ok(removed)
}

/// Returns what identifies an item that may be removed.
fn removal(item: &IterItem, kind: Option<CollectionKind>, context: &CallContext) -> EvalResult<Removal> {
    let copy = |item: &Dynamic| -> EvalResult<Value<'static>> {
        let handle = item.read_lock::<Handle>().map(|handle| handle.clone());
        Ok(match handle {
            Some(handle) => handle.snapshot(&context.run)?,
            None => to_value(item)?,
        })
    };
    Ok(match (&item.key, kind) {
        (Some(key), Some(CollectionKind::List)) => {
            Removal { key: key.clone(), expected: Some(copy(&item.item())?) }
        }
        (Some(key), _) => Removal { key: key.clone(), expected: None },
        (None, Some(CollectionKind::Map)) => {
            let error =
                ScriptError::new("cannot remove an item of the map: its key has no form that can be written");
            return Err(error.into());
        }
        // The item of a set is its own key.
        (None, _) => Removal { key: copy(&item.item())?, expected: None },
    })
}
