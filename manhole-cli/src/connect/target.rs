//! Targets as users write them, and the applications that they mean.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use manhole_protocol::socket_path::Instance;
use url::Url;

use super::config::{Config, Group, Settings};
use super::container::{Container, Pod};
use super::discovery::{discover, discover_elsewhere, label};
use crate::error::CliError;

/// A target as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Target {
    Endpoint(Endpoint),
    Pid(u32),
    Name(String),
}

/// An address that the client can connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Path(PathBuf),
    Abstract(String),
    Tcp(String),
    Ssh(Remote),
    /// A shell command whose standard input and output are the connection.
    Exec(String),
    Container(Container),
}

/// A socket on another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Remote {
    /// `user@host`, as ssh takes it.
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) path: String,
}

/// An endpoint with its label.
#[derive(Debug, Clone)]
pub(crate) struct ResolvedTarget {
    pub(crate) endpoint: Endpoint,
    pub(crate) label: String,
    pub(crate) settings: Settings,
    /// The discovered socket. `None` if the user named the endpoint.
    instance: Option<Instance>,
}

/// An application whose connection has ended, to be found again after a restart.
pub(crate) struct LostTarget {
    target: ResolvedTarget,
    /// Other processes of the same application, which ran beside the lost one.
    others: Vec<u32>,
}

impl ResolvedTarget {
    /// Records which other processes run at the moment when the connection ends.
    pub(crate) fn lost(&self) -> LostTarget {
        let others = first_of(|other| self.is_same_application(other)).into_iter().map(|other| other.pid);
        let own = self.instance.as_ref().map(|own| own.pid);
        LostTarget { target: self.clone(), others: others.filter(|pid| Some(*pid) != own).collect() }
    }

    fn is_same_application(&self, other: &Instance) -> bool {
        self.instance.as_ref().is_some_and(|own| own.name == other.name && own.uid == other.uid)
    }
}

impl LostTarget {
    /// Finds the application after a restart. The new process may listen on another socket, since the file name has the process ID.
    pub(crate) fn find(&self) -> Result<ResolvedTarget, CliError> {
        let Self { target, others } = self;
        if target.instance.is_none() {
            return Ok(target.clone());
        }
        let is_new = |other: &Instance| target.is_same_application(other) && !others.contains(&other.pid);
        let found = exactly_one(matching(is_new), "attach")?;
        Ok(ResolvedTarget { settings: target.settings, ..found })
    }
}

impl FromStr for Target {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Some(command) = text.strip_prefix("exec:") {
            if command.trim().is_empty() {
                return Err("expected a command after exec:".to_owned());
            }
            return Ok(Self::Endpoint(Endpoint::Exec(command.to_owned())));
        }
        if let Some(pod) = text.strip_prefix("kube:") {
            return Pod::parse(pod).map(|pod| Self::Endpoint(Endpoint::Container(Container::Pod(pod))));
        }
        for (prefix, container) in
            [("docker:", Container::Docker as fn(String) -> Container), ("podman:", Container::Podman)]
        {
            if let Some(name) = text.strip_prefix(prefix) {
                if name.is_empty() || name.starts_with('-') {
                    return Err(format!("expected the name of a container after {prefix}"));
                }
                return Ok(Self::Endpoint(Endpoint::Container(container(name.to_owned()))));
            }
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
            return Err("expected a name, a process ID or a socket".to_owned());
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
            Self::Endpoint(endpoint) => endpoint.fmt(f),
            Self::Pid(pid) => pid.fmt(f),
            Self::Name(name) => f.write_str(name),
        }
    }
}

fn remote(text: &str) -> Result<Remote, String> {
    let url = Url::parse(text).map_err(|error| error.to_string())?;
    let host = url.host_str().filter(|host| !host.is_empty()).ok_or("expected ssh://HOST/PATH")?;
    // ssh would take it for an option.
    if host.starts_with('-') || url.username().starts_with('-') {
        return Err(format!("{host:?} is not a host name"));
    }
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let host = if url.username().is_empty() { host.to_owned() } else { format!("{}@{host}", url.username()) };
    let path = url.path();
    if path.is_empty() || path == "/" {
        return Err("expected the path of a socket: ssh://HOST/PATH".to_owned());
    }
    if path.contains(['%', ':']) {
        return Err(format!("ssh cannot forward {path:?}: the path contains `%` or `:`"));
    }
    Ok(Remote { host, port: url.port(), path: path.to_owned() })
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => path.display().fmt(f),
            Self::Abstract(name) => write!(f, "@{name}"),
            Self::Tcp(address) => write!(f, "tcp:{address}"),
            Self::Ssh(Remote { host, port: None, path }) => write!(f, "ssh://{host}{path}"),
            Self::Ssh(Remote { host, port: Some(port), path }) => write!(f, "ssh://{host}:{port}{path}"),
            Self::Exec(command) => write!(f, "exec:{command}"),
            Self::Container(container) => container.fmt(f),
        }
    }
}

