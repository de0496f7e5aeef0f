"""The filter's table of system calls, compared with libseccomp's: a wrong number would open or close another call."""

import ctypes
import ctypes.util

import pytest

from autograder.sandbox import seccomp

TABLES = ("ALLOWED", "CONDITIONAL", "PRETENDED", "ABSENT", "UNSUPPORTED")


@pytest.fixture(scope="module")
def library():
    name = ctypes.util.find_library("seccomp")
    if name is None:
        pytest.skip("libseccomp is not installed")
    library = ctypes.CDLL(name)
    library.seccomp_syscall_resolve_name_arch.argtypes = (ctypes.c_uint32, ctypes.c_char_p)
    return library


@pytest.mark.parametrize("machine", seccomp.ARCHITECTURES)
@pytest.mark.parametrize("table", TABLES)
def test_numbers_are_those_of_libseccomp(library, table, machine):
    column, architecture = seccomp.ARCHITECTURES[machine]
    ours = seccomp._numbers(getattr(seccomp, table), column)
    theirs = {name: library.seccomp_syscall_resolve_name_arch(architecture, name.encode()) for name in ours}
    missing = {name for name, number in theirs.items() if number < 0}  # a call newer than this libseccomp
    assert ours.keys() - missing and {name: ours[name] for name in ours.keys() - missing} == {
        name: theirs[name] for name in ours.keys() - missing
    }
    assert missing <= {"fchmodat2"}


def test_no_call_stands_in_two_tables():
    for column in (0, 1):
        names = [name for table in TABLES for name in seccomp._numbers(getattr(seccomp, table), column)]
        assert len(names) == len(set(names)) > 150
