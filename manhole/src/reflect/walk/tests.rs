use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, RwLock};
use std::time::Duration;

use super::access_error::AccessErrorKind as Kind;
use super::step::resolve_index;
use super::*;
use crate::reflect::model::{
    AccessMode, CallError, Cancellation, Enum, FieldInfo, Level, LockError, LockWait, Lockable, Manhole,
    Node, NodeMut, Path, Shape, ShapeMut, Step, Struct, StructStyle, TypeInfo, TypeKind, Value, ValueBorrow,
    ValueError, ValueMut, ValueRef, ValueVisitor, VariantInfo,
};

/// A struct with one field for each rule.
#[derive(Default)]
struct Gizmo {
    plain: u32,
    fixed: u32,
    admin: u32,
    atomic: AtomicU32,
    list: Vec<u32>,
    next: Option<Box<Gizmo>>,
    whole: Whole,
}

const FIELDS: &[FieldInfo] = &[
    FieldInfo::new("plain", "", u32::type_info),
    FieldInfo::new("fixed", "", u32::type_info).readonly(),
    FieldInfo::new("admin", "", u32::type_info).from_level(Level::Admin),
    FieldInfo::secret("token", ""),
    FieldInfo::new("atomic", "", AtomicU32::type_info),
    FieldInfo::new("list", "", Vec::<u32>::type_info),
    FieldInfo::new("next", "", Option::<Box<Gizmo>>::type_info),
    FieldInfo::new("whole", "", Whole::type_info),
    FieldInfo::new("made", "", Vec::<u32>::type_info),
    FieldInfo::new("sealed", "", u32::type_info).readonly().from_level(Level::Admin),
];

impl Struct for Gizmo {
    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        Some(match FIELDS.get(index)?.name {
            "plain" => ValueRef::from(&self.plain),
            "fixed" => ValueRef::from(&self.fixed),
            "admin" => ValueRef::from(&self.admin),
            "atomic" => ValueRef::from(&self.atomic),
            "list" => ValueRef::from(&self.list),
            "next" => ValueRef::from(&self.next),
            "whole" => ValueRef::from(&self.whole),
            "made" => ValueRef::owned(vec![self.plain]),
            "sealed" => ValueRef::from(&self.fixed),
            _ => return None,
        })
    }

    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        Some(match FIELDS.get(index)?.name {
            "plain" => ValueMut::from(&mut self.plain),
            "fixed" => ValueMut::from(&mut self.fixed),
            "admin" => ValueMut::from(&mut self.admin),
            "atomic" => ValueMut::from(&mut self.atomic),
            "list" => ValueMut::from(&mut self.list),
            "next" => ValueMut::from(&mut self.next),
            "whole" => ValueMut::from(&mut self.whole),
            "sealed" => ValueMut::from(&mut self.fixed),
            _ => return None,
        })
    }
}

impl Manhole for Gizmo {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Gizmo", TypeKind::Struct(StructStyle::Named, FIELDS)) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Struct(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Struct(self))
    }
}

/// A list that is read in part and written as a whole.
#[derive(Default)]
struct Whole(Vec<u32>);

impl Manhole for Whole {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Whole", TypeKind::List(u32::type_info)) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::List(&self.0))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Whole)
    }
}

/// A pointer in a place whose value is replaced.
struct Swap(Arc<Gizmo>);

impl Manhole for Swap {
    fn type_info() -> &'static TypeInfo {
        Gizmo::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        self.0.reflect()
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Swapped(&*self.0))
    }

    fn write(&mut self, value: Value<'_>) -> Result<(), ValueError> {
        let plain = u32::from_value(value)?;
        self.0 = Arc::new(Gizmo { plain, ..Gizmo::default() });
        Ok(())
    }
}

/// An enum value with a field in its second variant.
enum Mode {
    Idle,
    Busy(u32),
}

impl Enum for Mode {
    fn variant(&self) -> usize {
        usize::from(matches!(self, Self::Busy(_)))
    }

