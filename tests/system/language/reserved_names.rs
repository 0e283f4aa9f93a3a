//! Reserved names of roots: the macro refuses them at compile time, the console at its start.

use manhole::{Builder, Error, Namespace, NamespaceItem};

/// The names that the macro refuses, from its source.
mod macros {
    include!("../../../manhole-derive/src/names/reserved_words.rs");
}

/// The names that the console refuses, from its source.
pub(super) mod console {
    include!("../../../manhole/src/engine/live/reserved_names.rs");
}

#[test]
fn macro_and_console_reserve_the_same_names() {
    assert_eq!(console::BUILTINS, macros::BUILTINS);
    let directory = tempfile::tempdir().unwrap();
    for word in console::BUILTINS.iter().chain(macros::KEYWORDS) {
        let namespace = Namespace::new().with(*word, "", NamespaceItem::root(1_u8));
        let refused = Builder::new(namespace).spawn(directory.path().join("app.manhole"));
        assert!(matches!(refused, Err(Error::Name(_))), "{word}");
    }
}
