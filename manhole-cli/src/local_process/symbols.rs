//! The names of functions.

use rustc_demangle::try_demangle;

/// Returns the name of a function as Rust writes it, without the hash at its end.
pub(crate) fn demangled(name: &str) -> String {
    match try_demangle(name) {
        Ok(name) => format!("{name:#}"),
        // gdb demangles, and keeps the hash: `::h` and 16 digits.
        Err(_) => match name.rsplit_once("::h") {
            Some((name, hash)) if hash.len() == 16 && hash.bytes().all(|digit| digit.is_ascii_hexdigit()) => {
                name.to_owned()
            }
            _ => name.to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_hash() {
        for (name, expected) in [
            ("_ZN3app4spin17h5c30f444a54438beE", "app::spin"),
            ("_RNvCs3mSbOeLENLV_4test9test_main", "test::test_main"),
            ("app::spin::h5c30f444a54438be", "app::spin"),
            ("app::spin::help", "app::spin::help"),
            ("clone3", "clone3"),
            ("[unknown]", "[unknown]"),
        ] {
            assert_eq!(demangled(name), expected);
        }
    }
}