    fn field(&self, index: usize) -> Option<ValueRef<'_>> {
        match self {
            Self::Busy(job) if index == 0 => Some(ValueRef::from(job)),
            _ => None,
        }
    }

    fn field_mut(&mut self, index: usize) -> Option<ValueMut<'_>> {
        match self {
            Self::Busy(job) if index == 0 => Some(ValueMut::from(job)),
            _ => None,
        }
    }
}

impl Manhole for Mode {
    fn type_info() -> &'static TypeInfo {
        const JOB: &[FieldInfo] = &[
            FieldInfo::new("job", "", u32::type_info),
            FieldInfo::secret("key", ""),
            FieldInfo::new("last", "", u32::type_info).readonly(),
            FieldInfo::new("owner", "", u32::type_info).from_level(Level::Admin),
        ];
        const VARIANTS: &[VariantInfo] = &[
            VariantInfo::new("Idle", "", StructStyle::Unit, &[]),
            VariantInfo::new("Busy", "", StructStyle::Named, JOB),
        ];
        const { &TypeInfo::new("Mode", TypeKind::Enum(VARIANTS)) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Enum(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Enum(self))
    }
}

/// A lock that records each opening, and fails as the test has set.
struct Probe<T> {
    inner: RefCell<T>,
    /// Whether readers share it.
    shared: bool,
    /// Whether other threads would wait for it.
    is_lock: bool,
    /// The modes in which it was opened.
    opened: RefCell<Vec<AccessMode>>,
    /// The errors of the next attempts.
    errors: RefCell<Vec<LockError>>,
    /// Whether the last attempt was allowed to wait for long.
    waits_long: Cell<bool>,
    poisoned: bool,
}

fn probe<T>(inner: T) -> Probe<T> {
    Probe {
        inner: RefCell::new(inner),
        shared: false,
        is_lock: true,
        opened: RefCell::default(),
        errors: RefCell::default(),
        waits_long: Cell::new(false),
        poisoned: false,
    }
}

impl<T> Probe<T> {
    /// Returns the modes in which it was opened since the last call.
    fn take(&self) -> Vec<AccessMode> {
        self.opened.take()
    }

    fn fail(&self, errors: impl IntoIterator<Item = LockError>) {
        *self.errors.borrow_mut() = errors.into_iter().collect();
    }
}

impl<T: Manhole> Lockable for Probe<T> {
    fn open(&self, mode: AccessMode, wait: &LockWait<'_>, then: ValueVisitor<'_>) -> Result<(), LockError> {
        self.opened.borrow_mut().push(mode);
        self.waits_long.set(wait.timeout() > Duration::from_secs(1));
        if let Some(error) = self.errors.borrow_mut().pop() {
            return Err(error);
        }
        match mode {
            AccessMode::Read if self.shared => then(ValueBorrow::Shared(&*self.inner.borrow())),
            _ => then(ValueBorrow::Exclusive(&mut *self.inner.borrow_mut())),
        }
        Ok(())
    }

    fn is_lock(&self) -> bool {
        self.is_lock
    }

    fn is_shared_by_readers(&self) -> bool {
        self.shared
    }

    fn get_mut(&mut self) -> Option<&mut dyn Manhole> {
        if self.shared { None } else { Some(self.inner.get_mut()) }
    }

    fn is_poisoned(&self) -> bool {
        self.poisoned
    }
}

impl<T: Manhole> Manhole for Probe<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Probe", TypeKind::Lock(T::type_info)) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Lock(self))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::new::<Self>(ShapeMut::Lock(self))
    }
}

/// A command that is cancelled after some checks, and counts poisoned locks.
#[derive(Default)]
struct Command {
    checks_left: AtomicUsize,
    poisoned: AtomicUsize,
}

impl Cancellation for Command {
    fn is_cancelled(&self) -> bool {
        self.checks_left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1)).is_err()
    }

    fn report_poison(&self) {
        self.poisoned.fetch_add(1, Ordering::SeqCst);
    }
}

fn command(checks: usize) -> Command {
    Command { checks_left: AtomicUsize::new(checks), ..Command::default() }
}

