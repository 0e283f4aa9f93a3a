//! The configuration file: targets and groups with names, levels and colors.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::OnceLock;
use std::{env, fs, io};

use manhole_client::Level;
use nu_ansi_term::Color;
use serde::Deserialize;

use crate::error::CliError;

/// The configuration.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    #[serde(default)]
    targets: BTreeMap<String, TargetEntry>,
    #[serde(default)]
    groups: BTreeMap<String, GroupEntry>,
}

/// A target with a name.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a target, or a table with target, and perhaps level and color (red, green, yellow, blue, magenta or cyan)"
)]
enum TargetEntry {
    Target(String),
    Table(TargetTable),
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct TargetTable {
    target: String,
    level: Option<Level>,
    color: Option<ColorName>,
}

/// A list of targets with a name.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(
    untagged,
    expecting = "expected a list of targets, or a table with members, and perhaps level, color and confirm"
)]
enum GroupEntry {
    Members(Vec<String>),
    Table(GroupTable),
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
struct GroupTable {
    members: Vec<String>,
    level: Option<Level>,
    color: Option<ColorName>,
    #[serde(default = "yes")]
    confirm: bool,
}

fn yes() -> bool {
    true
}

/// What holds for a target.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Settings {
    /// The highest level of its sessions.
    pub(crate) level: Option<Level>,
    /// The color of its name.
    pub(crate) color: Option<ColorName>,
}

impl Settings {
    /// Adds the settings of a group: its level counts if it is lower, its color if the target has none.
    pub(crate) fn within(self, group: Self) -> Self {
        let level = match (self.level, group.level) {
            (Some(own), Some(group)) => Some(own.min(group)),
            (own, group) => own.or(group),
        };
        Self { level, color: self.color.or(group.color) }
    }
}

/// A color of terminals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ColorName {
    Red,
    Green,
    Yellow,
    Blue,
    Magenta,
    Cyan,
}

impl From<ColorName> for Color {
    fn from(color: ColorName) -> Self {
        match color {
            ColorName::Red => Self::Red,
            ColorName::Green => Self::Green,
            ColorName::Yellow => Self::Yellow,
            ColorName::Blue => Self::Blue,
            ColorName::Magenta => Self::Magenta,
            ColorName::Cyan => Self::Cyan,
        }
    }
}

/// A group of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Group<'a> {
    pub(crate) members: &'a [String],
    pub(crate) settings: Settings,
    /// Whether commands that change something are asked for.
    pub(crate) confirm: bool,
}

impl Config {
    /// Returns the configuration of this user, which is read once.
    pub(crate) fn get() -> Result<&'static Self, CliError> {
        static CONFIG: OnceLock<Result<Config, CliError>> = OnceLock::new();
        CONFIG.get_or_init(Self::read).as_ref().map_err(Clone::clone)
    }

    fn read() -> Result<Self, CliError> {
        let Some(path) = path() else { return Ok(Self::default()) };
        let failed = |reason: String| CliError::Read { file: path.display().to_string(), reason };
        match fs::read_to_string(&path) {
            Ok(text) => Self::parse(&text).map_err(failed),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(failed(error.to_string())),
        }
    }

    fn parse(text: &str) -> Result<Self, String> {
        let config: Self = toml::from_str(text).map_err(|error| error.to_string().trim_end().to_owned())?;
        match config.groups.keys().find(|name| config.targets.contains_key(*name)) {
            Some(name) => Err(format!("{name:?} is both a target and a group")),
            None => Ok(config),
        }
    }

    /// Returns the target that a name stands for, as the user wrote it.
    pub(crate) fn target(&self, name: &str) -> Option<(&str, Settings)> {
        Some(match self.targets.get(name)? {
            TargetEntry::Target(target) => (target, Settings::default()),
            TargetEntry::Table(TargetTable { target, level, color }) => {
                (target, Settings { level: *level, color: *color })
            }
        })
    }

    /// Lists the targets: their names, and what these stand for.
    pub(crate) fn targets(&self) -> impl Iterator<Item = (&str, &str)> {
        self.targets.keys().filter_map(|name| Some((name.as_str(), self.target(name)?.0)))
    }

    /// Lists the groups with their members.
    pub(crate) fn groups(&self) -> impl Iterator<Item = (&str, &[String])> {
        self.groups.keys().filter_map(|name| Some((name.as_str(), self.group(name)?.members)))
    }

    /// Returns the group of a name.
    pub(crate) fn group(&self, name: &str) -> Option<Group<'_>> {
        Some(match self.groups.get(name)? {
            GroupEntry::Members(members) => Group { members, settings: Settings::default(), confirm: true },
            GroupEntry::Table(GroupTable { members, level, color, confirm }) => {
                let settings = Settings { level: *level, color: *color };
                Group { members, settings, confirm: *confirm }
            }
        })
    }
}

/// Returns the path of the file, as the XDG Base Directory Specification has it.
fn path() -> Option<PathBuf> {
    let variable = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    variable("MANHOLE_CONFIG").or_else(|| {
        let base = variable("XDG_CONFIG_HOME").filter(|path| path.is_absolute());
        let base = base.or_else(|| Some(variable("HOME")?.join(".config")))?;
        Some(base.join("manhole/config.toml"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_groups_have_a_short_and_a_long_form() {
        let config = Config::parse(
            "[targets]\n\
             web1 = \"ssh://web1/run/app.manhole\"\n\
             web2 = { target = \"/run/app.manhole\", level = \"observe\", color = \"red\" }\n\
             [groups]\n\
             web = [\"web1\", \"web2\"]\n\
             all = { members = [\"web\"], level = \"operate\", confirm = false }\n",
        )
        .unwrap();
        assert_eq!(config.target("web1"), Some(("ssh://web1/run/app.manhole", Settings::default())));
        let settings = Settings { level: Some(Level::Observe), color: Some(ColorName::Red) };
        assert_eq!(config.target("web2"), Some(("/run/app.manhole", settings)));
        assert_eq!(config.target("web"), None);
        assert!(config.group("web").unwrap().confirm);
        let all = config.group("all").unwrap();
        assert_eq!((all.members, all.confirm), (&["web".to_owned()][..], false));
        assert_eq!(settings.within(all.settings), settings);
        assert_eq!(Settings::default().within(all.settings).level, Some(Level::Operate));
    }

    #[test]
    fn errors_have_a_line() {
        for (text, error) in [
            ("[targets]\nweb = 1\n", "expected a target, or a table"),
            ("[target]\n", "unknown field `target`"),
            ("[groups]\nweb = \"x\"\n", "expected a list of targets"),
            ("[targets]\nweb = { target = \"x\", level = \"root\" }\n", "expected a target, or a table"),
            ("[targets]\nweb = { target = \"x\", colour = \"red\" }\n", "expected a target, or a table"),
        ] {
            let found = Config::parse(text).unwrap_err();
            assert!(found.contains(error) && found.contains("line "), "{found}");
        }
        let both = Config::parse("[targets]\nweb = \"x\"\n[groups]\nweb = [\"x\"]\n");
        assert_eq!(both.unwrap_err(), "\"web\" is both a target and a group");
    }
}
