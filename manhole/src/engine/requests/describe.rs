//! Descriptions of types for clients: the same facts as in the help.

use manhole_protocol::methods::{Description, FieldInfo, MethodInfo, ValueKind, VariantInfo};

use super::inspect::kind;
use crate::engine::live::{FunctionInfo, Program};
use crate::reflect;
use crate::reflect::{TypeInfo, TypeKind};

/// Describes the namespace.
pub(crate) fn namespace(program: &Program) -> Description {
    let mut description =
        Description::new(String::new(), String::new(), ValueKind::Namespace, program.name.clone());
    description.fields = program
        .root_infos()
        .chain(program.builtin_root_infos())
        .map(|root| FieldInfo {
            name: root.name.to_owned(),
            r#type: root.info.to_string(),
            doc: root.doc.to_owned(),
            readonly: false,
            secret: false,
            level: root.level.to_string(),
        })
        .collect();
    description.methods = program.function_infos().map(function).collect();
    description
}

/// Describes the function `name`, if there is one.
pub(crate) fn function_named(program: &Program, name: &str) -> Option<Description> {
    let found = program.function_infos().find(|function| function.name == name)?;
    let mut description =
        Description::new(name.to_owned(), found.signature.clone(), ValueKind::Other, found.doc.to_owned());
    description.methods = vec![function(found)];
    Some(description)
}

fn function(function: FunctionInfo<'_>) -> MethodInfo {
    MethodInfo {
        name: function.name.to_owned(),
        signature: function.signature,
        doc: function.doc.to_owned(),
        level: function.level.to_string(),
    }
}

/// Describes the type of the value at `path`: `whole` with the locks and options around it, `info` without.
pub(crate) fn of_type(path: &str, whole: &TypeInfo, info: &'static TypeInfo) -> Description {
    let mut description =
        Description::new(path.to_owned(), whole.to_string(), kind(info), info.doc.to_owned());
    description.fields = info.fields().iter().map(field).collect();
    if let TypeKind::Enum(variants) = info.kind {
        description.variants = variants
            .iter()
            .map(|variant| VariantInfo {
                name: variant.name.to_owned(),
                doc: variant.doc.to_owned(),
                fields: variant.fields.iter().map(field).collect(),
            })
            .collect();
    }
    description.methods = info
        .methods
        .iter()
        .map(|method| MethodInfo {
            name: method.name.to_owned(),
            signature: method.to_string(),
            doc: method.doc.to_owned(),
            level: method.level.to_string(),
        })
        .collect();
    description
}

fn field(field: &reflect::FieldInfo) -> FieldInfo {
    FieldInfo {
        name: field.name.to_owned(),
        r#type: (field.ty)().to_string(),
        doc: field.doc.to_owned(),
        readonly: field.readonly,
        secret: field.secret,
        level: field.level.to_string(),
    }
}