const LONG: Duration = Duration::from_secs(20);

/// Creates a path of names and indexes: `list[0]` is `["list", "0"]`.
fn path(steps: &[&str]) -> Path {
    steps.iter().fold(Path::root(), |path, step| {
        path.join(match step.parse::<i64>() {
            Ok(index) => Step::Key(Value::from(index)),
            Err(_) => Step::Name((*step).to_owned().into()),
        })
    })
}

fn read(root: &dyn Manhole, steps: &[&str]) -> Result<Value<'static>, AccessError> {
    Target::new("root", root).at(&path(steps)).snapshot()
}

fn write(root: &dyn Manhole, steps: &[&str], value: u32) -> Result<(), AccessError> {
    Target::new("root", root).at(&path(steps)).write(&Value::from(value))
}

fn kind<T: std::fmt::Debug>(result: Result<T, AccessError>) -> (String, Kind) {
    let error = result.unwrap_err();
    (error.path, *error.kind)
}

#[test]
fn a_step_leads_to_a_field_by_name_text_or_position() {
    let gizmo = Gizmo { plain: 7, list: vec![1, 2], ..Gizmo::default() };
    let by = |step: Step| Target::new("root", &gizmo).at(&Path::root().join(step)).snapshot();
    assert_eq!(by(Step::Name("plain".into())), Ok(Value::from(7)));
    assert_eq!(by(Step::Key(Value::from("plain"))), Ok(Value::from(7)));
    assert_eq!(by(Step::Key(Value::from(0))), Ok(Value::from(7)));
    let no_field = |field: &str| Kind::NoField {
        ty: "Gizmo".to_owned(),
        field: field.to_owned(),
        known: FIELDS.iter().map(|field| field.name).collect(),
    };
    for (step, found) in [
        (Step::Key(Value::from(FIELDS.len())), FIELDS.len().to_string()),
        (Step::Key(Value::from(-1)), "-1".to_owned()),
        (Step::Key(Value::from(0.5)), "0.5".to_owned()),
        (Step::Name("plan".into()), "plan".to_owned()),
    ] {
        assert_eq!(*by(step).unwrap_err().kind, no_field(&found));
    }
    assert_eq!(kind(read(&gizmo, &["plain", "x"])).1, Kind::NoInside { ty: "u32".to_owned() });
    let locked = Mutex::new(gizmo);
    let (at, error) = kind(write(&locked, &["plan"], 1));
    assert_eq!((at.as_str(), error), ("root.plan", no_field("plan")));
    assert_eq!(kind(write(&locked, &["plain", "x"], 1)).1, Kind::NoInside { ty: "u32".to_owned() });
}

#[test]
fn a_step_leads_to_an_item_from_the_beginning_or_the_end() {
    let list = vec![5, 6, 7];
    for (index, item) in [("0", 5), ("2", 7), ("-1", 7), ("-3", 5)] {
        assert_eq!(read(&list, &[index]), Ok(Value::from(item)), "{index}");
    }
    let locked = Mutex::new(list);
    assert_eq!(write(&locked, &["-1"], 9), Ok(()));
    for index in [3, -4] {
        let missing = Kind::NoItem { index: Value::from(index), len: 3 };
        assert_eq!(kind(read(&locked, &[&index.to_string()])).1, missing);
        assert_eq!(kind(write(&locked, &[&index.to_string()], 1)).1, missing);
    }
    assert_eq!(*locked.lock().unwrap(), [5, 6, 9]);
    let text = Kind::NoItem { index: Value::from("x"), len: 3 };
    assert_eq!(kind(read(&locked, &["x"])).1, text);
    for (index, len, found) in [(0, 0, Some(0)), (-1, 0, None), (-1, 1, Some(0)), (7, 3, Some(7))] {
        assert_eq!(resolve_index(&Value::from(index), len), found);
    }
    assert_eq!(resolve_index(&Value::from(0.0), 1), None);
}

