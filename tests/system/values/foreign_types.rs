//! Types of the standard library and of tokio that an application keeps, and that have no value of their own.

use std::cell::{Cell, OnceCell, RefCell};
use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::net::{TcpListener, TcpStream};
use std::pin::Pin;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use manhole::{Manhole as Inspect, manhole};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinSet;
use tokio::time::{Interval, Sleep};

use crate::support::{Client, Manhole};

#[derive(Inspect)]
struct Service {
    visits: Cell<u32>,
    cache: RefCell<Vec<u32>>,
    started: OnceCell<String>,
    on_job: Box<dyn Fn(u32) -> bool + Send>,
    compare: fn(u32, u32) -> bool,
    last_error: Option<Box<dyn Error + Send + Sync>>,
    io_error: std::io::Error,
    listener: TcpListener,
    client: TcpStream,
    log: BufWriter<File>,
    helper: Child,
    thread: std::thread::Thread,
    any: Box<dyn std::any::Any + Send>,
    boxed: Pin<Box<u32>>,
}

fn service() -> Service {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let mut log = BufWriter::new(tempfile::tempfile().unwrap());
    log.write_all(b"hello").unwrap();
    Service {
        visits: Cell::new(3),
        cache: RefCell::new(vec![1, 2]),
        started: OnceCell::new(),
        on_job: Box::new(|job| job > 1),
        compare: |a, b| a < b,
        last_error: Some("no disk".into()),
        io_error: std::io::ErrorKind::NotFound.into(),
        listener,
        client,
        log,
        helper: Command::new("sleep").arg("60").spawn().unwrap(),
        thread: std::thread::current(),
        any: Box::new(1),
        boxed: Box::pin(5),
    }
}

#[test]
fn fields_of_any_common_type_are_shown() {
    let service = Arc::new(Mutex::new(service()));
    let manhole = Manhole::new(manhole! { service => service });
    let mut client = manhole.connect();
    let port = service.lock().unwrap().listener.local_addr().unwrap();
    let pid = service.lock().unwrap().helper.id();
    for (code, answer) in [
        ("service.visits += 1; service.visits", "4".to_owned()),
        ("service.cache.push(3); service.cache[0] = 7; service.cache", "[7, 2, 3]".to_owned()),
        ("service.cache.filter(|n| n > 2).count()", "2".to_owned()),
        ("service.on_job", "dyn Fn(u32) -> bool + Send".to_owned()),
        ("service.compare", "fn(u32, u32) -> bool".to_owned()),
        ("service.last_error", "Some(no disk)".to_owned()),
        ("service.io_error", "entity not found".to_owned()),
        ("service.listener.local", format!("\"{port}\"")),
        ("service.client.peer", format!("\"{port}\"")),
        ("service.client.nodelay", "false".to_owned()),
        ("service.log.buffered", "5".to_owned()),
        ("service.log.inner.len", "0".to_owned()),
        ("service.helper.pid", pid.to_string()),
        ("service.helper.running", "true".to_owned()),
        ("service.thread.name", "\"values::foreign_types::fields_of_any_common_type_are_shown\"".to_owned()),
        ("service.any", "dyn Any + Send".to_owned()),
        ("service.boxed", "5".to_owned()),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(client.ask("service.started"), "None");
    assert_eq!(
        client.first_line("service.started.len()"),
        "error: cannot call `len`: the value is None or ()"
    );
    assert_eq!(
        client.first_line("service.on_job = 5"),
        "error: cannot write service.on_job: cannot construct dyn Fn(u32) -> bool + Send from the console"
    );
    let whole = client.ask("service");
    assert!(whole.contains("started: <is not set yet>") && whole.contains("boxed: 5"), "{whole}");
    let mut service = service.lock().unwrap();
    service.helper.kill().unwrap();
    service.helper.wait().unwrap();
    drop(service);
    assert_eq!(client.ask("service.helper.running"), "false");
}

#[derive(Inspect)]
struct Tasks {
    slots: Arc<Semaphore>,
    slot: OwnedSemaphorePermit,
    wake: Arc<Notify>,
    jobs: JoinSet<u8>,
    tick: Interval,
    deadline: Pin<Box<Sleep>>,
}

#[test]
fn safe_methods_of_tokios_types_can_be_called() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let _context = runtime.enter();
    let slots = Arc::new(Semaphore::new(3));
    let mut jobs = JoinSet::new();
    jobs.spawn(std::future::pending());
    let tasks = Arc::new(Mutex::new(Tasks {
        slot: Arc::clone(&slots).try_acquire_owned().unwrap(),
        slots: Arc::clone(&slots),
        wake: Arc::new(Notify::new()),
        jobs,
        tick: tokio::time::interval(Duration::from_secs(5)),
        deadline: Box::pin(tokio::time::sleep(Duration::from_secs(60))),
    }));
    let wake = Arc::clone(&tasks.lock().unwrap().wake);
    let manhole = Manhole::new(manhole! { tasks => tasks });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("tasks.slot.permits", "1"),
        ("tasks.slots.add_permits(4); tasks.slots.available_permits", "6"),
        ("tasks.slots.forget_permits(100)", "6"),
        ("tasks.slots.available_permits", "0"),
        ("tasks.wake.notify_one()", ""),
        ("tasks.tick.period", "5s"),
        ("tasks.tick.reset()", ""),
        ("tasks.deadline.elapsed", "false"),
        ("tasks.deadline.deadline > \"in 50s\"", "true"),
        ("tasks.jobs.len", "1"),
        ("tasks.jobs.abort_all()", ""),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    runtime.block_on(async {
        wake.notified().await;
        let mut jobs = std::mem::take(&mut tasks.lock().unwrap().jobs);
        assert!(jobs.join_next().await.unwrap().unwrap_err().is_cancelled());
    });
    assert!(client.first_line("tasks.slots.add_permits(-1)").contains("-1 does not fit into usize"));
    let error = client.first_line("tasks.slots.add_permits(4000000000000000000)");
    assert!(error.contains("a semaphore has at most"), "{error}");
    let manhole = Manhole::with(manhole! { tasks => tasks }, |builder| {
        builder.access(manhole::Access::default().max_level(manhole::Level::Observe))
    });
    let error = manhole.connect().first_line("tasks.slots.add_permits(1)");
    assert!(error.contains("takes the level operate"), "{error}");
}

