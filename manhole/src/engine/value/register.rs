//! Registers Rust functions that scripts can call.

use std::any::TypeId;

use rhai::{
    Dynamic, EvalAltResult, FuncRegistration, Module, NativeCallContext, RhaiFunc, RhaiNativeFunc, Shared,
    Variant,
};

use super::script_error::{EvalResult, ScriptError};

/// Adds `function` to `module` under `name`. Scripts call it as a function and as a method.
pub(crate) fn register<A: 'static, const N: usize, const X: bool, R: 'static, const F: bool, Native>(
    module: &mut Module,
    name: &str,
    function: Native,
) where
    Native: RhaiNativeFunc<A, N, X, R, F> + Send + Sync + 'static,
{
    // All but this line is compiled once.
    register_raw(module, name, &Native::param_types(), function.into_rhai_function(true, false));
}

fn register_raw(module: &mut Module, name: &str, types: &[TypeId], function: RhaiFunc) {
    #[cfg(test)]
    REGISTERED_NAMES.with_borrow_mut(|names| names.insert(name.to_owned()));
    FuncRegistration::new(name).in_global_namespace().set_into_module_raw(module, types, function);
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

/// The parameters of a function whose number of parameters is known at run time. The compiler then makes one function for all of them.
#[derive(Clone, Copy)]
pub(crate) struct Signature<'a> {
    pub(crate) name: &'a str,
    /// The number of parameters, without the receiver of a method.
    pub(crate) arity: usize,
}

impl Signature<'_> {
    /// Adds `function`, which takes values of any type.
    pub(crate) fn register_function(
        self,
        module: &mut Module,
        function: impl Fn(&NativeCallContext<'_>, &[Dynamic]) -> EvalResult + Send + Sync + 'static,
    ) {
        let func = move |call: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| {
            let call = call.ok_or_else(unexpected_call)?;
            function(&call, &taken(args))
        };
        let func =
            RhaiFunc::Pure { func: Shared::new(func), has_context: true, is_pure: true, is_volatile: false };
        self.register(module, Vec::new(), func);
    }

    /// Adds `method`, which takes a receiver of this type, and values of any type.
    pub(crate) fn register_method<T: Variant + Clone>(
        self,
        module: &mut Module,
        method: impl Fn(&NativeCallContext<'_>, &mut T, &[Dynamic]) -> EvalResult + Send + Sync + 'static,
    ) {
        let func = move |call: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| {
            let call = call.ok_or_else(unexpected_call)?;
            let (this, args) = args.split_first_mut().ok_or_else(unexpected_call)?;
            let mut this = this.write_lock::<T>().ok_or_else(unexpected_call)?;
            method(&call, &mut this, &taken(args))
        };
        let func = RhaiFunc::Method {
            func: Shared::new(func),
            has_context: true,
            is_pure: true,
            is_volatile: false,
        };
        self.register(module, vec![TypeId::of::<T>()], func);
    }

    /// Adds `method`, which takes a receiver and values of any type.
    pub(crate) fn register_method_of_any(
        self,
        module: &mut Module,
        method: impl Fn(&NativeCallContext<'_>, &mut Dynamic, &[Dynamic]) -> EvalResult + Send + Sync + 'static,
    ) {
        self.register_method_for(module, &vec![TypeId::of::<Dynamic>(); self.arity + 1], method);
    }

    /// Adds `method` for these types of the receiver and the arguments. It replaces one of the engine for the same types.
    pub(crate) fn register_method_for(
        self,
        module: &mut Module,
        types: &[TypeId],
        method: impl Fn(&NativeCallContext<'_>, &mut Dynamic, &[Dynamic]) -> EvalResult + Send + Sync + 'static,
    ) {
        let func = move |call: Option<NativeCallContext<'_>>, args: &mut [&mut Dynamic]| {
            let call = call.ok_or_else(unexpected_call)?;
            let (this, args) = args.split_first_mut().ok_or_else(unexpected_call)?;
            method(&call, this, &taken(args))
        };
        let func = RhaiFunc::Method {
            func: Shared::new(func),
            has_context: true,
            is_pure: true,
            is_volatile: false,
        };
        register_raw(module, self.name, types, func);
    }

    fn register(self, module: &mut Module, mut types: Vec<TypeId>, func: RhaiFunc) {
        types.extend(std::iter::repeat_n(TypeId::of::<Dynamic>(), self.arity));
        register_raw(module, self.name, &types, func);
    }
}

/// Takes the arguments of a call, as the engine itself does.
fn taken(args: &mut [&mut Dynamic]) -> Vec<Dynamic> {
    args.iter_mut().map(|arg| std::mem::take(*arg).cast::<Dynamic>()).collect()
}

/// The error for a call that the engine never makes.
fn unexpected_call() -> Box<EvalAltResult> {
    ScriptError::new("cannot call the function: the engine passes unexpected arguments").into()
}
