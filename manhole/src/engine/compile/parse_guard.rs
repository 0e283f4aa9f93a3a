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
            || watchdog.tick().is_err()
            || self.exceeds_names(&token, follows_dot)
        {
            self.is_stopped.store(true, Ordering::Relaxed);
            // Inside an interpolated string the parser panics at any other error than this and an unterminated string.
            return Token::LexError(LexError::StringTooLong(0).into());
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

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    use rhai::{Engine, OptimizationLevel};

    use super::*;
    use crate::engine::run::{ClientIo, ConsoleMemory, Limits, SessionLimits, StopReason};
    use crate::engine::value::token_hooks;

    /// A client that may stop each command.
    struct TestClient(Option<StopReason>);

    impl ClientIo for TestClient {
        fn send(&self, bytes: &[u8]) -> Result<usize, StopReason> {
            Ok(bytes.len())
        }

        fn poll(&self) -> Option<StopReason> {
            self.0
        }
    }

    /// Returns an engine with its guard and the watchdog of `client`.
    fn engine(client: TestClient) -> (Engine, Arc<(ParseGuard, Watchdog)>) {
        let limits = Arc::new(SessionLimits::new(&Limits::default(), &Limits::ceiling()));
        let memory = Arc::new(ConsoleMemory::new(usize::MAX));
        let watch = Arc::new((ParseGuard::default(), Watchdog::new(Arc::new(client), limits, memory, None)));
        let mut engine = Engine::new_raw();
        engine.set_optimization_level(OptimizationLevel::None);
        let watched = Arc::clone(&watch);
        token_hooks::install(&mut engine, move |token, follows_dot| {
            watched.0.check(&watched.1, token, follows_dot)
        });
        (engine, watch)
    }

    #[test]
    fn the_parser_stops_with_its_command_and_at_no_other_time() {
        let (engine, watch) = engine(TestClient(Some(StopReason::Cancelled)));
        let (guard, watchdog) = &*watch;
        let code = "1;".repeat(200_000);
        watchdog.start(None);
        assert!(guard.watch(|| engine.compile(&code)).is_err());
        assert_eq!(watchdog.stopped(), Some(StopReason::Cancelled));
        assert!(engine.compile(&code).is_ok(), "it is not under the guard");
        watchdog.start(None);
        assert!(guard.watch(|| engine.compile("1")).is_ok(), "the next command");
    }

    #[test]
    fn the_parser_stops_at_any_token() {
        let code = "import \"a\" as a; export a as b; const C = 1; let x = #{ a: [1, -2.5, !true], \"b\": 'c' }; \
            fn f(a, b) { if a > b { return a } else if a == 1 { throw b } else { b } } \
            for (i, n) in 0..=3 { while i < n { do { continue } until true } loop { break 1 } } \
            switch x { 1 | 2 if a => 1, 3..5 => 2, _ => `a${x + `b${f(1, 2)}c` + \"d\"}e${ { 1 } }` } \
            try { x.a[1]?.b.c(|y| y ?? 1) } catch (e) { x += e; a::f(1); f!(1, 2) } \"x\" in x; `${x}`";
        let watchdog = engine(TestClient(None)).1;
        watchdog.1.start(None);
        let (guard, seen) = (Arc::new(ParseGuard::default()), Arc::new(AtomicUsize::new(0)));
        let (hook, count) = (Arc::clone(&guard), Arc::clone(&seen));
        let stop_at = Arc::new(AtomicUsize::new(usize::MAX));
        let stop = Arc::clone(&stop_at);
        let mut engine = Engine::new_raw();
        token_hooks::install(&mut engine, move |token, follows_dot| {
            if count.fetch_add(1, Ordering::Relaxed) >= stop.load(Ordering::Relaxed) {
                hook.is_stopped.store(true, Ordering::Relaxed);
            }
            hook.check(&watchdog.1, token, follows_dot)
        });
        let parse = || {
            seen.store(0, Ordering::Relaxed);
            guard.watch(|| engine.compile(code))
        };
        if let Err(error) = parse() {
            panic!("{error}");
        }
        let tokens = seen.load(Ordering::Relaxed);
        assert!(tokens > 150, "{tokens}");
        for position in 0..tokens {
            stop_at.store(position, Ordering::Relaxed);
            assert!(parse().is_err(), "{position}");
        }
    }

    #[test]
    fn different_variables_are_counted_per_text() {
        let (engine, watch) = engine(TestClient(None));
        let (guard, watchdog) = &*watch;
        let text = |count: usize| (0..count).map(|n| format!("let v{n} = v{n}.f{n}; ")).collect::<String>();
        for (count, fits) in [(MAX_NAMES, true), (MAX_NAMES + 1, false), (MAX_NAMES, true)] {
            watchdog.start(None);
            let parsed = guard.watch(|| engine.compile(text(count)));
            assert_eq!(parsed.is_ok(), fits, "{count}");
            if let Err(error) = parsed {
                assert!(error.to_string().starts_with(TOO_MANY_NAMES), "{error}");
            }
        }
    }
}
