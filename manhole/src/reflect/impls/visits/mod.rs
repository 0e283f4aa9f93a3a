//! Values that a task or a thread owns, without a lock.

#[cfg(feature = "console")]
mod local;
mod mailbox;
mod message;
mod queue;

use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;

#[cfg(feature = "tokio")]
pub(crate) use self::local::serve_kept_values;
#[cfg(feature = "console")]
pub(crate) use self::local::{ThreadLocal, keep_here};
pub use self::message::{MailboxError, VisitMessage};
use self::queue::VisitQueue;

use crate::reflect::model::{Manhole, Node, NodeMut, Owner, Shape, TypeInfo, TypeKind};

/// Creates the two ends of a value that a task or thread owns: the console reaches it through the [`Remote`], and the owner serves
/// the console with the [`Visits`].
///
/// Nothing locks the value. The console sends a request, and the owner runs it between two steps of its work.
///
/// ```
/// # fn run() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use manhole::{Manhole, manhole};
///
/// #[derive(Manhole)]
/// struct Router {
///     routes: Vec<String>,
/// }
///
/// let (router, visits) = manhole::visits::<Router>();
/// let console = manhole::spawn("/tmp/router.manhole", manhole! { router => router })?;
/// let owner = std::thread::spawn(move || {
///     let mut state = Router { routes: vec!["/".to_owned()] };
///     while state.routes.len() < 2 {
///         // The work of one turn.
///         std::thread::sleep(Duration::from_millis(1));
///         visits.serve(&mut state);
///     }
/// });
/// # Ok(())
/// # }
/// ```
#[must_use]
pub fn visits<T>() -> (Remote<T>, Visits<T>) {
    let queue = Arc::new(VisitQueue::default());
    let owner: Arc<dyn Owner> = queue.clone();
    (Remote { owner, owned: PhantomData }, Visits { queue, owned: PhantomData })
}

/// The console's end of a value that a task or thread owns: a root, or a part of any value.
///
/// It is `Send` and `Sync` whatever `T` is, since it holds no `T`. See [`visits`].
pub struct Remote<T> {
    owner: Arc<dyn Owner>,
    owned: PhantomData<fn(T) -> T>,
}

/// The owner's end of a value: it serves the requests of the console.
///
/// When it is dropped, the console says that the owner has ended. See [`visits`].
pub struct Visits<T> {
    queue: Arc<VisitQueue>,
    owned: PhantomData<fn() -> T>,
}

impl<T: Manhole> Visits<T> {
    /// Runs the requests that wait, for about 100 µs at most. Call it once in each turn of the owner's loop: without a request it
    /// costs one relaxed load.
    ///
    /// It never waits, and runs no script: only the reads, writes and method calls of the console. A panic in one of them reaches the
    /// console, not the owner.
    ///
    /// `value` may borrow from the owner's local variables:
    ///
    /// ```
    /// use manhole::Manhole;
    ///
    /// #[derive(Manhole)]
    /// struct View<'a> {
    ///     jobs: &'a mut Vec<u32>,
    ///     running: &'a mut bool,
    /// }
    ///
    /// let (worker, visits) = manhole::visits::<View<'static>>();
    /// let (mut jobs, mut running) = (vec![1, 2, 3], true);
    /// while let Some(job) = jobs.pop() {
    ///     visits.serve(&mut View { jobs: &mut jobs, running: &mut running });
    /// }
    /// # drop(worker);
    /// ```
    #[inline]
    pub fn serve(&self, value: &mut T) {
        self.queue.serve(value);
    }

    /// Waits for `future`, and serves the console while it waits.
    ///
    /// Unlike a branch of `select!`, it leaves the end of the loop reachable:
    ///
    /// ```
    /// use manhole::Manhole;
    ///
    /// #[derive(Manhole)]
    /// struct Totals {
    ///     sum: u64,
    /// }
    ///
    /// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
    /// let (totals, visits) = manhole::visits::<Totals>();
    /// let (sender, mut numbers) = tokio::sync::mpsc::channel::<u64>(8);
    /// let task = async move {
    ///     let mut state = Totals { sum: 0 };
    ///     while let Some(number) = visits.serving(&mut state, numbers.recv()).await {
    ///         state.sum += number;
    ///     }
    ///     state.sum
    /// };
    /// sender.send(7).await.unwrap();
    /// drop(sender);
    /// assert_eq!(task.await, 7);
    /// # drop(totals);
    /// # });
    /// ```
    ///
    /// Dropped before it is ready, it drops `future`. So what holds for `future` in `select!` holds here.
    pub async fn serving<F: Future>(&self, value: &mut T, future: F) -> F::Output {
        let mut future = pin!(future);
        std::future::poll_fn(|context| {
            // First, so that a request between the two wakes the task.
            self.queue.set_waker(context.waker());
            self.queue.serve(value);
            match future.as_mut().poll(context) {
                Poll::Ready(output) => Poll::Ready(output),
                Poll::Pending => Poll::Pending,
            }
        })
        .await
    }

    /// Sets what wakes the owner when a request arrives: for an owner that waits in its channel, and serves when it is woken.
    ///
    /// `wake` runs on the console's thread and must not block: send with `try_send`, and ignore a full channel. Its owner is awake, and
    /// serves after the event that it is busy with. An unbounded channel would grow while its owner is stuck: see
    /// [`Remote::with_mailbox`].
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// enum Event {
    ///     Add(u64),
    ///     Visit,
    /// }
    ///
    /// let (sum, visits) = manhole::visits::<u64>();
    /// let (sender, events) = mpsc::sync_channel(8);
    /// let waker = sender.clone();
    /// visits.wake_with(move || drop(waker.try_send(Event::Visit)));
    /// # sender.send(Event::Add(1)).unwrap();
    /// # sender.send(Event::Visit).unwrap();
    /// # visits.wake_with(|| ());
    /// # drop(sender);
    /// let mut state = 0;
    /// for event in events {
    ///     match event {
    ///         Event::Add(number) => state += number,
    ///         Event::Visit => {}
    ///     }
    ///     visits.serve(&mut state);
    /// }
    /// # drop(sum);
    /// ```
    pub fn wake_with(&self, wake: impl Fn() + Send + Sync + 'static) {
        self.queue.wake_with(Arc::new(wake));
    }
}

impl<T> Remote<T> {
    /// Creates the console's end for an owner that has its own way to get visits. The owner must run them on a `T`.
    ///
    /// For an actor use [`with_mailbox`](Self::with_mailbox), which holds back requests while the mailbox is full, and withdraws them.
    #[must_use]
    pub fn new(owner: impl Owner + 'static) -> Self {
        Self { owner: Arc::new(owner), owned: PhantomData }
    }
}

impl<T> Drop for Visits<T> {
    fn drop(&mut self) {
        self.queue.close();
    }
}

impl<T> Clone for Remote<T> {
    fn clone(&self) -> Self {
        Self { owner: Arc::clone(&self.owner), owned: PhantomData }
    }
}

// Types of the application that hold one may derive `Debug`.
impl<T> fmt::Debug for Visits<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Visits").finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for Remote<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Remote").finish_non_exhaustive()
    }
}

impl<T: Manhole> Manhole for Remote<T> {
    fn type_info() -> &'static TypeInfo {
        const { &TypeInfo::new("Remote", TypeKind::Lock(T::type_info)).with_params(&[T::type_info]) }
    }

    fn reflect(&self) -> Node<'_> {
        Node::new::<Self>(Shape::Remote(&self.owner))
    }

    fn reflect_mut(&mut self) -> NodeMut<'_> {
        NodeMut::shared(self)
    }
}
