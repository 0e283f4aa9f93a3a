//! The names in a command: which it binds, which it uses, and what may have been meant by one that is not there.

use std::collections::BTreeSet;

use rhai::{AST, ASTNode, Expr, Position, Stmt};

/// What the statements of a command do with variables. The bodies of functions are not looked at: they have their own.
#[derive(Default)]
pub(crate) struct VariableUsage {
    /// Names that are assigned to, where, without a `let` in the same command.
    pub(crate) assigned: Vec<(String, Position)>,
    /// All names that are assigned to, defined or read.
    pub(crate) mentioned: BTreeSet<String>,
    defined: BTreeSet<String>,
    /// Whether anything is assigned to or defined.
    pub(crate) changes: bool,
}

impl VariableUsage {
    /// Looks through the statements of `command`.
    pub(crate) fn analyze(command: &AST) -> Self {
        let mut found = Self::default();
        found.search(command.statements(), false);
        found
    }

    /// Where `command`, its functions included, assigns to names that are not variables of its own; `a += 1` counts too.
    pub(crate) fn outer_assignments(command: &AST) -> Vec<(String, Position)> {
        let mut found = Self::default();
        found.search(command.statements(), true);
        let captured = captured(command);
        let mut targets = found.assigned;
        for function in command.iter_functions() {
            let (name, arity) = (function.name, function.params.len());
            let alone = command
                .clone_functions_only_filtered(|_, _, _, known, params| known == name && params == arity);
            let mut inner = Self::default();
            inner.defined.extend(function.params.iter().map(ToString::to_string));
            // Its statements are empty: only the body is walked.
            alone.walk(&mut |path: &[ASTNode<'_>]| {
                inner.visit(path.last(), true);
                if let Some(ASTNode::Expr(Expr::Variable(variable, _, position))) = path.last()
                    && captured.contains(&(variable.1.to_string(), *position))
                {
                    // A parameter to the engine, but nobody wrote one.
                    inner.defined.remove(variable.1.as_str());
                }
                true
            });
            inner.forget_defined();
            targets.extend(inner.assigned);
        }
        targets
    }

    /// Whether there is a `let` or `const`.
    pub(crate) fn defines(&self) -> bool {
        !self.defined.is_empty()
    }

    fn search(&mut self, statements: &[Stmt], with_operators: bool) {
        for statement in statements {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                self.visit(path.last(), with_operators);
                true
            });
        }
        self.forget_defined();
    }

    fn forget_defined(&mut self) {
        self.assigned.retain(|(name, _)| !self.defined.contains(name));
    }

    fn visit(&mut self, node: Option<&ASTNode<'_>>, with_operators: bool) {
        match node {
            Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                let (operator, sides) = &**assignment;
                self.changes = true;
                if let Expr::Variable(variable, _, position) = &sides.lhs
                    && (with_operators || !operator.is_op_assignment())
                {
                    self.assigned.push((variable.1.to_string(), *position));
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

/// The variables that closures take along from outside of all functions, with the place in the closure where each is used first.
fn captured(command: &AST) -> Vec<(String, Position)> {
    let mut captured = Vec::new();
    command.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Stmt(Stmt::Share(variables))) = path.last() {
            let outside = variables.iter().filter(|(_, index)| index.is_none());
            captured.extend(outside.map(|(variable, _)| (variable.name.to_string(), variable.pos)));
        }
        true
    });
    captured
}
