//! What is known of a type, for programs: the same as the help says to people.

use manhole_protocol::method::{Description, FieldInfo, MethodInfo, ValueKind, VariantInfo};

use super::inspect::kind;
use crate::engine::evaluator::engine_template::EngineTemplate;
use crate::reflect;
use crate::reflect::{TypeInfo, TypeKind};

/// The names of the application.
pub(crate) fn namespace(language: &EngineTemplate) -> Description {
    let mut description =
        Description::new(String::new(), String::new(), ValueKind::Namespace, language.name.clone());
    description.fields = language
        .described_roots()
        .map(|(name, info, level, doc)| FieldInfo {
            name: name.to_owned(),
            r#type: info.to_string(),
            doc: doc.to_owned(),
            readonly: false,
            secret: false,
            level: level.to_string(),
        })
        .collect();
    description.methods = language.described_functions().map(function).collect();
    description
}

/// The function called `name`, if there is one.
pub(crate) fn function_named(language: &EngineTemplate, name: &str) -> Option<Description> {
    let found = language.described_functions().find(|(known, ..)| *known == name)?;
    let mut description =
        Description::new(name.to_owned(), found.1.clone(), ValueKind::Other, found.3.to_owned());
    description.methods = vec![function(found)];
    Some(description)
}

fn function((name, signature, level, doc): (&str, String, reflect::Level, &str)) -> MethodInfo {
    MethodInfo { name: name.to_owned(), signature, doc: doc.to_owned(), level: level.to_string() }
}

/// The type of what is at `path`: `whole` with the locks and options around it, `info` without.
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
