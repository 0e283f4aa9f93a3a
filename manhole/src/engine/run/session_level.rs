//! How far a session may go.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::reflect::Level;

/// How far a client's session may go, whichever thread serves it: it only ever goes down.
#[derive(Debug, Clone)]
pub(crate) struct SessionLevel(Arc<AtomicU8>);

impl SessionLevel {
    pub(crate) fn new(level: Level) -> Self {
        Self(Arc::new(AtomicU8::new(level as u8)))
    }

    /// How far it may go now.
    pub(crate) fn level(&self) -> Level {
        match self.0.load(Ordering::Relaxed) {
            level if level == Level::Admin as u8 => Level::Admin,
            level if level == Level::Operate as u8 => Level::Operate,
            _ => Level::Observe,
        }
    }

    /// Lets it go only as far as `level` from here on; nothing takes that back.
    pub(crate) fn lower(&self, level: Level) {
        self.0.fetch_min(level as u8, Ordering::Relaxed);
    }
}
