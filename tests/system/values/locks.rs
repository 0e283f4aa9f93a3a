//! Locks that are held, poisoned or contended: a timely error that names the path, and no damage.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use manhole::{Manhole as Inspect, manhole};
use parking_lot::Mutex;

use crate::support::{LONG, Manhole};

#[derive(Inspect)]
struct Outer {
    plain: u8,
    inner: Arc<Mutex<u8>>,
}

#[test]
fn a_held_lock_is_an_error_that_names_the_path() {
    let held = Arc::new(Mutex::new(1_u8));
    let free = Arc::new(Mutex::new(2_u8));
    let wait = Duration::from_millis(30);
    let manhole = Manhole::with(manhole! { held => held, free => free }, |builder| {
        builder.limits(|limits| limits.lock_wait = wait)
    });
    let mut client = manhole.connect();
    let guard = held.lock();
    assert_eq!(client.first_line("held"), "error: cannot lock held: the application holds the lock");
    assert_eq!(client.first_line("held = 3"), "error: cannot lock held: the application holds the lock");
    assert_eq!(client.ask("free"), "2");
    drop(guard);
    assert_eq!(client.ask("held"), "1");
}

#[test]
fn a_held_inner_lock_is_shown_as_locked_without_waiting() {
    let outer = Arc::new(Outer { plain: 1, inner: Arc::new(Mutex::new(2)) });
    let manhole = Manhole::with(manhole! { outer => outer }, |builder| {
        builder.limits(|limits| {
            limits.timeout = Duration::from_secs(60);
            limits.lock_wait = Duration::from_secs(60);
        })
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("outer"), "Outer { plain: 1, inner: 2 }");
    let guard = outer.inner.lock();
    assert_eq!(client.ask("outer"), "Outer { plain: 1, inner: <locked> }");
    assert_eq!(client.ask("outer.plain"), "1");
    drop(guard);
}

/// Runs `work` while a command waits for a lock inside another one.
fn while_waiting_inside<T: Inspect + Send + Sync + 'static>(
    outer: &Arc<T>,
    command: &str,
    work: impl FnOnce(),
) -> String
where
    Arc<T>: Inspect,
{
    let manhole = Manhole::with(manhole! { outer => Arc::clone(outer) }, |builder| {
        builder.limits(|limits| limits.lock_wait = Duration::from_secs(10))
    });
    let mut client = manhole.connect();
    client.send(format!("print(\"begun\"); {command}\n"));
    client.until("begun\n");
    thread::sleep(Duration::from_millis(50));
    work();
    client.prompt()
}

#[test]
fn waiting_for_an_inner_lock_releases_the_outer_one() {
    let outer = Arc::new(Mutex::new(Outer { plain: 1, inner: Arc::new(Mutex::new(2)) }));
    let inner = Arc::clone(&outer.lock().inner);
    for (command, answer) in [("outer.inner", "3\n"), ("outer.inner = 4", "")] {
        let held = inner.lock();
        let said = while_waiting_inside(&outer, command, || {
            for _ in 0..100 {
                let free = outer.try_lock_for(Duration::from_secs(5));
                free.expect("nobody holds it for long").plain += 1;
            }
            let mut held = held;
            *held = 3;
        });
        assert_eq!(said, answer, "{command}");
    }
    assert_eq!(*inner.lock(), 4);
}

