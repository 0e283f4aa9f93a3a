//! Containers, by programs in place of `kubectl`, `docker` and `podman`.

use std::os::unix::fs::PermissionsExt;

use crate::eval::folded;
use crate::support::{App, Home, has_tool, output_of};

/// Runs a command as `docker exec -i NAME` and `kubectl exec -i POD --` do, in the directory of its name. Lists two pods.
const STAND_IN: &str = r#"#!/bin/sh
echo "$(basename "$0") $*" >>LOG
while :; do
    case $1 in
    --context=* | --namespace=* | --container=* | --request-timeout=* | -i) shift ;;
    exec) shift ;;
    get)
        case $2 in
        deploy/web) echo '{"app":"web","tier":"front"}' ;;
        pods) [ "$4" = "app=web,tier=front" ] && printf 'web-1\nweb-2\n' ;;
        *) echo "Error from server (NotFound): $2 not found" >&2; exit 1 ;;
        esac
        exit 0
        ;;
    *) break ;;
    esac
done
cd "ROOT/$1" 2>/dev/null || { echo "Error response from daemon: No such container: $1" >&2; exit 1; }
shift
while :; do case $1 in -- | --container=*) shift ;; *) break ;; esac; done
exec "$@"
"#;

#[test]
fn a_container_is_reached_through_its_tool() {
    if !has_tool("nc", "-h") {
        return;
    }
    let home = Home::new();
    let root = home.path().join("containers");
    let apps: Vec<_> = ["web", "web-1", "web-2"]
        .iter()
        .map(|name| {
            std::fs::create_dir_all(root.join(name)).unwrap();
            App::start(&root.join(name).join("app.sock"))
        })
        .collect();
    let bin = home.path().join("bin");
    std::fs::create_dir(&bin).unwrap();
    let log = home.path().join("log");
    let script = STAND_IN.replace("LOG", log.to_str().unwrap()).replace("ROOT", root.to_str().unwrap());
    for name in ["kubectl", "docker", "podman"] {
        std::fs::write(bin.join(name), &script).unwrap();
        std::fs::set_permissions(bin.join(name), PermissionsExt::from_mode(0o755)).unwrap();
    }
    let path = format!("{}:{}", bin.display(), std::env::var("PATH").unwrap());
    let run = |arguments: &[&str]| {
        let mut client = home.client();
        client.env("PATH", &path).args(["--proxy-command", "nc -U app.sock"]).args(arguments);
        output_of(&client.stdin(std::process::Stdio::null()).output().unwrap())
    };
    for target in ["docker:web", "podman:web", "kube:shop/web-1", "kube:prod/shop/web-2/app"] {
        assert_eq!(run(&["eval", target, "gizmo.count"]), ("42\n".to_owned(), String::new(), 0), "{target}");
    }
    let lines = std::fs::read_to_string(&log).unwrap();
    for line in [
        "docker exec -i web nc -U app.sock",
        "kubectl --namespace=shop exec -i web-1 -- nc -U app.sock",
        "kubectl --context=prod --namespace=shop exec -i web-2 --container=app -- nc -U app.sock",
    ] {
        assert!(lines.lines().any(|other| other == line), "{lines}");
    }
    // All pods of a deployment are a group.
    apps[2].gizmo.lock().count = 7;
    let (out, err, status) = run(&["eval", "kube:deploy/web", "gizmo.count", "--each"]);
    assert_eq!((folded(&out), status), (vec![(1, "7".to_owned()), (1, "42".to_owned())], 0), "{err}");
    assert!(out.contains("kube:web-1: 42\n"), "{out}");
    assert_eq!(run(&["eval", "kube:deploy/web", "gizmo.count = 1"]).2, 4);
    for (target, error) in [
        ("docker:none", "No such container: none\nhelp: test it alone: docker exec -i none"),
        ("kube:shop/deploy/none", "cannot connect to kube:shop/deploy/none: Error from server (NotFound)"),
    ] {
        let (_, err, status) = run(&["eval", target, "1"]);
        assert_eq!(status, 3, "{err}");
        assert!(err.contains(error), "{err}");
    }
}