impl Target {
    /// Finds the one application that a target means. `None` means the only one that runs. The error's help names `command`, a command
    /// of the client.
    pub(crate) fn find(target: Option<&Self>, command: &str) -> Result<ResolvedTarget, CliError> {
        let found = match target {
            Some(target) => target.find_all(command)?,
            None => Self::all_live(),
        };
        exactly_one(found, command)
    }

    /// Lists all applications that run.
    pub(crate) fn all_live() -> Vec<ResolvedTarget> {
        live().into_iter().map(ResolvedTarget::from).collect()
    }

    /// Lists the applications that a target may mean, at least one. A name of the configuration comes first.
    pub(crate) fn find_all(&self, command: &str) -> Result<Vec<ResolvedTarget>, CliError> {
        if let Some(group) = self.members(command)? {
            let mut error = None;
            let found =
                group.members.into_iter().filter_map(|(_, found)| found.map_err(|it| error = Some(it)).ok());
            let found: Vec<_> = found.collect();
            return match error {
                Some(error) if found.is_empty() => Err(error),
                _ => Ok(found),
            };
        }
        let Self::Name(name) = self else { return self.discover(command) };
        let Some((target, settings)) = Config::get()?.target(name) else { return self.discover(command) };
        let target = parse_configured(name, target)?;
        let mut found = match &target {
            Self::Name(_) => target.discover(command)?,
            _ => target.find_all(command)?,
        };
        if let [only] = &mut found[..] {
            only.label.clone_from(name);
        }
        found.iter_mut().for_each(|found| found.settings = settings);
        Ok(found)
    }

    /// Lists the members of a group of the configuration, also those that cannot be found, and the pods of a workload. Returns `None` for
    /// another target.
    pub(crate) fn members(&self, command: &str) -> Result<Option<GroupMembers>, CliError> {
        if let Self::Endpoint(Endpoint::Container(Container::Pod(pod))) = self
            && pod.is_workload()
        {
            let pods = pod.pods()?.into_iter().map(|pod| {
                let target = ResolvedTarget::at(Endpoint::Container(Container::Pod(pod)));
                (target.label.clone(), Ok(target))
            });
            return Ok(Some(GroupMembers { members: pods.collect(), confirm: true }));
        }
        let Self::Name(name) = self else { return Ok(None) };
        let Some(group) = Config::get()?.group(name) else { return Ok(None) };
        let mut members = GroupMembers { members: Vec::new(), confirm: false };
        let mut known = BTreeSet::from([name.clone()]);
        members.add(group, command, &mut known)?;
        if members.members.is_empty() {
            let reason = "the group has no members".to_owned();
            return Err(CliError::Configured { name: name.clone(), reason });
        }
        Ok(Some(members))
    }

    /// Lists the applications that a target means, without the configuration.
    fn discover(&self, command: &str) -> Result<Vec<ResolvedTarget>, CliError> {
        let (found, what) = match self {
            Self::Endpoint(endpoint) => return Ok(vec![ResolvedTarget::at(endpoint.clone())]),
            Self::Pid(pid) => {
                (matching(|instance| instance.pid == *pid), format!("a manhole of process {pid}"))
            }
            Self::Name(name) => {
                let mut found = matching(|instance| instance.name == *name);
                let path = PathBuf::from(format!("/run/{name}.manhole"));
                if found.is_empty() && path.exists() {
                    found.push(ResolvedTarget {
                        label: name.clone(),
                        ..ResolvedTarget::at(Endpoint::Path(path))
                    });
                }
                (found, format!("an application named {name:?}"))
            }
        };
        if found.is_empty() {
            let labels: Vec<_> = live().iter().map(label).collect();
            let help = match labels[..] {
                [] => name_its_socket(command),
                _ => format!("choose one of these: {}", labels.join(", ")),
            };
            return Err(CliError::NotFound { what, help });
        }
        Ok(found)
    }
}