#[test]
fn a_write_takes_an_outer_rwlock_shared_if_an_inner_lock_follows() {
    let outer = Arc::new(parking_lot::RwLock::new(Outer { plain: 1, inner: Arc::new(Mutex::new(2)) }));
    // A write that needed exclusive access here would fail.
    let reader = outer.read();
    let manhole = Manhole::with(manhole! { outer => Arc::clone(&outer) }, |builder| {
        builder.limits(|limits| limits.lock_wait = Duration::from_millis(30))
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("outer.inner = 7; outer.inner"), "7");
    assert_eq!(
        client.first_line("outer.plain = 2"),
        "error: cannot lock outer: the application holds the lock"
    );
    drop(reader);
    assert_eq!(client.ask("outer.plain = 2; outer.plain"), "2");
}

#[test]
fn lock_waits_stop_on_ctrl_c_and_at_the_deadline() {
    let held = Arc::new(Mutex::new(1_u8));
    let manhole = Manhole::with(manhole! { held => held }, |builder| {
        builder.limits(|limits| {
            limits.lock_wait = Duration::from_secs(600);
            limits.timeout = Duration::from_millis(50);
        })
    });
    let guard = held.lock();
    let mut client = manhole.connect();
    assert_eq!(client.first_line("held"), "error: stopped: the command ran longer than 50ms");
    drop(guard);
    let patient = Manhole::with(manhole! { held => held }, |builder| {
        builder.limits(|limits| {
            limits.lock_wait = Duration::from_secs(600);
            limits.timeout = Duration::from_secs(600);
        })
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
fn poisoned_locks_are_read_and_console_panics_poison_none() {
    struct Panics;
    impl manhole::reflect::Lockable for Panics {
        fn open(
            &self,
            _: manhole::reflect::AccessMode,
            _: &manhole::reflect::LockWait<'_>,
            _: &mut dyn FnMut(manhole::reflect::ValueBorrow<'_>),
        ) -> Result<(), manhole::reflect::LockError> {
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
            manhole::reflect::Node::new::<Self>(manhole::reflect::Shape::Lock(self))
        }

        fn reflect_mut(&mut self) -> manhole::reflect::NodeMut<'_> {
            manhole::reflect::NodeMut::new::<Self>(manhole::reflect::ShapeMut::Lock(self))
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
    assert_eq!(client.first_line("broken"), "error: the application's code panicked: a getter went wrong");
    assert!(!broken.is_poisoned());
    assert_eq!(
        client.ask("poisoned"),
        "note: <poisoned>: a thread of the application panicked while it held a lock on the path\n5"
    );
    assert_eq!(
        client.ask("poisoned = 6; inside.0"),
        "note: <poisoned>: a thread of the application panicked while it held a lock on the path\n6"
    );
    assert_eq!(client.ask("inside"), "(<poisoned> 6,)");
}

/// A list that counts reads of its items.
struct Counting {
    len: usize,
    looks: AtomicUsize,
    item: u32,
}

impl manhole::reflect::List for Counting {
    fn len(&self) -> usize {
        self.len
    }

    fn get(&self, index: usize) -> Option<manhole::reflect::ValueRef<'_>> {
        self.looks.fetch_add(1, Ordering::SeqCst);
        (index < self.len).then(|| (&self.item).into())
    }

    fn get_mut(&mut self, _: usize) -> Option<manhole::reflect::ValueMut<'_>> {
        None
    }
}

impl Inspect for Counting {
    fn type_info() -> &'static manhole::reflect::TypeInfo {
        Vec::<u32>::type_info()
    }

    fn reflect(&self) -> manhole::reflect::Node<'_> {
        manhole::reflect::Node::new::<Self>(manhole::reflect::Shape::List(self))
    }

    fn reflect_mut(&mut self) -> manhole::reflect::NodeMut<'_> {
        manhole::reflect::NodeMut::new::<Self>(manhole::reflect::ShapeMut::List(self))
    }
}

#[test]
fn lock_hold_depends_on_the_shown_items_only() {
    let list = |len| Arc::new(Mutex::new(Counting { len, looks: AtomicUsize::new(0), item: 7 }));
    let (small, large) = (list(20), list(1_000_000));
    let manhole = Manhole::new(manhole! { small => small, large => large });
    let mut client = manhole.connect();
    let mut looks_of = |command: &str| {
        client.ask(&command.replace("LIST", "small"));
        client.ask(&command.replace("LIST", "large"));
        let count = |list: &Arc<Mutex<Counting>>| list.lock().looks.swap(0, Ordering::SeqCst);
        (count(&small), count(&large))
    };
    for command in [
        "LIST",
        "LIST[3]",
        "LIST.len()",
        "LIST.take(3)",
        "LIST.skip(5).take(2)",
        "LIST.first()",
        "[LIST, LIST]",
    ] {
        let (small, large) = looks_of(command);
        // Items for a script are read in batches; here there is one.
        assert!(large <= small.max(64), "{command}: {small} and {large}");
        assert!(
            command.contains(".take") || command.contains("first") || large == small,
            "{command}: {small} and {large}"
        );
    }
}

#[test]
fn a_contended_lock_is_acquired_eventually() {
    let busy = Arc::new(Mutex::new(0_u64));
    let manhole = Manhole::with(manhole! { busy => busy, free => Arc::new(Mutex::new(1_u8)) }, |builder| {
        builder.limits(|limits| {
            limits.lock_wait = LONG;
            limits.timeout = LONG;
        })
    });
    let stop = Arc::new(AtomicBool::new(false));
    let writer = {
        let (busy, stop) = (Arc::clone(&busy), Arc::clone(&stop));
        thread::spawn(move || {
            while !stop.load(Ordering::Relaxed) {
                let mut busy = busy.lock();
                for _ in 0..1_000 {
                    *busy = std::hint::black_box(*busy + 1);
                }
            }
        })
    };
    let mut client = manhole.connect();
    for _ in 0..10 {
        let answer = client.ask("busy");
        assert!(answer.parse::<u64>().is_ok(), "{answer}");
        assert_eq!(client.ask("free"), "1");
    }
    stop.store(true, Ordering::Relaxed);
    writer.join().unwrap();
}

#[derive(Inspect)]
struct Reentrant {
    count: u8,
    #[manhole(skip)]
    own: std::sync::OnceLock<std::sync::Weak<Mutex<Reentrant>>>,
}

#[manhole::methods]
impl Reentrant {
    /// Takes the lock under which it is called.
    pub fn again(&self) -> Result<u8, String> {
        let own = self.own.get().and_then(std::sync::Weak::upgrade).ok_or("gone")?;
        let locked = own.try_lock_for(Duration::from_millis(20)).ok_or("it is locked already")?;
        Ok(locked.count)
    }
}

#[test]
fn a_method_cannot_take_the_lock_it_runs_under() {
    let state = Arc::new(Mutex::new(Reentrant { count: 3, own: std::sync::OnceLock::new() }));
    state.lock().own.set(Arc::downgrade(&state)).unwrap();
    let inner = Arc::clone(&state);
    let outside = move || inner.lock().count;
    let manhole = Manhole::new(manhole! { state => state, outside => outside });
    let mut client = manhole.connect();
    assert_eq!(client.ask("state.again()").lines().next(), Some("error: state.again: it is locked already"));
    assert_eq!(client.ask("state.count = outside() + 1; outside()"), "4");
}

/// A lock that counts its acquisitions.
struct Counted<T> {
    opened: AtomicUsize,
    inner: Mutex<T>,
}

impl<T> Counted<T> {
    fn new(inner: T) -> Arc<Self> {
        Arc::new(Self { opened: AtomicUsize::new(0), inner: Mutex::new(inner) })
    }

    /// Returns the acquisitions since the last call.
    fn opened(&self) -> usize {
        self.opened.swap(0, Ordering::SeqCst)
    }
}

impl<T: Inspect> manhole::reflect::Lockable for Counted<T> {
    fn open(
        &self,
        mode: manhole::reflect::AccessMode,
        wait: &manhole::reflect::LockWait<'_>,
        then: &mut dyn FnMut(manhole::reflect::ValueBorrow<'_>),
    ) -> Result<(), manhole::reflect::LockError> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        self.inner.open(mode, wait, then)
    }

    fn get_mut(&mut self) -> Option<&mut dyn Inspect> {
        None
    }
}

impl<T: Inspect> Inspect for Counted<T> {
    fn type_info() -> &'static manhole::reflect::TypeInfo {
        Mutex::<T>::type_info()
    }

    fn reflect(&self) -> manhole::reflect::Node<'_> {
        manhole::reflect::Node::new::<Self>(manhole::reflect::Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> manhole::reflect::NodeMut<'_> {
        manhole::reflect::NodeMut::new::<Self>(manhole::reflect::ShapeMut::Lock(self))
    }
}

#[test]
fn large_items_are_read_in_small_batches() {
    let texts = Counted::new(vec!["x".repeat(64 * 1024); 100]);
    let manhole = Manhole::new(manhole! { texts => Arc::clone(&texts) });
    let mut client = manhole.connect();
    texts.opened();
    assert_eq!(client.ask("texts.map(|text| text.len()).sum()"), "6553600");
    assert!(texts.opened() >= 100);
    client.ask("texts.first().len()");
    assert!(texts.opened() < 10);
}

#[test]
fn unordered_collections_are_rescanned_a_bounded_number_of_times() {
    let map = Counted::new((0..200_000_u32).map(|n| (n, n)).collect::<HashMap<_, _>>());
    let manhole = Manhole::new(manhole! { map => Arc::clone(&map) });
    let mut client = manhole.connect();
    map.opened();
    assert_eq!(client.ask("map.map(|n| n).count()"), "200000");
    // Not hundreds of thousands, whatever the machine's load.
    let opened = map.opened();
    assert!(opened < 20_000, "{opened}");
}
