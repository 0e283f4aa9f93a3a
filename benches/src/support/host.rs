//! The application under test.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Console, Limits, Manhole, manhole};
use parking_lot::Mutex;
use rhai::Engine;
use rhai::packages::{Package, StandardPackage};
use tempfile::TempDir;

/// A custom type as Rhai handles it: by value.
#[derive(Clone)]
pub(crate) struct Plain {
    pub(crate) count: i64,
}

impl Plain {
    /// Registers the type and a function that creates one.
    pub(crate) fn register(engine: &mut Engine) {
        engine.register_type::<Self>().register_get("count", |plain: &mut Self| plain.count);
        engine.register_fn("plain", || Self { count: 42 });
    }
}

/// Returns the script language as it is, with [`Plain`] and [`Item`].
pub(crate) fn plain_engine() -> Engine {
    let mut engine = Engine::new_raw();
    engine.register_global_module(StandardPackage::new().as_shared_module());
    Plain::register(&mut engine);
    engine.register_type::<Item>().register_get("id", |item: &mut Item| item.id);
    engine.register_get("weight", |item: &mut Item| item.weight);
    engine
}

#[derive(Manhole, Clone)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) weight: i64,
}

/// A field beside large collections.
#[derive(Manhole)]
struct Gizmo {
    count: i64,
    list: Vec<Item>,
    map: BTreeMap<String, i64>,
    set: BTreeSet<i64>,
    hash_map: HashMap<String, i64>,
    hash_set: HashSet<i64>,
}

pub(crate) struct Host {
    pub(crate) path: PathBuf,
    console: Console,
    _directory: TempDir,
}

/// The number of items in the large collections, and in the small ones.
pub(crate) const LARGE_COUNT: i64 = 1_000_000;
const SMALL_COUNT: i64 = 100;

fn gizmo(count: i64) -> Arc<Mutex<Gizmo>> {
    Arc::new(Mutex::new(Gizmo {
        count: 42,
        list: items(count),
        map: (0..count).map(pair).collect(),
        set: (0..count).collect(),
        hash_map: (0..count).map(pair).collect(),
        hash_set: (0..count).collect(),
    }))
}

pub(crate) fn pair(number: i64) -> (String, i64) {
    (format!("key {number}"), number)
}

pub(crate) fn items(count: i64) -> Vec<Item> {
    (0..count).map(|id| Item { id, weight: id % 7 }).collect()
}

impl Host {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.manhole");
        let namespace =
            manhole! { gizmo => gizmo(10), small => gizmo(SMALL_COUNT), big => gizmo(LARGE_COUNT) };
        let mut limits = Limits::ceiling();
        limits.items = Limits::default().items;
        limits.timeout = Duration::from_secs(60);
        let console = Builder::new(namespace)
            .limits(|all| *all = limits)
            .engine(Plain::register)
            .connection_limits(|limits| {
                limits.sessions = 256;
                limits.sessions_per_user = Some(256);
                limits.connections_per_second = 10_000;
            })
            .spawn(&path)
            .unwrap();
        Self { path, console, _directory: directory }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.console.shutdown();
    }
}
