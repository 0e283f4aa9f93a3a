//! A form: one line for each argument of a method, or each field of a variant.

use manhole_protocol::methods::{FieldInfo, MethodInfo};
use ratatui::crossterm::event::{Event, KeyCode, KeyEvent};
use tui_input::Input;
use tui_input::backend::crossterm::EventHandler;

/// A line of a form.
#[derive(Debug, Clone)]
pub(super) struct Field {
    /// Empty if the argument has no name.
    pub(super) name: String,
    /// The type as in Rust.
    pub(super) type_name: String,
    pub(super) input: Input,
}

/// What a form builds.
#[derive(Debug, Clone)]
pub(super) enum Purpose {
    /// A call of the method at the path.
    Call { path: String, method: String, level: String },
    /// A new value for the path: the variant `name`, such as `Mode::Busy`.
    Variant { path: String, name: String, has_names: bool },
}

#[derive(Debug, Clone)]
pub(super) struct Form {
    pub(super) title: String,
    pub(super) doc: String,
    pub(super) fields: Vec<Field>,
    pub(super) active: usize,
    pub(super) purpose: Purpose,
}

/// The outcome of a key.
pub(super) enum FormKey {
    Continue,
    Back,
    /// The form is complete: the arguments as source.
    Done(Vec<String>),
    /// The form cannot be used yet; the error says why.
    Wrong(String),
}

impl Form {
    /// Returns a form for the arguments of a method.
    pub(super) fn of_method(path: &str, method: &MethodInfo) -> Self {
        let fields = arguments(&method.signature).into_iter();
        Self {
            title: format!("{path}.{}", method.signature),
            doc: method.doc.clone(),
            fields: fields.map(|(name, type_name)| Field::new(name, type_name)).collect(),
            active: 0,
            purpose: Purpose::Call {
                path: path.to_owned(),
                method: method.name.clone(),
                level: method.level.clone(),
            },
        }
    }

