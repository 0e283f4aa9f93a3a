//! Methods of a field's type that the derive names: `#[manhole(methods(close, set_nodelay))]`.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::{LazyLock, Mutex, PoisonError};

use super::methods::{argument, expect_args, finish};
use super::view_info::view_info;
use crate::reflect::model::{
    Args, CallError, CallFuture, CallOutput, Manhole, MethodInfo, Node, NodeMut, ParamInfo, Shape, ShapeMut,
    TypeInfo, TypeKind, Value, ValueError,
};

/// A method of `T`, which the console can call.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "the console cannot call this method of `{T}`",
    label = "no method with `&self` or `&mut self`, up to three arguments, and a result that it can show",
    note = "its arguments and its result are owned, and their types implement `Manhole`; it is not `async`"
)]
pub trait FieldCall<T: ?Sized>: Sync {
    fn info(&self) -> MethodInfo;

    /// Calls a method that takes `&self`.
    fn call(&self, value: &T, args: Args<'_>) -> Result<CallOutput, CallError>;

    fn call_mut(&self, value: &mut T, args: Args<'_>) -> Result<CallOutput, CallError>;
}

/// The method `function`; `A` are its receiver, its arguments and its result.
#[doc(hidden)]
pub struct FieldMethod<F, A> {
    name: &'static str,
    function: F,
    signature: PhantomData<fn() -> A>,
}

impl<F, A> FieldMethod<F, A> {
    pub const fn new(name: &'static str, function: F) -> Self {
        Self { name, function, signature: PhantomData }
    }
}

/// Implements the trait for functions that take a shared or an exclusive reference, and these arguments.
macro_rules! field_calls {
    ($(($($param:ident $index:tt),*))+) => {$(
        impl<T: ?Sized, F, R, $($param),*> FieldCall<T> for FieldMethod<F, (&'static (), ($($param,)*), R)>
        where
            F: Fn(&T, $($param),*) -> R + Sync,
            R: Manhole + Send + Sync + 'static,
            $($param: Manhole),*
        {
            fn info(&self) -> MethodInfo {
                info::<R>(self.name, vec![$($param::type_info),*])
            }

            fn call(&self, value: &T, args: Args<'_>) -> Result<CallOutput, CallError> {
                const COUNT: usize = <[&str]>::len(&[$(stringify!($param)),*]);
                expect_args(&args, COUNT)?;
                #[allow(unused_mut, unused_variables)]
                let mut args = args;
                finish((self.function)(value, $(argument::<$param>(&mut args, $index)?),*))
            }

            fn call_mut(&self, value: &mut T, args: Args<'_>) -> Result<CallOutput, CallError> {
                self.call(value, args)
            }
        }

        impl<T: ?Sized, F, R, $($param),*> FieldCall<T> for FieldMethod<F, (&'static mut (), ($($param,)*), R)>
        where
            F: Fn(&mut T, $($param),*) -> R + Sync,
            R: Manhole + Send + Sync + 'static,
            $($param: Manhole),*
        {
            fn info(&self) -> MethodInfo {
                info::<R>(self.name, vec![$($param::type_info),*]).exclusive()
            }

            fn call(&self, _value: &T, _args: Args<'_>) -> Result<CallOutput, CallError> {
                Err(CallError::NeedsExclusive)
            }

            fn call_mut(&self, value: &mut T, args: Args<'_>) -> Result<CallOutput, CallError> {
                const COUNT: usize = <[&str]>::len(&[$(stringify!($param)),*]);
                expect_args(&args, COUNT)?;
                #[allow(unused_mut, unused_variables)]
                let mut args = args;
                finish((self.function)(value, $(argument::<$param>(&mut args, $index)?),*))
            }
        }
    )+};
}

field_calls!(()(A 0)(A 0, B 1)(A 0, B 1, C 2));

/// Describes a method by the types of its arguments and its result.
fn info<R: Manhole>(name: &'static str, params: Vec<fn() -> &'static TypeInfo>) -> MethodInfo {
    let text = |info: &TypeInfo| -> &'static str { Box::leak(info.to_string().into_boxed_str()) };
    let params: Vec<_> = params.into_iter().map(|info| ParamInfo::new("", text(info()))).collect();
    let result = R::type_info().to_string();
    let result = if result == "()" { "" } else { text(R::type_info()) };
    MethodInfo::new(name, "", Box::leak(params.into_boxed_slice()), result)
}

/// How a field with methods is shown.
#[doc(hidden)]
pub trait Shown<T: 'static> {
    fn info() -> &'static TypeInfo;

    fn shape(value: &T) -> Shape<'_>;

    fn shape_mut(value: &mut T) -> ShapeMut<'_>;

    fn write(value: &mut T, new: Value<'_>) -> Result<(), ValueError>;

    fn call(value: &T, index: usize, args: Args<'_>) -> Result<CallOutput, CallError>;

    fn call_mut(value: &mut T, index: usize, args: Args<'_>) -> Result<CallOutput, CallError>;

    fn call_async<'a>(value: &'a T, index: usize, args: Args<'_>) -> Result<CallFuture<'a>, CallError>;
}

/// Shows the field by its own `Manhole`.
#[doc(hidden)]
pub struct ByManhole;

impl<T: Manhole + 'static> Shown<T> for ByManhole {
    fn info() -> &'static TypeInfo {
        T::type_info()
    }

    fn shape(value: &T) -> Shape<'_> {
        value.reflect().into_shape()
    }

    fn shape_mut(value: &mut T) -> ShapeMut<'_> {
        match value.reflect_mut().into_shape() {
            // The walk would leave the field, and with it the methods.
            ShapeMut::Shared(_) => ShapeMut::Leaf,
            shape => shape,
        }
    }

    fn write(value: &mut T, new: Value<'_>) -> Result<(), ValueError> {
        value.write(new)
    }

    fn call(value: &T, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        value.call(index, args)
    }

    fn call_mut(value: &mut T, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        value.call_mut(index, args)
    }

    fn call_async<'a>(value: &'a T, index: usize, args: Args<'_>) -> Result<CallFuture<'a>, CallError> {
        value.call_async(index, args)
    }
}

/// Shows the field by its type.
#[doc(hidden)]
pub struct ByType;

impl<T: 'static> Shown<T> for ByType {
    fn info() -> &'static TypeInfo {
        view_info::<T>("methods", || TypeKind::Opaque)
    }

