//! State that a task or a thread owns: it serves the console between two steps of its work.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use manhole::{Manhole as Inspect, Remote, Visits, manhole};
use tokio::runtime::{Builder, Runtime};

use crate::support::{LONG, Manhole};

/// What a shard knows.
#[derive(Inspect, Default)]
struct Shard {
    /// The names of its keys.
    keys: Vec<String>,
    hits: u64,
    #[manhole(secret)]
    #[expect(dead_code, reason = "secrets are not read")]
    token: String,
    #[manhole(validate = at_most_ten)]
    limit: u32,
    mode: Option<String>,
}

fn at_most_ten(limit: &u32) -> Result<(), String> {
    if *limit > 10 { Err("a shard has at most ten".to_owned()) } else { Ok(()) }
}

#[manhole::methods]
impl Shard {
    /// Counts a hit.
    pub fn hit(&mut self, times: u64) -> u64 {
        self.hits += times;
        self.hits
    }

    pub fn explode(&self) {
        panic!("out of order");
    }

    /// Does not return before the shard is free again.
    pub fn rest(&self) {
        thread::sleep(Duration::from_secs(3));
    }
}

/// A thread that owns a shard, and the way to end it.
struct Owner {
    end: mpsc::Sender<()>,
    thread: Option<JoinHandle<Shard>>,
}

impl Owner {
    /// Starts a thread that serves the console, and sleeps otherwise.
    fn spawn(name: &str) -> (Remote<Shard>, Self) {
        let (remote, visits) = manhole::visits();
        let (end, ended) = mpsc::channel();
        let keys = vec![format!("{name} 1"), format!("{name} 2")];
        let thread = thread::spawn(move || {
            let owner = thread::current();
            visits.wake_with(move || owner.unpark());
            let mut shard = Shard { keys, ..Shard::default() };
            while ended.try_recv() == Err(mpsc::TryRecvError::Empty) {
                visits.serve(&mut shard);
                thread::park_timeout(Duration::from_millis(20));
            }
            shard
        });
        (remote, Self { end, thread: Some(thread) })
    }

    fn end(&mut self) -> Shard {
        self.end.send(()).unwrap();
        self.thread.take().unwrap().join().unwrap()
    }
}

#[test]
fn a_thread_owns_a_root() {
    let (shard, mut owner) = Owner::spawn("a");
    let manhole = Manhole::new(manhole! { shard => shard });
    let mut client = manhole.connect();
    assert_eq!(client.ask("shard.hits"), "0");
    assert_eq!(client.ask("shard.hits = 7; shard.hits += 1; shard.hits"), "8");
    assert_eq!(client.ask("shard.hit(2)"), "10");
    assert_eq!(client.ask("shard.keys.filter(|key| key.ends_with('2')).map(|key| key.len())"), "[3]");
    assert_eq!(client.ask("shard.keys.push(\"a 3\"); shard.keys.len()"), "3");
    assert_eq!(client.ask("shard.mode = Some(\"idle\"); shard.mode"), "\"idle\"");
    let shown = client.ask("shard");
    assert!(shown.contains("hits: 10,\n    token: <secret>,"), "{shown}");
    assert_eq!(client.ask("shard.token"), "<secret>");
    assert_eq!(
        client.first_line("shard.limit = 11"),
        "error: cannot write shard.limit: a shard has at most ten"
    );
    assert_eq!(client.first_line("shard.hist"), "error: Shard has no field `hist`; did you mean `hits`?");
    assert_eq!(client.ask("shard.update(\"hits\", |hits| hits * 2); shard.hits"), "20");
    assert_eq!(client.ask("shard.snapshot().hits"), "20");
    assert_eq!(client.ask("to_json(shard.keys)"), "\"[\\\"a 1\\\",\\\"a 2\\\",\\\"a 3\\\"]\"");
    drop(client);
    let shard = owner.end();
    assert_eq!((shard.hits, shard.keys.len()), (20, 3));
    assert_eq!(manhole.connect().first_line("shard.hits"), "error: cannot reach shard: its owner has ended");
}

