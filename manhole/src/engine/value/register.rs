//! Registering functions by their number of arguments: to the engine a function has as many parameters as a Rust closure.

/// Registers `$body` under `$name` for `$arity` arguments, which are bound to `$args` as a slice. A first parameter of a type of
/// its own may stand in the brackets.
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
                let registration = rhai::FuncRegistration::new($name).in_global_namespace();
                registration.set_into_module(
                    $module,
                    $crate::engine::value::register::by_arity!(@closure $this, $run, $params),
                );
            })*
            // The macros refuse more parameters.
            _ => {}
        }
    };
    (@closure ($($this:ident: $ty:ty)?), ($call:ident, $args:ident, $body:expr), ($($param:ident)*)) => {
        move |context: rhai::NativeCallContext<'_>, $($this: $ty,)? $($param: rhai::Dynamic),*|
            -> Result<rhai::Dynamic, Box<rhai::EvalAltResult>>
        {
            let ($call, $args) = (&context, &[$($param),*] as &[rhai::Dynamic]);
            $body
        }
    };
}

pub(crate) use by_arity;
