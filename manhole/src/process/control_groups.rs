//! What the control groups of the process allow it, and what it uses.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::group_directories::{GroupVersion, group_directories};
use super::proc_files::reported;
use crate::reflect::Reported;
use crate::reflect::computed_fields::computed_fields;

/// The control groups of the process. Those of its parents stand in for a limit that it does not have itself.
pub(super) struct ControlGroups {
    /// The directory of the process in `/proc`, and that of all groups.
    process: &'static str,
    mount: &'static str,
}

computed_fields!([] ControlGroups, "ControlGroups", "What its control groups, such as those of a container, allow the process.", |this| {
    memory: Option<u64> = this.files("memory").iter().find_map(Group::memory_used),
        "The bytes that the group uses, with its files in the page cache.";
    memory_limit: Option<u64> = this.limit("memory", |group| match group.version {
        GroupVersion::V1 => group.number("memory.limit_in_bytes").filter(|limit| *limit < 1 << 62),
        GroupVersion::V2 => group.number("memory.max"),
    }), "The bytes that it may use.";
    killed: Option<u64> = this.files("memory").iter().find_map(|group| match group.version {
        GroupVersion::V1 => group.line("memory.oom_control", "oom_kill"),
        GroupVersion::V2 => group.line("memory.events", "oom_kill"),
    }), "How many of its processes were killed for want of memory.";
    cpu_limit: Option<f64> = this.cpu_limit(), "How many processors it may use: 0.5 is half of one.";
    throttled: Option<u64> = this.files("cpu").iter().find_map(|group| group.line("cpu.stat", "nr_throttled")),
        "How often it had to wait, since it had used what it may use in a period.";
    throttled_time: Option<Duration> = this.files("cpu").iter().find_map(|group| match group.version {
        GroupVersion::V1 => group.line("cpu.stat", "throttled_time").map(Duration::from_nanos),
        GroupVersion::V2 => group.line("cpu.stat", "throttled_usec").map(Duration::from_micros),
    }), "For how long.";
    processes: Option<u64> = this.files("pids").iter().find_map(|group| group.number("pids.current")),
        "The number of its processes and threads.";
    process_limit: Option<u64> = this.limit("pids", |group| group.number("pids.max")),
        "How many it may have.";
});

/// A directory of a control group.
struct Group {
    version: GroupVersion,
    directory: PathBuf,
}

impl ControlGroups {
    /// Returns those of this process, on a system that has control groups.
    pub(super) fn of_this_process() -> Reported<Self> {
        let groups = Self { process: "/proc/self", mount: "/sys/fs/cgroup" };
        // Without a file descriptor they would all seem to be without a limit.
        reported(fs::read_to_string("/proc/self/cgroup").map(|_| groups))
    }

    /// Returns the groups in which `controller` may be, the innermost first.
    fn files(&self, controller: &str) -> Vec<Group> {
        let directories = group_directories(Path::new(self.process), Path::new(self.mount), controller);
        directories.into_iter().map(|(version, directory)| Group { version, directory }).collect()
    }

    /// Returns the lowest limit of the group and its parents.
    fn limit(&self, controller: &str, of: impl Fn(&Group) -> Option<u64>) -> Option<u64> {
        self.files(controller).iter().filter_map(of).min()
    }

    fn cpu_limit(&self) -> Option<f64> {
        self.files("cpu").iter().filter_map(Group::cpu_limit).min_by(f64::total_cmp)
    }
}

fn share(quota: u64, period: u64) -> Option<f64> {
    let (quota, period) = (u32::try_from(quota).ok()?, u32::try_from(period).ok()?);
    (period > 0).then(|| f64::from(quota) / f64::from(period))
}

impl Group {
    fn memory_used(&self) -> Option<u64> {
        match self.version {
            GroupVersion::V1 => self.number("memory.usage_in_bytes"),
            GroupVersion::V2 => self.number("memory.current"),
        }
    }

    fn cpu_limit(&self) -> Option<f64> {
        match self.version {
            GroupVersion::V1 => share(self.number("cpu.cfs_quota_us")?, self.number("cpu.cfs_period_us")?),
            GroupVersion::V2 => {
                let text = self.read("cpu.max")?;
                let (quota, period) = text.trim().split_once(' ')?;
                share(quota.parse().ok()?, period.parse().ok()?)
            }
        }
    }

    fn read(&self, file: &str) -> Option<String> {
        fs::read_to_string(self.directory.join(file)).ok()
    }

    /// Returns the number in a file, which has another word, or a negative number, if there is no limit.
    fn number(&self, file: &str) -> Option<u64> {
        self.read(file)?.trim().parse().ok()
    }

    /// Returns the number in the line `name 17` of a file.
    fn line(&self, file: &str, name: &str) -> Option<u64> {
        let text = self.read(file)?;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '))?;
        line.trim().parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the groups of a process whose files are these.
    fn groups(membership: &str, files: &[(&str, &str)]) -> ControlGroups {
        let place: &'static Path = Box::leak(tempfile::tempdir().unwrap().keep().into_boxed_path());
        fs::write(place.join("cgroup"), membership).unwrap();
        for (path, text) in files {
            let path = place.join("mount").join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        ControlGroups {
            process: place.to_str().unwrap(),
            mount: place.join("mount").to_str().unwrap().to_owned().leak(),
        }
    }

    #[test]
    fn the_limits_of_parents_count_too() {
        let groups = groups(
            "0::/pod/app\n",
            &[
                ("pod/memory.max", "6000\n"),
                ("pod/memory.current", "5000\n"),
                ("pod/cpu.max", "50000 100000\n"),
                ("pod/pids.max", "max\n"),
                ("pod/app/memory.max", "max\n"),
                ("pod/app/memory.current", "3000\n"),
                ("pod/app/memory.events", "low 0\noom 2\noom_kill 1\n"),
                ("pod/app/cpu.max", "max 100000\n"),
                ("pod/app/cpu.stat", "usage_usec 9\nnr_throttled 4\nthrottled_usec 1500\n"),
                ("pod/app/pids.current", "12\n"),
            ],
        );
        let memory = groups.files("memory");
        assert_eq!(memory.iter().find_map(Group::memory_used), Some(3_000));
        assert_eq!(groups.limit("memory", |group| group.number("memory.max")), Some(6_000));
        assert_eq!(memory[0].line("memory.events", "oom_kill"), Some(1));
        assert_eq!(groups.cpu_limit(), Some(0.5));
        assert_eq!(groups.files("cpu")[0].line("cpu.stat", "nr_throttled"), Some(4));
        assert_eq!(groups.limit("pids", |group| group.number("pids.max")), None);
    }

    #[test]
    fn the_first_version_has_other_names() {
        let groups = groups(
            "4:cpu,cpuacct:/x\n3:memory:/x\n0::/\n",
            &[
                ("memory/x/memory.usage_in_bytes", "3000\n"),
                ("cpu/x/cpu.cfs_quota_us", "150000\n"),
                ("cpu/x/cpu.cfs_period_us", "100000\n"),
                ("cpu/cpu.cfs_quota_us", "-1\n"),
                ("cpu/cpu.cfs_period_us", "100000\n"),
            ],
        );
        assert_eq!(groups.files("memory").iter().find_map(Group::memory_used), Some(3_000));
        assert_eq!(groups.cpu_limit(), Some(1.5));
    }
}