#[test]
fn owners_anywhere_in_a_value_are_shown_and_searched() {
    let (first, mut first_owner) = Owner::spawn("a");
    let (second, _second_owner) = Owner::spawn("b");
    let (stuck, _visits) = manhole::visits::<Shard>();
    let shards = BTreeMap::from([(1, first), (2, second)]);
    let shards = Arc::new(Mutex::new(shards));
    let manhole = Manhole::with(manhole! { shards => Arc::clone(&shards) }, |builder| {
        builder.limits(|limits| limits.lock_wait = Duration::from_millis(300))
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("shards[2].keys[0]"), "\"b 1\"");
    assert_eq!(client.ask("shards.map(|shard| shard.keys.len()).sum()"), "4");
    assert_eq!(client.ask("shards.filter(|shard| shard.keys.contains(\"b 2\")).keys()"), "[2]");
    let shown = client.ask("shards");
    assert!(shown.contains("\"a 1\"") && shown.contains("\"b 2\""), "{shown}");
    assert!(client.ask("tree(shards)").contains("\"b 2\""));
    assert!(client.ask("shards.snapshot()").contains("\"b 2\""));
    shards.lock().unwrap().insert(3, stuck);
    first_owner.end();
    let shown = client.ask("shards");
    assert!(shown.contains("1: <owner has ended>"), "{shown}");
    assert!(shown.contains("\"b 2\""), "{shown}");
    assert!(shown.contains("3: <not served>"), "{shown}");
    // A snapshot is complete, or an error.
    assert_eq!(client.first_line("shards.snapshot()"), "error: cannot reach shards: its owner has ended");
    shards.lock().unwrap().remove(&3);
    // A search leaves out what is gone, and says so.
    let found = client.ask("shards.filter(|shard| shard.keys.contains(\"b 2\")).keys()");
    assert_eq!(found, "note: left out 1 item that the application removed during the query\n[2]");
    assert_eq!(client.first_line("shards[1].keys"), "error: cannot reach shards[1]: its owner has ended");
}

#[test]
fn an_owner_that_is_busy_costs_the_console_its_wait_alone() {
    let (shard, visits) = manhole::visits::<Shard>();
    let manhole = Manhole::with(manhole! { shard => shard }, |builder| {
        builder.limits(|limits| limits.lock_wait = Duration::from_millis(50))
    });
    let mut client = manhole.connect();
    let answer = client.ask("shard.hits = 7");
    let busy = "error: cannot reach shard: its owner has not served the console for 50ms: it is busy, stuck, or waits for \
                something else\n";
    assert!(answer.starts_with(busy), "{answer}");
    let help = "help: nothing was done; try again, or set(\"lock_wait\", \"5s\") to wait for longer";
    assert!(answer.ends_with(help), "{answer}");
    // The request was withdrawn.
    let mut state = Shard::default();
    visits.serve(&mut state);
    assert_eq!(state.hits, 0);
}

#[test]
fn an_interrupt_ends_the_wait_for_an_owner() {
    let (shard, visits) = manhole::visits::<Shard>();
    let manhole = Manhole::with(manhole! { shard => shard }, |builder| {
        builder.limits(|limits| limits.lock_wait = LONG)
    });
    let mut client = manhole.connect();
    client.send("print(1); shard.hits = 7\n");
    client.until("1\n");
    client.send("\x03");
    assert!(client.prompt().contains("stopped: interrupted"));
    let mut state = Shard::default();
    visits.serve(&mut state);
    assert_eq!(state.hits, 0);
}

#[test]
fn a_visit_that_has_begun_may_be_done_after_the_command() {
    let (shard, _owner) = Owner::spawn("a");
    let manhole = Manhole::new(manhole! { shard => shard });
    let mut client = manhole.connect();
    client.ask("set(\"timeout\", \"100ms\")");
    let answer = client.ask("shard.rest()");
    assert!(answer.contains("stopped: the command ran longer than 100ms"), "{answer}");
    assert_eq!(client.ask("1 + 1"), "2");
}

#[test]
fn a_panic_in_a_visit_reaches_the_console_and_not_the_owner() {
    let (shard, mut owner) = Owner::spawn("a");
    let manhole = Manhole::new(manhole! { shard => shard });
    let mut client = manhole.connect();
    let answer = client.first_line("shard.explode()");
    assert!(answer.contains("panicked") && answer.contains("out of order"), "{answer}");
    assert_eq!(client.ask("shard.hits"), "0");
    owner.end();
}

#[test]
fn a_task_serves_while_it_waits_for_something_else() {
    #[derive(Inspect)]
    struct Totals {
        sum: u64,
    }

    async fn add_up(visits: Visits<Totals>, mut numbers: tokio::sync::mpsc::Receiver<u64>) -> u64 {
        let mut state = Totals { sum: 0 };
        while let Some(number) = visits.serving(&mut state, numbers.recv()).await {
            state.sum += number;
        }
        state.sum
    }

    let current = Builder::new_current_thread().enable_all().build().unwrap();
    let multi = Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let check = |runtime: &Runtime| {
        runtime.block_on(async {
            let (totals, visits) = manhole::visits();
            let (sender, numbers) = tokio::sync::mpsc::channel(8);
            let task = tokio::spawn(add_up(visits, numbers));
            let manhole = Manhole::new(manhole! { totals => totals });
            sender.send(7).await.unwrap();
            let (manhole, answers) = tokio::task::spawn_blocking(move || {
                let mut client = manhole.connect();
                let answers = (client.ask("totals.sum = 5; totals.sum"), client.ask("totals"));
                (manhole, answers)
            })
            .await
            .unwrap();
            assert_eq!(answers, ("5".to_owned(), "Totals { sum: 5 }".to_owned()));
            sender.send(2).await.unwrap();
            drop(sender);
            // The end of the channel ends the task.
            assert_eq!(task.await.unwrap(), 7);
            drop(tokio::task::spawn_blocking(move || drop(manhole)).await);
        });
    };
    check(&current);
    check(&multi);
}

#[test]
fn a_local_task_serves_state_that_is_not_send() {
    #[derive(Inspect)]
    struct Local {
        names: Vec<String>,
        /// Keeps the state on one thread.
        #[manhole(skip)]
        shared: Rc<()>,
    }

    let (local, visits) = manhole::visits::<Local>();
    let manhole = Manhole::new(manhole! { local => local });
    let path = manhole.path.clone();
    let client = thread::spawn(move || {
        let mut client = crate::support::Client::connect(&path);
        client.prompt();
        client.ask("local.names.push(\"b\"); local.names")
    });
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    let mut state = Local { names: vec!["a".to_owned()], shared: Rc::new(()) };
    runtime.block_on(tokio::task::LocalSet::new().run_until(async {
        while !client.is_finished() {
            let tick = tokio::time::sleep(Duration::from_millis(1));
            visits.serving(&mut state, tick).await;
        }
    }));
    assert_eq!(client.join().unwrap(), "[\"a\", \"b\"]");
    assert_eq!((state.names.len(), Rc::strong_count(&state.shared)), (2, 1));
}

#[test]
fn an_owner_may_lend_its_local_variables() {
    #[derive(Inspect)]
    struct View<'a> {
        jobs: &'a mut Vec<u32>,
        running: &'a mut bool,
    }

    let (worker, visits) = manhole::visits::<View<'static>>();
    let manhole = Manhole::new(manhole! { worker => worker });
    let owner = thread::spawn(move || {
        let (mut jobs, mut running) = (vec![1, 2, 3], true);
        while running {
            visits.serve(&mut View { jobs: &mut jobs, running: &mut running });
            thread::sleep(Duration::from_millis(1));
        }
        jobs
    });
    let mut client = manhole.connect();
    assert_eq!(client.ask("worker"), "View { jobs: [1, 2, 3], running: true }");
    assert_eq!(client.ask("worker.jobs.push(4); worker.running = false"), "");
    assert_eq!(owner.join().unwrap(), [1, 2, 3, 4]);
}

