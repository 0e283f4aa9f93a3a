//! The names in a command: which it binds, which it uses, and what may have been meant by one that is not there.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Expr, Position, Stmt};

/// The words that the console defines for itself: no root and no function of the application may have one of these names.
pub(crate) const BUILTINS: &[&str] = &[
    "None", "Some", "dbg", "dir", "doc", "exit", "functions", "help", "history", "it", "json", "level", "process", "quit",
    "range", "set", "sleep", "snapshot", "table", "time", "tree", "update", "vars", "watch",
];

/// What the statements of a command do with variables. The bodies of functions are not looked at: they have their own.
#[derive(Default)]
pub(super) struct Variables {
    /// Names that are assigned to, where, without a `let` in the same command.
    pub(super) assigned: Vec<(String, Position)>,
    /// All names that are assigned to, defined or read.
    pub(super) mentioned: BTreeSet<String>,
    /// Whether there is a `let` or `const`.
    pub(super) defines: bool,
}

impl Variables {
    /// Looks through the statements of `command`.
    pub(super) fn of(command: &AST) -> Self {
        let mut found = Self::default();
        let mut defined = BTreeSet::new();
        for statement in command.statements() {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                found.visit(path.last(), &mut defined);
                true
            });
        }
        found.assigned.retain(|(name, _)| !defined.contains(name));
        found
    }

    fn visit(&mut self, node: Option<&ASTNode<'_>>, defined: &mut BTreeSet<String>) {
        match node {
            Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                let (operator, sides) = &**assignment;
                if let (Expr::Variable(variable, _, position), false) = (&sides.lhs, operator.is_op_assignment()) {
                    self.assigned.push((variable.1.to_string(), *position));
                }
            }
            Some(ASTNode::Stmt(Stmt::Var(definition, ..))) => {
                self.defines = true;
                self.mentioned.insert(definition.0.as_str().to_owned());
                defined.insert(definition.0.as_str().to_owned());
            }
            Some(ASTNode::Expr(Expr::Variable(variable, ..))) => {
                self.mentioned.insert(variable.1.to_string());
            }
            _ => {}
        }
    }
}
