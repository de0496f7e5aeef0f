"""Landlock, through its three system calls: from here on this process opens only the files it is granted.

Works without root on Linux 5.13 and newer; granted rights can only shrink, and reach every child and thread.
https://docs.kernel.org/userspace-api/landlock.html
"""

import ctypes
import os
import stat
from pathlib import Path

# The system calls landlock_create_ruleset(2), landlock_add_rule(2) and landlock_restrict_self(2) have the same numbers
# on all architectures; flag and rule type are those of linux/landlock.h.
CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
CREATE_RULESET_VERSION, RULE_PATH_BENEATH = 1, 1

# LANDLOCK_ACCESS_FS_…
READ_FILE, READ_DIR = 1 << 2, 1 << 3
WRITE_FILE, REMOVE_DIR, REMOVE_FILE, MAKE_DIR, MAKE_FILE, MAKE_SYMLINK = (1 << n for n in (1, 4, 5, 7, 8, 12))
REFER, TRUNCATE = 1 << 13, 1 << 14
# Rights that exist, by version of the interface: executing, devices, sockets, pipes and ioctl are never granted.
EXISTING = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
READING = READ_FILE | READ_DIR
WRITING = READING | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_FILE | MAKE_SYMLINK | REFER | TRUNCATE
OF_FILES = READ_FILE | WRITE_FILE | TRUNCATE  # the rights that make sense for something that is not a folder
# LANDLOCK_ACCESS_NET_BIND_TCP and CONNECT_TCP (version 4); LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET and SIGNAL (version 6).
TCP, SCOPES = 0b11, 0b11
TCP_VERSION, SCOPE_VERSION = 4, 6

libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long


def _call(number: int, *arguments) -> int:
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        raise OSError(ctypes.get_errno(), f"Landlock: {os.strerror(ctypes.get_errno())}")
    return result


def version() -> int:
    """The version of Landlock's interface in this kernel; 0 when there is none, or it is switched off."""
    try:
        return _call(CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(CREATE_RULESET_VERSION))
    except OSError:
        return 0


def restrict(readable, listable, writable) -> None:
    """Leave this process, for good, only these paths and what lies under them; of `listable` folders only the names.

    Paths that do not exist are passed over. TCP, abstract sockets and signals to others go as well where the kernel
    can forbid them (version 4 and 6). OSError when there is no Landlock.
    """
    found = version()
    existing = EXISTING[min(found, max(EXISTING))] if found else 0
    handled = [existing] + [TCP] * (found >= TCP_VERSION) + [SCOPES] * (found >= SCOPE_VERSION)
    rules = (ctypes.c_uint64 * len(handled))(*handled)  # struct landlock_ruleset_attr, as this kernel knows it
    ruleset = _call(CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(ctypes.sizeof(rules)), ctypes.c_uint32(0))
    try:
        for paths, rights in ((readable, READING), (listable, READ_DIR), (writable, WRITING)):
            for path in paths:
                _grant(ruleset, Path(path), rights & existing)
        _call(RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("rights", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def _grant(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISDIR(os.fstat(descriptor).st_mode):
            rights &= OF_FILES
        rule = _Beneath(rights, descriptor)
        _call(ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(RULE_PATH_BENEATH), ctypes.byref(rule), ctypes.c_uint32(0))
    finally:
        os.close(descriptor)
