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
    let (mut keys, mut item) = (Vec::new(), None);
    let _ = handle.try_read(&context.run, |value| {
        let node = value.reflect();
        let Shape::Map(map) = node.shape() else { return };
        if let TypeKind::Map(_, info) = strip_wrappers(node.info()).kind {
            item = Some(info());
        }
        let mut left = MAX_KEYS;
        map.entries(&mut |key, _| {
            match as_key(key) {
                Some(Value::Text(key)) if key.starts_with(prefix) => keys.push(key),
                _ => {}
            }
            left -= 1;
            left > 0
        });
    });
    keys.sort();
    let item = item.map(ToString::to_string);
    let candidates = keys.into_iter().map(|key| {
        let quoted = format!("{key:?}]");
        Candidate { r#type: item.clone(), ..candidate(&quoted[1..], CandidateKind::Key) }
    });
    candidates.collect()
}
