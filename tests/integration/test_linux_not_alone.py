"""Linux hosts that are not ours alone: a service user who plays tricks, folders of others, and a host whose umask shuts everybody out."""

from __future__ import annotations

from .playing import Field
from .troubles import on_host

HOME, APPLICATIONS = "/etc/octopus/default", "/home/Octopus/Applications"
SHARED = "/etc/octopus /etc/octopus/Tentacle /etc/octopus/Tentacle/Instances /home/Octopus"
ENTRY = "/etc/octopus/Tentacle/Instances/tentacle.config"
SECRET = "/var/private"
DEPLOY = {"tentacle_service_user": "deploy"}

EXCHANGE = """
import ctypes, os
libc = ctypes.CDLL(None)
while True:
    libc.renameat2(-100, b"/home/deploy/t/home", -100, b"/home/deploy/t/trap", 2)
"""


def listed(lab: Field, *paths: str) -> list[str]:
    """Return owner, mode and name of everything below paths."""
    return on_host(lab, "lin01", f"find {' '.join(paths)} -printf '%u %m %p\\n' | sort").splitlines()


def as_deploy(lab: Field, script: str) -> None:
    on_host(lab, "lin01", f"su deploy -s /bin/sh -c '{script}'")


def test_a_service_user_who_plays_tricks_gets_nothing_of_roots(linux: Field) -> None:
    on_host(linux, "lin01", f"useradd -m deploy; install -d -m 0700 {SECRET}/Logs; echo x > {SECRET}/key; echo x > {SECRET}/Logs/key")
    on_host(linux, "lin01", f"chmod 600 {SECRET}/key {SECRET}/Logs/key")
    before = listed(linux, SECRET)
    assert linux.play("-l", "lin01", variables=DEPLOY).rc == 0

    # Its logs are a link to a folder of root's, and something is to be changed.
    as_deploy(linux, f"cd {HOME} && mv Logs old && ln -s {SECRET} Logs && chmod 755 .")
    linux.play("-l", "lin01", variables={**DEPLOY, "tentacle_trust": ["AB" * 20, linux.lab.server.thumbprint]})
    assert listed(linux, SECRET) == before
    # Root's own Tentacle would write through it.
    back = linux.play("-l", "lin01", variables={"tentacle_service_user": "root"})
    assert "'Logs' in it leads to a file or folder elsewhere, and root would write there" in back.reason("lin01")
    assert listed(linux, SECRET) == before
    as_deploy(linux, f"cd {HOME} && rm Logs && mv old Logs")
    assert linux.play("-l", "lin01", variables=DEPLOY).rc == 0

    # A home below a folder of the user's is refused to root, and a link on the way to anybody.
    below = {"tentacle_home_directory": "/home/deploy/t/home"}
    as_deploy(linux, f"mkdir -p ~/t/home && ln -s {SECRET} ~/t/trap && ln -s ~/t ~/link")
    refused = linux.play("-l", "lin01", variables={**below, "tentacle_service_user": "root"})
    assert "'/home/deploy' is deploy's to exchange" in refused.reason("lin01")
    refused = linux.play("-l", "lin01", variables={**DEPLOY, "tentacle_home_directory": "/home/deploy/link/home"})
    assert "without a link, which '/home/deploy/link' is" in refused.reason("lin01")

    # And one that is exchanged all the time, while root walks.
    on_host(linux, "lin01", f"cat > /var/tmp/exchange.py <<'END'\n{EXCHANGE}END\n")
    on_host(linux, "lin01", "systemd-run --quiet --unit=exchange --uid=deploy python3 /var/tmp/exchange.py")
    linux.play("-l", "lin01", variables={**DEPLOY, **below})
    on_host(linux, "lin01", "systemctl stop exchange")
    assert listed(linux, SECRET) == before


def test_a_folder_of_somebody_elses_needs_consent_and_only_what_is_tentacles_changes_hands(linux: Field) -> None:
    on_host(linux, "lin01", "useradd -m alice; install -d -o alice /srv/data; echo x > /srv/data/thesis; chown alice /srv/data/thesis")
    wish = {"tentacle_home_directory": "/srv/data"}
    before = listed(linux, "/srv")
    for check in (("--check",), ()):
        refused = linux.play("-l", "lin01", *check, variables=wish)
        assert "'/srv/data' belongs to alice and holds 'thesis'. Set 'tentacle_adopt_directories: true'" in refused.reason("lin01")
        assert linux.hosts.host("lin01")["packages"] == {}
    predicted = linux.play("-l", "lin01", "--check", variables={**wish, "tentacle_adopt_directories": True})
    assert predicted.rc == 0, predicted.output
    assert "'/srv/data' belongs to alice and holds 'thesis', and is made the instance's" in predicted.output
    assert listed(linux, "/srv") == before
    done = linux.play("-l", "lin01", variables={**wish, "tentacle_adopt_directories": True})
    assert done.rc == 0, done.output
    assert listed(linux, "/srv/data")[0] == "alice 644 /srv/data/thesis"
    assert "root 700 /srv/data" in listed(linux, "/srv/data")
    assert linux.play("-l", "lin01", variables=wish).result("lin01") == "unchanged"


def test_on_a_host_whose_umask_shuts_others_out_the_services_user_reaches_what_it_needs(linux: Field) -> None:
    on_host(linux, "lin01", "useradd -m deploy && mkdir -p /etc/systemd/system/ssh.service.d")
    on_host(linux, "lin01", "printf '[Service]\\nUMask=0077\\n' > /etc/systemd/system/ssh.service.d/umask.conf")
    on_host(linux, "lin01", "systemctl daemon-reload && systemctl restart ssh")
    first = linux.play("-l", "lin01", variables=DEPLOY)
    assert first.result("lin01") == "created", first.output
    assert on_host(linux, "lin01", f"stat -c '%U %a' {SHARED} {ENTRY}").splitlines() == [*["root 755"] * 4, "root 644"]
    # As an earlier release left it.
    on_host(linux, "lin01", f"chmod 700 {SHARED}; chmod 600 {ENTRY}; systemctl restart Tentacle || true")
    predicted = linux.play("-l", "lin01", "--check", variables=DEPLOY)
    assert "unreachable" in {change["path"] for change in predicted.hosts["lin01"]["changes"]}
    mended = linux.play("-l", "lin01", variables=DEPLOY)
    assert mended.rc == 0, mended.output
    assert {change["path"] for change in mended.hosts["lin01"]["changes"]} <= {"unreachable", "service.state", "live_certificate"}
    assert on_host(linux, "lin01", f"stat -c '%U %a' {SHARED} {ENTRY}").splitlines() == [*["root 755"] * 4, "root 644"]
    assert linux.play("-l", "lin01", variables=DEPLOY).result("lin01") == "unchanged"
