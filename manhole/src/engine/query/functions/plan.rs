//! A function of a query that needs no script engine: one expression of fields, constants and operators.
//!
//! A plan computes from copies of the fields. It has a value only where the engine would return the same one at once. For any other item,
//! such as one whose field is behind a lock, the engine runs the function, and gives its value or its error.

use std::borrow::Cow;
use std::cmp::Ordering;

use rhai::{
    AST, ASTFlags, ASTNode, Dynamic, Expr, FnCallExpr, FnPtr, ImmutableString, Module, ScriptFuncDef, Shared,
    Stmt, Token,
};

use super::callback::CallbackContext;
use crate::engine::live::{FieldsRead, Rows};
use crate::engine::query::comparison::{quick_equal, quick_order};
use crate::engine::value::{quick_compute, type_mark};
use crate::reflect::{Path, Step};

/// How deep an expression may be nested.
const MAX_DEPTH: usize = 32;

/// An item of a collection, as far as it is copied.
#[derive(Clone, Copy)]
pub(in crate::engine::query) struct Entry<'a> {
    /// The item, if it is a single value.
    pub(in crate::engine::query) item: Option<&'a Dynamic>,
    /// Its fields: the rows of its batch, and its number there.
    pub(in crate::engine::query) row: Option<(&'a Rows, usize)>,
}

impl Entry<'_> {
    /// An item of which nothing is copied.
    pub(in crate::engine::query) const fn unknown() -> Self {
        Self { item: None, row: None }
    }
}

/// A function that is computed without the script engine.
pub(in crate::engine::query) struct Plan {
    body: Node,
    /// The values that the function captures.
    captured: Vec<Dynamic>,
}

enum Node {
    Constant(Dynamic),
    /// A captured value, by its number.
    Captured(usize),
    Item,
    /// A field of the item, by its number in the rows.
    Field(usize),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    Equal(bool, Box<[Self; 2]>),
    Order(fn(Ordering) -> bool, Box<[Self; 2]>),
    Compute(ImmutableString, Box<[Self; 2]>),
    Text(fn(&str, &str) -> bool, Box<[Self; 2]>),
}

impl Plan {
    /// Returns the plan of a function with the item as its only parameter, or `None` if it does more than a plan can. Adds the fields
    /// that it reads to `fields`.
    pub(in crate::engine::query) fn of(
        caller: &CallbackContext,
        function: &FnPtr,
        fields: &FieldsRead,
    ) -> Option<Self> {
        let captured: Vec<_> = function.curry().to_vec();
        let definition = caller.script_fn(function.fn_name(), captured.len() + 1)?;
        let compiler = Compiler { caller, definition, fields, captured: captured.len() };
        let (mut statements, mut body) = (0, None);
        let mut found = Module::new();
        found.set_script_fn(Shared::clone(definition));
        AST::new([], found).walk(&mut |path: &[ASTNode<'_>]| {
            if let [ASTNode::Stmt(statement)] = path {
                statements += 1;
                body = match statement {
                    Stmt::Expr(expression) if statements == 1 => compiler.node(expression, 0),
                    _ => None,
                };
            }
            statements <= 1
        });
        Some(Self { body: body?, captured })
    }

    /// Returns the function's value for an item, or `None` where the engine must run it.
    pub(in crate::engine::query) fn value<'a>(&'a self, entry: Entry<'a>) -> Option<Cow<'a, Dynamic>> {
        self.evaluate(&self.body, entry)
    }

    /// Returns whether the function returns true for an item, or `None` where the engine must run it.
    pub(in crate::engine::query) fn test(&self, entry: Entry<'_>) -> Option<bool> {
        self.is_true(&self.body, entry)
    }

    fn is_true(&self, node: &Node, entry: Entry<'_>) -> Option<bool> {
        match node {
            Node::Not(inner) => self.is_true(inner, entry).map(|value| !value),
            Node::All(parts) => {
                for part in parts {
                    if !self.is_true(part, entry)? {
                        return Some(false);
                    }
                }
                Some(true)
            }
            Node::Any(parts) => {
                for part in parts {
                    if self.is_true(part, entry)? {
                        return Some(true);
                    }
                }
                Some(false)
            }
            Node::Equal(expected, operands) => {
                self.with_both(operands, entry, quick_equal).map(|is_equal| is_equal == *expected)
            }
            Node::Order(test, operands) => {
                self.with_both(operands, entry, quick_order).map(|order| order.is_some_and(test))
            }
            Node::Text(test, operands) => self.with_both(operands, entry, |a, b| {
                // A path has other methods of the same name.
                let text =
                    Some(a).filter(|text| !type_mark::is_marked(text))?.as_immutable_string_ref().ok()?;
                Some(test(&text, &b.as_immutable_string_ref().ok()?))
            }),
            _ => self.evaluate(node, entry)?.as_bool().ok(),
        }
    }

    /// Calls `act` with the values of both operands.
    fn with_both<T>(
        &self,
        [a, b]: &[Node; 2],
        entry: Entry<'_>,
        act: impl Fn(&Dynamic, &Dynamic) -> Option<T>,
    ) -> Option<T> {
        match (self.known(a, entry), self.known(b, entry)) {
            (Some(a), Some(b)) => act(a, b),
            _ => act(&*self.evaluate(a, entry)?, &*self.evaluate(b, entry)?),
        }
    }

