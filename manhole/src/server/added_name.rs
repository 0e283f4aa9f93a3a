//! A name that the application adds to a console that runs.

use std::fmt;
use std::sync::Arc;

use super::error::Error;
use crate::engine::EngineTemplate;
use crate::namespace::Entry;
use crate::reflect::Manhole;

/// A name that [`Console::add`](crate::Console::add) has added. The console offers it until this is dropped.
///
/// ```
/// use std::sync::Arc;
///
/// use manhole::{Namespace, spawn};
/// use parking_lot::Mutex;
///
/// # let directory = tempfile::tempdir()?;
/// # let path = directory.path().join("app.manhole");
/// let console = spawn(&path, Namespace::new())?;
/// let shard = Arc::new(Mutex::new(0_u64));
/// let added = console.add("shard-7", Arc::clone(&shard))?;
/// assert_eq!(added.name(), "shard_7");
/// drop(added); // The console has it no longer.
/// assert_eq!(Arc::strong_count(&shard), 1);
/// # console.shutdown();
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "the console offers the name until this is dropped"]
pub struct AddedName {
    name: String,
    engine: Arc<EngineTemplate>,
    /// The value of a root. Sessions do not keep it.
    _value: Option<Arc<dyn Manhole + Send + Sync>>,
}

impl AddedName {
    pub(crate) fn new(engine: &Arc<EngineTemplate>, entry: Entry) -> Result<Self, Error> {
        let (item, value) = entry.item.into_removable();
        let name = engine.names.add(Entry { item, ..entry })?;
        Ok(Self { name, engine: Arc::clone(engine), _value: value })
    }

    /// Returns the name as clients type it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for AddedName {
    fn drop(&mut self) {
        self.engine.names.remove(&self.name);
    }
}

impl fmt::Debug for AddedName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("AddedName").field(&self.name).finish()
    }
}
