//! The tree's requests to the application.

use manhole_protocol::methods::{Eval, Format, Inspect};

use super::rows::{self, Page, Row, TreeRequest};
use crate::connect::rpc_client::RpcClient;
use crate::connect::screen_worker::ScreenRequests;
use crate::error::CliError;

/// A request of the tree.
pub(super) enum Job {
    Fetch(TreeRequest),
    Write { path: String, value: String },
}

/// The outcome of a request.
pub(super) enum Response {
    Fetched(Vec<Row>),
    Written(String),
}

#[derive(Default)]
pub(super) struct TreeRequests {
    /// The session's lock wait before the tree shortened it.
    usual_lock_wait: Option<String>,
}

impl ScreenRequests for TreeRequests {
    type Job = Job;
    type Response = Response;

    fn begin(&mut self, client: &mut RpcClient) {
        let limit = client.info.limits.iter().find(|limit| limit.name == "lock_wait");
        self.usual_lock_wait = limit.map(|limit| limit.value.clone());
        client.shorten_lock_wait();
    }

    fn run(&mut self, client: &mut RpcClient, job: Job) -> Result<Response, CliError> {
        match job {
            Job::Fetch(request) => {
                let mut inspect = |path: Option<&str>, page: Page| {
                    let mut method = Inspect::new().offset(page.offset).limit(page.limit);
                    method.path = path.map(str::to_owned);
                    client.call(&method)
                };
                rows::fetch_rows(&request, &mut inspect).map(Response::Fetched)
            }
            // With the lock wait that it would have at a prompt.
            Job::Write { path, value } => {
                if let Some(usual) = &self.usual_lock_wait {
                    client.set_lock_wait(usual);
                }
                let eval = Eval::new(format!("{path} = {value}")).format(Format::Text);
                let written = client.call(&eval);
                client.shorten_lock_wait();
                written.map(|_| Response::Written(path))
            }
        }
    }
}
