"""The sandbox around a child, layer by layer, in their order; once there, nothing in the child can take one away.

    limits      rlimits: address space, CPU time, file size, open files; no core dumps
    namespaces  no network devices, no view of other processes, where the kernel lets us have them
    privileges  root's capabilities dropped; no_new_privs
    Landlock    only the granted files and folders can be opened (landlock.py)
    seccomp     only the listed system calls work (seccomp.py)

Landlock and seccomp are required, the namespaces are a second lock on the same doors. What no layer here stops, the
supervisor ends: memory, disk and threads beyond measure (supervisor.py). The numbers below are the kernel's own, from
the header that each comment names; the manual pages are unshare(2), prctl(2) and capset(2).
"""

import ctypes
import os
import resource
from pathlib import Path

from . import landlock, seccomp

# What Python and its packages read besides their own folders.
SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/etc/ld.so.cache", "/etc/localtime"),
    *("/usr/share/zoneinfo", "/usr/share/fonts", "/usr/share/locale", "/sys/devices/system/cpu"),
    *("/proc/cpuinfo", "/proc/meminfo", "/proc/stat", "/proc/self/cmdline"),  # TensorFlow aborts without the last
    *("/dev/urandom", "/dev/random", "/dev/zero", "/dev/null"),
)
MAX_FILE_MB, MAX_OPEN_FILES = 128, 256
# TensorFlow maps gigabytes that it never touches; memory itself is the supervisor's business.
ADDRESS_SPACE_MB = 6 * 1024

# linux/sched.h
CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET = 0x08000000, 0x10000000, 0x20000000, 0x40000000
# linux/prctl.h
PR_SET_PDEATHSIG, PR_CAPBSET_DROP, PR_SET_CHILD_SUBREAPER, PR_SET_NO_NEW_PRIVS, PR_CAP_AMBIENT = 1, 24, 36, 38, 47
PR_CAP_AMBIENT_CLEAR_ALL = 4
# linux/capability.h: capset's header is this version and a process (0: this one), its data six words, all empty here.
LINUX_CAPABILITY_VERSION_3, LAST_CAPABILITY = 0x20080522, 63
CAPSET = {"x86_64": 126, "aarch64": 91}  # the system call's number, which glibc has no function for
libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, value: int, *more: int) -> int:
    """prctl(2): 0, or -1 and errno."""
    arguments = [*(value, *more), 0, 0, 0, 0][:4]
    return libc.prctl(ctypes.c_int(option), *map(ctypes.c_ulong, arguments))


def unshare(flags: int) -> bool:
    """Leave the parent's namespaces for new ones, as root or through a user namespace; False where forbidden."""
    if libc.unshare(flags) == 0:
        return True
    user, group = os.getuid(), os.getgid()
    if libc.unshare(flags | CLONE_NEWUSER):
        return False
    try:  # the same user inside, so that files keep their owner
        for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
            Path(f"/proc/self/{name}").write_text(text)
    except OSError:
        pass  # unmapped users keep their files all the same
    return True


def limit(cpu_seconds: float, memory_mb: int) -> None:
    """Set the resource limits, for this process and all that it starts."""
    cpu, mega = max(1, int(cpu_seconds)) + 1, 2**20
    wanted = {
        resource.RLIMIT_AS: (ADDRESS_SPACE_MB + memory_mb) * mega,
        resource.RLIMIT_CPU: cpu,
        resource.RLIMIT_FSIZE: MAX_FILE_MB * mega,
        resource.RLIMIT_NOFILE: MAX_OPEN_FILES,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
    }
    for name, value in wanted.items():
        most = resource.getrlimit(name)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(name, (value, value))


def drop_privileges() -> None:
    """Give up every capability that root has, and the way to get one back."""
    for capability in range(LAST_CAPABILITY + 1):
        prctl(PR_CAPBSET_DROP, capability)
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header, none = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0), (ctypes.c_uint32 * 6)()
    capset = CAPSET.get(os.uname().machine)
    if capset is not None and libc.syscall(ctypes.c_long(capset), ctypes.byref(header), ctypes.byref(none)):
        raise OSError(ctypes.get_errno(), "capabilities could not be dropped")
    if prctl(PR_SET_NO_NEW_PRIVS, 1):
        raise OSError(ctypes.get_errno(), "no_new_privs could not be set")


def enter(readable, listable, writable) -> list[str]:
    """Put this process into the sandbox; the names of its layers. OSError when a required one is not to be had.

    readable: paths to open; listable: folders whose entries' names may be read; writable: folders to work in.
    """
    os.umask(0o077)
    drop_privileges()
    names = [f"Landlock {landlock.version()}", "seccomp", "limits"]
    landlock.restrict([*SYSTEM, *readable], listable, [*writable, "/dev/null"])
    seccomp.restrict()
    return names
