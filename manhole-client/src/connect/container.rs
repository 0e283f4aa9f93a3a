//! Containers: what reaches them are the system's own `kubectl`, `docker` and `podman`.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, Stdio};

use crate::error::{Cause, Error};

/// How long `kubectl` may take to list pods.
const LIST_TIMEOUT: &str = "--request-timeout=15s";

/// What Kubernetes calls that which makes pods, with the short forms that `kubectl` takes.
const WORKLOADS: [&str; 12] = [
    "deploy",
    "deployment",
    "deployments",
    "sts",
    "statefulset",
    "statefulsets",
    "ds",
    "daemonset",
    "daemonsets",
    "rs",
    "replicaset",
    "job",
];

/// A container.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Container {
    /// Of Kubernetes.
    Pod(Pod),
    /// By its name or its ID.
    Docker(String),
    /// By its name or its ID.
    Podman(String),
}

/// A pod of Kubernetes, or what makes some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pod {
    context: Option<String>,
    namespace: Option<String>,
    /// The name, or `deploy/web`.
    pub name: String,
    container: Option<String>,
}

impl Pod {
    /// Parses `[CONTEXT/]NAMESPACE/POD[/CONTAINER]` or `[[CONTEXT/]NAMESPACE/]deploy/NAME[/CONTAINER]`. Three parts without a workload are
    /// a namespace, a pod and a container; an empty container makes them a context, a namespace and a pod.
    pub fn parse(text: &str) -> Result<Self, String> {
        let parts: Vec<_> = text.split('/').collect();
        let is_wrong = |part: &&str| part.is_empty() || part.starts_with('-');
        // The container may be empty.
        let named = if let [first @ .., _, ""] = &parts[..] { &parts[..=first.len()] } else { &parts[..] };
        if named.iter().any(is_wrong) {
            return Err(Self::expected());
        }
        let owned = |part: &str| Some(part.to_owned()).filter(|part| !part.is_empty());
        let workload =
            parts.iter().position(|part| WORKLOADS.contains(part)).filter(|at| at + 1 < parts.len());
        let (before, name, after) = match workload {
            Some(at) => (&parts[..at], format!("{}/{}", parts[at], parts[at + 1]), &parts[at + 2..]),
            None => {
                let at = match parts.len() {
                    2 | 3 => 1,
                    4 => 2,
                    _ => return Err(Self::expected()),
                };
                // A context precedes the namespace.
                (&parts[..at], parts[at].to_owned(), &parts[at + 1..])
            }
        };
        if name.is_empty() {
            return Err(Self::expected());
        }
        let (context, namespace) = match before {
            [] => (None, None),
            [namespace] => (None, owned(namespace)),
            [context, namespace] => (owned(context), owned(namespace)),
            _ => return Err(Self::expected()),
        };
        let container = match after {
            [] => None,
            [container] => owned(container),
            _ => return Err(Self::expected()),
        };
        Ok(Self { context, namespace, name, container })
    }

    fn expected() -> String {
        "expected kube:[CONTEXT/]NAMESPACE/POD[/CONTAINER] or kube:[NAMESPACE/]deploy/NAME".to_owned()
    }

    /// Returns whether it stands for all pods of a workload.
    pub fn is_workload(&self) -> bool {
        self.name.contains('/')
    }

    /// Lists the running pods of a workload.
    pub fn pods(&self) -> Result<Vec<Self>, Error> {
        let failed = |reason: String| {
            Error::from(Cause::Connect {
                target: format!("kube:{self}"),
                reason,
                help: Some(format!(
                    "test it alone: kubectl get {}{}",
                    self.name,
                    self.place().iter().map(|option| format!(" {option}")).collect::<String>()
                )),
            })
        };
        let selector = self.kubectl(&["get", &self.name, "-o", "jsonpath={.spec.selector.matchLabels}"]);
        let labels: BTreeMap<String, String> =
            serde_json::from_str(&selector.map_err(failed)?).map_err(|error| failed(error.to_string()))?;
        let labels: Vec<_> = labels.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let names = self.kubectl(&[
            "get",
            "pods",
            "-l",
            &labels.join(","),
            "--field-selector=status.phase=Running",
            "-o",
            "jsonpath={range .items[*]}{.metadata.name}{\"\\n\"}{end}",
        ]);
        let names = names.map_err(failed)?;
        let pods: Vec<_> =
            names.split_whitespace().map(|name| Self { name: name.to_owned(), ..self.clone() }).collect();
        if pods.is_empty() { Err(failed("no pod runs".to_owned())) } else { Ok(pods) }
    }