/// A part that is chosen when the service starts.
#[manhole::dynamic]
trait Plugin: Inspect + Send + Sync {
    fn name(&self) -> String;
}

#[manhole::dynamic]
trait Stage<T>: Inspect {
    type Output;
    fn run(&self, input: T) -> Self::Output;
}

#[derive(Inspect)]
struct Limiter {
    limit: u32,
    #[manhole(secret)]
    token: String,
}

#[manhole::methods]
impl Limiter {
    pub fn double(&mut self) -> u32 {
        self.limit *= 2;
        self.limit
    }

    pub fn take(&mut self, count: u32) -> Result<u32, String> {
        self.limit = self.limit.checked_sub(count).ok_or("too few")?;
        Ok(self.limit)
    }

    pub fn fail(&mut self) -> Result<(), String> {
        self.limit += 100;
        Err("no disk".to_owned())
    }
}

impl Plugin for Limiter {
    fn name(&self) -> String {
        self.token.clone()
    }
}

impl Stage<u8> for Limiter {
    type Output = u32;

    fn run(&self, input: u8) -> u32 {
        self.limit + u32::from(input)
    }
}

#[derive(Inspect)]
struct Router {
    routes: std::collections::HashMap<String, u32>,
}

impl Plugin for Router {
    fn name(&self) -> String {
        "router".to_owned()
    }
}

#[derive(Inspect)]
struct Host {
    plugins: Vec<Box<dyn Plugin>>,
    shared: Arc<dyn Plugin>,
    weak: std::sync::Weak<dyn Plugin>,
    stage: Option<Box<dyn Stage<u8, Output = u32> + Send>>,
}

