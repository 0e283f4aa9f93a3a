//! Targets as users write them, and the applications that they mean.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use manhole_protocol::socket_path::Instance;

use super::container::{Container, Pod};
use super::discovery::{discover, discover_elsewhere, label};
use super::level::Level;
use crate::error::{Cause, Error};

/// A target as the user wrote it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// An address.
    Endpoint(Endpoint),
    /// A process.
    Pid(u32),
    /// The name of an application.
    Name(String),
}

/// An address that the client can connect to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Endpoint {
    /// A Unix socket.
    Path(PathBuf),
    /// A Unix socket without a file.
    Abstract(String),
    /// `HOST:PORT`.
    Tcp(String),
    /// A Unix socket on another machine.
    Ssh(Remote),
    /// A shell command whose standard input and output are the connection.
    Exec(String),
    /// A container.
    Container(Container),
}

/// A socket on another machine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remote {
    /// `user@host`, as ssh takes it.
    pub host: String,
    /// The port of ssh.
    pub port: Option<u16>,
    /// The path of the socket.
    pub path: String,
}

/// An endpoint with its label.
#[derive(Debug, Clone)]
pub struct ResolvedTarget {
    /// Where it leads.
    pub endpoint: Endpoint,
    /// The name for messages.
    pub label: String,
    /// The highest level of its sessions.
    pub level: Option<Level>,
    /// The discovered socket. `None` if the user named the endpoint.
    instance: Option<Instance>,
}

/// An application whose connection has ended, to be found again after a restart.
pub struct LostTarget {
    target: ResolvedTarget,
    /// Other processes of the same application, which ran beside the lost one.
    others: Vec<u32>,
}

impl ResolvedTarget {
    /// Records which other processes run at the moment when the connection ends.
    pub fn lost(&self) -> LostTarget {
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
    pub fn find(&self) -> Result<ResolvedTarget, Error> {
        let Self { target, others } = self;
        if target.instance.is_none() {
            return Ok(target.clone());
        }
        let is_new = |other: &Instance| target.is_same_application(other) && !others.contains(&other.pid);
        let found = exactly_one(matching(is_new))?;
        Ok(ResolvedTarget { level: target.level, ..found })
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

/// Parses `ssh://[USER@]HOST[:PORT]/PATH`.
fn remote(text: &str) -> Result<Remote, String> {
    let rest = text.strip_prefix("ssh://").unwrap_or(text);
    let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (user, place) = match authority.rsplit_once('@') {
        Some((user, place)) => (Some(user), place),
        None => (None, authority),
    };
    // An IPv6 address is in brackets, since it has colons.
    let (host, port) = match place.strip_prefix('[').and_then(|place| place.split_once(']')) {
        Some((host, after)) => (host, after),
        None => place.split_at(place.find(':').unwrap_or(place.len())),
    };
    if host.is_empty() {
        return Err("expected ssh://HOST/PATH".to_owned());
    }
    let is_name = |name: &str| {
        // ssh would take it for an option.
        !name.is_empty() && !name.starts_with('-') && !name.contains(char::is_whitespace)
    };
    if !is_name(host) || user.is_some_and(|user| !is_name(user) || user.contains(':')) {
        return Err(format!("{authority:?} is not a host name"));
    }
    let port = match port.strip_prefix(':') {
        Some(port) => Some(port.parse().map_err(|_| format!("expected a port, found {port:?}"))?),
        None if port.is_empty() => None,
        None => return Err(format!("expected a port after the address, found {port:?}")),
    };
    if path.is_empty() || path == "/" {
        return Err("expected the path of a socket: ssh://HOST/PATH".to_owned());
    }
    if path.contains(['%', ':']) {
        return Err(format!("ssh cannot forward {path:?}: the path contains `%` or `:`"));
    }
    let host = user.map_or_else(|| host.to_owned(), |user| format!("{user}@{host}"));
    Ok(Remote { host, port, path: path.to_owned() })
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
    /// Finds the one application that a target means. `None` means the only one that runs.
    ///
    /// # Errors
    ///
    /// If there is none, or several.
    pub fn find(target: Option<&Self>) -> Result<ResolvedTarget, Error> {
        let found = match target {
            Some(target) => target.find_all()?,
            None => Self::all_live(),
        };
        exactly_one(found)
    }

    /// Lists all applications that run.
    #[must_use]
    pub fn all_live() -> Vec<ResolvedTarget> {
        live().into_iter().map(ResolvedTarget::from).collect()
    }

    /// Lists the running pods, if the target is a workload of Kubernetes.
    ///
    /// # Errors
    ///
    /// If `kubectl` fails, or no pod runs.
    pub fn pods(&self) -> Result<Option<Vec<ResolvedTarget>>, Error> {
        match self {
            Self::Endpoint(Endpoint::Container(Container::Pod(pod))) if pod.is_workload() => {
                let at = |pod| ResolvedTarget::at(Endpoint::Container(Container::Pod(pod)));
                Ok(Some(pod.pods()?.into_iter().map(at).collect()))
            }
            _ => Ok(None),
        }
    }

    /// Lists the applications that a target may mean, at least one.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn find_all(&self) -> Result<Vec<ResolvedTarget>, Error> {
        if let Some(pods) = self.pods()? {
            return Ok(pods);
        }
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
            return Err(Cause::NotFound { what, running: live().iter().map(label).collect() }.into());
        }
        Ok(found)
    }
}

/// Returns the only application of a list.
///
/// # Errors
///
/// If the list has none, or several.
pub fn exactly_one(mut found: Vec<ResolvedTarget>) -> Result<ResolvedTarget, Error> {
    match found.pop() {
        Some(target) if found.is_empty() => Ok(target),
        None => Err(Cause::NotFound { what: "a running application".to_owned(), running: Vec::new() }.into()),
        Some(last) => {
            found.push(last);
            Err(Cause::AmbiguousTarget { labels: found.into_iter().map(|target| target.label).collect() }
                .into())
        }
    }
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
        Self { label: endpoint.to_string(), endpoint, level: None, instance: None }
    }
}

impl From<Instance> for ResolvedTarget {
    fn from(instance: Instance) -> Self {
        let endpoint = Endpoint::Path(instance.path.clone());
        Self { endpoint, label: label(&instance), level: None, instance: Some(instance) }
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
            ("ssh://[::1]/a", remote("::1", None, "/a")),
            ("ssh://web:22/a b", remote("web", Some(22), "/a b")),
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
            "ssh://-l@h/a",
            "ssh://me:secret@h/a",
            "ssh://h:port/a",
            "ssh://[::1]2222/a",
            "ssh://a b/c",
        ] {
            assert!(text.parse::<Target>().is_err(), "{text}");
        }
    }
}
