//! Every form of method that can be exposed, and methods that are not exposed.

use std::borrow::Cow;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use manhole::Manhole;
use manhole::reflect::{CallError, CallFuture, CallOutput, TypeInfo, Value};

#[derive(Manhole)]
pub struct Gizmo<T: Clone + Send + Sync + 'static> {
    count: u64,
    items: Vec<T>,
}

mod inner {
    use super::{Arc, Cow, Gizmo, Manhole};

    pub struct Foreign;

    #[manhole::methods]
    impl<T: Manhole + Clone + Send + Sync + 'static> Gizmo<T> {
        #[allow(dead_code)]
        pub const LIMIT: u8 = 3;

        /// Sets the counter back to zero
        /// and returns what it was.
        pub fn reset(&mut self) -> u64 {
            std::mem::take(&mut self.count)
        }

        pub fn count(&self) -> u64 {
            self.count
        }

        #[must_use]
        pub fn label<'a>(
            &self,
            prefix: &'a str,
            mut suffix: String,
            r#type: Option<u8>,
        ) -> Result<String, String> {
            suffix.insert(0, ' ');
            Ok(format!("{prefix}{suffix} {type:?}"))
        }

        pub fn slice(&self, _parts: &[Option<u8>], _text: Cow<'_, str>) {}

        pub fn nothing(self: &Self) {}

        pub fn explicitly_nothing(self: &mut Self) -> () {}

        pub const fn fixed(&self) -> &'static str {
            "fixed"
        }

        pub fn shown(&self) -> impl Manhole + Send + Sync + use<T> {
            Arc::new(1_u8)
        }

        pub fn first(&self) -> Option<T> {
            self.items.first().cloned()
        }

        #[manhole(rename = "of_another_name")]
        #[deprecated]
        pub fn renamed(&self, _twin: (), _same: Box<u8>) -> Vec<Option<bool>> {
            Vec::new()
        }

        #[manhole(skip)]
        pub fn skipped<F: Fn()>(self, _: F, Foreign: Foreign) -> Foreign {
            Foreign
        }

        #[allow(dead_code)]
        fn private(&self, _: Foreign) {}

        #[allow(dead_code)]
        pub(self) fn also_private(&self, _: Foreign) {}

        #[manhole(skip)]
        #[allow(dead_code)]
        pub(crate) fn skipped_in_the_crate(&self, _: Foreign) {}

        pub fn new(items: Vec<T>) -> Self {
            Self { count: 3, items }
        }
    }
}

#[derive(Manhole)]
struct Conditional;

#[manhole::methods]
#[allow(dead_code)]
impl Conditional {
    #[cfg(any())]
    pub fn absent(&self, _it: does::not::Exist) {}

    /// One of two.
    #[cfg(all())]
    pub fn either(&self) -> u8 {
        1
    }

    #[cfg(not(all()))]
    pub fn either(&self) -> u8 {
        2
    }

    pub fn always(&mut self) -> u8 {
        3
    }
}

/// A type with `async` methods, which run without a lock.
#[derive(Manhole)]
struct AsyncCounter {
    count: std::sync::atomic::AtomicU64,
}

#[manhole::methods]
impl AsyncCounter {
    pub fn now(&self) -> u64 {
        self.count.load(std::sync::atomic::Ordering::SeqCst)
    }

    /// Waits.
    pub async fn later(&self, text: &str, parts: &[u8], more: Option<String>) -> Result<usize, String> {
        std::future::ready(()).await;
        if text.is_empty() { Err("empty".to_owned()) } else { Ok(text.len() + parts.len() + more.map_or(0, |m| m.len())) }
    }

    pub async fn silent(&self) {}

    #[manhole(skip)]
    #[allow(dead_code)]
    pub async fn skipped(&mut self, _: std::rc::Rc<u8>) {}
}

/// Returns the result of a future that is ready at once.
fn poll_once(started: Result<CallFuture<'_>, CallError>) -> Result<CallOutput, CallError> {
    let mut future = started?;
    match future.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("the future is pending"),
    }
}

#[derive(Manhole)]
struct Nothing;

mod visibility {
    #[derive(manhole::Manhole)]
    pub struct Restricted;

    #[manhole::methods]
    impl Restricted {
        pub(crate) fn in_crate(&self) -> u8 {
            1
        }

        pub(super) fn in_parent(&self) -> u8 {
            2
        }

        pub(in crate::visibility) fn in_path(&self) -> u8 {
            3
        }

        #[manhole(expose)]
        fn private(&self) -> u8 {
            4
        }

        #[manhole(expose, rename = "renamed")]
        async fn private_async(&self) {}
    }
}

/// The one method of a block can be private.
#[derive(Manhole)]
struct OnlyPrivate;

#[manhole::methods]
impl OnlyPrivate {
    #[manhole(expose)]
    fn private(&self) {}
}

fn signatures(info: &TypeInfo) -> Vec<String> {
    info.methods.iter().map(ToString::to_string).collect()
}

