//! The input that the macros accept, and the compiler's messages for the rest.
//!
//! `tests/fail/**/*.stderr` contains the compiler's complete output. After a change of a message, update these files with
//! `TRYBUILD=overwrite cargo test -p ui-tests`. Then read each message as the person with the mistake: is it clear, does it mark
//! the right tokens, and is it the only one?
//!
//! | directory | mistakes in |
//! |---|---|
//! | `attribute` | the syntax and the combination of attributes in `#[manhole(…)]` |
//! | `bounds` | types of fields without `Manhole`, and type parameters |
//! | `container` | `opaque` and `transparent` types |
//! | `enum` | variants and their fields |
//! | `field_access` | fields read and written through other traits and functions |
//! | `level` | access levels |
//! | `methods` | blocks and methods that cannot be exposed |
//! | `namespace` | entries of `manhole!` |
//! | `rename` | names in the console |
//! | `unsupported_item` | items that the derive does not support |

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    cases.compile_fail("tests/fail/*/*.rs");
}
