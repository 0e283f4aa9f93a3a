//! The tasks that the application names.

use std::future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use manhole::{Aborted, Namespace, task};
use tokio::runtime::Builder;
use tokio::sync::Notify;

use crate::support::{Manhole, refused, wait_until};

#[test]
fn a_task_is_there_until_it_ends() {
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    let (go, went) = (Arc::new(Notify::new()), Arc::new(AtomicBool::new(false)));
    let waiting = task("tasks-test-waiting", {
        let (go, went) = (Arc::clone(&go), Arc::clone(&went));
        async move {
            go.notified().await;
            went.store(true, Ordering::Relaxed);
            go.notified().await;
            7
        }
    });
    assert_eq!(client.ask("tasks[\"tasks-test-waiting\"].polls"), "0");
    assert_eq!(client.ask("tasks[\"tasks-test-waiting\"].state"), "\"woken\"");
    let waiting = runtime.spawn(waiting);
    wait_until("it waits", || client.ask("tasks[\"tasks-test-waiting\"].state") == "\"idle\"");
    go.notify_one();
    wait_until("it goes on", || went.load(Ordering::Relaxed));
    wait_until("it waits again", || client.ask("tasks[\"tasks-test-waiting\"].polls") == "2");
    assert_eq!(client.ask("tasks[\"tasks-test-waiting\"].wakes"), "1");
    let place = client.ask("tasks[\"tasks-test-waiting\"].place");
    assert!(place.starts_with("\"tests/system/process/tasks.rs:"), "{place}");
    assert_eq!(
        client.ask("let seen = tasks[\"tasks-test-waiting\"].snapshot(); seen.age > seen.state_for"),
        "true"
    );
    go.notify_one();
    assert_eq!(runtime.block_on(waiting).unwrap(), Ok(7));
    assert_eq!(client.ask("\"tasks-test-waiting\" in tasks"), "false");
}

#[test]
fn a_task_that_blocks_its_thread_is_seen() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    let stop = Arc::new(AtomicBool::new(false));
    let blocking = {
        let stop = Arc::clone(&stop);
        task("tasks-test-blocking", async move {
            while !stop.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
        })
    };
    let runtime = Builder::new_current_thread().build().unwrap();
    let thread = std::thread::spawn(move || runtime.block_on(blocking));
    wait_until("it runs", || {
        client
            .ask("tasks.filter(|t| t.state == \"running\" && t.state_for > \"1ms\").keys().collect()")
            .contains("tasks-test-blocking")
    });
    assert_eq!(client.ask("tasks[\"tasks-test-blocking\"].longest_poll > \"1ms\""), "true");
    // It ends by itself, although it is aborted.
    client.ask("tasks[\"tasks-test-blocking\"].abort()");
    assert_eq!(client.ask("tasks[\"tasks-test-blocking\"].is_aborted"), "true");
    stop.store(true, Ordering::Relaxed);
    assert_eq!(thread.join().unwrap(), Ok(()));
}

#[test]
fn a_task_is_aborted_from_the_console() {
    struct Dropped(Arc<AtomicBool>);
    impl Drop for Dropped {
        fn drop(&mut self) {
            self.0.store(true, Ordering::Relaxed);
        }
    }

    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let manhole = Manhole::new(Namespace::new());
    let dropped = Arc::new(AtomicBool::new(false));
    let guard = Dropped(Arc::clone(&dropped));
    let first = runtime.spawn(task("tasks-test-aborted", async move {
        future::pending::<()>().await;
        drop(guard);
    }));
    let second = task("tasks-test-aborted", future::ready(1));
    refused(
        &manhole,
        &[(
            "level(\"observe\"); tasks[\"tasks-test-aborted\"].abort()",
            "cannot access manhole.tasks[\"tasks-test-aborted\"]: it takes the level operate, and this session is at observe",
        )],
    );
    let mut client = manhole.connect();
    // The second one of the same name.
    let same_name = "tasks.filter(|t| t.name == \"tasks-test-aborted\").keys().collect()";
    assert_eq!(client.ask(&format!("{same_name}.len()")), "2");
    assert_eq!(
        client.ask(&format!("let key = {same_name}[1]; key.starts_with(\"tasks-test-aborted#\")")),
        "true"
    );
    client.ask("let first = tasks[\"tasks-test-aborted\"]; first.abort()");
    assert_eq!(runtime.block_on(first).unwrap(), Err(Aborted));
    assert!(dropped.load(Ordering::Relaxed));
    assert_eq!(client.ask("tasks[key].state"), "\"woken\"");
    assert_eq!(client.ask("tasks[key].abort()"), "");
    assert_eq!(runtime.block_on(second), Err(Aborted));
    let error = client.ask("tasks[key].abort()");
    assert!(error.starts_with("error: "), "{error}");
}

