//! Finds the variables that a command assigns, defines and reads.

use std::collections::HashSet;

use rhai::{AST, ASTNode, Expr, Position, Stmt};

/// The variables that the statements of a command use. The bodies of functions do not count, because they have separate scopes.
#[derive(Default)]
pub(crate) struct VariableUsage {
    /// The assigned names without a `let` in the same command, with the positions.
    pub(crate) assigned: Vec<(String, Position)>,
    /// All names that are assigned, defined or read.
    pub(crate) mentioned: HashSet<String>,
    defined: HashSet<String>,
    /// Whether anything is assigned or defined.
    pub(crate) changes: bool,
}

impl VariableUsage {
    /// Analyzes the statements of `command`.
    pub(crate) fn analyze(command: &AST) -> Self {
        let mut found = Self::default();
        found.search(command.statements());
        found
    }

    /// Returns whether there is a `let` or `const`.
    pub(crate) fn defines(&self) -> bool {
        !self.defined.is_empty()
    }

    fn search(&mut self, statements: &[Stmt]) {
        for statement in statements {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                self.visit(path.last());
                true
            });
        }
        self.forget_defined();
    }

    fn forget_defined(&mut self) {
        self.assigned.retain(|(name, _)| !self.defined.contains(name));
    }

    fn visit(&mut self, node: Option<&ASTNode<'_>>) {
        match node {
            Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                let (operator, sides) = &**assignment;
                self.changes = true;
                if let Expr::Variable(variable, _, position) = &sides.lhs {
                    if !operator.is_op_assignment() {
                        self.assigned.push((variable.1.to_string(), *position));
                    }
                }
            }
            Some(ASTNode::Stmt(Stmt::Var(definition, ..))) => {
                self.changes = true;
                self.mentioned.insert(definition.0.as_str().to_owned());
                self.defined.insert(definition.0.as_str().to_owned());
            }
            Some(ASTNode::Expr(Expr::Variable(variable, ..))) => {
                self.mentioned.insert(variable.1.to_string());
            }
            _ => {}
        }
    }
}
