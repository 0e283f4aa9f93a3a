//! tokio's locks, cells, channels and tasks, and other shared types: `ArcSwap`, `DashMap`, `ReentrantMutex`.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwap, ArcSwapOption};
use dashmap::{DashMap, DashSet};
use manhole::{Manhole as Inspect, manhole};
use parking_lot::ReentrantMutex;
use tokio::sync::{Mutex, Notify, OnceCell, RwLock, Semaphore, broadcast, mpsc, oneshot, watch};
use tokio::task::{AbortHandle, JoinHandle, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::support::{Manhole, wait_until};

#[derive(Inspect, Clone, Debug, Default, PartialEq)]
struct Config {
    limit: u32,
    name: String,
}

fn config(limit: u32) -> Config {
    Config { limit, name: "a".to_owned() }
}

/// Serves with a short lock timeout.
fn served(namespace: manhole::Namespace) -> Manhole {
    Manhole::with(namespace, |builder| builder.limits(|limits| limits.lock_wait = Duration::from_millis(20)))
}

#[test]
fn tokio_locks_are_read_and_written() {
    let mutex = Arc::new(Mutex::new(config(1)));
    let rwlock = Arc::new(RwLock::new(config(2)));
    let once = Arc::new(OnceCell::<Config>::new());
    let manhole = served(manhole! { mutex => mutex, rwlock => rwlock, once => once });
    let mut client = manhole.connect();
    assert_eq!(client.ask("mutex"), "Config { limit: 1, name: \"a\" }");
    assert_eq!(client.ask("mutex.limit += 4; rwlock.limit = 7; [mutex.limit, rwlock.limit]"), "[5, 7]");
    assert_eq!((mutex.try_lock().unwrap().limit, rwlock.try_read().unwrap().limit), (5, 7));
    let reading = rwlock.try_read().unwrap();
    assert_eq!(client.ask("rwlock.limit"), "7");
    assert_eq!(
        client.first_line("rwlock.limit = 8"),
        "error: cannot lock rwlock: the application holds the lock"
    );
    drop(reading);
    let locked = mutex.try_lock().unwrap();
    assert_eq!(client.first_line("mutex.limit"), "error: cannot lock mutex: the application holds the lock");
    drop(locked);
    assert_eq!(client.first_line("once.limit"), "error: once is not set yet");
    once.set(config(3)).unwrap();
    assert_eq!(client.ask("once.limit"), "3");
}

#[test]
fn writing_a_watch_sender_notifies_receivers() {
    let (sender, mut receiver) = watch::channel(config(1));
    let ends = Arc::new((sender, receiver.clone()));
    let manhole = served(manhole! { ends => ends });
    let mut client = manhole.connect();
    assert_eq!(client.ask("ends[0].limit + ends[1].limit"), "2");
    assert_eq!(client.first_line("ends[0] = 5").split(", not").count(), 2);
    assert!(!receiver.has_changed().unwrap(), "neither a look nor a refused write tells anybody");
    assert_eq!(client.ask("ends[0].limit = 5"), "");
    assert!(receiver.has_changed().unwrap());
    assert_eq!(receiver.borrow_and_update().limit, 5);
    assert_eq!(client.ask("ends[0] = #{ limit: 6, name: \"b\" }; ends[1].name"), "\"b\"");
    assert!(receiver.has_changed().unwrap());
    assert_eq!(
        client.first_line("ends[1].limit = 1"),
        "error: cannot change ends[1].limit: no lock above this u32 gives exclusive access"
    );
}

#[derive(Inspect)]
struct Channels {
    jobs: mpsc::Sender<u8>,
    jobs_in: mpsc::Receiver<u8>,
    log: mpsc::UnboundedReceiver<u8>,
    news: broadcast::Sender<u8>,
    news_in: broadcast::Receiver<u8>,
    done: oneshot::Sender<u8>,
    done_in: oneshot::Receiver<u8>,
    slots: Semaphore,
}

#[test]
fn channels_show_their_length_and_lose_no_message() {
    let (jobs, jobs_in) = mpsc::channel(4);
    let (log_out, log) = mpsc::unbounded_channel();
    let (news, news_in) = broadcast::channel(8);
    let (done, done_in) = oneshot::channel();
    jobs.try_send(1).unwrap();
    log_out.send(2).unwrap();
    news.send(3).unwrap();
    let slots = Semaphore::new(3);
    let channels = Channels { jobs, jobs_in, log, news, news_in, done, done_in, slots };
    let channels = Arc::new(parking_lot::Mutex::new(channels));
    let manhole = served(manhole! { ch => channels });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("ch.jobs", "Sender { capacity: 3, max_capacity: 4, closed: false }"),
        ("ch.jobs_in", "Receiver { len: 1, capacity: 3, max_capacity: 4, closed: false }"),
        ("ch.jobs_in.len", "1"),
        ("ch.log", "Receiver { len: 1, closed: false }"),
        ("ch.news", "Sender { len: 1, receivers: 1 }"),
        ("ch.news_in", "Receiver { len: 1, closed: false }"),
        ("ch.done", "Sender { closed: false }"),
        ("ch.done_in", "Receiver { empty: true, terminated: false }"),
        ("ch.slots", "Semaphore { available_permits: 3, closed: false }"),
        ("ch.slots.available_permits * 2", "6"),
        ("ch.jobs.type_of()", "\"mpsc::Sender<u8>\""),
    ] {
        let answer =
            if code == "ch.log" { answer.replace("Receiver", "UnboundedReceiver") } else { answer.into() };
        assert_eq!(client.ask(code), answer, "{code}");
    }
    let error = client.first_line("ch.slots.available_permits = 9");
    assert!(error.ends_with("the field `available_permits` of Semaphore is read-only"), "{error}");
    let mut channels = channels.lock();
    assert_eq!(channels.jobs_in.try_recv(), Ok(1));
    assert_eq!(channels.log.try_recv(), Ok(2));
    assert_eq!(channels.news_in.try_recv(), Ok(3));
}