    /// Returns a form for the fields of a variant.
    pub(super) fn of_variant(path: &str, name: String, doc: &str, fields: &[FieldInfo]) -> Self {
        let has_names =
            fields.iter().any(|field| !field.name.starts_with(|first: char| first.is_ascii_digit()));
        Self {
            title: format!("{path} = {name}"),
            doc: doc.to_owned(),
            fields: fields.iter().map(|field| Field::new(field.name.clone(), field.r#type.clone())).collect(),
            active: 0,
            purpose: Purpose::Variant { path: path.to_owned(), name, has_names },
        }
    }

    pub(super) fn key(&mut self, key: KeyEvent) -> FormKey {
        let last = self.fields.len().saturating_sub(1);
        match key.code {
            KeyCode::Esc => return FormKey::Back,
            KeyCode::Enter if self.active >= last => {
                let sources: Result<Vec<_>, _> = self.fields.iter().map(Field::source).collect();
                return sources.map_or_else(FormKey::Wrong, FormKey::Done);
            }
            KeyCode::Enter | KeyCode::Tab | KeyCode::Down => self.active = (self.active + 1).min(last),
            KeyCode::BackTab | KeyCode::Up => self.active = self.active.saturating_sub(1),
            _ => {
                if let Some(field) = self.fields.get_mut(self.active) {
                    field.input.handle_event(&Event::Key(key));
                }
            }
        }
        FormKey::Continue
    }

    /// Returns the code for the arguments.
    pub(super) fn code(&self, sources: &[String]) -> String {
        match &self.purpose {
            Purpose::Call { path, method, .. } => format!("{path}.{method}({})", sources.join(", ")),
            Purpose::Variant { name, .. } if sources.is_empty() => name.clone(),
            Purpose::Variant { name, has_names: false, .. } => format!("{name}({})", sources.join(", ")),
            Purpose::Variant { name, .. } => {
                let pairs = self.fields.iter().zip(sources);
                let pairs: Vec<_> =
                    pairs.map(|(field, source)| format!("{}: {source}", field.name)).collect();
                format!("{name} {{ {} }}", pairs.join(", "))
            }
        }
    }
}

impl Field {
    fn new(name: String, type_name: String) -> Self {
        Self { name, type_name, input: Input::default() }
    }

    /// Returns the label: the name and the type.
    pub(super) fn label(&self) -> String {
        match self.name.as_str() {
            "" => self.type_name.clone(),
            name => format!("{name}: {}", self.type_name),
        }
    }

    /// Returns what was typed as source. A string needs no quotes, and an empty option is `None`.
    fn source(&self) -> Result<String, String> {
        let typed = self.input.value();
        let bare = typed.trim();
        let type_name = self.type_name.trim_start_matches('&');
        let (type_name, is_option) = match type_name.strip_prefix("Option<") {
            Some(inner) => (inner.trim_end_matches('>').trim_start_matches('&'), true),
            None => (type_name, false),
        };
        let is_text = ["str", "String"].contains(&type_name);
        let is_quoted = bare.len() > 1 && bare.starts_with('"') && bare.ends_with('"');
        let mut chars = typed.chars();
        match chars.next() {
            _ if is_option && (bare.is_empty() || bare == "None" || bare.starts_with("Some(")) => {
                Ok(if bare.is_empty() { "None" } else { bare }.to_owned())
            }
            _ if is_text && !is_quoted => Ok(format!("{typed:?}")),
            None => Err(format!("type a value for {}", self.label())),
            Some(char) if type_name == "char" && chars.next().is_none() => Ok(format!("{char:?}")),
            Some(_) => Ok(bare.to_owned()),
        }
    }
}

/// Returns the names and types of the arguments in a signature.
fn arguments(signature: &str) -> Vec<(String, String)> {
    let Some((_, rest)) = signature.split_once('(') else { return Vec::new() };
    let (mut parts, mut depth) = (vec![String::new()], 0_usize);
    let mut last = ' ';
    for char in rest.chars() {
        match char {
            ')' if depth == 0 => break,
            ',' if depth == 0 => {
                parts.push(String::new());
                last = char;
                continue;
            }
            '(' | '[' | '<' => depth += 1,
            // The arrow of a function type closes nothing.
            '>' if last == '-' => {}
            ')' | ']' | '>' => depth = depth.saturating_sub(1),
            _ => {}
        }
        last = char;
        if let Some(part) = parts.last_mut() {
            part.push(char);
        }
    }
    let parts = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty());
    parts
        .map(|part| match part.split_once(": ") {
            Some((name, type_name)) => (name.to_owned(), type_name.to_owned()),
            None => (String::new(), part.to_owned()),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn field(type_name: &str, typed: &str) -> Result<String, String> {
        let field = Field::new("a".to_owned(), type_name.to_owned());
        Field { input: Input::new(typed.to_owned()), ..field }.source()
    }

    #[test]
    fn a_signature_has_arguments() {
        let pairs = |signature| {
            let found: Vec<_> = arguments(signature);
            found.iter().map(|(name, ty)| format!("{name}|{ty}")).collect::<Vec<_>>()
        };
        assert_eq!(pairs("reset() -> u64"), Vec::<String>::new());
        assert_eq!(
            pairs("pay(cents: u32, by: HashMap<String, (u8, u8)>, names: &[String]) -> Option<(u8, u8)>"),
            ["cents|u32", "by|HashMap<String, (u8, u8)>", "names|&[String]"]
        );
        assert_eq!(pairs("add(u32, f: fn(u8) -> u8, c: char)"), ["|u32", "f|fn(u8) -> u8", "c|char"]);
    }

    #[test]
    fn an_argument_is_typed_as_in_rust_and_a_string_needs_no_quotes() {
        for (type_name, typed, source) in [
            ("u32", " 7 ", "7"),
            ("String", "two words", "\"two words\""),
            ("&str", "\"quoted\"", "\"quoted\""),
            ("&str", "", "\"\""),
            ("char", "x", "'x'"),
            ("char", "'x'", "'x'"),
            ("Option<String>", "", "None"),
            ("Option<String>", "x", "\"x\""),
            ("Option<u32>", "Some(3)", "Some(3)"),
            ("Mode", "Mode::Idle", "Mode::Idle"),
        ] {
            assert_eq!(field(type_name, typed), Ok(source.to_owned()), "{type_name} {typed}");
        }
        assert_eq!(field("u32", ""), Err("type a value for a: u32".to_owned()));
    }
}