#[test]
fn an_owner_may_lend_variables_of_types_without_manhole() {
    #[derive(Debug)]
    struct Foreign {
        port: u16,
    }

    #[derive(Inspect)]
    #[manhole(remote = Foreign)]
    struct ForeignFields {
        port: u16,
    }

    fn set_port(foreign: &mut Foreign, port: u16) {
        foreign.port = port;
    }

    fn port(foreign: &Foreign) -> u16 {
        foreign.port
    }

    #[derive(Inspect)]
    struct View<'a> {
        #[manhole(values(debug))]
        peers: &'a mut BTreeMap<String, Foreign>,
        #[manhole(items)]
        jobs: &'a mut slab::Slab<u32>,
        #[manhole(debug)]
        last: &'a mut Foreign,
        #[manhole(get = port, set = set_port)]
        first: &'a mut Foreign,
        #[manhole(remote = ForeignFields)]
        next: &'a mut Foreign,
        #[manhole(validate = at_most_ten)]
        limit: &'a mut u32,
    }

    // Every attribute that reads a field reads what the reference leads to. Without a lock, all can be changed.
    let (state, visits) = manhole::visits::<View<'static>>();
    let manhole = Manhole::new(manhole! { state => state });
    let mut client = manhole.connect();
    let (end, ended) = mpsc::channel::<()>();
    let owner = thread::spawn(move || {
        let mut peers = BTreeMap::from([("a".to_owned(), Foreign { port: 1 })]);
        let mut jobs = slab::Slab::from_iter([(3, 30)]);
        let [mut last, mut first, mut next] = [2, 3, 4].map(|port| Foreign { port });
        let mut limit = 5;
        while ended.try_recv() == Err(mpsc::TryRecvError::Empty) {
            let (peers, jobs, limit) = (&mut peers, &mut jobs, &mut limit);
            let (last, first, next) = (&mut last, &mut first, &mut next);
            visits.serve(&mut View { peers, jobs, last, first, next, limit });
            thread::sleep(Duration::from_millis(1));
        }
        (peers.len(), jobs[3], last.port, first.port, next.port, limit)
    });
    for (code, answer) in [
        ("state.peers.a", "Foreign { port: 1 }"),
        ("state.peers.remove(\"a\"); state.peers.len()", "0"),
        ("state.jobs[3] += 1; state.jobs", "{3: 31}"),
        ("state.last", "Foreign { port: 2 }"),
        ("state.first = 8; state.first", "8"),
        ("state.next.port += 1; state.next", "Foreign { port: 5 }"),
        ("state.limit = 6; state.limit", "6"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(
        client.first_line("state.limit = 11"),
        "error: cannot write state.limit: a shard has at most ten"
    );
    end.send(()).unwrap();
    assert_eq!(owner.join().unwrap(), (0, 31, 2, 8, 5, 6));
}

#[test]
fn what_holds_the_ends_of_a_value_may_derive_debug() {
    #[derive(Debug)]
    #[expect(dead_code, reason = "for `Debug`")]
    struct Connection<'a> {
        visits: Visits<Shard>,
        entry: manhole::RegistryEntry<'a, Remote<Shard>>,
    }

    let registry = manhole::Registry::new();
    let (shard, visits) = manhole::visits();
    let connection = Connection { visits, entry: registry.enter(shard) };
    let shown = format!("{connection:?} {registry:?}");
    let expected = "Connection { visits: Visits { .. }, entry: RegistryEntry { number: 1, .. } } Registry { len: 1, .. }";
    assert_eq!(shown, expected);
}

#[test]
fn an_owner_that_waits_for_the_console_does_not_hang() {
    let (shard, visits) = manhole::visits::<Shard>();
    let manhole = Manhole::with(manhole! { shard => shard }, |builder| {
        builder.limits(|limits| limits.lock_wait = LONG)
    });
    let mut client = manhole.connect();
    client.send("print(1); shard.hits\n");
    client.until("1\n");
    // The owner does not serve: it waits for the console to end.
    manhole.console.shutdown();
    drop(visits);
}
