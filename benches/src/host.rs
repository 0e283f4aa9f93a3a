//! The application that is looked into.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use manhole::{Builder, Console, Limits, Manhole, manhole};
use parking_lot::Mutex;
use tempfile::TempDir;

use crate::script::Plain;

#[derive(Manhole, Clone)]
pub(crate) struct Item {
    pub(crate) id: i64,
    pub(crate) weight: i64,
}

/// A field beside collections.
#[derive(Manhole)]
pub(crate) struct Gizmo {
    count: i64,
    list: Vec<Item>,
    map: BTreeMap<String, i64>,
    set: BTreeSet<i64>,
}

pub(crate) struct Host {
    pub(crate) path: PathBuf,
    pub(crate) big: Arc<Mutex<Gizmo>>,
    console: Console,
    _directory: TempDir,
}

/// How many items the large collections have, and the small.
pub(crate) const MANY: i64 = 1_000_000;
const FEW: i64 = 100;

fn gizmo(count: i64) -> Arc<Mutex<Gizmo>> {
    Arc::new(Mutex::new(Gizmo {
        count: 42,
        list: items(count),
        map: (0..count).map(|n| (format!("key {n}"), n)).collect(),
        set: (0..count).collect(),
    }))
}

pub(crate) fn items(count: i64) -> Vec<Item> {
    (0..count).map(|id| Item { id, weight: id % 7 }).collect()
}

impl Host {
    pub(crate) fn start() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("app.manhole");
        let (small, big) = (gizmo(FEW), gizmo(MANY));
        let namespace = manhole! { gizmo => gizmo(10), small => small, big => big };
        let mut limits = Limits::ceiling();
        limits.items = Limits::default().items;
        limits.timeout = Duration::from_secs(60);
        let console = Builder::new(namespace)
            .limits(limits)
            .engine(Plain::register)
            .sessions(256)
            .sessions_per_user(256)
            .connections_per_second(10_000)
            .spawn(&path)
            .unwrap();
        Self { path, big, console, _directory: directory }
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        self.console.shutdown();
    }
}
