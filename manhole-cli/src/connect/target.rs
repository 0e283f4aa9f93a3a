//! Which program is meant.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use url::Url;

use super::discovery::{self, Instance};
use crate::error::CliError;

/// What was typed for a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Endpoint(Endpoint),
    Pid(u32),
    Name(String),
}

/// Where a program is connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Path(PathBuf),
    Abstract(String),
    Tcp(String),
    Ssh(Remote),
    /// A shell command whose standard input and output are the connection.
    Exec(String),
}

/// A socket on another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    /// As ssh takes it: `user@host`.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) path: String,
}

/// A place with the name it goes by.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedTarget {
    pub(crate) endpoint: Endpoint,
    pub(crate) label: String,
    /// What its socket is named after, if it was found by that.
    instance: Option<Instance>,
}

/// A program that has gone, and is to be found again.
pub(crate) struct LostTarget {
    found: ResolvedTarget,
    /// The processes that were there beside it, which it is not.
    others: Vec<u32>,
}

impl ResolvedTarget {
    /// What is known of it at the moment when it has gone.
    pub(crate) fn lost(&self) -> LostTarget {
        let others = live().into_iter().filter(|other| self.may_be(other)).map(|other| other.pid);
        let own = self.instance.as_ref().map(|own| own.pid);
        LostTarget { found: self.clone(), others: others.filter(|pid| Some(*pid) != own).collect() }
    }

    /// Whether that is a process of the same program.
    fn may_be(&self, other: &Instance) -> bool {
        self.instance.as_ref().is_some_and(|own| own.name == other.name && own.uid == other.uid)
    }
}

