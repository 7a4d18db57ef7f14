"""The index of a machine's instances, and which of them a command line means (tentacle.md 1.3 and 2.1)."""

from __future__ import annotations

import json
from dataclasses import dataclass

from ..machine import FileSystem
from .errors import ControlledFailure, UnexpectedError
from .options import OptionSet
from .paths import Paths

DEFAULT_NAME = "Tentacle"


@dataclass(frozen=True)
class Instance:
    """An instance: its name, None when it is known by its file alone, and its configuration file."""

    name: str | None
    configuration_path: str


@dataclass(frozen=True)
class Request:
    """The instance that a command line asks for: by name, else by file, else whichever there is."""

    name: str = ""
    configuration_path: str = ""

    @classmethod
    def peek(cls, arguments: list[str]) -> Request:
        """Look for ``--instance`` and ``--config`` without taking them off the command line."""
        seen = {"instance": "", "config": ""}
        options = OptionSet()
        options.add("instance=", "", lambda value: seen.update(instance=value))
        options.add("config=", "", lambda value: seen.update(config=value))
        options.parse(arguments)
        name = seen["instance"] if seen["instance"].strip() else ""
        return cls(name, "" if name or not seen["config"].strip() else seen["config"])

    @property
    def is_dynamic(self) -> bool:
        return not self.name and not self.configuration_path


@dataclass(frozen=True)
class InstanceIndex:
    """The directory with one JSON file for each instance; every file in it is read, whatever its name."""

    files: FileSystem
    paths: Paths

    def all(self) -> list[Instance]:
        """List the instances by name. Raises UnexpectedError when one file is broken: that breaks every command."""
        directory = self.paths.instance_index
        if not self.files.is_dir(directory):
            return []
        entries = [self.paths.join(directory, name) for name in self.files.list_dir(directory)]
        found = [self._load(path) for path in entries if not self.files.is_dir(path)]
        return sorted(found, key=lambda instance: instance.name or "")

    def save(self, name: str, configuration_path: str) -> str:
        """Add an instance, or point an existing one elsewhere; return its name, which keeps the case of its first creation."""
        path = self._path(name)
        if self.files.exists(path):
            name = self._load(path).name or name
        record = {"Name": name, "ConfigurationFilePath": configuration_path}
        newline = "\r\n" if self.paths.windows else "\n"
        text = json.dumps(record, indent=2, ensure_ascii=False).replace("\n", newline)
        try:
            self.files.make_dirs(self.paths.instance_index)
            self.files.write(path, text.encode())
        except PermissionError as error:
            raise self._denied("write", path) from error
        return name

    def delete(self, name: str) -> None:
        path = self._path(name)
        try:
            self.files.delete(path)
        except FileNotFoundError:
            return
        except PermissionError as error:
            raise self._denied("delete", path) from error

    def select(self, request: Request) -> Instance:
        """Find the instance that is asked for, with a configuration file that exists. Raises ControlledFailure."""
        instance = self._locate(request)
        if not self.files.exists(instance.configuration_path) or self.files.is_dir(instance.configuration_path):
            raise ControlledFailure(_file_gone(instance))
        return instance

    def _locate(self, request: Request) -> Instance:
        if request.name:
            return self._by_name(request.name)
        if request.configuration_path:
            return Instance(None, self.paths.full(request.configuration_path))
        here = self.paths.full(f"{DEFAULT_NAME}.config")
        return Instance(None, here) if self.files.exists(here) else self._default()

    def _by_name(self, name: str) -> Instance:
        known = self.all()
        matching = [instance for instance in known if (instance.name or "").lower() == name.lower()]
        if not matching:
            raise ControlledFailure(
                f"Instance {name} of Tentacle has not been configured on this machine. Available instances: {_names(known)}."
            )
        exact = [instance for instance in matching if instance.name == name]
        if len(matching) == 1 or len(exact) == 1:
            return (exact or matching)[0]
        raise ControlledFailure(f"Instance {name} of Tentacle could not be matched to one of the existing instances: {_names(known)}.")

    def _default(self) -> Instance:
        known = self.all()
        if not known:
            raise ControlledFailure("Unable to find default instance of Tentacle. Available instances: .")
        named = [instance for instance in known if instance.name == DEFAULT_NAME]
        if named or len(known) == 1:
            return (named or known)[0]
        raise ControlledFailure(
            "There is more than one instance of Tentacle configured on this machine. Please pass --instance=INSTANCENAME when invoking "
            f"this command to target a specific instance. Available instances: {_names(known)}."
        )

    def _path(self, name: str) -> str:
        return self.paths.join(self.paths.instance_index, name.replace(" ", "-").lower() + ".config")

    def _load(self, path: str) -> Instance:
        text = self.files.read(path).decode("utf-8-sig", "replace")
        if not text.strip():
            raise UnexpectedError(f"Could not load instance at path {path}", "System.ArgumentException")
        try:
            record = json.loads(text)
            return Instance(str(record["Name"]), str(record["ConfigurationFilePath"]))
        except (ValueError, KeyError, TypeError) as error:
            raise _no_record(text) from error

    def _denied(self, verb: str, path: str) -> ControlledFailure:
        return ControlledFailure(f"Unable to {verb} file '{path}' as user '{self.paths.user.name}'. Please check file permissions.")


def _no_record(text: str) -> UnexpectedError:
    """Make the exception of a file of the index that is no record, in the words of the product's JSON library."""
    first = text.lstrip()[0]
    if first not in '{["tfn-0123456789':
        message = f"Unexpected character encountered while parsing value: {first}. Path '', line 0, position 0."
        return UnexpectedError(message, "Newtonsoft.Json.JsonReaderException")
    lines = text.split("\n")
    message = f"Unexpected end when reading JSON. Path '', line {len(lines)}, position {len(lines[-1])}."
    return UnexpectedError(message, "Newtonsoft.Json.JsonSerializationException")


def _names(instances: list[Instance]) -> str:
    return ", ".join(instance.name or "" for instance in instances)


def _file_gone(instance: Instance) -> str:
    path = instance.configuration_path
    if not instance.name:
        return f"The configuration file at {path} could not be located at the specified location."
    return (
        f"The configuration file for instance {instance.name} could not be located at the specified location {path}. "
        "The file might have been manually removed without properly removing the instance and as such it is still listed as present."
        "The instance must be created again before you can interact with it."
    )
