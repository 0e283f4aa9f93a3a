//! What a walk may do.

use super::access_error::AccessErrorKind as Kind;
use crate::reflect::model::{AccessMode, FieldInfo, Level, TypeInfo};

/// What a walk is for, and how far it may go.
#[derive(Clone, Copy)]
pub(crate) struct WalkPermissions {
    pub(crate) mode: AccessMode,
    pub(crate) level: Level,
}

impl WalkPermissions {
    /// Whether it may lead through the field at `index`.
    pub(crate) fn check_field_access(
        self,
        info: &TypeInfo,
        fields: &'static [FieldInfo],
        index: usize,
    ) -> Result<(), Kind> {
        match fields.get(index) {
            Some(field) if field.level > self.level => {
                Err(Kind::Denied { level: self.level, needs: field.level })
            }
            Some(field) if self.mode == AccessMode::Write && field.readonly && !field.secret => {
                Err(Kind::ReadOnly { ty: info.to_string(), field: field.name })
            }
            _ => Ok(()),
        }
    }
}

pub(crate) fn require(level: Level, needs: Level) -> Result<(), Kind> {
    if level < needs { Err(Kind::Denied { level, needs }) } else { Ok(()) }
}
