//! The paths in code: those that `use` imports, and those that are written in place, also in macros.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::{ItemUse, UseTree};

/// A path in the code, such as `crate::engine::run`.
#[derive(Clone)]
pub(crate) struct Reference {
    pub(crate) path: Vec<String>,
    pub(crate) line: usize,
}

/// A path that a `use` imports.
pub(crate) struct UsedPath {
    /// The name that it has from then on; `None` for `*`.
    pub(crate) name: Option<String>,
    pub(crate) reference: Reference,
}

/// The paths in a piece of code.
#[derive(Default)]
pub(crate) struct Paths {
    pub(crate) references: Vec<Reference>,
    /// Those of `use` inside functions.
    pub(crate) imports: Vec<UsedPath>,
}

/// Returns every path that a `use` imports.
pub(crate) fn of_use(item: &ItemUse) -> Vec<UsedPath> {
    let mut paths = Vec::new();
    if item.leading_colon.is_none() {
        flatten(&item.tree, &mut Vec::new(), &mut paths);
    }
    paths
}

fn flatten(tree: &UseTree, prefix: &mut Vec<String>, paths: &mut Vec<UsedPath>) {
    let used = |prefix: &[String], ident: &syn::Ident, name: String| {
        let ident_text = text(ident);
        // `use a::{self}` imports `a`.
        let own = (ident_text != "self" || prefix.is_empty()).then_some(ident_text);
        let path: Vec<_> = prefix.iter().cloned().chain(own).collect();
        let name = if name == "self" { path.last().cloned().unwrap_or_default() } else { name };
        UsedPath { name: Some(name), reference: Reference { path, line: ident.span().start().line } }
    };
    match tree {
        UseTree::Path(path) => {
            prefix.push(text(&path.ident));
            flatten(&path.tree, prefix, paths);
            prefix.pop();
        }
        UseTree::Name(name) => paths.push(used(prefix, &name.ident, text(&name.ident))),
        UseTree::Rename(rename) => paths.push(used(prefix, &rename.ident, text(&rename.rename))),
        UseTree::Glob(glob) => {
            let line = glob.star_token.spans[0].start().line;
            paths.push(UsedPath { name: None, reference: Reference { path: prefix.clone(), line } });
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, paths)),
    }
}

/// Returns the paths in the code of an item.
pub(crate) fn of_tokens(tokens: &TokenStream) -> Paths {
    let mut paths = Paths::default();
    scan(tokens, &mut paths);
    paths
}

fn scan(tokens: &TokenStream, paths: &mut Paths) {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => scan(&group.stream(), paths),
            TokenTree::Ident(ident) if ident == "use" => {
                let end = tokens[at..].iter().position(|token| is_punct(token, ';'));
                let statement = end.map(|end| tokens[at..=at + end].iter().cloned().collect::<TokenStream>());
                // `use<'a>` in a type imports nothing.
                if let Some(Ok(item)) = statement.map(syn::parse2::<ItemUse>) {
                    paths.imports.extend(of_use(&item));
                    at += end.unwrap_or_default();
                }
            }
            TokenTree::Ident(ident) => {
                let mut path = vec![text(ident)];
                let start = at;
                while let [TokenTree::Punct(_), TokenTree::Punct(_), TokenTree::Ident(next), ..] =
                    &tokens[at + 1..]
                    && is_double_colon(&tokens[at + 1..])
                {
                    path.push(text(next));
                    at += 3;
                }
                // A lower-case name alone is a variable, unless it is called.
                let is_call = tokens.get(at + 1).is_some_and(|next| {
                    is_punct(next, '!')
                        || matches!(next, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis)
                });
                let is_path = path.len() > 1 || is_call || path[0].starts_with(char::is_uppercase);
                if is_path && !continues(&tokens[..start], ident == "crate") {
                    paths.references.push(Reference { path, line: ident.span().start().line });
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// Returns whether a name after these tokens is no path's beginning: a field, a method, the rest of a path, a variable
/// of a macro.
fn continues(before: &[TokenTree], is_crate: bool) -> bool {
    match before {
        [.., range, last] if is_punct(last, '.') => !is_punct(range, '.'),
        [.., first, last] if is_punct(first, ':') && is_punct(last, ':') => {
            is_double_colon(&before[before.len() - 2..])
        }
        [.., last] if is_punct(last, '$') => !is_crate,
        [.., last] => is_punct(last, '#') || is_punct(last, '.'),
        [] => false,
    }
}

/// Returns the line of every `super::super`.
pub(crate) fn repeated_supers(tokens: &TokenStream) -> Vec<usize> {
    let tokens: Vec<_> = tokens.clone().into_iter().collect();
    let mut lines = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match token {
            TokenTree::Group(group) => lines.extend(repeated_supers(&group.stream())),
            TokenTree::Ident(ident) if ident == "super" && is_double_colon(&tokens[at + 1..]) => {
                if matches!(tokens.get(at + 3), Some(TokenTree::Ident(next)) if next == "super") {
                    lines.push(ident.span().start().line);
                }
            }
            _ => {}
        }
    }
    lines.dedup();
    lines
}

fn is_double_colon(tokens: &[TokenTree]) -> bool {
    use proc_macro2::Spacing;
    matches!(tokens, [TokenTree::Punct(first), second, ..]
        if first.as_char() == ':' && first.spacing() == Spacing::Joint && is_punct(second, ':'))
}

fn is_punct(token: &TokenTree, character: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == character)
}

/// Returns an identifier without `r#`.
fn text(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}
