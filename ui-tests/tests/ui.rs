//! What the macros accept, and what they say about the rest.
//!
//! The expected messages in `tests/fail/**/*.stderr` are the compiler's own. After a change of a message, write them anew with
//! `TRYBUILD=overwrite cargo test -p ui-tests` and read every one as the person would who made the mistake: is it clear, does it
//! point at the right place, and is it the only one?
//!
//! | directory | what is wrong there |
//! |---|---|
//! | `attribute` | the words inside `#[manhole(…)]`, and which go together |
//! | `rename` | names in the console |
//! | `container` | structs and enums that are seen as a whole |
//! | `bounds` | types of fields that do not implement `Manhole` |
//! | `foreign` | fields seen by other ways than `Manhole`, and the functions that are given for them |
//! | `kind` | items for which there is no derive |
//! | `enum` | variants and their fields |
//! | `methods` | blocks and methods that cannot be exposed |
//! | `namespace` | the entries of `manhole!` |

#[test]
fn ui() {
    let cases = trybuild::TestCases::new();
    cases.pass("tests/pass/*.rs");
    cases.compile_fail("tests/fail/*/*.rs");
}
