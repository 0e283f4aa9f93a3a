//! What an entry may not be called: the macro refuses it when the program is compiled, the console when it is served.

use manhole::{Builder, Error, Namespace, NamespaceItem};

/// What the macro refuses, from its own source.
mod macros {
    include!("../../manhole-derive/src/reserved.rs");
}

/// What the console refuses, from its own source.
mod console {
    include!("../../manhole/src/engine/live/reserved_names.rs");
}

#[test]
fn the_macro_refuses_the_names_that_the_console_refuses() {
    assert_eq!(console::BUILTINS, macros::BUILTINS);
    let directory = tempfile::tempdir().unwrap();
    for word in console::BUILTINS.iter().chain(macros::KEYWORDS) {
        let namespace = Namespace::new().with(*word, "", NamespaceItem::root(1_u8));
        let refused = Builder::new(namespace).spawn(directory.path().join("app.manhole"));
        assert!(matches!(refused, Err(Error::Name(_))), "{word}");
    }
}
