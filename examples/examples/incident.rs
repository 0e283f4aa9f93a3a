//! A service whose faults are switched on from its console: practice for an incident. The guide's chapter "At three in the morning" finds
//! each of them.
//!
//! ```text
//! cargo run --example incident
//! nc -U /var/tmp/testing.manhole
//! >>> faults.hold_a_lock()
//! >>> runtime.state
//! >>> locks()
//! >>> faults.repair()
//! ```

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use manhole::{Builder, Manhole, manhole};
use parking_lot::Mutex;
use tokio::sync::oneshot;
use tokio::time::sleep;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// The state of the service.
#[derive(Manhole, Default)]
struct Shop {
    /// Orders served since the start.
    served: AtomicU64,
    /// The price of each article, in cents.
    prices: Mutex<BTreeMap<String, u64>>,
    /// The receipts of the last orders.
    receipts: Mutex<HashMap<u64, String>>,
}

/// An order that cannot be served.
#[derive(Debug)]
struct NoPrice(&'static str);

impl std::fmt::Display for NoPrice {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "no price for {}", self.0)
    }
}

impl Shop {
    /// Serves an order, as a web handler would.
    #[tracing::instrument(skip(self), err)]
    async fn serve(&self, order: u64, article: &'static str) -> Result<(), NoPrice> {
        let price = self.price(article)?;
        sleep(Duration::from_millis(2)).await;
        let mut receipts = self.receipts.lock();
        receipts.insert(order, format!("{article} for {price}"));
        receipts.remove(&order.wrapping_sub(100));
        self.served.fetch_add(1, Ordering::Relaxed);
        Ok(())
    }

    fn price(&self, article: &'static str) -> Result<u64, NoPrice> {
        self.prices.lock().get(article).copied().ok_or(NoPrice(article))
    }

    /// Asks the bank, which never answers.
    #[tracing::instrument]
    async fn pay(order: u64) {
        let (_bank, answer) = oneshot::channel::<()>();
        // The sender lives as long as this function.
        let _ = answer.await;
    }
}

/// The faults of the service. Each method switches one on, and `repair` ends them.
#[derive(Manhole, Clone)]
struct Faults {
    #[manhole(skip)]
    shop: Arc<Shop>,
    /// Whether the faults end.
    #[manhole(skip)]
    repaired: Arc<AtomicBool>,
}

#[manhole::methods]
impl Faults {
    /// A task keeps its worker busy instead of awaiting.
    #[manhole(expose)]
    async fn block_a_worker(&self) {
        let faults = self.begin();
        drop(tokio::spawn(manhole::task("monthly-report", async move { faults.wait() })));
    }

    /// A map grows.
    #[manhole(expose)]
    fn leak(&self) {
        self.thread("importer", |faults| {
            for order in 1_000_000.. {
                if faults.repaired.load(Ordering::Relaxed) {
                    break;
                }
                faults.shop.receipts.lock().insert(order, "never asked for".to_owned());
                thread::sleep(Duration::from_millis(1));
            }
        });
    }

    /// A request waits for an answer that never comes.
    #[manhole(expose)]
    async fn get_stuck(&self) {
        drop(tokio::spawn(manhole::task("payment", Shop::pay(4_711))));
    }

    /// A thread keeps a lock.
    #[manhole(expose)]
    fn hold_a_lock(&self) {
        self.thread("price-update", |faults| {
            let _prices = faults.shop.prices.lock();
            faults.wait();
        });
    }

    /// A thread computes without an end.
    #[manhole(expose)]
    fn spin(&self) {
        self.thread("rebuild-index", |faults| {
            while !faults.repaired.load(Ordering::Relaxed) {
                std::hint::spin_loop();
            }
        });
    }

    /// A worker panics and is started again.
    #[manhole(expose)]
    fn panic_again_and_again(&self) {
        self.thread("supervisor", |faults| {
            while !faults.repaired.load(Ordering::Relaxed) {
                let worker = thread::Builder::new().name("mailer".to_owned());
                let worker = worker.spawn(|| panic!("no template for locale \"xx\""));
                let _ = worker.map(thread::JoinHandle::join);
                thread::sleep(Duration::from_millis(20));
            }
        });
    }

    /// An article has no price, so that its orders fail.
    #[manhole(expose)]
    fn lose_a_price(&self) {
        self.shop.prices.lock().remove("tea");
    }

    /// Ends what can be ended from here. A stuck request is one of those that can not.
    #[manhole(expose)]
    fn repair(&self) {
        self.repaired.store(true, Ordering::Relaxed);
    }
}

impl Faults {
    fn begin(&self) -> Self {
        self.repaired.store(false, Ordering::Relaxed);
        self.clone()
    }

    fn thread(&self, name: &str, work: impl FnOnce(Self) + Send + 'static) {
        let faults = self.begin();
        let _ = thread::Builder::new().name(name.to_owned()).spawn(move || work(faults));
    }

    /// Blocks its thread until the repair.
    fn wait(&self) {
        while !self.repaired.load(Ordering::Relaxed) {
            thread::sleep(Duration::from_millis(10));
        }
    }
}

#[tokio::main(worker_threads = 2)]
async fn main() -> Result<(), Box<dyn Error>> {
    let path = std::env::var_os("MANHOLE_SOCKET")
        .map_or_else(|| PathBuf::from("/var/tmp/testing.manhole"), PathBuf::from);
    tracing_subscriber::registry().with(manhole::tracing_layer()).init();
    let shop = Arc::new(Shop::default());
    shop.prices.lock().extend([("tea".to_owned(), 300), ("coffee".to_owned(), 250)]);
    let faults = Faults { shop: Arc::clone(&shop), repaired: Arc::default() };
    let namespace = manhole! {
        /// The state of the service.
        shop => Arc::clone(&shop),
        /// What can go wrong.
        faults => faults,
    };
    let console = Builder::new(namespace).version(env!("CARGO_PKG_VERSION")).spawn(path)?;
    announce(&console.addresses()[0].command());
    for order in 0.. {
        let shop = Arc::clone(&shop);
        let article = if order % 2 == 0 { "tea" } else { "coffee" };
        tokio::spawn(manhole::task("order", async move { shop.serve(order, article).await }));
        sleep(Duration::from_millis(10)).await;
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "whoever starts it wants to know")]
fn announce(command: &str) {
    println!("connect with: {command}");
}
