//! Menus, forms, answers and questions over the rows, and the line in which the user types.

use manhole_protocol::methods::{Description, MethodInfo, ValueKind, VariantInfo};
use tui_input::Input;

use super::form::Form;
use super::requests::UserJob;

/// The meaning of keys.
pub(super) enum Mode {
    Browse,
    Typing(Typing),
    Menu(Menu),
    Form(Form),
    Answer(Answer),
    /// A path that can be selected with the mouse of the terminal.
    Path(String),
    Confirm(Confirm),
}

/// A line in which the user types.
pub(super) struct Typing {
    pub(super) label: String,
    pub(super) input: Input,
    pub(super) purpose: TypingPurpose,
}

pub(super) enum TypingPurpose {
    /// Searches the rows.
    Search,
    /// Filters a collection in the application.
    Filter(Collection),
    /// Filters the table.
    FilterTable,
    /// Opens a key of the value, or a path.
    Jump(Option<(String, ValueKind)>),
    /// Writes a new value for the path.
    Edit(String),
    /// Saves the value at the path.
    Save(String),
}

/// A collection to filter.
#[derive(Clone)]
pub(super) struct Collection {
    pub(super) path: String,
    pub(super) kind: ValueKind,
    pub(super) has_char_keys: bool,
}

/// A question, and what happens after y.
pub(super) struct Confirm {
    pub(super) question: String,
    pub(super) job: UserJob,
}

/// A text that the user reads.
pub(super) struct Answer {
    pub(super) title: String,
    pub(super) text: String,
    /// The first line on the screen.
    pub(super) top: usize,
}

/// A list of which the user chooses one.
pub(super) struct Menu {
    pub(super) title: String,
    pub(super) items: Vec<MenuItem>,
    pub(super) selected: usize,
    pub(super) path: String,
}

pub(super) struct MenuItem {
    pub(super) label: String,
    pub(super) doc: String,
    pub(super) choice: Choice,
}

pub(super) enum Choice {
    /// Calls a method.
    Method(MethodInfo),
    /// Writes a variant with fields, which are typed.
    Variant(String, VariantInfo),
    /// Writes a value.
    Value(String),
    /// Types the value.
    Type,
}

impl Menu {
    /// Returns the methods of a value. `None` if there are none.
    pub(super) fn of_methods(path: String, description: Description) -> Option<Self> {
        let items: Vec<_> = description
            .methods
            .into_iter()
            .map(|method| MenuItem {
                label: method.signature.clone(),
                doc: method.doc.clone(),
                choice: Choice::Method(method),
            })
            .collect();
        let title = format!("methods of {}", description.r#type);
        (!items.is_empty()).then_some(Self { title, items, selected: 0, path })
    }

    /// Returns the variants of an enum, or of the enum in an option. `text` is the present value.
    pub(super) fn of_variants(path: String, description: &Description, text: &str) -> Option<Self> {
        if description.variants.is_empty() {
            return None;
        }
        let whole = description.r#type.as_str();
        let is_option = whole.contains("Option<");
        let name = enum_name(whole);
        let mut items: Vec<_> = description
            .variants
            .iter()
            .map(|variant| {
                // A `Result` has no name in front of its variants.
                let full =
                    if name == "Result" { variant.name.clone() } else { format!("{name}::{}", variant.name) };
                MenuItem {
                    label: with_fields(variant),
                    doc: variant.doc.clone(),
                    choice: if variant.fields.is_empty() {
                        Choice::Value(full)
                    } else {
                        Choice::Variant(full, variant.clone())
                    },
                }
            })
            .collect();
        if is_option {
            items.insert(0, MenuItem::value("None"));
        }
        let doc = "Any expression, such as the path of another value.".to_owned();
        items.push(MenuItem { label: "type it…".to_owned(), doc, choice: Choice::Type });
        let present =
            text.split(|char: char| !char.is_alphanumeric() && char != '_').find(|word| *word != "Some");
        let is_present = |item: &MenuItem| item.label.split([' ', '(']).next() == present;
        let selected = items.iter().position(is_present).unwrap_or_default();
        Some(Self { title: format!("{path} ="), items, selected, path })
    }

    /// Returns true and false, of which the other value is selected.
    pub(super) fn of_bool(path: String, text: &str) -> Self {
        let selected = usize::from(text == "true");
        let mut items = vec![MenuItem::value("true"), MenuItem::value("false")];
        if text.starts_with("Some(") || text == "None" {
            items.push(MenuItem::value("None"));
        }
        Self { title: format!("{path} ="), items, selected, path }
    }
}

impl MenuItem {
    fn value(value: &str) -> Self {
        Self { label: value.to_owned(), doc: String::new(), choice: Choice::Value(value.to_owned()) }
    }
}

/// Returns the name of the enum in a type such as `Mutex<Option<Mode>>`.
fn enum_name(type_name: &str) -> &str {
    let mut name = type_name;
    // The wrappers have one argument; `Result<u8>` is an enum.
    while let Some((outer, inner)) = name.split_once('<') {
        if outer == "Result" {
            return outer;
        }
        let is_wrapper = ["Option", "Mutex", "RwLock", "Arc", "Rc", "Box", "RefCell", "Cell", "OnceLock"];
        if !is_wrapper.contains(&outer) {
            return outer;
        }
        name = inner.strip_suffix('>').unwrap_or(inner);
    }
    name
}

/// Returns a variant with the types of its fields: `Busy { job: u32 }`, `Failed(String, u8)`.
fn with_fields(variant: &VariantInfo) -> String {
    let is_tuple =
        variant.fields.iter().any(|field| field.name.starts_with(|first: char| first.is_ascii_digit()));
    let fields = variant.fields.iter().map(|field| match is_tuple {
        true => field.r#type.clone(),
        false => format!("{}: {}", field.name, field.r#type),
    });
    let fields = fields.collect::<Vec<_>>().join(", ");
    match (variant.fields.is_empty(), is_tuple) {
        (true, _) => variant.name.clone(),
        (_, true) => format!("{}({fields})", variant.name),
        (_, false) => format!("{} {{ {fields} }}", variant.name),
    }
}

#[cfg(test)]
mod tests {
    use manhole_protocol::methods::FieldInfo;

    use super::*;

    #[test]
    fn a_menu_has_the_variants_with_their_fields() {
        let field = |name: &str, ty: &str| FieldInfo {
            name: name.to_owned(),
            r#type: ty.to_owned(),
            doc: String::new(),
            readonly: false,
            secret: false,
            level: "observe".to_owned(),
        };
        let variant = |name: &str, fields| VariantInfo { name: name.to_owned(), doc: String::new(), fields };
        let mut description = Description::new(
            "a.mode".to_owned(),
            "Mutex<Option<Mode>>".to_owned(),
            ValueKind::Enum,
            String::new(),
        );
        description.variants = vec![
            variant("Idle", Vec::new()),
            variant("Busy", vec![field("job", "u32")]),
            variant("Failed", vec![field("0", "String"), field("1", "u8")]),
        ];
        let menu = Menu::of_variants("a.mode".to_owned(), &description, "Some(Busy { job: 3 })").unwrap();
        let labels: Vec<_> = menu.items.iter().map(|item| item.label.as_str()).collect();
        assert_eq!(labels, ["None", "Idle", "Busy { job: u32 }", "Failed(String, u8)", "type it…"]);
        assert_eq!(menu.selected, 2);
        assert!(matches!(&menu.items[1].choice, Choice::Value(code) if code == "Mode::Idle"));
        assert_eq!(enum_name("Result<u8>"), "Result");
    }
}