#[test]
fn a_step_leads_to_the_entry_of_a_map() {
    let map = Mutex::new(BTreeMap::from([("a".to_owned(), 1_u32)]));
    assert_eq!(read(&map, &["a"]), Ok(Value::from(1)));
    assert_eq!(write(&map, &["a"], 2), Ok(()));
    assert_eq!(map.lock().unwrap()["a"], 2);
    let missing = Kind::NoKey { key: Value::from("b"), ty: "BTreeMap<String, u32>".to_owned() };
    assert_eq!(kind(read(&map, &["b"])), ("root.b".to_owned(), missing.clone()));
    assert_eq!(kind(write(&map, &["b"], 1)), ("root.b".to_owned(), missing));
}

#[test]
fn a_step_leads_to_a_field_of_the_current_variant() {
    let busy = Mutex::new(Mode::Busy(4));
    assert_eq!(read(&busy, &["job"]), Ok(Value::from(4)));
    let made = Gizmo { plain: 7, ..Gizmo::default() };
    assert_eq!(read(&made, &["made", "0"]), Ok(Value::from(7)), "a value made for the walk");
    assert_eq!(write(&busy, &["job"], 5), Ok(()));
    assert_eq!(read(&busy, &["0"]), Ok(Value::from(5)));
    assert_eq!(kind(read(&busy, &["key"])).1, Kind::Secret);
    assert_eq!(kind(write(&busy, &["key"], 1)).1, Kind::Secret);
    let readonly = Kind::ReadOnly { ty: "Mode".to_owned(), field: "last" };
    assert_eq!(kind(write(&busy, &["last"], 1)).1, readonly);
    let owner = path(&["owner"]);
    let denied = Target::new("root", &busy).at(&owner).with_level(Level::Operate).snapshot();
    assert_eq!(kind(denied).1, Kind::Denied { level: Level::Operate, needs: Level::Admin });
    let idle = Mutex::new(Mode::Idle);
    let other = Kind::OtherVariant {
        ty: "Mode".to_owned(),
        field: "job".to_owned(),
        variant: "Idle",
        known: Vec::new(),
    };
    assert_eq!(kind(read(&idle, &["job"])), ("root.job".to_owned(), other.clone()));
    assert_eq!(kind(write(&idle, &["job"], 1)).1, other);
    let unknown = kind(read(&busy, &["jb"])).1;
    assert!(
        matches!(unknown, Kind::OtherVariant { variant: "Busy", known, .. } if known == ["job", "key", "last", "owner"])
    );
}

#[test]
fn a_walk_passes_only_the_fields_that_its_level_and_mode_allow() {
    let gizmo = Mutex::new(Gizmo::default());
    let at = |field: &str| path(&[field]);
    for level in [Level::Observe, Level::Operate, Level::Admin] {
        let denied = Kind::Denied { level, needs: Level::Admin };
        let (admin, plain, fixed) = (at("admin"), at("plain"), at("fixed"));
        let target = |path| Target::new("root", &gizmo).at(path).with_level(level);
        let allowed = level == Level::Admin;
        assert_eq!(target(&admin).snapshot().is_ok(), allowed, "{level}");
        assert_eq!(target(&admin).write(&Value::from(1)).is_ok(), allowed, "{level}");
        if !allowed {
            assert_eq!(kind(target(&admin).snapshot()).1, denied);
        }
        assert!(target(&fixed).snapshot().is_ok());
        let written = target(&plain).write(&Value::from(1));
        assert_eq!(written.is_ok(), level >= Level::Operate, "{level}");
    }
    let readonly = Kind::ReadOnly { ty: "Gizmo".to_owned(), field: "fixed" };
    assert_eq!(kind(write(&gizmo, &["fixed"], 1)), ("root.fixed".to_owned(), readonly));
    assert!(matches!(kind(write(&gizmo, &["sealed"], 1)).1, Kind::ReadOnly { field: "sealed", .. }));
    // A secret is a secret, whether it is read-only or not.
    assert_eq!(kind(read(&gizmo, &["token"])).1, Kind::Secret);
    assert_eq!(kind(write(&gizmo, &["token"], 1)).1, Kind::Secret);
    assert_eq!(require(Level::Operate, Level::Operate), Ok(()));
    let denied = Kind::Denied { level: Level::Observe, needs: Level::Operate };
    assert_eq!(require(Level::Observe, Level::Operate), Err(denied));
    assert_eq!(require(Level::Admin, Level::Operate), Ok(()));
}

