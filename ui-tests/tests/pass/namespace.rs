//! Every form of value that `manhole!` takes.

use std::sync::{Arc, LazyLock, Mutex};

use manhole::{Namespace, manhole};

struct State {
    gizmo: Arc<Mutex<u64>>,
    parts: Vec<Arc<Mutex<u8>>>,
}

static STATIC: Mutex<u8> = Mutex::new(1);
static LAZY: LazyLock<parking_lot::RwLock<String>> = LazyLock::new(Default::default);

// Names in the generated code must not shadow names in the values.
#[derive(Clone, manhole::Manhole)]
struct Probe(u8);

fn twice(n: i64) -> i64 {
    n * 2
}

mod library {
    pub fn half(n: f64) -> f64 {
        n / 2.0
    }
}

impl State {
    fn namespace(&self) -> Namespace {
        manhole! { gizmo => self.gizmo, part => self.parts[0], whole => &self.parts }
    }
}

macro_rules! only {
    ($name:ident, $value:expr) => {
        manhole! { $name => $value }
    };
}

fn names(namespace: &Namespace) -> Vec<&str> {
    namespace.names().collect()
}

fn main() {
    let state = State { gizmo: Arc::default(), parts: vec![Arc::default()] };
    let counted = Arc::new(Mutex::new('c'));
    let boxed = Box::new(Arc::new(Mutex::new(1_u8)));
    let closure = |n: u8| n;
    let namespace = manhole! {
        /// What the service counts.
        ///
        /// And more.
        gizmo => state.gizmo,
        part => state.parts[0],
        counted => &counted,
        reference => &&counted,
        dereferenced => *boxed,
        parenthesised => (state.gizmo),
        fixed => STATIC,
        lazy => &LAZY,
        twice => twice,
        half => library::half,
        closure => closure,
        add => |a: i64, b: i64| a + b,
        captured => {
            let counted = counted.clone();
            move || counted.lock().map(|c| *c).unwrap_or('?')
        },
        pattern => |[a, b]: [i64; 2]| a * b,
        plain => 5_u8,
        made => Arc::new(Mutex::new(String::new())),
        built => Probe(1),
        r => match 1 { 1 => Arc::new(Mutex::new(1_u8)), _ => Arc::default() },
        type => Mutex::new(1_u8),
    };
    assert_eq!(
        names(&namespace),
        [
            "gizmo",
            "part",
            "counted",
            "reference",
            "dereferenced",
            "parenthesised",
            "fixed",
            "lazy",
            "twice",
            "half",
            "closure",
            "add",
            "captured",
            "pattern",
            "plain",
            "made",
            "built",
            "r",
            "type",
        ]
    );
    // No value was moved.
    assert_eq!(Arc::strong_count(&state.gizmo), 3);
    assert_eq!(Arc::strong_count(&boxed), 2);

    assert_eq!(names(&state.namespace()), ["gizmo", "part", "whole"]);
    assert_eq!(names(&only!(gizmo, state.gizmo)), ["gizmo"]);
    assert_eq!(names(&only!(add, |a: u8| a)), ["add"]);
    assert!(names(&manhole! {}).is_empty());
    assert_eq!(names(&manhole!(a => 1_u8)), ["a"]);
    assert_eq!(names(&manhole![a => 1_u8, b => 2_u8]), ["a", "b"]);
}
