//! Finds out whether a script's function may do more than return a value, so that it must run for items that are not shown.

use rhai::{AST, ASTNode, Expr, FnCallExpr, FnPtr, Module, Stmt};

use super::callback::CallbackContext;

/// How deep closures are followed.
const MAX_DEPTH: usize = 4;

/// The functions and methods that only return a value. Any other name may do more.
const HARMLESS: &[&str] = &[
    "Some",
    "__as",
    "__as_str",
    "__bytes",
    "__clone",
    "__cloned",
    "__collect",
    "__convert",
    "__duration",
    "__existing",
    "__fields",
    "__equals",
    "__float",
    "__format",
    "__inside",
    "__is_err",
    "__is_some",
    "__is_variant",
    "__item",
    "__items",
    "__keep",
    "__kept",
    "__map",
    "__pairs",
    "__parse",
    "__path",
    "__question",
    "__repeat",
    "__root",
    "__set",
    "__slice",
    "__some",
    "__struct",
    "__struct_from",
    "__time",
    "__to_vec",
    "__tuple",
    "__typed",
    "__type_of",
    "__unit",
    "__value",
    "__variant_name",
    "abs",
    "abs_diff",
    "all",
    "and_then",
    "any",
    "as_bytes",
    "as_millis",
    "as_ref",
    "as_secs",
    "as_secs_f64",
    "as_str",
    "avg",
    "bytes",
    "ceiling",
    "chars",
    "chunks",
    "clone",
    "cloned",
    "cmp",
    "collect",
    "contains",
    "contains_key",
    "copied",
    "count",
    "curry",
    "dedup",
    "elapsed",
    "ends_with",
    "enumerate",
    "exp",
    "filter",
    "filter_map",
    "find",
    "find_map",
    "first",
    "flat_map",
    "flatten",
    "floor",
    "fold",
    "get",
    "group_by",
    "in",
    "index_of",
    "int",
    "into_iter",
    "is_empty",
    "is_none",
    "is_none_or",
    "is_some",
    "is_some_and",
    "iter",
    "join",
    "key",
    "keys",
    "last",
    "len",
    "lines",
    "ln",
    "log",
    "map",
    "map_or",
    "max",
    "max_by",
    "max_by_key",
    "min",
    "min_by",
    "min_by_key",
    "nth",
    "parse",
    "parse_float",
    "parse_int",
    "partial_cmp",
    "position",
    "pow",
    "powf",
    "powi",
    "product",
    "range",
    "reduce",
    "rev",
    "round",
    "skip",
    "skip_while",
    "snapshot",
    "sort_by_key",
    "split",
    "sqrt",
    "starts_with",
    "step_by",
    "sub_string",
    "sum",
    "take",
    "take_while",
    "to_array",
    "to_debug",
    "to_degrees",
    "to_float",
    "to_int",
    "to_json",
    "to_lower",
    "to_lowercase",
    "to_radians",
    "to_string",
    "to_upper",
    "to_uppercase",
    "to_vec",
    "total_cmp",
    "trim",
    "trunc",
    "type_of",
    "unique",
    "unwrap",
    "unwrap_or",
    "unwrap_or_default",
    "unwrap_or_else",
    "values",
    "variant",
    "windows",
    "zip",
];

impl CallbackContext {
    /// Returns whether a function only returns a value, as far as its text shows.
    pub(in crate::engine::query) fn is_harmless(&self, function: &FnPtr) -> bool {
        self.is_harmless_at(function, 0)
    }

    fn is_harmless_at(&self, function: &FnPtr, depth: usize) -> bool {
        if depth > MAX_DEPTH {
            return false;
        }
        let captured = function.curry().len();
        let definitions =
            (captured..captured + 4).filter_map(|params| self.script_fn(function.fn_name(), params));
        let mut found = Module::new();
        for definition in definitions {
            found.set_script_fn(definition.clone());
        }
        // A function of an imported script is none of the command's.
        if found.is_empty() {
            return false;
        }
        AST::new([], found).walk(&mut |path: &[ASTNode<'_>]| {
            path.last().is_none_or(|node| self.is_harmless_node(node, depth))
        })
    }

    fn is_harmless_node(&self, node: &ASTNode<'_>, depth: usize) -> bool {
        match node {
            ASTNode::Stmt(Stmt::FnCall(call, _))
            | ASTNode::Expr(Expr::FnCall(call, _) | Expr::MethodCall(call, _)) => self.is_harmless_call(call),
            ASTNode::Stmt(Stmt::Assignment(_) | Stmt::Import(..) | Stmt::Export(..))
            | ASTNode::Expr(Expr::Custom(..)) => false,
            ASTNode::Expr(Expr::DynamicConstant(value, _)) => {
                value.read_lock::<FnPtr>().is_none_or(|function| self.is_harmless_at(&function, depth + 1))
            }
            _ => true,
        }
    }

    fn is_harmless_call(&self, call: &FnCallExpr) -> bool {
        let name = call.name.as_str();
        let args = call.args.len();
        call.op_token.is_some()
            || HARMLESS.contains(&name)
                && call.namespace.is_empty()
                && !self.has_application_method(name)
                && (args..args + 2).all(|params| self.script_fn(name, params).is_none())
    }
}
