//! The panics of the process.

use std::thread;

use manhole::Namespace;

use crate::support::{Manhole, wait_until};

#[test]
fn a_panic_is_counted_with_its_message_and_place() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    client.ask("let before = panics.count");
    // Other tests may panic too, so often that it is no longer kept.
    wait_until("it is seen", || {
        let panicking = thread::Builder::new().name("a-panicking-one".to_owned());
        assert!(panicking.spawn(|| panic!("the pump is {}", "dry")).unwrap().join().is_err());
        let found = "panics.last.values().find(|p| p.thread == \"a-panicking-one\")";
        client.ask(&format!("{found}.message")) == "\"the pump is dry\""
            && client.ask(&format!("{found}.place.starts_with(\"tests/system/process/panics.rs:\")"))
                == "true"
            && client.ask(&format!("{found}.age < \"10m\"")) == "true"
    });
    assert_eq!(client.ask("panics.count > before"), "true");
    let error = client.ask("level(\"observe\"); panics.last.values().next().unwrap().message");
    assert!(error.contains("it takes the level operate"), "{error}");
}

#[test]
fn messages_can_be_hidden() {
    let manhole = Manhole::with(Namespace::new(), |builder| builder.show_panic_messages(false));
    assert!(thread::spawn(|| panic!("the password is hunter2")).join().is_err());
    let hidden = manhole.ask("panics.last.len() > 0 && panics.last.all(|p| p.message == \"message hidden\")");
    // A note may say that one is no longer kept.
    assert!(hidden.ends_with("true"), "{hidden}");
}
