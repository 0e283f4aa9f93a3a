//! Requests and responses, with their bodies if these can be shown.

use super::http::{
    Extensions, HeaderMap, Method, Request, Response, StatusCode, Uri, Version, request, response,
};
use crate::reflect::impls::computed_fields::opaque;
use crate::reflect::impls::shape_macro::shape_methods;
use crate::reflect::model::{
    FieldInfo, Manhole, Struct, StructStyle, TypeInfo, TypeKind, ValueMut, ValueRef,
};

opaque! {
    [] Extensions, "Extensions";
}

/// Implements the traits for a struct whose fields are borrowed by these expressions.
macro_rules! message {
    ([$($param:ident)?] $ty:ty, $name:literal, |$this:ident| {
        $($field:ident: $kind:ty = $shared:expr, $exclusive:expr;)+
    }) => {
        impl<$($param: Manhole)?> Manhole for $ty {
            fn type_info() -> &'static TypeInfo {
                const {
                    &TypeInfo::new($name, TypeKind::Struct(StructStyle::Named, const {
                        &[$(FieldInfo::new(stringify!($field), "", <$kind>::type_info)),+]
                    }))
                    $(.with_params(&[$param::type_info]))?
                }
            }

            shape_methods!(@read Struct);
        }

        impl<$($param: Manhole)?> Struct for $ty {
            fn field(&self, index: usize) -> Option<ValueRef<'_>> {
                let fields: &[for<'a> fn(&'a Self) -> ValueRef<'a>] = &[$(|$this| $shared),+];
                fields.get(index).map(|field| field(self))
            }

            fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
                let fields: &[for<'a> fn(&'a mut Self) -> ValueMut<'a>] = &[$(|$this| ValueMut::from($exclusive)),+];
                fields.get(index).map(|field| field(self))
            }
        }
    };
}

message!([] request::Parts, "request::Parts", |this| {
    method: Method = ValueRef::from(&this.method), &mut this.method;
    uri: Uri = ValueRef::from(&this.uri), &mut this.uri;
    version: Version = ValueRef::from(&this.version), &mut this.version;
    headers: HeaderMap = ValueRef::from(&this.headers), &mut this.headers;
});
message!([T] Request<T>, "Request", |this| {
    method: Method = ValueRef::from(this.method()), this.method_mut();
    uri: Uri = ValueRef::from(this.uri()), this.uri_mut();
    version: Version = ValueRef::owned(this.version()), this.version_mut();
    headers: HeaderMap = ValueRef::from(this.headers()), this.headers_mut();
    body: T = ValueRef::from(this.body()), this.body_mut();
});
message!([] response::Parts, "response::Parts", |this| {
    status: StatusCode = ValueRef::from(&this.status), &mut this.status;
    version: Version = ValueRef::from(&this.version), &mut this.version;
    headers: HeaderMap = ValueRef::from(&this.headers), &mut this.headers;
});
message!([T] Response<T>, "Response", |this| {
    status: StatusCode = ValueRef::owned(this.status()), this.status_mut();
    version: Version = ValueRef::owned(this.version()), this.version_mut();
    headers: HeaderMap = ValueRef::from(this.headers()), this.headers_mut();
    body: T = ValueRef::from(this.body()), this.body_mut();
});
