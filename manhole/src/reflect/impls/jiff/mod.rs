//! Dates, times and durations of `jiff`, of both versions in use. The same code is compiled for each.

/// Implements the date and time with the name of its time zone, which jiff looks up in the time zone database of the
/// application.
macro_rules! zoned_leaf {
    ($ty:ty, $name:literal) => {
        $crate::reflect::impls::date_time_macros::date_time_leaf!(
            $ty,
            $name,
            "2026-01-31T12:00:00+01:00[Europe/Berlin]",
            |this| this.to_string(),
            |text| text.parse().ok()
        );
    };
}

#[cfg(feature = "jiff_02")]
mod version_02;
#[cfg(feature = "jiff")]
mod version_1;

use zoned_leaf;
