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
use crate::engine::live::{IterItem, Rows};
use crate::engine::value::{quick_compute, quick_equal, quick_order, to_script, type_mark};
use crate::reflect::{Manhole, Path, Step, Value};

/// How deep an expression may be nested.
const MAX_DEPTH: usize = 32;

/// Functions whose result follows from their arguments alone.
const CONSTANT: &[&str] = &["__convert", "__duration", "__time", "-"];

/// An item of a collection, as far as it is known without another look at the application.
#[derive(Clone, Copy)]
pub(super) struct Entry<'a> {
    /// The item, if it is a single value.
    pub(super) item: Option<&'a Dynamic>,
    /// What precedes it, for a function of two parameters.
    pub(super) first: First<'a>,
    pub(super) fields: Option<Fields<'a>>,
}

/// What precedes an item.
#[derive(Clone, Copy)]
pub(super) enum First<'a> {
    Position(usize),
    /// The key of a map's entry, or the other one of a pair.
    Of(&'a IterItem),
}

/// The copied fields of an item.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a> {
    /// Those of its batch.
    pub(super) rows: &'a Rows,
    /// The number of the item there.
    pub(super) row: usize,
    /// Where the fields of the plan are in a row.
    pub(super) columns: &'a [usize],
}

/// A function that is computed without the script engine.
pub(super) struct Plan {
    body: Node,
    /// The fields that it reads, as paths from the item.
    pub(super) fields: Vec<Path>,
    /// The values that the function captures.
    captured: Vec<Dynamic>,
}

enum Node {
    Constant(Dynamic),
    /// A captured value, by its number.
    Captured(usize),
    First,
    Item,
    /// A field of the item, by its number.
    Field(usize),
    Not(Box<Self>),
    All(Vec<Self>),
    Any(Vec<Self>),
    Equal(bool, Box<[Self; 2]>),
    Order(fn(Ordering) -> bool, Box<[Self; 2]>),
    Compute(ImmutableString, Box<[Self; 2]>),
    /// A test of two texts.
    TextTest(fn(&str, &str) -> bool, Box<[Self; 2]>),
    /// A text made of a text.
    Text(fn(&str) -> String, Box<Self>),
    TextLen(Box<Self>),
    IsSome(bool, Box<Self>),
}

impl Plan {
    /// Returns the plan of a function with `params` parameters, of which the one at `item` is for the item, or `None` if it does more
    /// than a plan can.
    pub(super) fn of(
        caller: &CallbackContext,
        function: &FnPtr,
        (params, item): (usize, usize),
    ) -> Option<Self> {
        let captured = function.curry().to_vec();
        let definition = caller.script_fn(function.fn_name(), captured.len() + params)?;
        let item = captured.len() + item;
        let mut compiler =
            Compiler { caller, definition, captured: captured.len(), item, fields: Vec::new() };
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
        let fields = compiler.fields;
        Some(Self { body: body?, fields, captured })
    }

    /// Returns the function's value for an item, or `None` where the engine must run it.
    pub(super) fn value(&self, entry: Entry<'_>) -> Option<Dynamic> {
        self.evaluate(&self.body, entry).map(Cow::into_owned)
    }

    /// Returns whether the function returns true for an item, or `None` where the engine must run it.
    pub(super) fn test(&self, entry: Entry<'_>) -> Option<bool> {
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
            Node::TextTest(test, operands) => {
                self.with_both(operands, entry, |a, b| Some(test(&text(a)?, &text(b)?)))
            }
            Node::IsSome(expected, inner) => {
                let value = self.evaluate(inner, entry)?;
                let is_some = !to_script::is_none(&value);
                let is_plain = value.is_int() || value.is_float() || value.is_bool() || value.is_string();
                (!is_some || is_plain).then_some(is_some == *expected)
            }
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
            Node::Field(index) => {
                let Fields { rows, row, columns } = entry.fields?;
                rows.copied(row, *columns.get(*index)?)
            }
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
            Node::First => match entry.first {
                First::Position(position) => to_script(Value::from(position)),
                First::Of(item) => item.first(0),
            },
            Node::Compute(symbol, operands) => {
                self.with_both(operands, entry, |a, b| quick_compute(symbol, a, b))?
            }
            Node::Text(make, inner) => make(&text(&*self.evaluate(inner, entry)?)?).into(),
            Node::TextLen(inner) => {
                let chars = text(&*self.evaluate(inner, entry)?)?.chars().count();
                type_mark::mark(to_script(Value::from(chars)), usize::type_info())
            }
            _ => self.is_true(node, entry)?.into(),
        }))
    }
}

/// Returns a text without a type: a path, for example, has other methods of the same names.
fn text(value: &Dynamic) -> Option<impl std::ops::Deref<Target = ImmutableString> + '_> {
    value.as_immutable_string_ref().ok().filter(|_| !type_mark::is_marked(value))
}

