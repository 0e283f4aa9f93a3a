//! Tests that `schema.json` and `PROTOCOL.md` match the types.

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

use crate::methods::{self, Method, Notification};
use crate::{Data, Error, ErrorKind};

impl JsonSchema for Data {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Data".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let data = generator.subschema_for::<Self>();
        let tagged = |tag: &str, value: Value| json!({ "type": "object", "properties": { tag: value }, "required": [tag], "additionalProperties": false });
        json_schema!({
            "description": "A value of the application.",
            "anyOf": [
                { "type": ["null", "boolean", "number", "string"] },
                { "type": "array", "items": data },
                { "type": "object", "propertyNames": { "pattern": "^([^$]|$)" }, "additionalProperties": data },
                tagged("$int", json!({ "type": "string", "pattern": "^-?[0-9]+$" })),
                tagged("$float", json!({ "enum": ["NaN", "inf", "-inf"] })),
                tagged("$bytes", json!({ "type": "string", "pattern": "^([0-9a-fA-F]{2})*$" })),
                tagged("$map", json!({ "type": "array", "items": { "type": "array", "prefixItems": [data, data], "minItems": 2, "maxItems": 2 } })),
                tagged("$placeholder", json!({ "type": "string" })),
            ],
        })
    }
}

fn method<M: Method + JsonSchema>(generator: &mut SchemaGenerator) -> (String, Value)
where
    M::Result: JsonSchema,
{
    let (params, result) = (generator.subschema_for::<M>(), generator.subschema_for::<M::Result>());
    (M::NAME.to_owned(), json!({ "params": params, "result": result }))
}

fn notification<N: Notification + JsonSchema>(generator: &mut SchemaGenerator) -> (String, Value) {
    (N::NAME.to_owned(), json!({ "params": generator.subschema_for::<N>() }))
}

fn schema() -> Value {
    let mut generator = SchemaGenerator::default();
    let methods = [
        method::<methods::Info>(&mut generator),
        method::<methods::Identify>(&mut generator),
        method::<methods::Eval>(&mut generator),
        method::<methods::Cancel>(&mut generator),
        method::<methods::Complete>(&mut generator),
        method::<methods::Check>(&mut generator),
        method::<methods::Describe>(&mut generator),
        method::<methods::Inspect>(&mut generator),
        method::<methods::Set>(&mut generator),
        method::<methods::Call>(&mut generator),
        method::<methods::Watch>(&mut generator),
        method::<methods::Unwatch>(&mut generator),
        method::<methods::Shutdown>(&mut generator),
    ];
    let notifications = [
        notification::<methods::Print>(&mut generator),
        notification::<methods::Changed>(&mut generator),
        notification::<methods::Closed>(&mut generator),
    ];
    let error = generator.subschema_for::<Error>();
    let codes = ErrorKind::ALL.map(|kind| (serde_json::to_value(kind).unwrap(), kind.code()));
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": format!("The manhole protocol, version {}", crate::VERSION),
        "methods": methods.into_iter().collect::<serde_json::Map<_, _>>(),
        "notifications": notifications.into_iter().collect::<serde_json::Map<_, _>>(),
        "error": error,
        "codes": codes.into_iter().map(|(kind, code)| (kind.as_str().unwrap().to_owned(), json!(code))).collect::<serde_json::Map<_, _>>(),
        "$defs": generator.take_definitions(true),
    });
    without_examples(schema)
}

/// Cuts descriptions before their first example, which is Rust code.
fn without_examples(schema: Value) -> Value {
    match schema {
        Value::String(text) => Value::String(text.split("\n\n```").next().unwrap_or_default().to_owned()),
        Value::Array(items) => items.into_iter().map(without_examples).collect(),
        Value::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, value)| (name, without_examples(value))).collect())
        }
        other => other,
    }
}

#[test]
fn the_schema_matches_the_types() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/schema.json");
    let text = serde_json::to_string_pretty(&schema()).unwrap() + "\n";
    if std::env::var_os("UPDATE_SCHEMA").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        written == text,
        "schema.json does not match the types; help: run UPDATE_SCHEMA=1 cargo test -p manhole-protocol"
    );
}

#[test]
fn the_document_names_all_methods_and_fields() {
    let document = include_str!("../PROTOCOL.md");
    let schema = schema();
    let names = |part: &str| schema[part].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    for name in [names("methods"), names("notifications")].concat() {
        assert!(document.contains(&format!("### `{name}`")), "{name}");
    }
    for kind in ErrorKind::ALL {
        let code = kind.code().to_string().replace('-', "−");
        assert!(document.contains(&format!("| {code} |")), "{code}");
    }
    for (name, definition) in schema["$defs"].as_object().unwrap() {
        for field in definition["properties"].as_object().into_iter().flat_map(|fields| fields.keys()) {
            assert!(document.contains(&format!("`{field}`")), "{name}.{field}");
        }
    }
}