fn value(result: Result<CallOutput, CallError>) -> Value<'static> {
    match result {
        Ok(CallOutput::Value(value)) => value,
        Ok(_) => panic!("not a plain value"),
        Err(error) => panic!("{error}"),
    }
}

fn error(result: Result<CallOutput, CallError>) -> CallError {
    result.err().expect("an error")
}

fn main() {
    let info = Gizmo::<u8>::type_info();
    assert_eq!(
        signatures(info),
        [
            "reset() -> u64",
            "count() -> u64",
            "label(prefix: &'a str, suffix: String, type: Option<u8>) -> Result<String, String>",
            "slice(_parts: &[Option<u8>], _text: Cow<'_, str>)",
            "nothing()",
            "explicitly_nothing()",
            "fixed() -> &'static str",
            "shown() -> impl Manhole + Send + Sync + use<T>",
            "first() -> Option<T>",
            "of_another_name(_twin: (), _same: Box<u8>) -> Vec<Option<bool>>",
        ]
    );
    assert_eq!(info.methods[0].doc, "Sets the counter back to zero\nand returns what it was.");
    let exclusive: Vec<bool> = info.methods.iter().map(|method| method.exclusive).collect();
    assert_eq!(exclusive, [true, false, false, false, false, true, false, false, false, false]);

    let mut gizmo = Gizmo::new(vec![5_u8]);
    assert_eq!(error(gizmo.call(0, vec![])), CallError::NeedsExclusive);
    assert_eq!(value(gizmo.call(1, vec![])), Value::Int(3));
    assert_eq!(value(gizmo.call_mut(1, vec![])), Value::Int(3));
    assert_eq!(value(gizmo.call_mut(0, vec![])), Value::Int(3));
    assert_eq!(value(gizmo.call(1, vec![])), Value::Int(0));
    assert_eq!(error(gizmo.call(1, vec![Value::Unit])), CallError::WrongCount { expected: 0, given: 1 });
    let arguments = vec!["a".into(), "b".into(), 1_u8.into()];
    assert_eq!(value(gizmo.call(2, arguments)), Value::from("a b Some(1)"));
    let wrong = vec!["a".into(), 1_u8.into(), Value::Unit];
    assert!(matches!(error(gizmo.call(2, wrong)), CallError::Argument { index: 1, .. }));
    assert_eq!(value(gizmo.call(6, vec![])), Value::from("fixed"));
    assert_eq!(value(gizmo.call(8, vec![])), Value::Int(5));
    assert_eq!(error(gizmo.call(10, vec![])), CallError::NoMethod);
    assert_eq!(error(gizmo.call_mut(10, vec![])), CallError::NoMethod);

    assert_eq!(signatures(Conditional::type_info()), ["either() -> u8", "always() -> u8"]);
    assert_eq!(value(Conditional.call(0, vec![])), Value::Int(1));
    assert_eq!(error(Conditional.call(1, vec![])), CallError::NeedsExclusive);
    assert_eq!(value(Conditional.call_mut(1, vec![])), Value::Int(3));
    assert_eq!(error(Conditional.call(2, vec![])), CallError::NoMethod);

    let info = AsyncCounter::type_info();
    assert_eq!(
        signatures(info),
        [
            "now() -> u64",
            "async later(text: &str, parts: &[u8], more: Option<String>) -> Result<usize, String>",
            "async silent()",
        ]
    );
    let counter = AsyncCounter { count: 7.into() };
    assert_eq!(value(counter.call(0, vec![])), Value::Int(7));
    let arguments = |text: &str| vec![text.to_owned().into(), Value::List(vec![1_u8.into()]), "xy".into()];
    let found = poll_once(counter.call_async(1, arguments("abc")));
    assert!(matches!(found, Ok(CallOutput::Root(..) | CallOutput::Value(Value::Int(6)))));
    assert_eq!(error(poll_once(counter.call_async(1, arguments("")))), CallError::Failed("empty".to_owned()));
    let wrong = counter.call_async(1, vec![Value::Unit]).err();
    assert_eq!(wrong, Some(CallError::WrongCount { expected: 3, given: 1 }));
    assert!(poll_once(counter.call_async(2, vec![])).is_ok());
    assert_eq!(counter.call_async(0, vec![]).err(), Some(CallError::NoMethod));

    assert_eq!(
        signatures(visibility::Restricted::type_info()),
        ["in_crate() -> u8", "in_parent() -> u8", "in_path() -> u8", "private() -> u8", "async renamed()"]
    );
    assert_eq!(value(visibility::Restricted.call(3, vec![])), Value::Int(4));
    assert_eq!(visibility::Restricted.in_crate() + visibility::Restricted.in_parent(), 3);
    assert_eq!(signatures(OnlyPrivate::type_info()), ["private()"]);

    assert!(Nothing::type_info().methods.is_empty());
    assert_eq!(error(Nothing.call(0, vec![])), CallError::NoMethod);
}