    /// Runs `kubectl`, and returns its output.
    fn kubectl(&self, arguments: &[&str]) -> Result<String, String> {
        let output = Command::new("kubectl")
            .args(self.place())
            .args(arguments)
            .arg(LIST_TIMEOUT)
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("cannot start kubectl: {error}"))?;
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim().to_owned();
        if output.status.success() {
            return Ok(text(&output.stdout));
        }
        // Its log precedes the error.
        let error = text(&output.stderr);
        Err(error.lines().last().unwrap_or("no error message").to_owned())
    }

    /// Returns the options for its context and namespace.
    fn place(&self) -> Vec<String> {
        let context = self.context.iter().map(|context| format!("--context={context}"));
        context.chain(self.namespace.iter().map(|namespace| format!("--namespace={namespace}"))).collect()
    }
}

impl Container {
    /// Returns the command that runs `proxy` in it.
    pub fn command(&self, proxy: &str) -> Vec<String> {
        let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let mut command = match self {
            Self::Docker(name) => owned(&["docker", "exec", "-i", name]),
            Self::Podman(name) => owned(&["podman", "exec", "-i", name]),
            Self::Pod(pod) => {
                let mut command = owned(&["kubectl"]);
                command.extend(pod.place());
                command.extend(owned(&["exec", "-i", &pod.name]));
                command.extend(pod.container.iter().map(|container| format!("--container={container}")));
                command.push("--".to_owned());
                command
            }
        };
        command.extend(proxy.split_whitespace().map(str::to_owned));
        command
    }
}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Pod(pod) => write!(f, "kube:{pod}"),
            Self::Docker(name) => write!(f, "docker:{name}"),
            Self::Podman(name) => write!(f, "podman:{name}"),
        }
    }
}

impl fmt::Display for Pod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for part in self.context.iter().chain(&self.namespace) {
            write!(f, "{part}/")?;
        }
        f.write_str(&self.name)?;
        match &self.container {
            Some(container) => write!(f, "/{container}"),
            // Without it, three parts would be a namespace, a pod and a container.
            None if self.context.is_some() => f.write_str("/"),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pod_has_a_command() {
        for (text, command) in [
            ("shop/web-1", "kubectl --namespace=shop exec -i web-1 -- nc -U /a"),
            ("shop/web-1/app", "kubectl --namespace=shop exec -i web-1 --container=app -- nc -U /a"),
            ("prod/shop/web-1/", "kubectl --context=prod --namespace=shop exec -i web-1 -- nc -U /a"),
            (
                "prod/shop/web-1/app",
                "kubectl --context=prod --namespace=shop exec -i web-1 --container=app -- nc -U /a",
            ),
            ("deploy/web", "kubectl exec -i deploy/web -- nc -U /a"),
            ("shop/deploy/web", "kubectl --namespace=shop exec -i deploy/web -- nc -U /a"),
            (
                "prod/shop/sts/db/app",
                "kubectl --context=prod --namespace=shop exec -i sts/db --container=app -- nc -U /a",
            ),
        ] {
            let pod = Pod::parse(text).unwrap();
            assert_eq!(pod.is_workload(), text.contains("deploy") || text.contains("sts"), "{text}");
            assert_eq!(pod.to_string(), text);
            assert_eq!(Container::Pod(pod).command("nc -U /a").join(" "), command, "{text}");
        }
        for text in ["", "web", "/web", "shop/", "a/b/c/d/e", "shop//web", "shop/--help", "deploy"] {
            assert!(Pod::parse(text).is_err(), "{text}");
        }
        let docker = Container::Docker("web".to_owned());
        assert_eq!(docker.command("/app manhole-proxy").join(" "), "docker exec -i web /app manhole-proxy");
    }
}