#[test]
fn a_value_is_written_where_a_lock_or_an_atomic_allows_it() {
    let gizmo = Gizmo::default();
    assert_eq!(
        kind(write(&gizmo, &["plain"], 1)),
        ("root.plain".to_owned(), Kind::NoLock { ty: "u32".to_owned() })
    );
    assert_eq!(write(&gizmo, &["atomic"], 1), Ok(()));
    assert_eq!(gizmo.atomic.load(Ordering::SeqCst), 1);
    // A pointer ends exclusive access.
    let shared = Mutex::new(Arc::new(Gizmo::default()));
    assert_eq!(kind(write(&shared, &["plain"], 1)).1, Kind::NoLock { ty: "u32".to_owned() });
    assert_eq!(write(&shared, &["atomic"], 2), Ok(()));
    // A pointer can be replaced where it is stored.
    let swap = Mutex::new(Swap(Arc::default()));
    assert_eq!(write(&swap, &["atomic"], 2), Ok(()));
    assert_eq!(kind(write(&swap, &["plain"], 1)).1, Kind::NoLock { ty: "u32".to_owned() });
    assert_eq!(write(&swap, &[], 3), Ok(()));
    assert_eq!(read(&swap, &["plain"]), Ok(Value::from(3)));
    // A lock that the walk owns exclusively is not opened.
    let nested = Mutex::new(probe(3_u32));
    assert_eq!(write(&nested, &[], 4), Ok(()));
    let inner = nested.into_inner().unwrap();
    assert_eq!((inner.take(), inner.inner.into_inner()), (vec![], 4));
    let closed = Mutex::new(Probe { shared: true, ..probe(3_u32) });
    assert_eq!(kind(write(&closed, &[], 4)).1, Kind::Empty("holds nothing"));
}

#[test]
fn a_value_that_is_written_as_a_whole_is_read_in_part() {
    let gizmo = Mutex::new(Gizmo { whole: Whole(vec![1, 2]), ..Gizmo::default() });
    assert_eq!(read(&gizmo, &["whole", "1"]), Ok(Value::from(2)));
    let whole = Kind::Whole { ty: "Whole".to_owned() };
    assert_eq!(kind(write(&gizmo, &["whole", "1"], 3)), ("root.whole[1]".to_owned(), whole));
}

#[test]
fn an_error_names_the_part_of_the_path_that_was_walked() {
    let gizmo = Mutex::new(Gizmo::default());
    for walked in [kind(read(&gizmo, &["next", "plain"])), kind(write(&gizmo, &["next", "plain"], 1))] {
        assert_eq!(walked, ("root.next".to_owned(), Kind::IsNone));
    }
    let missing = Kind::NoItem { index: Value::from(0), len: 0 };
    for walked in [kind(read(&gizmo, &["list", "0", "x"])), kind(write(&gizmo, &["list", "0", "x"], 1))] {
        assert_eq!(walked, ("root.list[0]".to_owned(), missing.clone()));
    }
    let target = path(&["list", "0", "x"]);
    let target = Target::new("root", &gizmo).at(&target);
    assert_eq!(target.location(0), "root");
    assert_eq!(target.location(2), "root.list[0]");
    assert_eq!(target.fail(Kind::IsNone).to_string(), "root.list[0].x is None");
}

