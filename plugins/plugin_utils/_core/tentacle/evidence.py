# Copyright (c) 2026, the octoboot.octopus authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
# PRIVATE to the collection: no stable interface.
"""What there is of an instance, judged from what Tentacle answers and from what its file holds. Broken needs evidence.

A bad answer may have a hundred reasons that pass by themselves: a full disk, no place for temporary files, a home that cannot be
written to. Of these none is a reason to forget whom an instance trusts. The file is looked at only where the answer is of no use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..errors import HostError
from ..exit_codes import shown_code
from ..text import sentence, shown
from .answers import Indexed, last_words, read_configuration, read_settings
from .proxy import Proxy, read_proxies

if TYPE_CHECKING:  # it reads the last words of a command from `answers`
    from ..results import CommandLog
    from .instance import Configuration, Defaults

_KEY_UNREADABLE = "'Tentacle.Certificate'", "The input is not a valid Base-64 string"
"""What Tentacle says of a key that it cannot decrypt names this setting (tentacle.md 2.4).

On Linux, one in 128 copied machines has a key that finds a padding which looks right: then what it decrypts to is no base64, and the
setting is not named (CertificateEncoder.FromBase64String; a setting that was no base64 itself would be).
"""

NOTHING_DONE = "Nothing was changed."


@dataclass(frozen=True)
class Stored:
    """A configuration file: its settings, or why it is no configuration (`damage`). `error`: why nobody could look."""

    path: str
    there: bool = False
    damage: str | None = None
    values: Mapping[str, str] | None = None
    error: str | None = None

    @classmethod
    def of(cls, path: str, value: Mapping[str, Any] | None, error: str | None) -> Stored:
        """Return what came of the step that looked (`_hosts/contract.py`)."""
        if value is None:
            return cls(path, error=error or "nobody looked")
        return cls(path, value["there"], value["damage"], value["values"])


@dataclass(frozen=True)
class Judgement:
    """What is known of an instance's configuration.

    `broken`: what is there is none, for this reason, so that it may be set aside and made anew (`damaged`: the file itself is at fault);
    `unreadable`: nobody knows, so that nothing may be done; `unconfirmed`: the settings are the file's, Tentacle did not tell them.
    """

    configuration: Configuration | None = None
    broken: str | None = None
    damaged: bool = False
    unreadable: str | None = None
    key_unreadable: bool = False
    unconfirmed: bool = False
    warnings: tuple[str, ...] = ()


def answered(answer: CommandLog) -> Configuration | None:
    """Return the configuration that `show-configuration` told; None for an answer that is of no use. A failed command tells nothing."""
    if answer.rc != 0:
        return None
    try:
        return read_configuration(answer.stdout)
    except HostError:
        return None


def file_to_read(answer: CommandLog, indexed: Indexed, default: str) -> str | None:
    """Return the configuration file to be looked at, None where that is not needed. `default`: where one goes by itself."""
    if indexed.broken is not None:
        return indexed.lost_path or default
    return None if indexed.configuration_path is None or answered(answer) is not None else indexed.configuration_path


def judge(answer: CommandLog, indexed: Indexed, stored: Stored | None, defaults: Defaults, *, installed: bool) -> Judgement:
    """Judge what is there. `stored` is the file that was looked at, None where `answer` says it all."""
    if stored is None:
        return Judgement(configuration=answered(answer) if indexed.configuration_path is not None else None)
    where = f"the configuration {shown(stored.path)}"
    if stored.error is not None:
        return Judgement(unreadable=f"{why_no_answer(answer)}, and {where} cannot be read either: {sentence(stored.error)} {NOTHING_DONE}")
    if not stored.there:
        return _made_anew(indexed.broken or f"{where} is not there", kept=indexed.broken is not None)
    if stored.damage is not None:
        why = f"{where} is damaged ({shown(stored.damage, 200).rstrip('.')})"
        return _made_anew(indexed.broken or why, kept=True, damaged=True)
    if answer.rc is None and installed and indexed.broken is None:
        return Judgement(unreadable=f"Tentacle could not be asked for its configuration: {sentence(answer.stderr)}")
    try:
        home, applications = defaults.home, defaults.application_directory
        configuration = read_settings(stored.values or {}, path=stored.path, home=home, application_directory=applications)
    except HostError as error:
        return Judgement(unreadable=f"{error} {NOTHING_DONE}")
    key_unreadable = any(words in answer.stderr for words in _KEY_UNREADABLE)
    warning = f"{why_no_answer(answer)}; its settings were read from {shown(stored.path)}."
    if indexed.broken is not None:
        warning = f"{_capital(indexed.broken)}: it is kept as '.broken', and made anew, with the settings in {shown(stored.path)}."
    return Judgement(
        configuration=configuration,
        broken=indexed.broken,
        key_unreadable=key_unreadable,
        unconfirmed=not key_unreadable,
        warnings=(warning,) if installed and not key_unreadable else (),
    )


def configuration_of(stored: Stored, defaults: Defaults) -> Configuration | None:
    """Return the configuration in a file; None for a file that is not there, cannot be read, or is no configuration."""
    if stored.error is not None or not stored.there or stored.damage is not None:
        return None
    home, applications = defaults.home, defaults.application_directory
    try:
        return read_settings(stored.values or {}, path=stored.path, home=home, application_directory=applications)
    except HostError:
        return None


def stored_proxies(stored: Stored) -> dict[str, Proxy]:
    """Return how proxies are used, by a configuration file that was looked at. Raises HostError where nobody can tell."""
    try:
        if stored.error is None and stored.damage is None:
            return read_proxies(stored.values or {})
        why = str(stored.error or stored.damage)
    except ValueError as error:
        why = str(error)
    raise HostError(f"How proxies are used cannot be read from the configuration {shown(stored.path)}: {sentence(why)} {NOTHING_DONE}")


def _made_anew(broken: str, *, kept: bool, damaged: bool = False) -> Judgement:
    how = "it is kept as '.broken', and made anew" if kept else "it is made anew"
    warning = f"{_capital(broken)}: {how}. Servers that the instance trusted besides are not in the new one."
    return Judgement(broken=broken, damaged=damaged, warnings=(warning,))


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def why_no_answer(answer: CommandLog) -> str:
    """Return what became of a command whose answer is of no use, in words that a sentence may begin with."""
    if answer.rc == 0:
        return f"'{answer.command}' gave an answer that cannot be read"
    ended = "did not run" if answer.rc is None else f"ended with exit code {shown_code(answer.rc)}"
    return f"'{answer.command}' {ended} ({last_words(answer.stderr, answer.stdout)})"
