//! The limits that the system sets on the memory of the process: those of its control groups, and its resource limits.
//!
//! A process that reaches one of them ends, or waits for memory. So commands stop a margin before.

use std::fs::File;
use std::path::Path;
use std::sync::{Mutex, OnceLock};

use super::process_memory::{MappedMemory, ProcessMemory, process_memory};
use crate::process::group_directories::{GroupVersion, group_directories};
use crate::process::proc_files::read_start;
use crate::sync::LockIgnoringPoison;

/// The margin before a limit. Between two checks a command may use some MiB.
const MAX_MARGIN_BYTES: u64 = 32 * 1024 * 1024;
/// The part of a small limit that is its margin.
const MARGIN_DIVISOR: u64 = 6;

/// The names of a control group's files, in the two versions.
struct GroupFiles {
    limits: &'static [&'static str],
    usage: &'static str,
    /// The lines of `memory.stat` with the page cache, and with the part of it that cannot be dropped.
    cache: &'static str,
    shmem: &'static str,
}

const VERSION_1: GroupFiles = GroupFiles {
    limits: &["memory.limit_in_bytes"],
    usage: "memory.usage_in_bytes",
    cache: "total_cache",
    shmem: "total_shmem",
};
const VERSION_2: GroupFiles = GroupFiles {
    limits: &["memory.max", "memory.high"],
    usage: "memory.current",
    cache: "file",
    shmem: "shmem",
};

/// A control group with a limit. Its files are opened once, since later there may be no file descriptor left.
struct ControlGroup {
    names: &'static GroupFiles,
    limits: Vec<File>,
    usage: File,
    stat: File,
}

/// The limits on the memory of the process.
pub(crate) struct HostLimits {
    groups: Vec<ControlGroup>,
}

/// A limit that the process is close to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HostLimit {
    ControlGroup,
    AddressSpace,
    Data,
}

impl HostLimit {
    /// Returns the name of the limit, for a user.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::ControlGroup => "the memory limit of its control group",
            Self::AddressSpace => "its limit on address space (RLIMIT_AS)",
            Self::Data => "its limit on data (RLIMIT_DATA)",
        }
    }
}

/// Returns the limits of the process, which are looked up once.
pub(crate) fn host_limits() -> &'static HostLimits {
    static LIMITS: OnceLock<HostLimits> = OnceLock::new();
    LIMITS.get_or_init(|| HostLimits {
        groups: control_groups(Path::new("/proc/self"), Path::new("/sys/fs/cgroup")),
    })
}

impl HostLimits {
    /// Returns the limit whose margin the process has reached, if there is one, and otherwise how many bytes are left before one.
    pub(crate) fn room(&self, memory: ProcessMemory) -> Result<u64, HostLimit> {
        self.room_within(memory, resource_limits)
    }

    fn room_within(
        &self,
        memory: ProcessMemory,
        resource_limits: impl FnOnce() -> ResourceLimits,
    ) -> Result<u64, HostLimit> {
        let mut least = u64::MAX;
        for group in &self.groups {
            least = least.min(left(group.limit(), group.usage(), HostLimit::ControlGroup)?);
        }
        let addresses = memory.mapped.map_or(Ok(u64::MAX), |mapped| resource_limits().room(mapped));
        Ok(least.min(addresses?))
    }
}

/// Does `work`, which maps `bytes` of address space at once, such as the stack of a thread, if there is room for them. Returns the limit
/// that the process would come close to otherwise.
pub(crate) fn with_room_for<T>(bytes: u64, work: impl FnOnce() -> T) -> Result<T, HostLimit> {
    // Two threads at once must not take the same room.
    static MAPPING: Mutex<()> = Mutex::new(());
    let _guard = MAPPING.lock_ignoring_poison();
    if let Some(mapped) = process_memory().and_then(|memory| memory.mapped) {
        let mapped = MappedMemory { all: mapped.all + bytes, data: mapped.data + bytes };
        resource_limits().room(mapped)?;
    }
    Ok(work())
}

/// Returns how much is left of a limit before its margin.
fn left(limit: Option<u64>, used: u64, name: HostLimit) -> Result<u64, HostLimit> {
    let Some(limit) = limit else { return Ok(u64::MAX) };
    let margin = (limit / MARGIN_DIVISOR).min(MAX_MARGIN_BYTES);
    match limit.saturating_sub(margin).saturating_sub(used) {
        0 => Err(name),
        left => Ok(left),
    }
}

