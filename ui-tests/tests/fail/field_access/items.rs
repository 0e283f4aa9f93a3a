//! Fields that cannot be seen by their items: one error for each.

use std::collections::{BTreeMap, HashMap};

use manhole::Manhole;

struct Foreign;

fn length(text: &String) -> usize {
    text.len()
}

#[derive(Manhole)]
struct Gizmo {
    #[manhole(items)]
    no_collection: u8,
    #[manhole(items)]
    not_shown: HashMap<String, Foreign>,
    #[manhole(values(debug))]
    no_debug: Vec<Foreign>,
    #[manhole(values(get = length))]
    other_type: BTreeMap<u8, u8>,
    #[manhole(remote = Foreign)]
    no_description: Foreign,
}

#[derive(Manhole)]
struct Attributes {
    #[manhole(values)]
    no_adapter: Vec<u8>,
    #[manhole(values(serde))]
    unknown_adapter: Vec<u8>,
    #[manhole(keys = debug)]
    no_list: Vec<u8>,
    #[manhole(items, debug)]
    two: Vec<u8>,
    #[manhole(values(debug), validate = length)]
    validated: Vec<u8>,
    #[manhole(opaque, readonly)]
    readonly: Vec<u8>,
}

impl Foreign {
    fn borrow(&self, _other: &Foreign) {}
}

#[derive(Manhole)]
struct Borrows {
    #[manhole(opaque, methods(borrow))]
    borrowed: Foreign,
}

#[derive(Manhole)]
struct Methods {
    #[manhole(methods)]
    no_names: Vec<u8>,
    #[manhole(debug, methods(len))]
    view: Vec<u8>,
}

fn main() {}
