//! Holds the functions and types that generated code uses: field adapters, construction of values, methods, serde.
//! Uses `model`, `text`, of `walk` the rules of calls, and of `ops` the conversion of a returned value.

mod around;
mod construct;
mod field_adapter;
mod field_methods;
mod field_probe;
mod items;
mod methods;
mod remote;
mod validated;
mod view_info;

#[cfg(feature = "serde")]
#[doc(hidden)]
pub mod serde;

pub use around::{AroundView, Behind, NoView, NoViewerInfo, ViewerInfo};
pub use construct::FieldValues;
#[cfg(feature = "console")]
pub(crate) use construct::check_struct_type;
pub(crate) use construct::convert_key;
pub(crate) use field_adapter::format_text;
pub use field_adapter::{
    Getter, GetterProbe, HidesFieldsProbe, NoHiddenFields, NotGetter, Setter, SetterResult, TextValue,
    read_only,
};
pub use field_methods::{
    ByManhole, ByType, FieldCall, FieldMethod, WithMethods, WithMethodsMut, methods_info,
};
pub use field_probe::{FieldProbe, NotManhole};
pub use items::{
    AsDebug, AsDisplay, AsOpaque, AsRemote, AsResult, FixedItems, Items, ItemsMut, ItemsProbe, ItemsViewer,
    Native, NoItemsMut, PairsProbe, SinglesProbe,
};
pub use methods::{Methods, NoMethods, argument, expect_args, finish};
pub use remote::{Foreign, NoRemote, RemoteProbe, remote_info};
pub use validated::{validate, validated, validated_mut};
