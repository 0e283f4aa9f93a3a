//! What a translation knows of the variables and loops of a text.

/// A loop around the cursor.
#[derive(Debug, Default)]
pub(super) struct Loop<'a> {
    pub(super) label: Option<&'a str>,
    /// Whether something can be written behind it: it is no part of an expression.
    pub(super) is_statement: bool,
    /// The variable of a loop that is left by a label from a loop in it.
    pub(super) variable: Option<String>,
    /// The loops around this one that are left from it by a label, by their positions.
    pub(super) left: Vec<usize>,
}

/// A variable of the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Local<'a> {
    pub(super) name: &'a str,
    pub(super) kind: LocalKind,
}

/// What a variable is in Rust.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum LocalKind {
    #[default]
    Value,
    /// A mutable reference to a part of another value: `for x in list.iter_mut()`.
    Reference,
    /// A variable that a function shares with its caller: the state of `scan`.
    Shared,
    /// An iterator that its methods use up.
    Iterator,
    /// Another name of a place: the index of its [`Alias`].
    Alias(usize),
}

/// The place that a variable is another name of: a variable or root, or a part of it.
#[derive(Debug, Clone)]
pub(super) struct Alias {
    /// The expression for what the part belongs to.
    pub(super) variable: String,
    pub(super) part: AliasPart,
    /// Whether it belongs to the application.
    pub(super) is_live: bool,
}

/// The part of a value that another name refers to.
#[derive(Debug, Clone)]
pub(super) enum AliasPart {
    Whole,
    /// The root with this name, which is a single value.
    Root(String),
    /// The item with the key in this variable.
    Item(String),
    /// The field with this name, or the part of a tuple at this position.
    Field(String),
}

impl Alias {
    /// Returns the expression for the place.
    pub(super) fn place(&self) -> String {
        let Self { variable, part, .. } = self;
        match part {
            AliasPart::Whole | AliasPart::Root(_) => variable.clone(),
            AliasPart::Item(key) => format!("{variable}[{key}]"),
            AliasPart::Field(name) if name.starts_with(|first: char| first.is_ascii_digit()) => {
                // What a function returns for a variable is a copy.
                if self.is_live {
                    format!("__item({variable}, {name})")
                } else {
                    format!("{variable}[{name}]")
                }
            }
            AliasPart::Field(name) => format!("{variable}.{name}"),
        }
    }

    /// Returns the statement that assigns to the place.
    pub(super) fn assignment(&self, value: &str) -> String {
        let Self { variable, part, .. } = self;
        match part {
            AliasPart::Whole => format!("{variable} = {value};"),
            AliasPart::Root(name) => format!("__assign_root(\"{name}\", {value});"),
            AliasPart::Item(key) => format!("{variable}.__assign_at({key}, {value});"),
            AliasPart::Field(name) => format!("{variable}.__assign(\"{name}\", {value});"),
        }
    }

    /// Returns a part of the place.
    pub(super) fn step(&self, part: AliasPart) -> Self {
        Self { variable: self.place(), part, is_live: self.is_live }
    }
}
