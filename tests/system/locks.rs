//! Locks that cannot be had: an error that names the path, in time, and nothing is broken by it.

use std::sync::Arc;
use std::thread;
use std::time::Duration;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::Manhole;

#[derive(Inspect)]
struct Outer {
    plain: u8,
    inner: Mutex<u8>,
}

#[test]
fn a_lock_that_is_held_is_an_error_that_names_the_path() {
    let held = Arc::new(Mutex::new(1_u8));
    let free = Arc::new(Mutex::new(2_u8));
    let wait = Duration::from_millis(30);
    let manhole = Manhole::with(manhole! { held => held, free => free }, |builder| builder.lock_wait(wait));
    let mut client = manhole.connect();
    let guard = held.lock();
    assert_eq!(client.first_line("held"), "error: held is locked by the program");
    assert_eq!(client.first_line("held = 3"), "error: held is locked by the program");
    assert_eq!(client.ask("free"), "2");
    drop(guard);
    assert_eq!(client.ask("held"), "1");
}

#[test]
fn a_lock_inside_of_what_is_shown_is_marked_and_not_waited_for() {
    let outer = Arc::new(Outer { plain: 1, inner: Mutex::new(2) });
    let manhole = Manhole::with(manhole! { outer => outer }, |builder| {
        builder.timeout(Duration::from_secs(60)).lock_wait(Duration::from_secs(60))
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("outer"), "Outer { plain: 1, inner: 2 }");
    let guard = outer.inner.lock();
    assert_eq!(client.ask("outer"), "Outer { plain: 1, inner: <locked> }");
    assert_eq!(client.ask("outer.plain"), "1");
    drop(guard);
}

#[test]
fn waiting_for_a_lock_can_be_interrupted_and_has_the_commands_deadline() {
    let held = Arc::new(Mutex::new(1_u8));
    let manhole = Manhole::with(manhole! { held => held }, |builder| {
        builder.lock_wait(Duration::from_secs(600)).timeout(Duration::from_millis(50))
    });
    let guard = held.lock();
    let mut client = manhole.connect();
    assert_eq!(client.first_line("held"), "error: stopped: the command ran longer than 50ms");
    drop(guard);
    let patient = Manhole::with(manhole! { held => held }, |builder| {
        builder.lock_wait(Duration::from_secs(600)).timeout(Duration::from_secs(600))
    });
    let guard = held.lock();
    let mut client = patient.connect();
    client.send("print(\"waiting\"); held\n");
    client.until("waiting\n");
    client.send("\x03");
    assert_eq!(client.prompt(), "error: stopped: interrupted\n");
    drop(guard);
}

#[test]
fn a_poisoned_lock_is_read_and_a_panic_below_the_console_poisons_nothing() {
    struct Panics;
    impl manhole::reflect::Guard for Panics {
        fn open(
            &self,
            _: manhole::reflect::Intent,
            _: &manhole::reflect::Patience<'_>,
            _: &mut dyn FnMut(manhole::reflect::Access<'_>),
        ) -> Result<(), manhole::reflect::GuardError> {
            panic!("a getter went wrong")
        }

        fn get_mut(&mut self) -> Option<&mut dyn Inspect> {
            panic!("a getter went wrong")
        }
    }
    impl Inspect for Panics {
        fn type_info() -> &'static manhole::reflect::TypeInfo {
            u8::type_info()
        }

        fn reflect(&self) -> manhole::reflect::Node<'_> {
            manhole::reflect::Node::new::<Self>(manhole::reflect::Shape::Guard(self))
        }

        fn reflect_mut(&mut self) -> manhole::reflect::NodeMut<'_> {
            manhole::reflect::NodeMut::new::<Self>(manhole::reflect::ShapeMut::Guard(self))
        }
    }

    let broken = Arc::new(std::sync::Mutex::new(Panics));
    let poisoned = Arc::new(std::sync::Mutex::new(5_u8));
    let poisoning = Arc::clone(&poisoned);
    let _ = thread::spawn(move || {
        let _guard = poisoning.lock();
        panic!("while it held the lock")
    })
    .join();
    let manhole =
        Manhole::new(manhole! { broken => broken, poisoned => poisoned, inside => (Arc::clone(&poisoned),) });
    let mut client = manhole.connect();
    assert_eq!(client.first_line("broken"), "error: the program's code panicked: a getter went wrong");
    assert!(!broken.is_poisoned());
    assert_eq!(
        client.ask("poisoned"),
        "note: <poisoned>: a thread of the program panicked while it held a lock on the way\n5"
    );
    assert_eq!(
        client.ask("poisoned = 6; inside.0"),
        "note: <poisoned>: a thread of the program panicked while it held a lock on the way\n6"
    );
    assert_eq!(client.ask("inside"), "(<poisoned> 6,)");
}
