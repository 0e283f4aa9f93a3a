//! The engine's names of types, as users know them.

use crate::reflect::short_type_name;

/// Returns the name of a type without module paths and the engine's own string types.
pub(crate) fn plain_type(text: &str) -> String {
    let text = text.replace("&str | ImmutableString | String", "String").replace("ImmutableString", "String");
    short_type_name(&text)
}

/// Returns a list of types for a message. The engine has one type each for all integers, floats and composite values of
/// the application, so the list names their kind.
pub(crate) fn type_kinds(types: &str) -> String {
    let kinds = types.split(", ").map(|name| match plain_type(name).as_str() {
        "i64" | "i128" | "u128" => "integer".to_owned(),
        "f64" => "float".to_owned(),
        "Query" => "query".to_owned(),
        "Fn" => "function".to_owned(),
        "Handle" => "application value".to_owned(),
        "Unbound" => "name without a value".to_owned(),
        name => name.to_owned(),
    });
    kinds.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_of_a_type_has_a_path() {
        for (name, plain) in [
            ("core::ops::range::Range<i64>", "Range<i64>"),
            ("rhai::packages::iter_basic::CharsStream", "CharsStream"),
            ("alloc::vec::Vec<core::option::Option<a::B>>", "Vec<Option<B>>"),
            ("&str | ImmutableString | String", "String"),
        ] {
            assert_eq!(plain_type(name), plain);
        }
    }

    #[test]
    fn a_number_is_called_by_its_kind() {
        assert_eq!(
            type_kinds("i64, f64, ImmutableString, Fn, a::Handle"),
            "integer, float, String, function, application value"
        );
    }
}
