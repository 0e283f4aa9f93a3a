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
    /// The names with a `let` or `const` that outlives the command, with the positions.
    pub(crate) session_definitions: Vec<(String, Position)>,
    /// The names that are read before the command assigns a value, with the positions.
    pub(crate) read_before: Vec<(String, Position)>,
    /// Whether anything is assigned or defined.
    pub(crate) changes: bool,
}

impl VariableUsage {
    /// Analyzes the statements of `command`.
    pub(crate) fn analyze(command: &AST) -> Self {
        let mut found = Self::default();
        found.search(command.statements());
        found.session_definitions = command.statements().iter().filter_map(definition).collect();
        found
    }

    /// Returns the names that the functions of `command` use, of those whose name passes `is_chosen`.
    pub(crate) fn used_in_functions(command: &AST, is_chosen: impl Fn(&str) -> bool) -> HashSet<String> {
        let functions = command.clone_functions_only_filtered(|_, _, _, name, _| is_chosen(name));
        let mut names = HashSet::new();
        functions.walk(&mut |path: &[ASTNode<'_>]| {
            if let Some(ASTNode::Expr(Expr::Variable(variable, ..))) = path.last() {
                names.insert(variable.1.to_string());
            }
            true
        });
        names
    }

    /// Returns whether there is a `let` or `const`.
    pub(crate) fn defines(&self) -> bool {
        !self.defined.is_empty()
    }

    fn search(&mut self, statements: &[Stmt]) {
        for statement in statements {
            statement.walk(&mut Vec::new(), &mut |path: &[ASTNode<'_>]| {
                self.visit(path.last());
                self.visit_read(path);
                true
            });
        }
        self.forget_defined();
    }

    /// Records a read of a name that only the assignments around it assign: `x = x + 1`.
    fn visit_read(&mut self, path: &[ASTNode<'_>]) {
        let Some((ASTNode::Expr(Expr::Variable(variable, _, position)), around)) = path.split_last() else {
            return;
        };
        // A closure may run after a later assignment.
        let is_captured = around
            .iter()
            .any(|node| matches!(node, ASTNode::Expr(Expr::FnCall(call, _)) if call.name == "curry"));
        let targets = around.iter().filter_map(|node| match node {
            ASTNode::Stmt(Stmt::Assignment(assignment)) if !assignment.0.is_op_assignment() => {
                if let Expr::Variable(target, _, position) = &assignment.1.lhs {
                    (target.1 == variable.1).then_some(*position)
                } else {
                    None
                }
            }
            _ => None,
        });
        let targets: Vec<_> = targets.collect();
        let name = variable.1.as_str();
        let is_assigned_before =
            self.assigned.iter().any(|(known, at)| known == name && !targets.contains(at));
        if !targets.is_empty() && !targets.contains(position) && !is_captured && !is_assigned_before {
            self.read_before.push((name.to_owned(), *position));
        }
    }

    fn forget_defined(&mut self) {
        self.assigned.retain(|(name, _)| !self.defined.contains(name));
        self.read_before.retain(|(name, _)| !self.defined.contains(name));
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

/// Returns the name that a `let` or `const` defines, with its position.
fn definition(statement: &Stmt) -> Option<(String, Position)> {
    let Stmt::Var(definition, ..) = statement else { return None };
    Some((definition.0.as_str().to_owned(), definition.0.pos))
}
