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
    /// The names that `+=` and the like change, with the positions.
    changed: Vec<(String, Position)>,
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

    /// Returns the assignments in `command` and its functions to names that they do not define. `a += 1` counts too.
    pub(crate) fn outer_assignments(command: &AST) -> Vec<(String, Position)> {
        let mut found = Self::default();
        found.search(command.statements());
        let captured = captured(command);
        let mut targets = found.targets();
        for function in command.iter_functions() {
            let (name, arity) = (function.name, function.params.len());
            let alone = command
                .clone_functions_only_filtered(|_, _, _, known, params| known == name && params == arity);
            let mut inner = Self::default();
            inner.defined.extend(function.params.iter().map(ToString::to_string));
            // It has no statements, so this walks only the body.
            alone.walk(&mut |path: &[ASTNode<'_>]| {
                inner.visit(path.last());
                match path.last() {
                    // A parameter to the engine, but none in the text.
                    Some(ASTNode::Expr(Expr::Variable(variable, _, position)))
                        if captured.contains(&(variable.1.to_string(), *position)) =>
                    {
                        inner.defined.remove(variable.1.as_str());
                    }
                    _ => {}
                }
                true
            });
            inner.forget_defined();
            targets.extend(inner.targets());
        }
        targets
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
        self.changed.retain(|(name, _)| !self.defined.contains(name));
    }

    fn targets(self) -> Vec<(String, Position)> {
        [self.assigned, self.changed].concat()
    }

    fn visit(&mut self, node: Option<&ASTNode<'_>>) {
        match node {
            Some(ASTNode::Stmt(Stmt::Assignment(assignment))) => {
                let (operator, sides) = &**assignment;
                self.changes = true;
                if let Expr::Variable(variable, _, position) = &sides.lhs {
                    let targets =
                        if operator.is_op_assignment() { &mut self.changed } else { &mut self.assigned };
                    targets.push((variable.1.to_string(), *position));
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

/// Returns the variables that closures capture from outside all functions, with the position of their first use in the
/// closure.
fn captured(command: &AST) -> HashSet<(String, Position)> {
    let mut captured = HashSet::new();
    command.walk(&mut |path: &[ASTNode<'_>]| {
        if let Some(ASTNode::Stmt(Stmt::Share(variables))) = path.last() {
            let outside = variables.iter().filter(|(_, index)| index.is_none());
            captured.extend(outside.map(|(variable, _)| (variable.name.to_string(), variable.pos)));
        }
        true
    });
    captured
}