#[test]
fn a_long_path_is_walked_and_a_cycle_of_pointers_is_not() {
    let depth = 200;
    let chain = (0..depth).fold(Gizmo { plain: 7, ..Gizmo::default() }, |next, plain| Gizmo {
        plain,
        next: Some(Box::new(next)),
        ..Gizmo::default()
    });
    let mut steps = vec!["next"; depth as usize];
    steps.push("plain");
    assert_eq!(read(&chain, &steps), Ok(Value::from(7)));
    assert_eq!(write(&Mutex::new(chain), &steps, 8), Ok(()));

    /// An option that contains itself.
    struct Loop;
    impl Manhole for Loop {
        fn type_info() -> &'static TypeInfo {
            const { &TypeInfo::new("Loop", TypeKind::Option(Loop::type_info)) }
        }
        fn reflect(&self) -> Node<'_> {
            Node::new::<Self>(Shape::Option(Some(self)))
        }
        fn reflect_mut(&mut self) -> NodeMut<'_> {
            NodeMut::shared(self)
        }
    }
    assert_eq!(kind(read(&Loop, &["x"])), ("root".to_owned(), Kind::PointerCycle));
}

#[test]
fn a_lock_is_opened_as_weakly_as_the_walk_allows() {
    use AccessMode::{Read, Write};
    let mutex = probe(Gizmo::default());
    let shared = Probe { shared: true, ..probe(Gizmo::default()) };
    read(&mutex, &["plain"]).unwrap();
    read(&shared, &["plain"]).unwrap();
    assert_eq!((mutex.take(), shared.take()), (vec![Read], vec![Read]));
    write(&mutex, &["plain"], 1).unwrap();
    write(&shared, &["plain"], 1).unwrap();
    assert_eq!((mutex.take(), shared.take()), (vec![Write], vec![Read, Write]));
    // No stronger access helps an atomic, and none repairs an error.
    write(&shared, &["atomic"], 1).unwrap();
    assert_eq!(shared.take(), [Read]);
    write(&shared, &["list", "0"], 1).unwrap_err();
    assert_eq!(shared.take(), [Read]);
    assert_eq!(shared.inner.borrow().plain, 1);
}

#[test]
fn a_lock_that_is_busy_inside_another_one_is_waited_for_from_the_root() {
    let outer = probe(probe(7_u32));
    let fail_inner = |errors: &[LockError]| outer.inner.borrow().fail(errors.iter().copied());
    let command = command(1_000);
    let wait = LockWait::new(LONG, &command);
    let target = Target::new("root", &outer).with_wait(wait);

    fail_inner(&[LockError::Locked, LockError::Locked]);
    assert_eq!(target.snapshot(), Ok(Value::from(7)));
    assert_eq!(outer.take().len(), 3, "each attempt begins at the root");
    assert!(outer.waits_long.get() && !outer.inner.borrow().waits_long.get());

    // The outermost lock is waited for where it is opened.
    outer.fail([LockError::Locked]);
    assert_eq!(kind(target.snapshot()), ("root".to_owned(), Kind::Locked(None)));
    assert_eq!(outer.take().len(), 1);
    // Other errors are final.
    fail_inner(&[LockError::Empty("holds nothing")]);
    assert_eq!(kind(target.snapshot()).1, Kind::Empty("holds nothing"));
    assert_eq!(outer.take().len(), 1);
    // Without time left the first attempt is the only one.
    fail_inner(&[LockError::Locked]);
    assert_eq!(kind(Target::new("root", &outer).snapshot()).1, Kind::Locked(None));
    assert_eq!(outer.take().len(), 1);
    // A cell around the lock blocks no other thread.
    let cell = Probe { is_lock: false, ..probe(probe(7_u32)) };
    cell.inner.borrow().fail([LockError::Locked]);
    let target = Target::new("root", &cell).with_wait(wait);
    assert_eq!(kind(target.snapshot()).1, Kind::Locked(None));
    assert_eq!(cell.take().len(), 1);
    assert!(cell.inner.borrow().waits_long.get());
    // A cell between two locks changes nothing.
    let outer = probe(Probe { is_lock: false, ..probe(probe(7_u32)) });
    outer.inner.borrow().inner.borrow().fail([LockError::Locked]);
    let target = Target::new("root", &outer).with_wait(wait);
    assert_eq!(target.snapshot(), Ok(Value::from(7)));
    assert_eq!(outer.take().len(), 2);
    assert!(!outer.inner.borrow().inner.borrow().waits_long.get());
}

