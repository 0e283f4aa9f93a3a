//! Making completion candidates.

use manhole_protocol::methods::{Candidate, CandidateKind};

pub(super) fn candidate(text: &str, kind: CandidateKind, ty: Option<String>, doc: Option<&str>) -> Candidate {
    let doc = doc.filter(|doc| !doc.is_empty()).map(str::to_owned);
    Candidate { text: text.to_owned(), kind, r#type: ty, doc }
}

/// What to type to call something: with both brackets, if nothing belongs between them.
pub(super) fn called(name: &str, signature: &str) -> String {
    let empty = signature
        .split_once('(')
        .is_some_and(|(_, rest)| rest.starts_with(')') && !signature.contains("), "));
    if empty { format!("{name}()") } else { format!("{name}(") }
}

pub(super) fn first_line(doc: &str) -> Option<&str> {
    doc.lines().next()
}
