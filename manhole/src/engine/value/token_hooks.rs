//! Changes to the tokens of the script language.
//!
//! - The language silently turns an integer of more than 64 bits into a float. Here such a literal becomes a variable whose name
//!   is its digits, which no script can write otherwise, and [`resolve`] returns its value.
//! - After a dot every word is a name: an application may have a field called `default` or `shared`, and tuples have `0` and `1`.
//! - Words that are names in Rust are names of variables: `|thread| thread.cpu`.
//! - `type_of` is a function of the console.

use std::sync::atomic::{AtomicBool, Ordering};

use rhai::{Dynamic, Engine, Token};

use super::to_script;

/// The name of the console's own `type_of`.
pub(crate) const TYPE_OF: &str = "__type_of";

/// The reserved words that are names in Rust, and that no other language gives a meaning that the console explains.
const NAMES: &[&str] =
    &["default", "go", "goto", "module", "new", "package", "shared", "spawn", "sync", "thread", "with"];

/// Installs the hook, and `check`, which gets each changed token, and whether it follows a dot. The values of large integers need
/// [`resolve`] too.
#[expect(deprecated, reason = "the engine marks its unstable interfaces so")]
pub(crate) fn install(engine: &mut Engine, check: impl Fn(Token, bool) -> Token + Send + Sync + 'static) {
    let after_dot = AtomicBool::new(false);
    engine.on_parse_token(move |token, _, _| {
        let dotted = after_dot.swap(matches!(token, Token::Period | Token::Elvis), Ordering::Relaxed);
        let token = match token {
            Token::FloatConstant(number) if is_integer(&number.1) => {
                Token::Identifier(number.1.clone().into())
            }
            // The engine's own has one type for all values of the application.
            Token::Identifier(word) | Token::Reserved(word) if *word == "type_of" => {
                Token::Identifier(Box::new(TYPE_OF.into()))
            }
            // The fields of a tuple are named by their positions.
            Token::IntegerConstant(number) if dotted => {
                Token::Identifier(Box::new(number.to_string().into()))
            }
            Token::Reserved(word) if dotted && is_name(&word) || NAMES.contains(&word.as_str()) => {
                Token::Identifier(word)
            }
            token => token,
        };
        check(token, dotted)
    });
}

fn is_integer(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

fn is_name(word: &str) -> bool {
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// Returns the value of a large integer literal, or `None` for every other name.
pub(crate) fn resolve(name: &str) -> Option<Dynamic> {
    if !name.starts_with(|first: char| first.is_ascii_digit() || first == '-') {
        return None;
    }
    match name.parse::<i128>() {
        Ok(value) => Some(to_script::integer(value)),
        Err(_) => name.parse::<u128>().ok().map(Dynamic::from),
    }
}