#[cfg(feature = "console")]
#[test]
fn held_locks_are_recorded_on_a_walk_and_inside_a_value() {
    let record = Arc::new(HeldLocks::default());
    HeldLocks::record(&record);
    for is_lock in [false, true] {
        let lock = Probe { is_lock, ..probe(7_u32) };
        let seen = Arc::clone(&record);
        assert_eq!(Target::new("root", &lock).read(move |_| seen.any()), Ok(is_lock));
        assert!(!record.any());
        let outer = (Probe { is_lock, ..probe(Watched(Arc::clone(&record))) }, 1_u8);
        let seen = Target::new("root", &outer).snapshot().unwrap();
        assert_eq!(
            seen,
            Value::List(vec![Value::Bool(is_lock), Value::from(1)]),
            "a preview or copy opens the lock"
        );
        assert!(!record.any());
    }
}

/// A leaf that is true while a lock is held.
#[cfg(feature = "console")]
struct Watched(Arc<HeldLocks>);

#[cfg(feature = "console")]
impl Manhole for Watched {
    fn type_info() -> &'static TypeInfo {
        bool::type_info()
    }

    fn reflect(&self) -> Node<'_> {
        Node::leaf::<bool>(self.0.any())
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::leaf::<bool>()
    }
}

#[test]
fn the_wait_for_a_lock_inside_another_one_can_be_cancelled() {
    let outer = probe(probe(7_u32));
    outer.inner.borrow().fail([LockError::Locked; 100]);
    let command = command(3);
    let target = Target::new("root", &outer).with_wait(LockWait::new(LONG, &command));
    assert_eq!(kind(target.snapshot()), ("root".to_owned(), Kind::Cancelled));
    assert_eq!(outer.take().len(), 4);
    assert!(!outer.inner.borrow().errors.borrow().is_empty());
}

#[test]
fn a_sibling_of_a_lock_is_not_inside_it() {
    let pair = (probe(1_u32), probe(2_u32));
    let command = command(1_000);
    let wait = LockWait::new(LONG, &command);
    for step in ["0", "1"] {
        Target::new("root", &pair).at(&path(&[step])).with_wait(wait).snapshot().unwrap();
    }
    assert!(pair.0.waits_long.get() && pair.1.waits_long.get());
    // A lock is released before it is opened exclusively.
    let shared = Probe { shared: true, ..probe(Gizmo::default()) };
    let plain = path(&["plain"]);
    Target::new("root", &shared).at(&plain).with_wait(wait).write(&Value::from(1)).unwrap();
    assert!(shared.waits_long.get());
}

#[test]
fn a_poisoned_lock_is_reported_and_opened() {
    let command = command(1_000);
    for poisoned in [false, true] {
        let lock = Probe { poisoned, ..probe(7_u32) };
        let target = Target::new("root", &lock).with_wait(LockWait::new(LONG, &command));
        assert_eq!(target.snapshot(), Ok(Value::from(7)));
        assert_eq!(command.poisoned.swap(0, Ordering::SeqCst), usize::from(poisoned));
    }
}

#[test]
fn a_lock_that_opens_only_as_a_whole_has_an_error_for_its_parts() {
    let lock = probe(Gizmo::default());
    lock.fail([LockError::Whole]);
    assert_eq!(kind(write(&lock, &["plain"], 1)).1, Kind::Whole { ty: "Probe".to_owned() });
    lock.fail([LockError::Whole]);
    assert_eq!(kind(write(&lock, &[], 1)).1, Kind::NoLock { ty: "Probe".to_owned() });
    lock.fail([LockError::Cancelled]);
    assert_eq!(kind(read(&lock, &["plain"])), ("root".to_owned(), Kind::Cancelled));
    let empty = OnceLock::<Gizmo>::new();
    assert!(matches!(kind(read(&empty, &["plain"])).1, Kind::Empty(_)));
    let filled = RwLock::new(OnceLock::from(7_u32));
    assert_eq!(write(&filled, &[], 8), Ok(()));
    assert_eq!(filled.read().unwrap().get(), Some(&8));
}