#[test]
fn a_key_with_the_number_means_one_task_only() {
    let manhole = Manhole::new(Namespace::new());
    let mut client = manhole.connect();
    let first = task("tasks-test-number", future::pending::<()>());
    client.ask("let id = tasks[\"tasks-test-number\"].id; let key = `tasks-test-number#${id}`");
    assert_eq!(client.ask("tasks[key].name"), "\"tasks-test-number\"");
    assert_eq!(client.ask("tasks[key].id == id"), "true");
    drop(first);
    let second = task("tasks-test-number", future::pending::<()>());
    assert_eq!(client.ask("tasks[\"tasks-test-number\"].id > id"), "true");
    let error = client.ask("tasks[key].abort()");
    assert!(error.starts_with("error: "), "{error}");
    assert_eq!(client.ask("tasks[\"tasks-test-number\"].is_aborted"), "false");
    // Names that look like a key with a number stay what they are.
    let (third, fourth) =
        (task("tasks-test#7", future::pending::<()>()), task("tasks-test#7", future::pending::<()>()));
    assert_eq!(client.ask("tasks.filter(|t| t.name == \"tasks-test#7\").len()"), "2");
    assert_eq!(
        client.ask("let t = tasks[\"tasks-test#7\"]; tasks[`tasks-test#7#${t.id}`].id == t.id"),
        "true"
    );
    drop((second, third, fourth));
}

#[test]
fn the_trees_of_a_library_are_shown() {
    #[async_backtrace::framed]
    async fn request(never: Arc<Notify>) {
        query(never).await;
    }

    #[async_backtrace::framed]
    async fn query(never: Arc<Notify>) {
        never.notified().await;
    }

    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let never = Arc::new(Notify::new());
    let running = runtime.spawn(request(Arc::clone(&never)));
    let manhole = Manhole::with(Namespace::new(), |builder| {
        builder.task_trees(|| async_backtrace::tasks().map(|task| task.pretty_tree(false)))
    });
    let mut client = manhole.connect();
    wait_until("both are there", || {
        client.ask("tasks.trees_of(\"::query\").any(|tree| tree.len() == 2)") == "true"
    });
    let tree = client.ask("tasks.trees_of(\"::query\")[0]");
    assert!(tree.contains("╼ system::process::tasks::the_trees_of_a_library_are_shown::request"), "{tree}");
    assert!(tree.contains("  └╼ system::process::tasks::the_trees_of_a_library_are_shown::query"), "{tree}");
    assert_eq!(client.ask("tasks.trees_of(\"no such function\")"), "[]");
    assert_eq!(client.ask("tasks.trees().len() >= 1"), "true");
    assert_eq!(client.ask("console.changes.len()"), "0");
    client.ask("level(\"observe\")");
    assert_eq!(client.ask("tasks.trees_of(\"::query\").len()"), "1");
    never.notify_one();
    assert!(runtime.block_on(running).is_ok());
    assert_eq!(client.ask("tasks.trees_of(\"::query\")"), "[]");
    let without = Manhole::new(Namespace::new());
    let answer = without.connect().ask("tasks.trees()");
    assert!(answer.contains("no library passes any; see `Builder::task_trees`"), "{answer}");
}

#[test]
fn a_task_that_panics_leaves() {
    let runtime = Builder::new_multi_thread().worker_threads(1).build().unwrap();
    let manhole = Manhole::new(Namespace::new());
    let panics = runtime.spawn(task("tasks-test-panics", async { panic!("the valve is stuck") }));
    assert!(runtime.block_on(panics).unwrap_err().is_panic());
    assert_eq!(manhole.ask("\"tasks-test-panics\" in tasks"), "false");
}
