//! Stops the parser: when the command must end, and when a text has too many names.
//!
//! The parser compares each name of a text with those before it: with the parameters of its function, the variables in scope and the
//! captured variables. So its time grows with the square of their number, also where it reads no token.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use rhai::{Identifier, LexError, ParseError, ParseErrorType, Token};

use crate::engine::run::Watchdog;
use crate::engine::value::TOO_MANY_NAMES;
use crate::sync::LockIgnoringPoison;

/// The maximum number of different variables and parameters in a text. Fields, keys and functions do not count.
pub(crate) const MAX_NAMES: usize = 256;

/// Watches the parser of one session, token by token.
#[derive(Default)]
pub(crate) struct ParseGuard {
    /// Whether the parser is running. Other code reads tokens too.
    is_active: AtomicBool,
    /// Whether the parser must stop.
    is_stopped: AtomicBool,
    /// Whether the last token was a name.
    follows_name: AtomicBool,
    names: Mutex<Names>,
}

#[derive(Default)]
struct Names {
    /// The last token, if it was a name: the next one shows whether it is a variable.
    last: Option<Identifier>,
    variables: HashSet<Identifier>,
}

impl ParseGuard {
    /// Runs `parse` under the guard.
    pub(crate) fn watch<T>(&self, parse: impl FnOnce() -> Result<T, ParseError>) -> Result<T, ParseError> {
        self.is_stopped.store(false, Ordering::Relaxed);
        self.is_active.store(true, Ordering::Relaxed);
        let mut parsed = parse();
        self.is_active.store(false, Ordering::Relaxed);
        self.follows_name.store(false, Ordering::Relaxed);
        let names = std::mem::take(&mut *self.names());
        if let (Err(error), true) = (&mut parsed, names.variables.len() > MAX_NAMES) {
            let reason = LexError::ImproperSymbol(String::new(), TOO_MANY_NAMES.to_owned());
            *error.0 = ParseErrorType::BadInput(reason);
        }
        parsed
    }

    /// Passes on a token, or an error in its place that stops the parser.
    pub(crate) fn check(&self, watchdog: &Watchdog, token: Token, follows_dot: bool) -> Token {
        if !self.is_active.load(Ordering::Relaxed) {
            return token;
        }
        if self.is_stopped.load(Ordering::Relaxed)
            || watchdog.tick().is_some()
            || self.exceeds_names(&token, follows_dot)
        {
            self.is_stopped.store(true, Ordering::Relaxed);
            return Token::LexError(LexError::Runtime("stopped".to_owned()).into());
        }
        token
    }

    /// Counts the variable before `token`. Returns whether there are too many.
    fn exceeds_names(&self, token: &Token, follows_dot: bool) -> bool {
        let name = match token {
            Token::Identifier(name) if !follows_dot => Some(&**name),
            _ => None,
        };
        if !self.follows_name.swap(name.is_some(), Ordering::Relaxed) && name.is_none() {
            return false;
        }
        let mut names = self.names();
        let last = std::mem::replace(&mut names.last, name.cloned());
        let is_function_or_key =
            matches!(token, Token::LeftParen | Token::Unit | Token::Bang | Token::Colon | Token::DoubleColon);
        if let Some(variable) = last.filter(|_| !is_function_or_key) {
            names.variables.insert(variable);
        }
        names.variables.len() > MAX_NAMES
    }

    fn names(&self) -> MutexGuard<'_, Names> {
        self.names.lock_ignoring_poison()
    }
}