impl ControlGroup {
    fn open(directory: &Path, names: &'static GroupFiles) -> Option<Self> {
        let limits: Vec<_> =
            names.limits.iter().filter_map(|name| File::open(directory.join(name)).ok()).collect();
        let usage = File::open(directory.join(names.usage)).ok()?;
        let stat = File::open(directory.join("memory.stat")).ok()?;
        let group = Self { names, limits, usage, stat };
        group.limit().is_some().then_some(group)
    }

    /// Returns the lowest limit of the group, if it has one.
    fn limit(&self) -> Option<u64> {
        self.limits.iter().filter_map(number).min()
    }

    /// Returns the memory of the group in bytes, without the page cache, which the kernel drops before it is short of memory.
    fn usage(&self) -> u64 {
        let mut buffer = [0; 8_192];
        let stat = read_start(&self.stat, &mut buffer).ok().unwrap_or_default();
        let value = |name| {
            let line = stat.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
            line.and_then(|value| value.parse::<u64>().ok()).unwrap_or_default()
        };
        let cache = value(self.names.cache).saturating_sub(value(self.names.shmem));
        number(&self.usage).unwrap_or_default().saturating_sub(cache)
    }
}

/// Returns the number in a file. An unlimited group has the word `max`, or in the first version nearly 2⁶³.
fn number(file: &File) -> Option<u64> {
    let mut buffer = [0; 32];
    let number: u64 = read_start(file, &mut buffer).ok()?.trim().parse().ok()?;
    (number < 1 << 62).then_some(number)
}

/// Returns the groups of the process that have a limit. `process` is its directory in `/proc`.
fn control_groups(process: &Path, mount: &Path) -> Vec<ControlGroup> {
    let directories = group_directories(process, mount, "memory").into_iter();
    let groups = directories.filter_map(|(version, directory)| {
        let names = match version {
            GroupVersion::V1 => &VERSION_1,
            GroupVersion::V2 => &VERSION_2,
        };
        ControlGroup::open(&directory, names)
    });
    groups.collect()
}

/// The resource limits in bytes; `None` is unlimited.
struct ResourceLimits {
    address_space: Option<u64>,
    data: Option<u64>,
}

impl ResourceLimits {
    /// Returns how much is left before one of them.
    fn room(&self, mapped: MappedMemory) -> Result<u64, HostLimit> {
        let addresses = left(self.address_space, mapped.all, HostLimit::AddressSpace)?;
        Ok(addresses.min(left(self.data, mapped.data, HostLimit::Data)?))
    }
}

