//! What a report has of an application, which is asked at the level `observe`.

use std::time::SystemTime;

use manhole_client::ConnectOptions;
use manhole_client::Level;
use manhole_client::cli_support::rpc_client::RpcClient;
use manhole_client::cli_support::target::ResolvedTarget;
use manhole_client::cli_support::wait::WaitOptions;
use manhole_protocol::Data;
use manhole_protocol::methods::{Describe, Eval, Format, Inspect, LimitInfo};
use serde::{Deserialize, Serialize};

use crate::error::{CliError, CliErrorKind};

/// The version of the JSON.
const FORMAT: u32 = 1;

/// The root that has those of every console.
const BUILTINS: &str = "manhole";

/// An application at one moment.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Report {
    /// The version of this format.
    manhole_report: u32,
    pub(crate) time: String,
    pub(crate) target: String,
    pub(crate) application: String,
    pub(crate) pid: u32,
    pub(crate) version: String,
    pub(crate) uptime_ms: u64,
    pub(crate) limits: Vec<LimitInfo>,
    pub(crate) roots: Vec<Root>,
}

/// A root with its value.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Root {
    pub(crate) name: String,
    pub(crate) r#type: String,
    pub(crate) doc: String,
    /// Whether every console has it.
    pub(crate) builtin: bool,
    /// As the prompt shows it, or as a table.
    pub(crate) text: String,
    /// Without loss, as the protocol has it. A part that is left out is a placeholder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) value: Option<Data>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) error: Option<String>,
}

impl Report {
    /// Asks an application.
    pub(crate) fn of(
        target: &ResolvedTarget,
        options: &ConnectOptions,
        wait: &WaitOptions<'_>,
    ) -> Result<Self, CliError> {
        let options = options.clone().level(Level::Observe);
        let mut client = RpcClient::connect(target, &options, wait)?;
        let fields = client.call(&Describe::new())?.fields;
        // An application may have no such root.
        let builtins = client.call(&Inspect::new().path(BUILTINS)).map(|found| found.children);
        let builtins: Vec<_> = builtins.unwrap_or_default().into_iter().map(|child| child.label).collect();
        let mut roots = Vec::new();
        for field in fields.into_iter().filter(|field| field.name != BUILTINS || builtins.is_empty()) {
            let mut root = Root {
                builtin: builtins.contains(&field.name),
                name: field.name,
                r#type: field.r#type,
                doc: field.doc,
                text: String::new(),
                value: None,
                error: None,
            };
            root.read(&mut client, wait)?;
            roots.push(root);
        }
        let info = client.info;
        Ok(Self {
            manhole_report: FORMAT,
            time: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            target: client.label,
            application: info.application,
            pid: info.pid,
            version: info.version,
            uptime_ms: info.uptime_ms,
            limits: info.limits,
            roots,
        })
    }

    /// Parses a report that was written as JSON.
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let report: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        if report.manhole_report == FORMAT {
            Ok(report)
        } else {
            Err(format!("expected version {FORMAT} of the format, found {}", report.manhole_report))
        }
    }
}

impl Root {
    fn read(&mut self, client: &mut RpcClient, wait: &WaitOptions<'_>) -> Result<(), CliError> {
        match evaluate(client, &self.name, wait) {
            Ok((text, value)) => (self.text, self.value) = (text, value),
            Err(error) if ends_session(&error) => return Err(error),
            Err(error) => self.error = Some(error.message()),
        }
        // Items with fields are read more easily below each other.
        let has_rows = match &self.value {
            Some(Data::List(items)) => {
                items.iter().all(|item| matches!(item, Data::Map(_))) && !items.is_empty()
            }
            Some(Data::Map(entries)) => entries.iter().all(|(_, item)| matches!(item, Data::Map(_))),
            _ => false,
        };
        if has_rows && let Ok((table, _)) = evaluate(client, &format!("table({})", self.name), wait) {
            self.text = table;
        }
        Ok(())
    }
}

/// Returns what a command prints and shows, and its value.
fn evaluate(
    client: &mut RpcClient,
    code: &str,
    wait: &WaitOptions<'_>,
) -> Result<(String, Option<Data>), CliError> {
    let (mut text, evaluation) = client.evaluate(&Eval::new(code).format(Format::Both), wait)?;
    text += &evaluation.text.unwrap_or_default();
    Ok((text, evaluation.value))
}

fn ends_session(error: &CliError) -> bool {
    matches!(error.kind(), CliErrorKind::Connection | CliErrorKind::Interrupted | CliErrorKind::BrokenPipe)
}
