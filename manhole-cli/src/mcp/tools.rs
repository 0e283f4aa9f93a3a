//! What an agent can do, as tools of the Model Context Protocol.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use manhole_protocol::text::clean;
use rmcp::handler::server::wrapper::Parameters;
use rmcp::model::{
    CallToolResult, ContentBlock, Implementation, InitializeRequestParams, InitializeResult,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{ErrorData, RoleServer, ServerHandler, schemars, tool, tool_handler, tool_router};
use schemars::JsonSchema;
use serde::Deserialize;

use super::pages::Pages;
use super::programs::{Program, Programs};
use crate::error::CliError;
use crate::terminal::format::format_uptime;

/// What an agent reads before it uses the tools.
const INSTRUCTIONS: &str = "\
Look into running Rust programs. Begin with list_programs, then describe, which shows the names and their documentation. query \
evaluates expressions in a language close to Rust: gizmo.sessions.filter(|id, s| s.idle > \"60s\").count(). Every program has the \
roots process, threads, descriptors, panics, console, and others. Commands are limited in time and memory, and cannot harm the program.";

/// The longest time of `watch`.
const MAX_WATCH_SECONDS: f64 = 60.0;

/// The tools, and what they share.
#[derive(Clone)]
pub(super) struct Tools {
    programs: Arc<Programs>,
    pages: Arc<Pages>,
}

#[derive(Deserialize, JsonSchema)]
struct ProgramArguments {
    /// The program's name in list_programs. Not needed if there is only one.
    program: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct DescribeArguments {
    /// The program's name in list_programs. Not needed if there is only one.
    program: Option<String>,
    /// A name or a path, such as gizmo.config, a type, a method, or a topic such as "language". Without it, all names.
    path: Option<String>,
}

#[derive(Deserialize, JsonSchema)]
struct InspectArguments {
    /// The program's name in list_programs. Not needed if there is only one.
    program: Option<String>,
    /// The path of the value, such as `gizmo.items[3]`. Without it, all roots.
    path: Option<String>,
    /// The number of children to skip.
    offset: Option<usize>,
    /// The maximum number of children: 50 unless given, at most 1000.
    limit: Option<usize>,
}

#[derive(Deserialize, JsonSchema)]
struct QueryArguments {
    /// The program's name in list_programs. Not needed if there is only one.
    program: Option<String>,
    /// The expression.
    code: String,
}

#[derive(Deserialize, JsonSchema)]
struct WatchArguments {
    /// The program's name in list_programs. Not needed if there is only one.
    program: Option<String>,
    /// The expression.
    code: String,
    /// For how long: 5 seconds unless given, at most 60.
    seconds: Option<f64>,
    /// The time between two evaluations: 1 second unless given, at least 0.01.
    interval: Option<f64>,
}

#[tool_router]
impl Tools {
    pub(super) fn new(programs: Programs) -> Self {
        Self { programs: Arc::new(programs), pages: Arc::default() }
    }

    /// Lists the programs, with their process IDs, versions and uptimes, and what may be done in them.
    #[tool(annotations(read_only_hint = true))]
    async fn list_programs(&self) -> Result<CallToolResult, ErrorData> {
        self.call(|tools| {
            let mut list = String::new();
            for program in tools.programs.all()? {
                let line = match program.info() {
                    Ok(info) => format!(
                        "{}: {}, process {}, up {}, level {}, manhole {}",
                        program.label,
                        info.application,
                        info.pid,
                        format_uptime(info.uptime_ms),
                        info.level,
                        info.version
                    ),
                    Err(error) => format!("{}: error: {}", program.label, error.message()),
                };
                list += &(line + "\n");
            }
            Ok(if list.is_empty() { "No program with a console runs.".to_owned() } else { list })
        })
        .await
    }

    /// Describes the names of a program, or one value, type or method, from its author's documentation.
    #[tool(annotations(read_only_hint = true))]
    async fn describe(
        &self,
        Parameters(arguments): Parameters<DescribeArguments>,
    ) -> Result<CallToolResult, ErrorData> {
        self.call(move |tools| {
            let path = arguments.path.unwrap_or_default();
            let program = tools.programs.find(arguments.program.as_deref())?;
            let is_path = path.chars().all(|char| char.is_alphanumeric() || "_.[]\"".contains(char));
            // A topic, a method or a type is a text.
            match program.evaluate(&if is_path { format!("help({path})") } else { format!("help({path:?})") })
            {
                Err(error) if error.server().is_some() && is_path => {
                    program.evaluate(&format!("help({path:?})"))
                }
                found => found,
            }
        })
        .await
    }

    /// Shows a value and its children, with their types and the path of each.
    #[tool(annotations(read_only_hint = true))]
    async fn inspect(
        &self,
        Parameters(arguments): Parameters<InspectArguments>,
    ) -> Result<CallToolResult, ErrorData> {
        self.call(move |tools| {
            let program = tools.programs.find(arguments.program.as_deref())?;
            let offset = arguments.offset.unwrap_or_default();
            let path = arguments.path.unwrap_or_default();
            let found = program.inspect(&path, offset, arguments.limit.unwrap_or(50))?;
            let mut text = format!("{}: {}\n", found.r#type, found.text);
            for child in &found.children {
                // Writing to a string does not fail.
                let _ = writeln!(
                    text,
                    "{}: {} = {}",
                    child.path.as_ref().unwrap_or(&child.label),
                    child.r#type,
                    child.text
                );
            }
            let shown = offset + found.children.len();
            if shown < found.total {
                let _ = writeln!(text, "[{} more: offset {shown}]", found.total - shown);
            }
            Ok(text)
        })
        .await
    }

    /// Evaluates an expression in a language close to Rust. At the level observe, which is the default, it cannot change anything.
    #[tool]
    async fn query(
        &self,
        Parameters(arguments): Parameters<QueryArguments>,
    ) -> Result<CallToolResult, ErrorData> {
        self.call(move |tools| tools.programs.find(arguments.program.as_deref())?.evaluate(&arguments.code))
            .await
    }

    /// Watches an expression for some seconds, and lists the values that it had.
    #[tool(annotations(read_only_hint = true))]
    async fn watch(
        &self,
        Parameters(arguments): Parameters<WatchArguments>,
    ) -> Result<CallToolResult, ErrorData> {
        self.call(move |tools| {
            let seconds = |value: Option<f64>, default: f64, (low, high): (f64, f64)| {
                let value = value.filter(|value| value.is_finite()).unwrap_or(default);
                Duration::from_secs_f64(value.clamp(low, high))
            };
            let time = seconds(arguments.seconds, 5.0, (0.1, MAX_WATCH_SECONDS));
            let interval = seconds(arguments.interval, 1.0, (0.01, MAX_WATCH_SECONDS));
            let program: Arc<Program> = tools.programs.find(arguments.program.as_deref())?;
            program.watch(&arguments.code, time, interval)
        })
        .await
    }

    /// Reports what a program is at this moment: versions, process, threads, limits, and all roots in brief. Long.
    #[tool(annotations(read_only_hint = true))]
    async fn report(
        &self,
        Parameters(arguments): Parameters<ProgramArguments>,
    ) -> Result<CallToolResult, ErrorData> {
        self.call(move |tools| tools.programs.find(arguments.program.as_deref())?.report()).await
    }

    /// Returns the next page of the last answer, if it was too long for one.
    #[tool(annotations(read_only_hint = true))]
    async fn more(&self) -> CallToolResult {
        let text = self.pages.next().unwrap_or_else(|| "Nothing is left of the last answer.".to_owned());
        CallToolResult::success(vec![ContentBlock::text(text)])
    }
}

impl Tools {
    /// Runs a tool on a thread, since it waits for programs.
    async fn call(
        &self,
        act: impl FnOnce(&Self) -> Result<String, CliError> + Send + 'static,
    ) -> Result<CallToolResult, ErrorData> {
        let tools = self.clone();
        let answer = tokio::task::spawn_blocking(move || match act(&tools) {
            Ok(text) => CallToolResult::success(vec![ContentBlock::text(tools.pages.first(&clean(&text)))]),
            Err(error) => {
                CallToolResult::error(vec![ContentBlock::text(tools.pages.first(&clean(&error.report())))])
            }
        });
        answer.await.map_err(|error| ErrorData::internal_error(error.to_string(), None))
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new("manhole", env!("CARGO_PKG_VERSION")))
            .with_instructions(INSTRUCTIONS)
    }

    async fn initialize(
        &self,
        request: InitializeRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<InitializeResult, ErrorData> {
        self.programs.name_agent(&request.client_info.name);
        context.peer.set_peer_info(request.clone());
        self.negotiate_initialize(&request)
    }
}
