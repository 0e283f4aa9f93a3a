//! The generated expressions for one field.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{GenericArgument, Path, Type};

use crate::attrs::{Adapter, AttrName, CratePath};
use crate::derive::ast::Field;
use crate::derive::field_access::FieldAccess;
use crate::syntax::type_to_string::type_to_string;
use crate::syntax::type_visitor;

/// How an expression borrows the field.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Borrow {
    Shared,
    Exclusive,
}

/// Generates the expressions for one field.
///
/// The trait that the access requires of the field's type is required in one expression only: `Manhole` of the type or of a
/// function's result in [`info`](Self::info), the others in [`value_ref`](Self::value_ref) for a shared borrow. All other expressions compile for any
/// type, so that a type without the trait is one compiler error, at the span of the type.
pub(crate) struct FieldExpander<'a> {
    pub(crate) krate: &'a CratePath,
    pub(crate) field: &'a Field<'a>,
}

impl FieldExpander<'_> {
    /// Returns an expression of type `FieldInfo`.
    pub(crate) fn info(&self) -> TokenStream {
        let Self { krate, field } = self;
        let (name, doc, ty) = (&field.name.text, &field.doc, field.ty);
        if field.attrs.has(AttrName::Secret) {
            return quote!(#krate::FieldInfo::secret(#name, #doc));
        }
        let readonly = field.readonly.then(|| quote!(.readonly()));
        let level = field.attrs.has(AttrName::Admin).then(|| quote!(.from_level(#krate::Level::Admin)));
        let info = match &field.access {
            _ if !field.attrs.names(AttrName::Methods).is_empty() => {
                let (shown, methods) = (self.shown(), self.field_methods());
                let krate_here = krate.at(ty.span());
                let info = quote_spanned!(ty.span()=> #krate_here::methods_info::<#ty, #shown>);
                quote!(#krate::FieldInfo::new(#name, #doc, || #info(#methods)) #readonly)
            }
            FieldAccess::Native { .. } => {
                let krate_here = krate.at(ty.span());
                let type_info = quote_spanned!(ty.span()=> <#ty as #krate_here::Manhole>::type_info);
                quote!(#krate::FieldInfo::new(#name, #doc, #type_info) #readonly)
            }
            FieldAccess::Debug | FieldAccess::Display | FieldAccess::Opaque => {
                let type_info = self.opaque_type_info();
                quote!(#krate::FieldInfo::new(#name, #doc, || #type_info) #readonly)
            }
            FieldAccess::Serde { .. } => {
                let type_info = self.opaque_type_info();
                let writable = (!field.readonly).then(|| self.deserialize_probe(&quote!(WRITABLE)));
                let writable = writable.map_or(readonly, |writable| Some(quote!(.writable_if(#writable))));
                quote!(#krate::FieldInfo::new(#name, #doc, || #type_info) #writable)
            }
            FieldAccess::Function { get, .. } => {
                let getter = self.getter(&quote!(Getter), get);
                quote!(#krate::FieldInfo::new(#name, #doc, #getter.info) #readonly)
            }
            FieldAccess::Remote(local) => {
                let krate_here = krate.at(local.span());
                let info = quote_spanned!(local.span()=> #krate_here::remote_info::<#local, #ty>);
                quote!(#krate::FieldInfo::new(#name, #doc, #info) #readonly)
            }
            FieldAccess::Items { .. } => {
                let viewer = self.items_viewer();
                let info = quote!(|| {
                    use #krate::NoViewerInfo as _;
                    #krate::ViewerInfo::<#ty, _>::new(&#viewer).info()
                });
                quote!(#krate::FieldInfo::new(#name, #doc, #info) #readonly)
            }
        };
        quote!(#info #level)
    }

    /// Returns an expression of type `Option<ValueRef>` or `Option<ValueMut>` for the field that `reference` borrows. An exclusive
    /// borrow of a [view](Field::is_view) has no such expression.
    pub(crate) fn value_ref(&self, borrow: Borrow, reference: &TokenStream) -> TokenStream {
        let Self { krate, field } = self;
        let ty = field.ty;
        let krate_here = krate.at(ty.span());
        let exclusive = borrow == Borrow::Exclusive;
        let reference = &match borrow {
            _ if !field.is_lent || field.takes_whole() => reference.clone(),
            Borrow::Shared => quote!((&**#reference)),
            Borrow::Exclusive => quote!((&mut **#reference)),
        };
        match &field.access {
            _ if !field.attrs.names(AttrName::Methods).is_empty() => {
                let (shown, methods) = (self.shown(), self.field_methods());
                let view = if exclusive { quote!(WithMethodsMut) } else { quote!(WithMethods) };
                self.owned(borrow, &quote!(#krate::#view::<'_, #ty, #shown>::new(#reference, #methods)))
            }
            FieldAccess::Native { validate } => {
                let value = self.native_value(borrow, reference);
                let Some(validate) = validate else { return value };
                let validated = if exclusive { quote!(validated_mut) } else { quote!(validated) };
                let check = self.validated_value(validate);
                quote!(#krate::#validated(#value, |__value| ::core::result::Result::map(#check, ::core::mem::drop)))
            }
            FieldAccess::Opaque => {
                let type_info = self.opaque_type_info();
                self.owned(borrow, &quote!(#krate::TextValue::opaque(#type_info)))
            }
            FieldAccess::Remote(local) => {
                let value = if exclusive { quote!(value_mut) } else { quote!(value) };
                quote!({
                    use #krate::NoRemote as _;
                    <#krate::RemoteProbe<#local, #ty>>::#value(#reference)
                })
            }
            FieldAccess::Items { .. } => {
                let viewer = self.items_viewer();
                let is_direct = peel(ty.0).0 == 0;
                match (borrow, is_direct) {
                    (Borrow::Shared, true) => {
                        let adapter = self.items_adapter(ty.0);
                        quote_spanned!(ty.span()=> #krate_here::Items::<'_, _, _>::value(#reference, #adapter))
                    }
                    (Borrow::Shared, false) => {
                        quote_spanned!(ty.span()=> #krate_here::AroundView::<'_, _, _>::value_ref(#reference, #viewer))
                    }
                    (Borrow::Exclusive, true) => quote!({
                        use #krate::NoItemsMut as _;
                        #krate::ItemsMut::<'_, _, _>::new(#reference, #viewer).value()
                    }),
                    (Borrow::Exclusive, false) => quote!({
                        use #krate::NoView as _;
                        #krate::AroundView::<'_, _, _>::unchecked(&*#reference, #viewer).value()
                    }),
                }
            }
            FieldAccess::Display => {
                let type_info = self.opaque_type_info();
                let text = quote_spanned!(ty.span()=> #krate_here::TextValue::display::<#ty>);
                self.owned(borrow, &quote!(#text(#reference, #type_info)))
            }
            FieldAccess::Debug => {
                let type_info = self.opaque_type_info();
                let text = quote_spanned!(ty.span()=> #krate_here::TextValue::debug::<#ty>);
                self.unless_hidden(borrow, &quote!(#text(#reference, #type_info)))
            }
            FieldAccess::Serde { .. } => {
                let type_info = self.opaque_type_info();
                let read = quote_spanned!(ty.span()=> #krate_here::serde::SerdeView::new::<#ty>);
                let value = if exclusive {
                    let deserialize = self.deserialize();
                    let read = self.serialize_probe();
                    let read = quote!(|__field: &#ty| #read(__field, #type_info));
                    quote!(#krate::serde::SerdeEdit::new(#reference, #read, #deserialize))
                } else {
                    quote!(#read(#reference, #type_info))
                };
                self.unless_hidden(borrow, &value)
            }
            FieldAccess::Function { get, set } => {
                let getter = self.getter(&quote!(GetterProbe), get);
                let value = match set.as_ref().filter(|_| exclusive) {
                    Some(set) => {
                        let setter = self.setter(set);
                        quote!(settable(#reference, #setter))
                    }
                    None => quote!(value_ref(#reference)),
                };
                quote!({
                    use #krate::NotGetter as _;
                    #getter.getter().#value
                })
            }
        }
    }

    /// Returns an expression that constructs the field at `index` from the local `__fields`.
    pub(crate) fn construct(&self, index: usize) -> TokenStream {
        let Self { krate, field } = self;
        let ty = field.ty;
        let construct = match &field.access {
            FieldAccess::Serde { .. } => self.deserialize(),
            FieldAccess::Native { validate: Some(validate) } => {
                let value = self.validated_value(validate);
                quote!(|__value| #value)
            }
            _ => quote!(<#krate::FieldProbe<#ty>>::from_value),
        };
        quote!(#krate::FieldValues::take(&mut __fields, #index, #construct)?)
    }

    /// Returns an expression that converts the local `__value` to the field's type, and validates it.
    fn validated_value(&self, validate: &Path) -> TokenStream {
        let (krate, ty) = (self.krate, self.field.ty);
        let validator = self.validator(validate);
        quote!(#krate::validate(<#krate::FieldProbe<#ty>>::from_value(__value)?, #validator))
    }

    /// Returns the field that `reference` borrows in the option that `borrow` leads to.
    fn native_value(&self, borrow: Borrow, reference: &TokenStream) -> TokenStream {
        let (krate, ty) = (self.krate, self.field.ty);
        let (value_ref, value) = match borrow {
            Borrow::Shared => (quote!(ValueRef), quote!(value)),
            Borrow::Exclusive => (quote!(ValueMut), quote!(value_mut)),
        };
        quote! {
            ::core::option::Option::Some(
                #krate::#value_ref::Borrowed(<#krate::FieldProbe<#ty>>::#value(#reference)),
            )
        }
    }

    /// Returns `value` as an owned value in the option that `borrow` leads to.
    fn owned(&self, borrow: Borrow, value: &TokenStream) -> TokenStream {
        let krate = self.krate;
        let value_ref = match borrow {
            Borrow::Shared => quote!(#krate::ValueRef),
            Borrow::Exclusive => quote!(#krate::ValueMut),
        };
        quote!(::core::option::Option::Some(#value_ref::owned(#value)))
    }

    /// Returns `value`, or a placeholder if the field's type implements `Manhole` with hidden fields. `Debug` and `Serialize`
    /// are mostly derived and would reveal them.
    fn unless_hidden(&self, borrow: Borrow, value: &TokenStream) -> TokenStream {
        let (krate, ty, type_info) = (self.krate, self.field.ty, self.opaque_type_info());
        let hidden = self.owned(borrow, &quote!(#krate::TextValue::hidden(#type_info)));
        let value = self.owned(borrow, value);
        quote! {{
            use #krate::NoHiddenFields as _;
            if #krate::HidesFieldsProbe::<#ty>::TYPE.has_hidden_fields() {
                #hidden
            } else {
                #value
            }
        }}
    }

    /// Returns the `TypeInfo` of a type that has none: only its name, as written.
    fn opaque_type_info(&self) -> TokenStream {
        let krate = self.krate;
        let name = type_to_string(self.field.ty.0.to_token_stream(), "Self");
        quote!(const { &#krate::TypeInfo::new(#name, #krate::TypeKind::Opaque) })
    }

    /// Returns `item` of the type's `Deserialize` probe. Types that implement `Deserialize` have an inherent item, which takes
    /// precedence over that of the trait.
    fn deserialize_probe(&self, item: &TokenStream) -> TokenStream {
        let (krate, ty) = (self.krate, self.field.ty);
        quote!({
            use #krate::serde::NotDeserializable as _;
            <#krate::serde::DeserializeProbe<#ty>>::#item
        })
    }

    /// Returns the function that serializes the field, or for a type without `Serialize` one that never runs.
    fn serialize_probe(&self) -> TokenStream {
        let (krate, ty) = (self.krate, self.field.ty);
        quote!({
            use #krate::serde::NotSerializable as _;
            <#krate::serde::SerializeProbe<#ty>>::view
        })
    }

    /// Returns a closure that deserializes and validates a value.
    fn deserialize(&self) -> TokenStream {
        let krate = self.krate;
        let deserialize = self.deserialize_probe(&quote!(make(__value)));
        let validate = match &self.field.access {
            FieldAccess::Serde { validate: Some(validate) } => {
                let validator = self.validator(validate);
                quote!(.and_then(|__made| #krate::validate(__made, #validator)))
            }
            _ => TokenStream::new(),
        };
        quote!(|__value: #krate::Value<'_>| #deserialize #validate)
    }

    /// Returns how a field with `methods` is shown.
    fn shown(&self) -> TokenStream {
        let krate = self.krate;
        match self.field.access {
            FieldAccess::Opaque => quote!(#krate::ByType),
            _ => quote!(#krate::ByManhole),
        }
    }

    /// Returns an expression of the methods that `methods` names.
    fn field_methods(&self) -> TokenStream {
        let (krate, ty) = (self.krate, self.field.ty);
        let methods = self.field.attrs.names(AttrName::Methods).iter().map(|name| {
            let text = name.unraw().to_string();
            let krate_here = krate.at(name.span());
            quote_spanned!(name.span()=> const { &#krate_here::FieldMethod::new(#text, <#ty>::#name) } as &dyn #krate_here::FieldCall<#ty>)
        });
        quote!(const { &[#(#methods),*] })
    }

    /// Returns an expression of the viewer of a field that is seen by its items, behind its pointers and locks.
    fn items_viewer(&self) -> TokenStream {
        let krate = self.krate;
        let (depth, collection) = peel(self.field.ty.0);
        let adapter = self.items_adapter(collection);
        let viewer = quote!({
            use #krate::FixedItems as _;
            #krate::ItemsViewer::<#collection, _>::new(#adapter).with_items().with_removal()
        });
        (0..depth).fold(viewer, |viewer, _| quote!(#krate::Behind::new(#viewer)))
    }

    /// Returns an expression of the adapter for the items of a collection of the type `ty`.
    fn items_adapter(&self, ty: &Type) -> TokenStream {
        let krate = self.krate;
        let FieldAccess::Items { keys, values, get } = &self.field.access else { return TokenStream::new() };
        let part = |adapter: &Option<Adapter>| match adapter {
            None => quote!(#krate::Native),
            Some(Adapter::Debug) => {
                let hidden = self.hides_fields(ty);
                quote!(#krate::AsDebug::new(#hidden))
            }
            Some(Adapter::Display) => quote!(#krate::AsDisplay::new(false)),
            Some(Adapter::Opaque) => quote!(#krate::AsOpaque::new(false)),
            Some(Adapter::Remote(path)) => quote_spanned!(path.span()=> #krate::AsRemote::<#path>::NEW),
            Some(Adapter::Get(path)) => {
                let krate_here = krate.at(path.span());
                quote_spanned!(path.span()=> #krate_here::AsResult::new(|__part| #path(__part)))
            }
        };
        let (keys, values) = (part(keys), part(values));
        let by_key = get.as_ref().map(|path| quote_spanned!(path.span()=> .by_key(#path)));
        // At the type, where an item without the trait of its adapter is an error.
        quote_spanned!(ty.span()=> {
            use #krate::{PairsProbe as _, SinglesProbe as _};
            (&&<#krate::ItemsProbe<'_, #ty>>::NEW).items(#keys, #values) #by_key
        })
    }

    /// Returns an expression for whether a type inside `ty` implements `Manhole` with hidden fields, which `Debug` would reveal.
    fn hides_fields(&self, ty: &Type) -> TokenStream {
        let krate = self.krate;
        let mut probes = Vec::new();
        type_visitor::visit_types(ty, &mut |inside| {
            if matches!(inside, Type::Path(_)) {
                probes.push(quote!(|| #krate::HidesFieldsProbe::<#inside>::TYPE.has_hidden_fields()));
            }
            true
        });
        quote!({
            use #krate::NoHiddenFields as _;
            false #(#probes)*
        })
    }

    // The author's functions are called in closures, so that a reference to the field coerces to their parameter's type, such as
    // `&String` to `&str`.

    fn getter(&self, wrapper: &TokenStream, path: &Path) -> TokenStream {
        let (ty, krate_here) = (self.field.function_type(), self.krate.at(path.span()));
        quote_spanned!(path.span()=> #krate_here::#wrapper::new(|__field: &#ty| #path(__field)))
    }

    fn setter(&self, path: &Path) -> TokenStream {
        let (ty, krate_here) = (self.field.function_type(), self.krate.at(path.span()));
        quote_spanned! {path.span()=>
            #krate_here::Setter::new(|__field: &mut #ty, __value| #path(__field, __value))
        }
    }

    fn validator(&self, path: &Path) -> TokenStream {
        let ty = self.field.ty;
        quote_spanned!(path.span()=> |__value: &#ty| #path(__value))
    }
}

/// The pointers and locks around a collection whose items are shown.
const AROUND: &[&str] = &["Arc", "Box", "Mutex", "Rc", "RefCell", "RwLock"];

/// Returns the number of pointers and locks around the collection in a type, and the type of the collection.
fn peel(ty: &Type) -> (usize, &Type) {
    let mut found = (0, ty);
    loop {
        let path = match found.1 {
            Type::Reference(ty) if ty.mutability.is_none() => {
                found = (found.0 + 1, &ty.elem);
                continue;
            }
            Type::Path(path) => path,
            _ => break,
        };
        let mut arguments = type_visitor::generic_arguments(&path.path);
        let is_around =
            path.path.segments.last().is_some_and(|last| AROUND.iter().any(|name| last.ident == name));
        match (is_around, arguments.next(), arguments.next()) {
            (true, Some(GenericArgument::Type(inner)), None) => found = (found.0 + 1, inner),
            _ => break,
        }
    }
    found
}
