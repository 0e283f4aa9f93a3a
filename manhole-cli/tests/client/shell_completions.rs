//! What shells complete: subcommands, options, running applications, the targets and groups of the configuration, files.

use std::path::Path;
use std::process::Command;

use crate::support::{App, Home, has_tool, output_of};

const CONFIG: &str = "[targets]\nweb1 = \"ssh://web1/run/app.manhole\"\nweb2 = { target = \"/run/app.manhole\", level = \"observe\" }\n\
                      [groups]\nweb = [\"web1\", \"web2\"]\n";

/// Returns what a shell's script gets for the last of these words.
fn candidates(home: &Home, shell: &str, words: &[&str]) -> String {
    let mut client = home.client();
    client.env("MANHOLE_COMPLETE", shell).env("_CLAP_COMPLETE_INDEX", (words.len() - 1).to_string());
    let (out, err, status) = output_of(&client.arg("--").args(words).output().unwrap());
    assert_eq!((&*err, status), ("", 0));
    out
}

/// Returns what bash, with its script, completes the last of these words to.
fn bash(home: &Home, words: &[&str]) -> Vec<String> {
    let directory = Path::new(env!("CARGO_BIN_EXE_manhole")).parent().unwrap().display();
    let last = words.last().unwrap();
    let quoted: Vec<_> = words.iter().map(|word| format!("'{word}'")).collect();
    let script = format!(
        "PATH={directory}:$PATH; source <(manhole completions bash); COMP_WORDS=({}); COMP_CWORD={}; \
         _clap_complete_manhole manhole '{last}' ''; printf '%s\\n' \"${{COMPREPLY[@]}}\"",
        quoted.join(" "),
        words.len() - 1
    );
    let mut shell: Command = home.environment_of("bash");
    let (out, err, _) =
        output_of(&shell.args(["--norc", "-c", &script]).current_dir(home.path()).output().unwrap());
    assert!(err.is_empty(), "{err}");
    out.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect()
}

#[test]
fn targets_are_running_applications_and_the_names_of_the_configuration() {
    let home = Home::new();
    let own = std::process::id();
    let _app = App::start(&home.socket("app", own));
    std::fs::create_dir_all(home.path().join("config/manhole")).unwrap();
    std::fs::write(home.path().join("config/manhole/config.toml"), CONFIG).unwrap();
    let found = candidates(&home, "zsh", &["manhole", "attach", ""]);
    for line in [
        &*format!("app:running, process {own}, "),
        "web1:ssh://web1/run/app.manhole",
        "web:group: web1, web2",
    ] {
        assert!(found.lines().any(|found| found.starts_with(line)), "{line}: {found}");
    }
    for words in [&["manhole", "eval", "we"][..], &["manhole", "eval", "app", "1", "--target", "we"]] {
        let found = candidates(&home, "fish", words);
        let names: Vec<_> = found.lines().filter_map(|line| line.split('\t').next()).collect();
        assert_eq!(names, ["web1", "web2", "web"], "{words:?}");
    }
    // Two with the same name have their process IDs.
    let _other = App::start(&home.socket("app", std::os::unix::process::parent_id()));
    let found = candidates(&home, "zsh", &["manhole", "tree", ""]);
    assert!(
        found.contains("app:2 running applications") && found.contains(&format!("\n{own}:app, ")),
        "{found}"
    );
    // An error in the configuration hides its names, and nothing else.
    std::fs::write(home.path().join("config/manhole/config.toml"), "[").unwrap();
    let found = candidates(&home, "zsh", &["manhole", "attach", ""]);
    assert!(found.contains("app:") && !found.contains("web"), "{found}");
}

#[test]
fn the_script_of_bash_completes_subcommands_targets_and_files() {
    if !has_tool("bash", "--version") {
        return;
    }
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    std::fs::create_dir_all(home.path().join("config/manhole")).unwrap();
    std::fs::write(home.path().join("config/manhole/config.toml"), CONFIG).unwrap();
    std::fs::write(home.path().join("check.rhai"), "").unwrap();
    assert_eq!(bash(&home, &["manhole", "att"]), ["attach"]);
    let all = bash(&home, &["manhole", ""]);
    assert!(["eval", "tree", "top"].iter().all(|name| all.contains(&(*name).to_owned())), "{all:?}");
    assert_eq!(bash(&home, &["manhole", "attach", "--no-h"]), ["--no-history"]);
    assert_eq!(bash(&home, &["manhole", "attach", "ap"]), ["app"]);
    assert_eq!(bash(&home, &["manhole", "top", "web"]), ["web1", "web2", "web"]);
    assert_eq!(bash(&home, &["manhole", "--level", "ob"]), ["observe"]);
    for words in [&["manhole", "eval", "app", "--file", "ch"][..], &["manhole", "attach", "./ch"]] {
        let found = bash(&home, words);
        assert!(found.len() == 1 && found[0].ends_with("check.rhai"), "{found:?}");
    }
}

#[test]
fn the_scripts_of_fish_and_zsh_complete_at_the_first_tab() {
    let home = Home::new();
    let _app = App::start(&home.socket("app", 1));
    let directory = Path::new(env!("CARGO_BIN_EXE_manhole")).parent().unwrap().display();
    for shell in ["fish", "zsh"] {
        std::fs::create_dir_all(home.path().join(shell)).unwrap();
        let script = home.run(&["completions", shell]).stdout;
        std::fs::write(home.path().join(shell).join("_manhole"), script).unwrap();
    }
    if has_tool("fish", "--version") {
        let command = "source fish/_manhole; complete -C 'manhole attach '";
        let mut fish = home.environment_of("fish");
        fish.env("HOME", home.path()).env("PATH", format!("{directory}:/usr/local/bin:/usr/bin:/bin"));
        let (out, err, _) = output_of(&fish.args(["-c", command]).current_dir(home.path()).output().unwrap());
        assert!(out.starts_with("app\trunning, process 1, "), "{out}{err}");
    }
    if has_tool("zsh", "--version") {
        let setup = format!(
            "PATH={directory}:$PATH; fpath=({0}/zsh $fpath); autoload -U compinit; compinit -u -d {0}/dump; \
             PS1='zsh> '; clear",
            home.path().display()
        );
        let terminal = home.terminal_of("zsh -f");
        terminal.until("a prompt", |screen| !screen.trim().is_empty());
        terminal.types(&setup);
        terminal.presses("Enter");
        terminal.until("a prompt", |screen| screen.trim() == "zsh>");
        terminal.types("manhole attach a");
        terminal.shows("zsh> manhole attach a");
        terminal.presses("Tab");
        terminal.shows("zsh> manhole attach app");
    }
}

#[test]
fn each_shell_has_a_script() {
    let home = Home::new();
    for (shell, line) in [
        ("bash", "complete -o nospace -o bashdefault -o nosort -F _clap_complete_manhole manhole"),
        ("zsh", "#compdef manhole"),
        ("fish", "complete --keep-order --exclusive --command manhole"),
    ] {
        let (script, _, status) = output_of(&home.run(&["completions", shell]));
        assert!(status == 0 && script.contains(line) && script.contains("MANHOLE_COMPLETE"), "{script}");
    }
}
