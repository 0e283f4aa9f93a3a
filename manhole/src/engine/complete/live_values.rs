//! The keys of live maps, and the types of values behind trait objects, for completion. Unlike other types, they take a read of the value.

use manhole_protocol::methods::{Candidate, CandidateKind};
use rhai::Scope;

use super::candidate::candidate;
use crate::engine::live::{path_parser, strip_wrappers};
use crate::engine::state::CallContext;
use crate::reflect::{Shape, TypeInfo, TypeKind, Value, as_key};

/// The maximum number of keys that are read.
const MAX_KEYS: usize = 500;

/// Returns the keys of the live map at a path that begin with a prefix. Waits for no lock.
pub(super) fn keys(context: &CallContext, scope: &Scope<'_>, place: (&str, &str)) -> Vec<Candidate> {
    let (path, prefix) = place;
    let Ok(handle) = path_parser::resolve_path(&context.program(), scope, path) else { return Vec::new() };
    let prefix = prefix.to_owned();
    let found = handle.try_read(&context.run, move |value| {
        let mut keys = Vec::new();
        let node = value.reflect();
        let Shape::Map(map) = node.shape() else { return (keys, None) };
        let item = match strip_wrappers(node.info()).kind {
            TypeKind::Map(_, item) => Some(item()),
            _ => None,
        };
        let mut left = MAX_KEYS;
        map.entries(&mut |key, _| {
            match as_key(key) {
                Some(Value::Text(key)) if key.starts_with(&prefix) => keys.push(key),
                _ => {}
            }
            left -= 1;
            left > 0
        });
        (keys, item)
    });
    let (mut keys, item) = found.unwrap_or_default();
    keys.sort();
    let item = item.map(ToString::to_string);
    let candidates = keys.into_iter().map(|key| {
        let quoted = format!("{key:?}]");
        Candidate { r#type: item.clone(), ..candidate(&quoted[1..], CandidateKind::Key) }
    });
    candidates.collect()
}

/// Returns the type of the live value at `path`. Waits for no lock.
pub(super) fn type_at(context: &CallContext, scope: &Scope<'_>, path: &str) -> Option<&'static TypeInfo> {
    let handle = path_parser::resolve_path(&context.program(), scope, path).ok()?;
    handle.try_read(&context.run, |value| value.reflect().info()).ok()
}