#[test]
fn weak_senders_keep_no_channel_open() {
    let (jobs, mut jobs_in) = mpsc::channel::<u8>(4);
    let (log, _log_in) = mpsc::unbounded_channel::<u8>();
    let (news, mut news_in) = broadcast::channel::<u8>(8);
    let manhole = served(manhole! {
        jobs => jobs.downgrade(),
        log => log.downgrade(),
        news => news.downgrade(),
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("jobs"), "Sender { capacity: 4, max_capacity: 4, closed: false }");
    assert_eq!(client.ask("log"), "UnboundedSender { closed: false }");
    assert_eq!(client.ask("news.receivers"), "1");
    drop((jobs, log, news));
    assert_eq!(jobs_in.try_recv(), Err(mpsc::error::TryRecvError::Disconnected));
    assert_eq!(news_in.try_recv(), Err(broadcast::error::TryRecvError::Closed));
    for code in ["jobs.capacity", "log.closed", "news.receivers"] {
        assert!(client.first_line(code).ends_with(" is gone"), "{code}: {}", client.first_line(code));
    }
}

#[derive(Inspect)]
struct Tasks {
    worker: JoinHandle<()>,
    helper: AbortHandle,
    crowd: JoinSet<()>,
    runtime: tokio::runtime::Handle,
    stop: CancellationToken,
    started: tokio::time::Instant,
}

#[test]
fn tasks_are_inspected_and_aborted() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let worker = runtime.spawn(std::future::pending());
    let helper = runtime.spawn(std::future::pending::<()>()).abort_handle();
    let mut crowd = JoinSet::new();
    crowd.spawn_on(std::future::pending(), runtime.handle());
    let stop = CancellationToken::new();
    let tasks = Arc::new(Tasks {
        worker,
        helper,
        crowd,
        runtime: runtime.handle().clone(),
        stop: stop.clone(),
        started: tokio::time::Instant::now(),
    });
    let manhole = served(manhole! { tasks => tasks });
    let mut client = manhole.connect();
    assert_eq!(client.ask("tasks.worker"), "JoinHandle { finished: false }");
    assert_eq!(client.ask("tasks.crowd"), "JoinSet { len: 1 }");
    assert_eq!(client.ask("[tasks.runtime.workers, tasks.runtime.alive_tasks]"), "[1, 3]");
    assert_eq!(client.ask("tasks.started < \"1h\" && tasks.started > \"1h ago\""), "true");
    assert_eq!(client.ask("tasks.worker.abort(); tasks.helper.abort()"), "");
    wait_until("both are aborted", || client.ask("tasks.worker.finished && tasks.helper.finished") == "true");
    assert_eq!(client.ask("tasks.stop.cancelled"), "false");
    assert_eq!(
        client.first_line("tasks.stop.cancel(1)"),
        "error: cannot call `cancel`: expected 0 arguments, found 1"
    );
    assert_eq!(client.ask("tasks.stop.cancel(); tasks.stop"), "CancellationToken { cancelled: true }");
    assert!(stop.is_cancelled());
}