    fn shape(_value: &T) -> Shape<'_> {
        Shape::Opaque
    }

    fn shape_mut(_value: &mut T) -> ShapeMut<'_> {
        ShapeMut::Leaf
    }

    fn write(_value: &mut T, _new: Value<'_>) -> Result<(), ValueError> {
        Err(ValueError::not_writable(<Self as Shown<T>>::info()))
    }

    fn call(_value: &T, _index: usize, _args: Args<'_>) -> Result<CallOutput, CallError> {
        Err(CallError::NoMethod)
    }

    fn call_mut(_value: &mut T, _index: usize, _args: Args<'_>) -> Result<CallOutput, CallError> {
        Err(CallError::NoMethod)
    }

    fn call_async<'a>(_value: &'a T, _index: usize, _args: Args<'_>) -> Result<CallFuture<'a>, CallError> {
        Err(CallError::NoMethod)
    }
}

/// The methods of a field, after those of its type.
type FieldCalls<T> = &'static [&'static dyn FieldCall<T>];

/// Describes a field of the type `T` that is shown by `S`, with its methods.
#[doc(hidden)]
pub fn methods_info<T: 'static, S: Shown<T>>(methods: FieldCalls<T>) -> &'static TypeInfo {
    type Known = HashMap<(usize, usize), &'static TypeInfo>;
    // One for each field of the application.
    static KNOWN: LazyLock<Mutex<Known>> = LazyLock::new(Mutex::default);
    let base = S::info();
    let key = (std::ptr::from_ref(base).addr(), methods.as_ptr().addr());
    if let Some(known) = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return known;
    }
    let all = base.methods.iter().copied().chain(methods.iter().map(|method| method.info()));
    let info: &'static TypeInfo =
        Box::leak(Box::new(TypeInfo { methods: Box::leak(all.collect()), ..*base }));
    KNOWN.lock().unwrap_or_else(PoisonError::into_inner).entry(key).or_insert(info)
}

/// A field with methods that the derive names.
#[doc(hidden)]
pub struct WithMethods<'a, T: 'static, S> {
    value: &'a T,
    methods: FieldCalls<T>,
    shown: PhantomData<S>,
}

impl<'a, T: 'static, S: Shown<T>> WithMethods<'a, T, S> {
    pub const fn new(value: &'a T, methods: FieldCalls<T>) -> Self {
        Self { value, methods, shown: PhantomData }
    }
}

impl<T: 'static, S: Shown<T>> Manhole for WithMethods<'_, T, S> {
    fn type_info() -> &'static TypeInfo {
        S::info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::described(methods_info::<T, S>(self.methods), S::shape(self.value))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        match index.checked_sub(S::info().methods.len()) {
            None => S::call(self.value, index, args),
            Some(index) => self.methods.get(index).ok_or(CallError::NoMethod)?.call(self.value, args),
        }
    }

    fn call_async(&self, index: usize, args: Args<'_>) -> Result<CallFuture<'_>, CallError> {
        S::call_async(self.value, index, args)
    }
}

/// A field with methods that the derive names, through an exclusive reference.
#[doc(hidden)]
pub struct WithMethodsMut<'a, T: 'static, S> {
    value: &'a mut T,
    methods: FieldCalls<T>,
    shown: PhantomData<S>,
}

impl<'a, T: 'static, S: Shown<T>> WithMethodsMut<'a, T, S> {
    pub const fn new(value: &'a mut T, methods: FieldCalls<T>) -> Self {
        Self { value, methods, shown: PhantomData }
    }
}

impl<T: 'static, S: Shown<T>> Manhole for WithMethodsMut<'_, T, S> {
    fn type_info() -> &'static TypeInfo {
        S::info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::described(methods_info::<T, S>(self.methods), S::shape(self.value))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::described(methods_info::<T, S>(self.methods), S::shape_mut(self.value))
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        S::write(self.value, value)
    }

    fn call(&self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        WithMethods::<T, S>::new(self.value, self.methods).call(index, args)
    }

    fn call_mut(&mut self, index: usize, args: Args<'_>) -> Result<CallOutput, CallError> {
        match index.checked_sub(S::info().methods.len()) {
            None => S::call_mut(self.value, index, args),
            Some(index) => self.methods.get(index).ok_or(CallError::NoMethod)?.call_mut(self.value, args),
        }
    }
}
