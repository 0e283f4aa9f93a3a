//! The names of functions.

use rustc_demangle::try_demangle;

/// Returns the name of a function as Rust writes it, without the hash at its end.
pub(crate) fn demangled(name: &str) -> String {
    match try_demangle(name) {
        Ok(name) => format!("{name:#}"),
        // Debuggers take names of older compilers for those of C++. They keep the hash, `::h` and 16 digits, and the escapes of brackets.
        Err(_) => {
            let name = match name.rsplit_once("::h") {
                Some((name, hash))
                    if hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()) =>
                {
                    name
                }
                _ => name,
            };
            unescaped(name)
        }
    }
}

/// Replaces the escapes of characters that names in C++ cannot have.
fn unescaped(name: &str) -> String {
    const ESCAPES: [(&str, &str); 11] = [
        ("_$", "$"),
        ("$LT$", "<"),
        ("$GT$", ">"),
        ("$LP$", "("),
        ("$RP$", ")"),
        ("$RF$", "&"),
        ("$BP$", "*"),
        ("$C$", ","),
        ("$u20$", " "),
        ("$u7b$", "{"),
        ("$u7d$", "}"),
    ];
    if !name.contains('$') {
        return name.to_owned();
    }
    ESCAPES.iter().fold(name.replace("..", "::"), |name, (escape, char)| name.replace(escape, char))
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
            (
                "std::rt::lang_start::_$u7b$$u7b$closure$u7d$$u7d$::h3bc766892e780885",
                "std::rt::lang_start::{{closure}}",
            ),
            ("_$LT$app..Gizmo$u20$as$u20$app..Run$GT$::run", "<app::Gizmo as app::Run>::run"),
            ("clone3", "clone3"),
            ("[unknown]", "[unknown]"),
        ] {
            assert_eq!(demangled(name), expected);
        }
    }
}