#[test]
fn trait_objects_are_shown_as_the_type_behind_them() {
    let limiter = |limit| Limiter { limit, token: "hidden".to_owned() };
    let shared: Arc<dyn Plugin> = Arc::new(Router { routes: [("/".to_owned(), 1)].into() });
    let host = Arc::new(Mutex::new(Host {
        plugins: vec![Box::new(limiter(7)), Box::new(Router { routes: [].into() })],
        weak: Arc::downgrade(&shared),
        shared: Arc::clone(&shared),
        stage: Some(Box::new(limiter(2))),
    }));
    {
        let host = host.lock().unwrap();
        assert_eq!((host.plugins[0].name(), host.stage.as_ref().unwrap().run(1)), ("hidden".to_owned(), 3));
    }
    let manhole = Manhole::new(manhole! { host => host, object => shared });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("host.plugins[0]", "Limiter { limit: 7, token: <secret> }"),
        ("host.plugins[0].limit += 1; host.plugins[0].limit", "8"),
        ("host.plugins[0].double()", "16"),
        ("host.plugins.filter(|p| p.type_of() == \"Limiter\").count()", "1"),
        ("host.shared.routes[\"/\"]", "1"),
        ("object.routes.len()", "1"),
        ("host.weak.routes.keys()", "[\"/\"]"),
        ("host.stage.limit", "2"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert!(client.first_line("host.plugins[0].token").contains("secret"));
    assert!(client.ask("help(host.plugins[0])").contains("double() -> u32"));
    for (code, error) in [
        ("host.plugins[1].double()", "error: Router has no method `double`"),
        ("host.plugins[0].duoble()", "error: Limiter has no method `duoble`; did you mean `double`?"),
        ("host.plugins[0].take(100)", "error: host.plugins[0].take: too few"),
        ("host.plugins[0].fail()", "error: host.plugins[0].fail: no disk"),
    ] {
        assert_eq!(client.first_line(code), error, "{code}");
    }
    assert_eq!(client.ask("host.plugins[0].limit"), "116", "a method that fails runs once");
    let line =
        r#"{"jsonrpc":"2.0","id":1,"method":"complete","params":{"code":"host.plugins[0].","cursor":16}}"#;
    let mut rpc = Client::connect(&manhole.path);
    rpc.send(format!("{line}\n"));
    let answer = rpc.until("}}\n");
    assert!(answer.contains("\"limit\"") && answer.contains("double()"), "{answer}");
    let manhole = Manhole::with(manhole! { host => host }, |builder| {
        builder.access(manhole::Access::default().max_level(manhole::Level::Observe))
    });
    assert!(manhole.connect().first_line("host.plugins[0].double()").contains("takes the level operate"));
}

/// A connection of another crate.
struct Connection {
    is_open: bool,
}

impl Connection {
    fn close(&mut self) -> bool {
        std::mem::replace(&mut self.is_open, false)
    }

    fn is_open(&self) -> bool {
        self.is_open
    }

    fn send(&self, bytes: Vec<u8>, urgent: bool) -> Result<usize, String> {
        let count = bytes.len() + usize::from(urgent);
        drop(bytes);
        if self.is_open { Ok(count) } else { Err("closed".to_owned()) }
    }
}

#[derive(Inspect)]
struct Links {
    #[manhole(opaque, methods(close, is_open, send))]
    link: Connection,
    #[manhole(methods(set_nodelay, set_ttl))]
    stream: TcpStream,
    #[manhole(methods(try_send))]
    jobs: tokio::sync::mpsc::Sender<u32>,
}

#[test]
fn named_methods_of_a_fields_type_can_be_called() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (sender, mut receiver) = tokio::sync::mpsc::channel(1);
    let links = Arc::new(Mutex::new(Links {
        link: Connection { is_open: true },
        stream: TcpStream::connect(listener.local_addr().unwrap()).unwrap(),
        jobs: sender,
    }));
    let manhole = Manhole::new(manhole! { links => links });
    let mut client = manhole.connect();
    for (code, answer) in [
        ("links.link", "Connection"),
        ("links.link.is_open()", "true"),
        ("links.link.send([1, 2], true)", "3"),
        ("links.link.close()", "true"),
        ("links.link.is_open()", "false"),
        ("links.stream.set_nodelay(true); links.stream.nodelay", "true"),
        ("links.stream.set_ttl(7); links.stream.ttl", "7"),
        ("links.jobs.try_send(5); links.jobs.capacity", "0"),
    ] {
        assert_eq!(client.ask(code), answer, "{code}");
    }
    assert_eq!(receiver.try_recv(), Ok(5));
    assert!(client.first_line("links.link.send([1], true)").ends_with("closed"));
    assert!(client.ask("help(links.link)").contains("send(Vec<u8>, bool) -> Result<usize>"));
    let manhole = Manhole::with(manhole! { links => links }, |builder| {
        builder.access(manhole::Access::default().max_level(manhole::Level::Observe))
    });
    assert!(manhole.connect().first_line("links.link.close()").contains("takes the level operate"));
}
