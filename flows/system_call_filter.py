"""Takes the network, and the starting of other programs, from this process for good (Linux).

A filter of the kernel (seccomp) binds libraries in C as well as Python, needs no rights, and lasts until the process
ends. Where there is none (other systems, other processors, a kernel without it) the rules of
:mod:`flows.guarded_limits` for Python stand alone.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct
import sys

# Numbers of system calls: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h of Linux.
_NETWORK = {"x86_64": (41, 42, 53, 425), "aarch64": (198, 203, 199, 425)}
"""socket, connect, socketpair, io_uring_setup (which could do all these)."""
_PROGRAMS = {"x86_64": (57, 58, 59, 322, 101), "aarch64": (221, 281, 117)}
"""fork, vfork (not on ARM), execve, execveat, ptrace."""
_CLONE = {"x86_64": 56, "aarch64": 220}
_CLONE3 = 435
_SECCOMP = {"x86_64": 317, "aarch64": 277}
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_OTHER_TABLE = 0x40000000
"""Numbers from here on are those of the x32 table, in which the same calls stand again."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_AT_NUMBER, _AT_ARCHITECTURE, _AT_FIRST_ARGUMENT = 0, 4, 16
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000
_CLONE_THREAD = 0x00010000
_NO_NEW_PRIVILEGES, _MODE_FILTER, _ALL_THREADS = 38, 1, 1


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def filter_system_calls(*, programs: bool) -> bool:
    """Refuse the network to all threads of this process, and other programs unless ``programs``.

    Returns
    -------
    bool
        Whether the kernel took the filter.
    """
    machine = platform.machine()
    if sys.platform != "linux" or machine not in _SECCOMP or sys.maxsize < 2**32:
        return False
    code = _filter(machine, programs)
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return False
    program = _Program(len(code) // 8, code)
    taken = library.syscall(_SECCOMP[machine], _MODE_FILTER, _ALL_THREADS, ctypes.byref(program))
    return taken == 0


def _filter(machine: str, programs: bool) -> bytes:
    refused = _NETWORK[machine] + (() if programs else _PROGRAMS[machine])
    steps = [_step(_LOAD, 0, 0, _AT_ARCHITECTURE), _step(_EQUAL, 1, 0, _ARCHITECTURE[machine]), _refuse(errno.EPERM)]
    steps += [_step(_LOAD, 0, 0, _AT_NUMBER), _step(_AT_LEAST, 0, 1, _OTHER_TABLE), _refuse(errno.EPERM)]
    for number in refused:
        steps += [_step(_EQUAL, 0, 1, number), _refuse(errno.EPERM)]
    if not programs:
        # Its arguments lie in memory, where a filter cannot look; told that it does not exist, libc takes clone.
        steps += [_step(_EQUAL, 0, 1, _CLONE3), _refuse(errno.ENOSYS)]
        steps += [_step(_EQUAL, 0, 3, _CLONE[machine]), _step(_LOAD, 0, 0, _AT_FIRST_ARGUMENT)]
        steps += [_step(_ANY_BIT, 1, 0, _CLONE_THREAD), _refuse(errno.EPERM)]
    return b"".join([*steps, _step(_RETURN, 0, 0, _ALLOW)])


def _step(code: int, if_true: int, if_false: int, value: int) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


def _refuse(error: int) -> bytes:
    return _step(_RETURN, 0, 0, _REFUSE | error)
