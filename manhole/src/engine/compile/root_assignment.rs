//! Rewrites assignments to scalar roots, such as `counter = 5`.
//!
//! The engine has no setter for a variable. So an assignment to such a root becomes one to a property before compilation:
//! `counter = 5` compiles as `__roots.counter = 5`. Positions are mapped back, so that no message shows this.

use rhai::{AST, Position, Scope};

use super::variable_usage::VariableUsage;
use crate::engine::live::{ROOTS_OBJECT, Roots};

/// The text of a command in which assignments to roots are assignments to properties.
pub(crate) struct RewrittenSource {
    pub(crate) code: String,
    /// The positions of the insertions: line and column in the new text.
    inserted: Vec<(usize, usize)>,
}

impl RewrittenSource {
    /// Rewrites `code`. Returns `None` if it assigns to no root.
    pub(crate) fn new(code: &str, command: &AST, roots: &Roots, scope: &Scope<'_>) -> Option<Self> {
        if roots.is_empty() {
            return None;
        }
        let mut targets: Vec<_> = VariableUsage::outer_assignments(command)
            .into_iter()
            .filter(|(name, _)| roots.contains_key(name) && !scope.contains(name))
            .filter_map(|(_, position)| Some((position.line()?, position.position()?)))
            .collect();
        if targets.is_empty() {
            return None;
        }
        targets.sort_unstable();
        targets.dedup();
        let prefix = format!("{ROOTS_OBJECT}.");
        let (mut new, mut inserted) = (String::with_capacity(code.len()), Vec::new());
        let mut targets = targets.into_iter().peekable();
        // The place in the old text, and the column in the new one.
        let (mut place, mut column) = ((1, 1), 1);
        for char in code.chars() {
            if targets.next_if_eq(&place).is_some() {
                inserted.push((place.0, column));
                new += &prefix;
                column += prefix.len();
            }
            new.push(char);
            (place, column) =
                if char == '\n' { ((place.0 + 1, 1), 1) } else { ((place.0, place.1 + 1), column + 1) };
        }
        Some(Self { code: new, inserted })
    }

    /// Maps a position in the new text to one in the old text.
    pub(crate) fn map_back(&self, position: Position) -> Position {
        let (Some(line), Some(column)) = (position.line(), position.position()) else { return position };
        let prefix = ROOTS_OBJECT.len() + 1;
        let before = self.inserted.iter().filter(|(at, start)| *at == line && *start < column);
        let shift: usize = before.map(|(_, start)| (column - start).min(prefix)).sum();
        let (Ok(line), Ok(column)) = (u16::try_from(line), u16::try_from(column - shift)) else {
            return position;
        };
        Position::new(line, column)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use rhai::Engine;

    use super::*;
    use crate::engine::live::handle::Handle;

    fn rewrite(code: &str) -> Option<RewrittenSource> {
        let handle = Handle::root("n", Arc::new(Mutex::new(0_u8)), crate::reflect::Level::Observe);
        let roots = Roots::from([("n".to_owned(), handle)]);
        let command = Engine::new_raw().compile(code).unwrap();
        RewrittenSource::new(code, &command, &roots, &Scope::new())
    }

    #[test]
    fn only_assignments_to_roots_are_rewritten() {
        for code in
            ["n", "n + 1", "m = n", "let n = 1; n = 2", "fn f(n) { n = 1 }", "n.x = 1", "if n == 1 {}"]
        {
            assert!(rewrite(code).is_none(), "{code}");
        }
        for (code, new) in [
            ("n = 1", "__roots.n = 1"),
            ("\"ä\"; n += n; n = 2", "\"ä\"; __roots.n += n; __roots.n = 2"),
            ("fn f() { n = 1 }\nf()", "fn f() { __roots.n = 1 }\nf()"),
            ("if true {\n n = 1\n}", "if true {\n __roots.n = 1\n}"),
        ] {
            assert_eq!(rewrite(code).map(|rewritten| rewritten.code).as_deref(), Some(new));
        }
    }

    #[test]
    fn positions_map_back_to_the_original_text() {
        let rewritten = rewrite("n = 1; n = x").unwrap();
        assert_eq!(rewritten.code, "__roots.n = 1; __roots.n = x");
        for (new, old) in [(1, 1), (9, 1), (13, 5), (16, 8), (24, 8), (28, 12)] {
            assert_eq!(rewritten.map_back(Position::new(1, new)), Position::new(1, old), "{new}");
        }
    }
}