/// The applications of a group.
pub(crate) struct GroupMembers {
    /// Each with its label.
    pub(crate) members: Vec<(String, Result<ResolvedTarget, CliError>)>,
    /// Whether commands that change something are asked for.
    pub(crate) confirm: bool,
}

impl GroupMembers {
    /// Adds the members of a group, those of groups among them too. `known` has the names that are there already.
    fn add(&mut self, group: Group<'_>, command: &str, known: &mut BTreeSet<String>) -> Result<(), CliError> {
        self.confirm |= group.confirm;
        for member in group.members {
            if !known.insert(member.clone()) {
                continue;
            }
            if let Some(inner) = Config::get()?.group(member) {
                let settings = inner.settings.within(group.settings);
                self.add(Group { settings, ..inner }, command, known)?;
                continue;
            }
            match parse_configured(member, member)?.find_all(command) {
                Ok(found) => self.members.extend(found.into_iter().map(|mut found| {
                    found.settings = found.settings.within(group.settings);
                    (found.label.clone(), Ok(found))
                })),
                Err(error) => self.members.push((member.clone(), Err(error))),
            }
        }
        Ok(())
    }
}

/// Parses a target of the configuration, which stands there under `name`.
fn parse_configured(name: &str, target: &str) -> Result<Target, CliError> {
    target.parse().map_err(|reason| CliError::Configured { name: name.to_owned(), reason })
}

/// Returns the only application of a list.
fn exactly_one(mut found: Vec<ResolvedTarget>, command: &str) -> Result<ResolvedTarget, CliError> {
    match found.pop() {
        Some(target) if found.is_empty() => Ok(target),
        None => Err(CliError::NotFound {
            what: "a running application".to_owned(),
            help: name_its_socket(command),
        }),
        Some(last) => {
            found.push(last);
            Err(CliError::AmbiguousTarget {
                labels: found.into_iter().map(|target| target.label).collect(),
                example: example(command, "PID"),
                takes_all: takes_several(command),
            })
        }
    }
}

fn name_its_socket(command: &str) -> String {
    format!("pass the path of its socket: {}", example(command, "/run/app.manhole"))
}

/// Returns whether a command of the client takes several targets, and then further arguments.
fn takes_several(command: &str) -> bool {
    ["eval", "watch"].contains(&command)
}

fn example(command: &str, target: &str) -> String {
    let rest = if takes_several(command) { " …" } else { "" };
    format!("manhole {command} {target}{rest}")
}

/// Lists the live sockets in the default directories, and then those elsewhere.
fn live() -> Vec<Instance> {
    discover().into_iter().filter(|found| found.live).chain(discover_elsewhere()).collect()
}

/// Lists the live sockets that match in the default directories, or those elsewhere if there is none: a name in its place comes first.
fn first_of(matches: impl Fn(&Instance) -> bool) -> Vec<Instance> {
    let found: Vec<_> = discover().into_iter().filter(|found| found.live && matches(found)).collect();
    if found.is_empty() { discover_elsewhere().into_iter().filter(matches).collect() } else { found }
}

fn matching(matches: impl Fn(&Instance) -> bool) -> Vec<ResolvedTarget> {
    first_of(matches).into_iter().map(ResolvedTarget::from).collect()
}

impl ResolvedTarget {
    fn at(endpoint: Endpoint) -> Self {
        Self { label: endpoint.to_string(), endpoint, settings: Settings::default(), instance: None }
    }
}

impl From<Instance> for ResolvedTarget {
    fn from(instance: Instance) -> Self {
        let endpoint = Endpoint::Path(instance.path.clone());
        Self { endpoint, label: label(&instance), settings: Settings::default(), instance: Some(instance) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_parses_by_its_form() {
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
            ("docker:web", Target::Endpoint(Endpoint::Container(Container::Docker("web".to_owned())))),
        ] {
            assert_eq!(text.parse(), Ok(target), "{text}");
        }
        for text in [
            "",
            "exec:",
            "kube:web",
            "docker:",
            "podman:-it",
            "ssh://host",
            "ssh:///path",
            "ssh://-oProxyCommand=x/a",
            "ssh://h/a:b",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
