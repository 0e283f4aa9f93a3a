//! Registers Rust functions that scripts can call.

use rhai::{FuncRegistration, Module, RhaiNativeFunc, Variant};

/// Adds `function` to `module` under `name`. Scripts call it as a function and as a method.
pub(crate) fn register<A: 'static, const N: usize, const X: bool, R: Variant + Clone, const F: bool>(
    module: &mut Module,
    name: &str,
    function: impl RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
) {
    #[cfg(test)]
    REGISTERED_NAMES.with_borrow_mut(|names| names.insert(name.to_owned()));
    FuncRegistration::new(name).in_global_namespace().set_into_module(module, function);
}

#[cfg(test)]
thread_local! {
    static REGISTERED_NAMES: std::cell::RefCell<std::collections::BTreeSet<String>> = std::cell::RefCell::default();
}

/// Returns the names of all functions that this thread has registered.
#[cfg(test)]
pub(crate) fn registered_names() -> std::collections::BTreeSet<String> {
    REGISTERED_NAMES.with_borrow(Clone::clone)
}

/// Registers `$body` under `$name` for `$arity` arguments, and binds them to `$args` as a slice. The engine takes the number of
/// parameters from a closure, so there is one for each arity. The brackets may hold a first parameter with its type.
macro_rules! by_arity {
    ($arity:expr, [$($this:ident: $ty:ty)?], |$call:ident, $args:ident| $body:expr, $module:expr, $name:expr) => {
        $crate::engine::value::register::by_arity!(@match $arity, ($($this: $ty)?), ($call, $args, $body), $module, $name,
            0 () 1 (a) 2 (a b) 3 (a b c) 4 (a b c d) 5 (a b c d e) 6 (a b c d e f) 7 (a b c d e f g)
            8 (a b c d e f g h) 9 (a b c d e f g h i) 10 (a b c d e f g h i j) 11 (a b c d e f g h i j k)
            12 (a b c d e f g h i j k l) 13 (a b c d e f g h i j k l m) 14 (a b c d e f g h i j k l m n)
            15 (a b c d e f g h i j k l m n o) 16 (a b c d e f g h i j k l m n o p))
    };
    (@match $arity:expr, $this:tt, $run:tt, $module:expr, $name:expr, $($count:literal $params:tt)*) => {
        match $arity {
            $($count => {
                $crate::engine::value::register::register(
                    $module,
                    $name,
                    $crate::engine::value::register::by_arity!(@closure $this, $run, $params),
                );
            })*
            // The macros refuse more parameters.
            _ => {}
        }
    };
    (@closure ($($this:ident: $ty:ty)?), ($call:ident, $args:ident, $body:expr), ($($param:ident)*)) => {
        move |context: rhai::NativeCallContext<'_>, $($this: $ty,)? $($param: rhai::Dynamic),*|
            -> $crate::engine::value::EvalResult
        {
            let ($call, $args) = (&context, &[$($param),*] as &[rhai::Dynamic]);
            $body
        }
    };
}

pub(crate) use by_arity;