impl LostTarget {
    /// The same program after a new start, which may be at another socket: that is named after its process.
    pub(crate) fn find(&self) -> Result<ResolvedTarget, CliError> {
        let Self { found, others } = self;
        if found.instance.is_none() {
            return Ok(found.clone());
        }
        let is_it = |other: &Instance| found.may_be(other) && !others.contains(&other.pid);
        exactly_one(matching(is_it), "attach")
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(command) = text.strip_prefix("exec:") {
            if command.trim().is_empty() {
                return Err("exec: needs a command".to_owned());
            }
            return Ok(Self::Endpoint(Endpoint::Exec(command.to_owned())));
        }
        if text.starts_with("ssh://") {
            return remote(text).map(|remote| Self::Endpoint(Endpoint::Ssh(remote)));
        }
        if let Some(address) = text.strip_prefix("tcp:") {
            return Ok(Self::Endpoint(Endpoint::Tcp(address.trim_start_matches("//").to_owned())));
        }
        if let Some(name) = text.strip_prefix('@') {
            return Ok(Self::Endpoint(Endpoint::Abstract(name.to_owned())));
        }
        if text.is_empty() {
            return Err("a program is named by its name, its process or its socket".to_owned());
        }
        if text.contains('/') || Path::new(text).exists() {
            return Ok(Self::Endpoint(Endpoint::Path(text.into())));
        }
        Ok(text.parse().map_or_else(|_| Self::Name(text.to_owned()), Self::Pid))
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Endpoint(endpoint) => f.write_str(&endpoint.label()),
            Self::Pid(pid) => pid.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

fn remote(text: &str) -> Result<Remote, String> {
    let url = Url::parse(text).map_err(|error| format!("{text}: {error}"))?;
    let host =
        url.host_str().filter(|host| !host.is_empty()).ok_or_else(|| format!("{text} names no host"))?;
    // Nothing that ssh would take for an option.
    if host.starts_with('-') || url.username().starts_with('-') {
        return Err(format!("{host:?} is no host"));
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if url.username().is_empty() { host.to_owned() } else { format!("{}@{host}", url.username()) };
    let path = url.path();
    if path.is_empty() || path == "/" {
        return Err(format!("{text} names no socket: ssh://host/path/to.sock"));
    }
    if path.contains(['%', ':']) {
        return Err(format!("{text}: the path of a socket that is forwarded cannot have `%` or `:` in it"));
    }
    Ok(Remote { host, port: url.port(), path: path.to_owned() })
}

impl Endpoint {
    /// What it is called where there are several.
    pub(crate) fn label(&self) -> String {
        match self {
            Self::Path(path) => path.display().to_string(),
            Self::Abstract(name) => format!("@{name}"),
            Self::Tcp(address) => format!("tcp:{address}"),
            Self::Ssh(Remote { host, port: None, path }) => format!("ssh://{host}{path}"),
            Self::Ssh(Remote { host, port: Some(port), path }) => format!("ssh://{host}:{port}{path}"),
            Self::Exec(command) => format!("exec:{command}"),
        }
    }
}

impl Target {
    /// The one program that is meant. `None` is the only one that runs. The command of the client is named in what is advised.
    pub(crate) fn find(target: Option<&Self>, command: &str) -> Result<ResolvedTarget, CliError> {
        let found = match target {
            Some(target) => target.find_all(command)?,
            None => Self::all_live(),
        };
        exactly_one(found, command)
    }

    /// All programs that run.
    pub(crate) fn all_live() -> Vec<ResolvedTarget> {
        live().into_iter().map(ResolvedTarget::from).collect()
    }

    /// All programs that could be meant.
    pub(crate) fn find_all(&self, command: &str) -> Result<Vec<ResolvedTarget>, CliError> {
        let (found, what) = match self {
            Self::Endpoint(endpoint) => {
                return Ok(vec![ResolvedTarget {
                    endpoint: endpoint.clone(),
                    label: endpoint.label(),
                    instance: None,
                }]);
            }
            Self::Pid(pid) => (matching(|instance| instance.pid == *pid), format!("process {pid}")),
            Self::Name(name) => {
                let mut found = matching(|instance| instance.name == *name);
                let path = PathBuf::from(format!("/run/{name}.manhole"));
                if found.is_empty() && path.exists() {
                    found.push(ResolvedTarget {
                        label: name.clone(),
                        endpoint: Endpoint::Path(path),
                        instance: None,
                    });
                }
                (found, format!("program called {name:?}"))
            }
        };
        if found.is_empty() {
            let names: Vec<_> = live().iter().map(Instance::label).collect();
            let help = if names.is_empty() {
                name_its_socket(command)
            } else {
                format!("there are: {}", names.join(", "))
            };
            return Err(
                CliError::connection(format!("no {what} has a manhole where it is looked for")).help(help)
            );
        }
        Ok(found)
    }
}

/// The one that was found.
fn exactly_one(mut found: Vec<ResolvedTarget>, command: &str) -> Result<ResolvedTarget, CliError> {
    match found.pop() {
        Some(exactly_one) if found.is_empty() => Ok(exactly_one),
        None => Err(CliError::connection("no program of this user has a manhole where it is looked for")
            .help(name_its_socket(command))),
        Some(last) => {
            found.push(last);
            let labels: Vec<_> = found.iter().map(|found| format!("\n  {}", found.label)).collect();
            let all = if takes_several(command) { "; or take all of them: --all" } else { "" };
            let example = example(command, "PID");
            Err(CliError::usage(format!("several programs could be meant:{}", labels.concat()))
                .help(format!("name one of them by its process: {example}{all}")))
        }
    }
}

fn name_its_socket(command: &str) -> String {
    format!("name its socket: {}", example(command, "/run/app.manhole"))
}

/// Whether a command of the client may be for several programs; it then has more arguments than them.
fn takes_several(command: &str) -> bool {
    ["eval", "watch"].contains(&command)
}

fn example(command: &str, target: &str) -> String {
    let rest = if takes_several(command) { " …" } else { "" };
    format!("manhole {command} {target}{rest}")
}

fn live() -> Vec<Instance> {
    discovery::discover().into_iter().filter(|instance| instance.live).collect()
}

fn matching(is_meant: impl Fn(&Instance) -> bool) -> Vec<ResolvedTarget> {
    live().into_iter().filter(is_meant).map(ResolvedTarget::from).collect()
}

impl From<Instance> for ResolvedTarget {
    fn from(instance: Instance) -> Self {
        let (label, endpoint) = (instance.label(), Endpoint::Path(instance.path.clone()));
        Self { endpoint, label, instance: Some(instance) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_told_by_its_looks() {
        let remote = |host: &str, port, path: &str| {
            Target::Endpoint(Endpoint::Ssh(Remote { host: host.to_owned(), port, path: path.to_owned() }))
        };
        for (text, target) in [
            ("app", Target::Name("app".to_owned())),
            ("1234", Target::Pid(1234)),
            ("./app", Target::Endpoint(Endpoint::Path("./app".into()))),
            ("/run/app.manhole", Target::Endpoint(Endpoint::Path("/run/app.manhole".into()))),
            ("@app", Target::Endpoint(Endpoint::Abstract("app".to_owned()))),
            ("tcp:127.0.0.1:1", Target::Endpoint(Endpoint::Tcp("127.0.0.1:1".to_owned()))),
            ("ssh://web/run/app.sock", remote("web", None, "/run/app.sock")),
            ("ssh://me@[::1]:2222/a", remote("me@::1", Some(2222), "/a")),
            ("exec:nc -U /a", Target::Endpoint(Endpoint::Exec("nc -U /a".to_owned()))),
        ] {
            assert_eq!(text.parse(), Ok(target), "{text}");
        }
        for text in ["", "exec:", "ssh://host", "ssh:///path", "ssh://-oProxyCommand=x/a", "ssh://h/a:b"] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
