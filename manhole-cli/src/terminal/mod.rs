//! Draws and reads the terminal: colors, output, tables, the spinner, full screens and signals; uses `error` and the waits of `manhole_client`.

pub(crate) mod capabilities;
pub(crate) mod changes;
pub(crate) mod clipboard;
pub(crate) mod colors;
pub(crate) mod data;
pub(crate) mod format;
pub(crate) mod full_screen;
pub(crate) mod highlight;
pub(crate) mod keyboard;
pub(crate) mod output;
pub(crate) mod signals;
pub(crate) mod spinner;
pub(crate) mod wait;
