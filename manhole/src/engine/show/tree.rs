//! A value as a tree: one line for each value inside it.

use crate::reflect::{GroupStyle, Preview, placeholder, thousands};

/// Returns the tree of a preview.
pub(crate) fn tree(preview: &Preview) -> String {
    let mut text = head(preview) + "\n";
    branches(preview, "", &mut text);
    text
}

/// Returns the line of a value: its type or number of items, or all of a single value.
fn head(preview: &Preview) -> String {
    match preview {
        // Text from the application's code may have several lines.
        Preview::Leaf(text) | Preview::Cut(text) => text.replace('\n', " "),
        Preview::Remote => placeholder::text(placeholder::REMOTE),
        Preview::Group { name, style, entries, more } => match style {
            GroupStyle::Brackets => format!("[{}]", thousands(entries.len() + more)),
            GroupStyle::Braces if name.is_empty() => format!("{{{}}}", thousands(entries.len() + more)),
            _ if name.is_empty() => "()".to_owned(),
            _ => name.clone(),
        },
    }
}

fn branches(preview: &Preview, indent: &str, text: &mut String) {
    let Preview::Group { entries, more, .. } = preview else { return };
    for (index, (label, value)) in entries.iter().enumerate() {
        let is_last = index + 1 == entries.len() && *more == 0;
        let (branch, below) = if is_last { ("└── ", "    ") } else { ("├── ", "│   ") };
        // The label of a list item is its position.
        let position = if label.is_empty() { format!("{index}: ") } else { String::new() };
        *text += &format!("{indent}{branch}{position}{label}{}\n", head(value));
        branches(value, &format!("{indent}{below}"), text);
    }
    if *more > 0 {
        *text += &format!("{indent}└── … {} more\n", thousands(*more));
    }
}