/// Makes the plan of one function.
struct Compiler<'a> {
    caller: &'a CallbackContext,
    definition: &'a ScriptFuncDef,
    /// The number of captured values, which are the first parameters.
    captured: usize,
    /// The number of the parameter for the item.
    item: usize,
    fields: Vec<Path>,
}

impl Compiler<'_> {
    fn node(&mut self, expression: &Expr, depth: usize) -> Option<Node> {
        if depth > MAX_DEPTH {
            return None;
        }
        match expression {
            Expr::Variable(variable, ..) if variable.2.is_empty() => {
                let number = self.definition.params.iter().position(|name| **name == *variable.1)?;
                Some(match number {
                    number if number < self.captured => Node::Captured(number),
                    number if number == self.item => Node::Item,
                    _ => Node::First,
                })
            }
            Expr::And(parts, _) => self.nodes(parts.iter(), depth).map(Node::All),
            Expr::Or(parts, _) => self.nodes(parts.iter(), depth).map(Node::Any),
            Expr::FnCall(call, _) => self.call(call, depth),
            Expr::Dot(parts, flags, _) if *flags == ASTFlags::empty() => {
                let receiver = self.node(&parts.lhs, depth + 1)?;
                self.chain(receiver, &parts.rhs, depth)
            }
            constant if constant.is_constant() => constant.get_literal_value(None).map(Node::Constant),
            _ => None,
        }
    }

    fn nodes<'e>(&mut self, parts: impl Iterator<Item = &'e Expr>, depth: usize) -> Option<Vec<Node>> {
        parts.map(|part| self.node(part, depth + 1)).collect()
    }

    /// Returns an operation, or the value of a call that does not depend on the item.
    fn call(&mut self, call: &FnCallExpr, depth: usize) -> Option<Node> {
        let name = call.name.as_str();
        let is_constant = CONSTANT.contains(&name) && call.args.iter().all(Expr::is_constant);
        if is_constant && self.is_free(name) {
            let args = call.args.iter().map(|arg| arg.get_literal_value(None)).collect::<Option<Vec<_>>>()?;
            return self.caller.call_native(name, args).map(Node::Constant);
        }
        let (Some(token), Some(mut nodes)) = (&call.op_token, self.nodes(call.args.iter(), depth)) else {
            return None;
        };
        let (Some(last), first) = (nodes.pop(), nodes.pop()) else { return None };
        let Some(first) = first else {
            return matches!(token, Token::Bang).then(|| Node::Not(Box::new(last)));
        };
        let operands = Box::new([first, last]);
        Some(match name {
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

    /// Returns what the fields and methods behind a dot make of `receiver`.
    fn chain(&mut self, mut receiver: Node, mut rest: &Expr, depth: usize) -> Option<Node> {
        let mut path = Path::root();
        loop {
            let (part, behind) = match rest {
                Expr::Dot(parts, flags, _) if *flags == ASTFlags::empty() => (&parts.lhs, Some(&parts.rhs)),
                last => (last, None),
            };
            match (part, &receiver) {
                (Expr::Property(property, _), Node::Item) => {
                    path = path.join(Step::Name(property.2.to_string().into()));
                }
                (Expr::MethodCall(call, _), _) => {
                    if !path.is_empty() {
                        receiver = self.field(std::mem::replace(&mut path, Path::root()));
                    }
                    receiver = self.method(receiver, call, depth)?;
                }
                _ => return None,
            }
            match behind {
                Some(behind) => rest = behind,
                None if path.is_empty() => return Some(receiver),
                None => return Some(self.field(path)),
            }
        }
    }

    fn field(&mut self, path: Path) -> Node {
        let known = self.fields.iter().position(|known| *known == path);
        Node::Field(known.unwrap_or_else(|| {
            self.fields.push(path);
            self.fields.len() - 1
        }))
    }

    /// Returns the call of a method of a single value.
    fn method(&mut self, this: Node, call: &FnCallExpr, depth: usize) -> Option<Node> {
        let name = call.name.as_str();
        if !self.is_free(name) {
            return None;
        }
        let inner = Box::new(this);
        if let [other] = &call.args[..] {
            let test: fn(&str, &str) -> bool = match name {
                "starts_with" => |text, part| text.starts_with(part),
                "ends_with" => |text, part| text.ends_with(part),
                "contains" => |text, part| text.contains(part),
                _ => return None,
            };
            return Some(Node::TextTest(test, Box::new([*inner, self.node(other, depth + 1)?])));
        }
        Some(match name {
            _ if !call.args.is_empty() => return None,
            "len" => Node::TextLen(inner),
            "to_lowercase" => Node::Text(str::to_lowercase, inner),
            "to_uppercase" => Node::Text(str::to_uppercase, inner),
            "trim" => Node::Text(|text| text.trim().to_owned(), inner),
            "is_some" => Node::IsSome(true, inner),
            "is_none" => Node::IsSome(false, inner),
            _ => return None,
        })
    }

    /// Returns whether no function of the session has this name.
    fn is_free(&self, name: &str) -> bool {
        (0..4).all(|params| self.caller.script_fn(name, params).is_none())
    }
}