#[derive(Inspect)]
struct Controls {
    task: JoinHandle<()>,
    abort: AbortHandle,
    set: JoinSet<()>,
    token: CancellationToken,
    slots: Semaphore,
    notify: Notify,
    ticks: tokio::time::Interval,
    #[manhole(methods(try_send))]
    jobs: mpsc::Sender<u8>,
    #[manhole(methods(send))]
    log: mpsc::UnboundedSender<u8>,
    #[manhole(methods(send))]
    news: broadcast::Sender<u8>,
    limit: watch::Sender<u32>,
}

#[test]
fn methods_that_steer_tasks_take_the_level_operate() {
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_time().build().unwrap();
    let guard = runtime.enter();
    let (jobs, mut jobs_in) = mpsc::channel(4);
    let (log, mut log_in) = mpsc::unbounded_channel();
    let (news, mut news_in) = broadcast::channel(4);
    let (limit, limit_in) = watch::channel(1);
    let mut set = JoinSet::new();
    set.spawn(std::future::pending());
    let controls = Controls {
        task: runtime.spawn(std::future::pending()),
        abort: runtime.spawn(std::future::pending::<()>()).abort_handle(),
        set,
        token: CancellationToken::new(),
        slots: Semaphore::new(2),
        notify: Notify::new(),
        ticks: tokio::time::interval(Duration::from_secs(5)),
        jobs,
        log,
        news,
        limit,
    };
    drop(guard);
    let controls = Arc::new(parking_lot::Mutex::new(controls));
    let calls = [
        ("c.task.abort()", ""),
        ("c.abort.abort()", ""),
        ("c.set.abort_all()", ""),
        ("c.token.cancel()", ""),
        ("c.slots.add_permits(3)", ""),
        ("c.slots.forget_permits(4)", "4"),
        ("c.slots.close()", ""),
        ("c.notify.notify_one()", ""),
        ("c.notify.notify_waiters()", ""),
        ("c.ticks.reset()", ""),
        ("c.jobs.try_send(7)", ""),
        ("c.log.send(8)", ""),
        ("c.news.send(9)", "1"),
        ("c.limit = 5", ""),
    ];
    let observed = Arc::clone(&controls);
    let manhole = Manhole::with(manhole! { c => observed }, |builder| {
        builder.access(manhole::Access::default().max_level(manhole::Level::Observe))
    });
    let mut client = manhole.connect();
    for (code, _) in calls {
        let error = client.first_line(code);
        assert!(error.contains("takes the level operate"), "{code}: {error}");
    }
    assert!(!controls.lock().token.is_cancelled() && jobs_in.try_recv().is_err());
    let manhole = Manhole::with(manhole! { c => controls }, |builder| {
        builder.access(manhole::Access::default().max_level(manhole::Level::Operate))
    });
    let mut client = manhole.connect();
    for (code, answer) in calls {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!((jobs_in.try_recv(), log_in.try_recv(), news_in.try_recv()), (Ok(7), Ok(8), Ok(9)));
    assert_eq!(*limit_in.borrow(), 5);
    let controls = controls.lock();
    assert!(controls.token.is_cancelled() && controls.slots.is_closed());
    assert_eq!(controls.slots.available_permits(), 1);
    wait_until("both are aborted", || controls.task.is_finished() && controls.abort.is_finished());
}

#[test]
fn an_arc_swap_is_replaced_as_a_whole() {
    let swap = Arc::new(ArcSwap::from_pointee(config(1)));
    let option = Arc::new(ArcSwapOption::<Config>::empty());
    let level = Arc::new(ArcSwap::from_pointee(3_u8));
    let manhole = served(manhole! { state => (Arc::clone(&swap), Arc::clone(&option)), plain => level });
    let mut client = manhole.connect();
    let before = swap.load_full();
    assert_eq!(client.ask("state[0]"), "Config { limit: 1, name: \"a\" }");
    assert_eq!(
        client.first_line("state[0].limit = 2"),
        "error: cannot change state[0].limit: no lock above this u32 gives exclusive access"
    );
    assert_eq!(client.ask("state[0] = #{ limit: 2, name: \"b\" }; state[0].limit"), "2");
    assert_eq!((before.limit, swap.load().limit), (1, 2));
    assert_eq!(client.ask("state[1]"), "None");
    assert_eq!(client.ask("state[1] = #{ limit: 9, name: \"c\" }; state[1].limit"), "9");
    assert_eq!(client.ask("state[1] = None; state[1]"), "None");
    assert!(option.load().is_none());
    assert_eq!(client.ask("plain += 4; plain"), "7");
    assert_eq!(**level.load(), 7);
}

#[test]
fn a_dash_map_is_locked_item_by_item() {
    let map: Arc<DashMap<_, _>> =
        Arc::new(DashMap::from_iter([("a".to_owned(), config(1)), ("b".to_owned(), config(2))]));
    let set = Arc::new(DashSet::<u8>::from_iter([3, 4]));
    let counters: Arc<DashMap<&'static str, AtomicU32>> = Arc::new(DashMap::new());
    counters.insert("hits", AtomicU32::new(5));
    let manhole = served(manhole! { map => map, names => set, counters => counters });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("map.len()", "2"),
        ("map.a.limit", "1"),
        ("map[\"b\"].limit += 5; map.b.limit", "7"),
        ("let n = 0; for x in map { n += x.limit } n", "8"),
        ("\"a\" in map", "true"),
        ("\"z\" in map", "false"),
        ("map.type_of()", "\"DashMap<String, Config>\""),
        ("3 in names", "true"),
        ("names.len()", "2"),
        ("counters", "{\"hits\": 5}"),
        ("counters.hits += 1; counters.hits", "6"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(map.get("b").unwrap().limit, 7);
    assert_eq!(counters.get("hits").unwrap().load(Ordering::SeqCst), 6);
    assert_eq!(client.first_line("map.z.limit"), "error: cannot reach map[\"z\"]: the map has no key \"z\"");
    let held = map.get_mut("a").unwrap();
    assert_eq!(
        client.first_line("map.a.limit"),
        "error: cannot lock map[\"a\"]: the application holds the lock"
    );
    assert_eq!(client.first_line("map"), "error: cannot lock map: the application holds the lock");
    assert_eq!(client.first_line("map.len()"), "error: cannot lock map: the application holds the lock");
    drop(held);
    assert_eq!(client.ask("map.a.limit"), "1");
}

#[test]
fn a_reentrant_lock_gives_shared_access() {
    let atomic = Arc::new(ReentrantMutex::new(AtomicU32::new(1)));
    let plain = Arc::new(parking_lot_013::ReentrantMutex::new(config(2)));
    let manhole = served(manhole! { atomic => atomic, plain => plain });
    let mut client = manhole.connect();
    assert_eq!(client.ask("atomic = 5; atomic"), "5");
    assert_eq!(atomic.lock().load(Ordering::SeqCst), 5);
    assert_eq!(client.ask("plain.limit"), "2");
    assert_eq!(
        client.first_line("plain.limit = 1"),
        "error: cannot change plain.limit: no lock above this u32 gives exclusive access"
    );
    let held = plain.lock();
    assert_eq!(client.first_line("plain.limit"), "error: cannot lock plain: the application holds the lock");
    drop(held);
}
