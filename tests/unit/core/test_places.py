"""Folders that no instance can have: the system's, and those of Tentacle's program."""

from __future__ import annotations

import pytest
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.errors import InputError
from ansible_collections.octoboot.octopus.plugins.plugin_utils._core.tentacle.places import check_folder

SYSTEM = [
    *("/", "//", "/etc", "/etc/", "/usr", "/bin", "/var", "/var/lib", "/home", "/root", "/sys", "/proc", "/dev", "/boot", "/run"),
    *("/tmp", "/srv", "/opt", "/mnt", "/media", "/lib64", "/var/log", "/usr/local", "/usr/local/bin", "/var/tmp"),
    *("/sys/fs", "/proc/self/root/etc", "/dev/shm", "/usr/share/x", "/etc/ssh", "/etc/systemd/system", "/run/x", "/var/run/x"),
    *("/etc/octopus/..", "/etc/octopus/../../etc", "/./etc/.", "/tmp/octopus", "/var/lib/dpkg/info"),
    *("C:\\Windows", "c:/windows/", "C:\\Windows\\System32", "C:\\WINDOWS\\Temp\\x", "D:\\Windows", "C:\\Windows. \\x"),
    *("C:\\Program Files", "C:\\Program Files (x86)", "c:\\program files\\", "C:\\Program Files\\Common Files\\x"),
    *("C:\\Users", "C:\\ProgramData", "C:\\ProgramData\\Microsoft\\x", "C:\\Users\\Public", "C:\\System Volume Information"),
    *("C:\\Octopus\\..\\Windows", "\\\\localhost\\C$\\Windows", "\\\\127.0.0.1\\c$\\Users"),
]
DRIVES = ["C:\\", "c:/", "D:\\", "C:\\.", "C:\\Octopus\\..", "\\\\server\\share", "\\\\server\\share\\", "\\\\localhost\\C$", "C:\\ ."]
TENTACLES = [
    *("/etc/octopus/Tentacle", "/etc/octopus/Tentacle/Instances", "/opt/octopus", "/opt/octopus/tentacle", "/opt/octopus/tentacle/x"),
    *("/var/lib/octoboot", "/var/lib/octoboot/import"),
    *("C:\\Program Files\\Octopus Deploy", "C:\\Program Files\\Octopus Deploy\\Tentacle\\x", "C:\\ProgramData\\Octopus"),
    *("C:\\ProgramData\\Octopus\\Tentacle\\Instances", "C:\\ProgramData\\OCTOBOOT"),
]
FREE = [
    *("/etc/octopus", "/etc/octopus/default", "/etc/octopus/web1", "/home/Octopus", "/home/Octopus/Applications", "/opt/octopus/apps"),
    *(
        "/opt/tentacle",
        "/srv/data",
        "/srv/octopus",
        "/var/lib/octopus",
        "/var/opt/tentacle",
        "/data",
        "/usr/local/octopus",
        "/home/deploy/x",
    ),
    *("/etc2", "/binary", "/windows", "/opt/octopus/tentacle2", "/etc/Octopus", "/var/www/site", "/mnt/data"),
    *("C:\\Octopus", "D:\\Octopus", "C:\\Octopus\\Applications", "C:/Octopus/x", "E:\\Apps", "C:\\Program Files\\Octopus", "C:\\Windows2"),
    *("C:\\ProgramData\\Tentacle", "C:\\inetpub\\apps", "\\\\server\\share\\octopus", "\\\\server\\d$\\octopus", "D:\\Data\\Windows"),
    "C:\\Program Files\\Octopus Deploy\\Home",
]


@pytest.mark.parametrize(
    ("path", "words"),
    [
        *((path, "must be a folder of its own, not one of the operating system's") for path in SYSTEM),
        *((path, "must be a folder, not a whole drive or share") for path in DRIVES),
        *((path, "must be a folder of its own, not one of Tentacle's program") for path in TENTACLES),
        ("C:\\PROGRA~1\\x", "must be written out, without short names"),
        ("Octopus", "must be an absolute path"),
    ],
)
def test_a_folder_of_the_systems_is_refused(path: str, words: str) -> None:
    with pytest.raises(InputError) as refused:
        check_folder(path)
    assert str(refused.value).startswith(words)
    assert str(refused.value).endswith(".")
    assert refused.value.option is None


@pytest.mark.parametrize("path", FREE)
def test_what_real_users_have_is_taken(path: str) -> None:
    assert check_folder(path) == path
