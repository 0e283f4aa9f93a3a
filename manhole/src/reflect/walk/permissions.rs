//! Decides whether a walk may pass a field, and whether its level suffices.

use super::access_error::AccessErrorKind;
use crate::reflect::model::{AccessMode, FieldInfo, Level, TypeInfo};

/// The mode and the level of a walk.
#[derive(Clone, Copy)]
pub(crate) struct WalkPermissions {
    pub(crate) mode: AccessMode,
    pub(crate) level: Level,
}

impl WalkPermissions {
    /// Returns an error if the walk may not pass the field at `index`.
    pub(super) fn check_field_access(
        self,
        info: &TypeInfo,
        fields: &'static [FieldInfo],
        index: usize,
    ) -> Result<(), AccessErrorKind> {
        match fields.get(index) {
            Some(field) if field.level > self.level => require(self.level, field.level),
            Some(field) if self.mode == AccessMode::Write && field.readonly && !field.secret => {
                Err(AccessErrorKind::ReadOnly { ty: info.to_string(), field: field.name })
            }
            _ => Ok(()),
        }
    }
}

/// Returns an error if `level` is below `needs`.
pub(crate) fn require(level: Level, needs: Level) -> Result<(), AccessErrorKind> {
    if level < needs { Err(AccessErrorKind::Denied { level, needs }) } else { Ok(()) }
}
