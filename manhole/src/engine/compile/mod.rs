//! From the text of a command to a compiled one, and positions back. Uses `live` and below.

pub(crate) mod audit_redaction;
pub(crate) mod compiled_command;
pub(crate) mod incomplete_input;
pub(crate) mod rhai_feature_checks;
pub(crate) mod scalar_root;
pub(crate) mod source_map;
pub(crate) mod variable_usage;
