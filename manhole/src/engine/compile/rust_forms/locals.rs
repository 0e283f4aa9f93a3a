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

/// The place that a variable is another name of: a variable, or a part of it.
#[derive(Debug, Clone)]
pub(super) struct Alias {
    pub(super) variable: String,
    pub(super) part: AliasPart,
}

/// The part of a variable that another name refers to.
#[derive(Debug, Clone)]
pub(super) enum AliasPart {
    Whole,
    /// The item with the key in this variable.
    Item(String),
    Field(String),
}

impl Alias {
    /// Returns the expression for the place.
    pub(super) fn place(&self) -> String {
        let Self { variable, part } = self;
        match part {
            AliasPart::Whole => variable.clone(),
            AliasPart::Item(key) => format!("{variable}[{key}]"),
            AliasPart::Field(name) => format!("{variable}.{name}"),
        }
    }
}