// Only where the system reports the addresses of the process too.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn resource_limits() -> ResourceLimits {
    use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit};
    let get = |resource| getrlimit(resource).ok().map(|(soft, _)| soft).filter(|soft| *soft != RLIM_INFINITY);
    #[allow(clippy::useless_conversion, reason = "the type differs between systems")]
    let bytes = |limit: Option<_>| limit.and_then(|limit| u64::try_from(limit).ok());
    ResourceLimits { address_space: bytes(get(Resource::RLIMIT_AS)), data: bytes(get(Resource::RLIMIT_DATA)) }
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn resource_limits() -> ResourceLimits {
    ResourceLimits { address_space: None, data: None }
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use super::*;

    const NONE: ProcessMemory = ProcessMemory { resident: 0, mapped: None };

    /// Writes the files of one group below `root`.
    fn group(root: &Path, path: &str, files: &[(&str, &str)]) {
        fs::create_dir_all(root.join(path)).unwrap();
        for (name, text) in files {
            fs::write(root.join(path).join(name), text).unwrap();
        }
    }

    #[test]
    fn the_lowest_limit_of_all_groups_counts_without_the_page_cache() {
        const MIB: u64 = 1 << 20;
        let place = tempfile::tempdir().unwrap();
        let (process, mount) = (place.path().join("self"), place.path().join("mount"));
        group(&process, "", &[("cgroup", "0::/outer/inner\n")]);
        let text = |mib: u64| format!("{}\n", mib * MIB);
        let stat = |file: u64, shmem: u64| format!("anon 5\nfile {}\nshmem {}\n", file * MIB, shmem * MIB);
        group(
            &mount,
            "outer",
            &[
                ("memory.max", &text(600)),
                ("memory.high", "max\n"),
                ("memory.current", &text(500)),
                ("memory.stat", &stat(300, 100)),
            ],
        );
        let unlimited = [("memory.max", "max\n"), ("memory.current", "900\n"), ("memory.stat", "file 1\n")];
        group(&mount, "outer/inner", &unlimited);
        let limits = HostLimits { groups: control_groups(&process, &mount) };
        // 500 MiB without 200 of cache; the margin is 32.
        assert_eq!(limits.room(NONE), Ok((600 - 32 - 300) * MIB));
        fs::write(mount.join("outer/memory.high"), text(340)).unwrap();
        assert_eq!(limits.room(NONE), Ok((340 - 32 - 300) * MIB));
        fs::write(mount.join("outer/memory.current"), text(520)).unwrap();
        assert_eq!(limits.room(NONE), Err(HostLimit::ControlGroup));
    }

    #[test]
    fn the_first_version_of_control_groups_is_read_too() {
        let place = tempfile::tempdir().unwrap();
        let (process, mount) = (place.path().join("self"), place.path().join("mount"));
        group(&process, "", &[("cgroup", "8:pids:/x\n4:cpu,memory:/x\n0::/\n")]);
        let files = [
            ("memory.limit_in_bytes", "6000\n"),
            ("memory.usage_in_bytes", "3000\n"),
            ("memory.stat", "cache 7\ntotal_cache 1000\ntotal_shmem 0\n"),
        ];
        group(&mount, "memory/x", &files);
        let root = [files[1], files[2], ("memory.limit_in_bytes", "9223372036854771712\n")];
        group(&mount, "memory", &root);
        let limits = HostLimits { groups: control_groups(&process, &mount) };
        assert_eq!(limits.groups.len(), 1);
        assert_eq!(limits.room(NONE), Ok(6000 - 1000 - 2000));
    }

    #[test]
    fn a_process_without_limits_has_room() {
        let limits =
            HostLimits { groups: control_groups(Path::new("/nonexistent"), Path::new("/nonexistent")) };
        assert_eq!(limits.room(NONE), Ok(u64::MAX));
    }

    #[test]
    fn the_second_version_may_be_beside_the_first() {
        let place = tempfile::tempdir().unwrap();
        let (process, mount) = (place.path().join("self"), place.path().join("mount"));
        group(&process, "", &[("cgroup", "4:memory:/\n0::/x\n")]);
        let files = [("memory.max", "6000\n"), ("memory.current", "3000\n"), ("memory.stat", "")];
        group(&mount, "unified/x", &files);
        let limits = HostLimits { groups: control_groups(&process, &mount) };
        assert_eq!(limits.room(NONE), Ok(6000 - 1000 - 3000));
    }

    #[test]
    fn the_lowest_resource_limit_counts_for_its_part_of_the_memory() {
        let limits = HostLimits { groups: Vec::new() };
        let memory = ProcessMemory { resident: 0, mapped: Some(MappedMemory { all: 5_000, data: 2_000 }) };
        for (address_space, data, room) in [
            (None, None, Ok(u64::MAX)),
            (Some(12_000), None, Ok(10_000 - 5_000)),
            (None, Some(6_000), Ok(5_000 - 2_000)),
            (Some(12_000), Some(3_000), Ok(500)),
            (Some(6_000), None, Err("its limit on address space (RLIMIT_AS)")),
            (None, Some(2_400), Err("its limit on data (RLIMIT_DATA)")),
        ] {
            let found = limits.room_within(memory, || ResourceLimits { address_space, data });
            assert_eq!(found.map_err(HostLimit::name), room, "{address_space:?} {data:?}");
        }
    }

    #[test]
    fn what_needs_more_than_the_limits_allow_is_not_begun() {
        assert_eq!(with_room_for(1 << 20, || 7), Ok(7));
        let limits = ResourceLimits { address_space: None, data: Some(600 << 20) };
        let mapped = |mib: u64| MappedMemory { all: 0, data: mib << 20 };
        assert_eq!(limits.room(mapped(504)), Ok(64 << 20));
        assert_eq!(limits.room(mapped(504 + 64)), Err(HostLimit::Data));
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn only_a_resource_limit_that_is_set_counts() {
        use nix::sys::resource::{RLIM_INFINITY, Resource, getrlimit, setrlimit};
        const LIMIT: u64 = 1 << 46;
        let (before, most) = getrlimit(Resource::RLIMIT_DATA).unwrap();
        setrlimit(Resource::RLIMIT_DATA, LIMIT.min(most), most).unwrap();
        assert_eq!(resource_limits().data, Some(LIMIT.min(most)));
        if most == RLIM_INFINITY {
            setrlimit(Resource::RLIMIT_DATA, RLIM_INFINITY, most).unwrap();
            assert_eq!(resource_limits().data, None);
        }
        setrlimit(Resource::RLIMIT_DATA, before, most).unwrap();
    }
}