    /// Returns the value of a node that needs no computation.
    fn known<'a>(&'a self, node: &'a Node, entry: Entry<'a>) -> Option<&'a Dynamic> {
        match node {
            Node::Constant(value) => Some(value),
            Node::Captured(index) => self.captured.get(*index).filter(|value| !value.is_shared()),
            Node::Item => entry.item,
            Node::Field(index) => entry.row.and_then(|(rows, row)| rows.copied(row, *index)),
            _ => None,
        }
    }

    fn evaluate<'a>(&'a self, node: &'a Node, entry: Entry<'a>) -> Option<Cow<'a, Dynamic>> {
        if let Some(value) = self.known(node, entry) {
            return Some(Cow::Borrowed(value));
        }
        Some(Cow::Owned(match node {
            Node::Constant(_) | Node::Item | Node::Field(_) => return None,
            Node::Captured(index) => self.captured.get(*index)?.flatten_clone(),
            Node::Compute(symbol, operands) => {
                self.with_both(operands, entry, |a, b| quick_compute(symbol, a, b))?
            }
            _ => self.is_true(node, entry)?.into(),
        }))
    }
}

/// Makes the plan of one function.
struct Compiler<'a> {
    caller: &'a CallbackContext,
    definition: &'a ScriptFuncDef,
    fields: &'a FieldsRead,
    /// The number of parameters before that for the item.
    captured: usize,
}

impl Compiler<'_> {
    fn node(&self, expression: &Expr, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        let node = |inner: &Expr| self.node(inner, depth + 1);
        match expression {
            Expr::Variable(variable, ..) if variable.2.is_empty() => {
                let number = self.definition.params.iter().position(|name| **name == *variable.1)?;
                Some(if number == self.captured { Node::Item } else { Node::Captured(number) })
            }
            Expr::And(parts, _) => parts.iter().map(node).collect::<Option<_>>().map(Node::All),
            Expr::Or(parts, _) => parts.iter().map(node).collect::<Option<_>>().map(Node::Any),
            Expr::FnCall(call, _) => self.operation(call, depth),
            Expr::Dot(parts, flags, _) if *flags == ASTFlags::empty() => {
                let mut path = Path::root();
                let Node::Item = node(&parts.lhs)? else { return None };
                let mut rest = &parts.rhs;
                loop {
                    match rest {
                        Expr::Property(property, _) => {
                            path = path.join(Step::Name(property.2.to_string().into()));
                            return self.fields.add(&path).map(Node::Field);
                        }
                        Expr::MethodCall(call, _) => {
                            let this = match path.is_empty() {
                                true => Node::Item,
                                false => self.fields.add(&path).map(Node::Field)?,
                            };
                            return self.method(this, call, depth);
                        }
                        Expr::Dot(parts, flags, _) if *flags == ASTFlags::empty() => {
                            let Expr::Property(property, _) = &parts.lhs else { return None };
                            path = path.join(Step::Name(property.2.to_string().into()));
                            rest = &parts.rhs;
                        }
                        _ => return None,
                    }
                }
            }
            constant if constant.is_constant() => constant.get_literal_value(None).map(Node::Constant),
            _ => None,
        }
    }

    /// Returns an operation on one or two values.
    fn operation(&self, call: &FnCallExpr, depth: usize) -> Option<Node> {
        let node = |inner: &Expr| self.node(inner, depth + 1);
        let token = call.op_token.as_ref()?;
        match (token, &call.args[..]) {
            (Token::Bang, [inner]) => Some(Node::Not(Box::new(node(inner)?))),
            (_, [a, b]) => {
                let operands = Box::new([node(a)?, node(b)?]);
                Some(match call.name.as_str() {
                    "==" => Node::Equal(true, operands),
                    "!=" => Node::Equal(false, operands),
                    "<" => Node::Order(Ordering::is_lt, operands),
                    "<=" => Node::Order(Ordering::is_le, operands),
                    ">" => Node::Order(Ordering::is_gt, operands),
                    ">=" => Node::Order(Ordering::is_ge, operands),
                    "+" | "-" | "*" | "/" | "%" => Node::Compute(call.name.clone(), operands),
                    _ => return None,
                })
            }
            _ => None,
        }
    }

    /// Returns the call of a method of a text.
    fn method(&self, this: Node, call: &FnCallExpr, depth: usize) -> Option<Node> {
        let name = call.name.as_str();
        let [other] = &call.args[..] else { return None };
        let test: fn(&str, &str) -> bool = match name {
            "starts_with" => |text, part| text.starts_with(part),
            "ends_with" => |text, part| text.ends_with(part),
            "contains" => |text, part| text.contains(part),
            _ => return None,
        };
        let is_free = (1..3).all(|params| self.caller.script_fn(name, params).is_none());
        let other = self.node(other, depth + 1)?;
        is_free.then(|| Node::Text(test, Box::new([this, other])))
    }
}
