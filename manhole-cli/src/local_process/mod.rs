//! The process of a target that runs on this machine, and programs that look into it from outside; uses `connect` and `terminal`.
//!
//! Order of the files: `symbols`, `proc_files`, `process`, `tool`; each uses only those before it.

mod proc_files;
pub(crate) mod process;
pub(crate) mod symbols;
pub(crate) mod tool;
