//! The access level of a session.

use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::reflect::Level;

/// The access level of a session, shared by its threads. It can only be lowered.
#[derive(Debug, Clone)]
pub(crate) struct SessionLevel(Arc<AtomicU8>);

impl SessionLevel {
    pub(crate) fn new(level: Level) -> Self {
        Self(Arc::new(AtomicU8::new(level as u8)))
    }

    /// Returns the current level.
    pub(crate) fn level(&self) -> Level {
        match self.0.load(Ordering::Relaxed) {
            level if level == Level::Admin as u8 => Level::Admin,
            level if level == Level::Operate as u8 => Level::Operate,
            _ => Level::Observe,
        }
    }

    /// Lowers the level to `level`, for the rest of the session.
    pub(crate) fn lower(&self, level: Level) {
        self.0.fetch_min(level as u8, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_level_is_lowered_and_not_raised() {
        let levels = [Level::Observe, Level::Operate, Level::Admin];
        for first in levels {
            for second in levels {
                let level = SessionLevel::new(first);
                assert_eq!(level.level(), first);
                let other = level.clone();
                other.lower(second);
                assert_eq!(level.level(), first.min(second), "{first} to {second}");
            }
        }
    }
}
