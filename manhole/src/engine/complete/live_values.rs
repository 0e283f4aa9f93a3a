//! The keys of live maps, for completion. Unlike types, they take a read of the value.

use manhole_protocol::methods::{Candidate, CandidateKind};
use rhai::Scope;

use super::candidate::candidate;
use crate::engine::live::{path_parser, strip_wrappers};
use crate::engine::state::CallContext;
use crate::reflect::{Shape, TypeKind, Value, as_key};

/// The maximum number of keys that are read.
const MAX_KEYS: usize = 500;

/// Returns the keys of the live map at `path` that begin with `prefix`. Waits for no lock.
pub(super) fn find(context: &CallContext, scope: &Scope<'_>, path: &str, prefix: &str) -> Vec<Candidate> {
    let Ok(handle) = path_parser::resolve_path(&context.program, scope, path) else { return Vec::new() };
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
