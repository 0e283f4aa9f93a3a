//! The names of types without their modules.

/// Returns the name of a type without the paths of modules: `Vec<Job>` for `alloc::vec::Vec<app::Job>`.
pub(crate) fn short_type_name(text: &str) -> String {
    let mut short = String::with_capacity(text.len());
    for part in text.split_inclusive(|char: char| !char.is_alphanumeric() && !"_:".contains(char)) {
        short += part.rsplit("::").next().unwrap_or_default();
    }
    short.replace("&'_ ", "&")
}