#[test]
fn each_error_has_its_message_and_help() {
    let value_error = ValueError::new("too large");
    let call = |error| Kind::Call { error, signature: "async reset(to: u32)".to_owned() };
    for (kind, message, help) in [
        (
            Kind::NoField { ty: "T".to_owned(), field: "cuont".to_owned(), known: vec!["count"] },
            "T has no field `cuont`; did you mean `count`?",
            Some("T has: count"),
        ),
        (
            Kind::NoField { ty: "T".to_owned(), field: "x".to_owned(), known: vec![] },
            "T has no field `x`",
            Some("T shows no fields"),
        ),
        (
            Kind::OtherVariant {
                ty: "T".to_owned(),
                field: "x".to_owned(),
                variant: "A",
                known: vec!["y", "z"],
            },
            "cannot reach p: this T is A, which has no field `x`",
            Some("A has: y, z"),
        ),
        (
            Kind::OtherVariant { ty: "T".to_owned(), field: "x".to_owned(), variant: "A", known: vec![] },
            "cannot reach p: this T is A, which has no field `x`",
            None,
        ),
        (Kind::NoItem { index: Value::from(0), len: 0 }, "cannot reach p: the list is empty", None),
        (
            Kind::NoItem { index: Value::from(5), len: 3 },
            "cannot reach p: the list has 3 items",
            Some("use an index from 0 to 2, or from -1 backwards"),
        ),
        (
            Kind::NoItem { index: Value::from("x"), len: 1 },
            "cannot reach p: the index of a list is an integer, not \"x\"",
            Some("use an index from 0 to 0, or from -1 backwards"),
        ),
        (Kind::TooLarge { why: "it is long" }, "cannot copy p: it is long", Some("copy a part of it")),
        (Kind::IsNone, "p is None", None),
        (Kind::Empty("is gone"), "p is gone", None),
        (Kind::Value(value_error), "cannot write p: too large", None),
        (
            Kind::NoMethod {
                ty: "T".to_owned(),
                method: "rest".to_owned(),
                known: vec!["async reset(to: u32)".to_owned()],
            },
            "T has no method `rest`; did you mean `reset`?",
            Some("T has: async reset(to: u32)"),
        ),
        (
            Kind::NoMethod { ty: "T".to_owned(), method: "reset".to_owned(), known: vec![] },
            "T has no method `reset`",
            None,
        ),
        (
            call(CallError::WrongCount { expected: 1, given: 2 }),
            "cannot call p.reset: expected 1 argument, found 2",
            Some("call it: async reset(to: u32)"),
        ),
        (call(CallError::Failed("no".to_owned())), "p.reset: no", None),
        (
            call(CallError::BehindLock),
            "cannot call p.reset: the method is async, and would hold the lock of its value while it is awaited",
            Some(
                "in the application, put the lock inside the type that has the method, or call it through a function",
            ),
        ),
    ] {
        let error = kind.at("p");
        assert_eq!((error.to_string().as_str(), error.help().as_deref()), (message, help));
    }
}

#[test]
fn exclusive_access_helps_only_where_it_is_missing() {
    let call = |error| Kind::Call { error, signature: "reset()".to_owned() }.at("p");
    assert!(call(CallError::NeedsExclusive).needs_exclusive());
    assert!(!call(CallError::NoMethod).needs_exclusive());
    assert!(Kind::NoLock { ty: "T".to_owned() }.at("p").needs_exclusive());
    assert!(!Kind::Secret.at("p").needs_exclusive());
    assert!(call(CallError::NoMethod).is_call(&CallError::NoMethod));
    assert!(!call(CallError::NoMethod).is_call(&CallError::BehindLock));
    assert!(!Kind::IsNone.at("p").is_call(&CallError::NoMethod));
}
