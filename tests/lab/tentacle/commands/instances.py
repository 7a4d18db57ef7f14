"""create-instance, delete-instance and list-instances (tentacle.md 1.5)."""

from __future__ import annotations

import json

from ..command import FORMAT_DESCRIPTION, JSON, TEXT, Command, StandardCommand, check_format
from ..configuration import EMPTY, HOME, Configuration
from ..context import Context
from ..errors import UnexpectedError, unresolved
from ..instances import DEFAULT_NAME


class CreateInstanceCommand(Command):
    name = "create-instance"
    description = "Registers a new instance of the Tentacle service"

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.instance = ""
        self.config = ""
        self.home: str | None = None
        self.options.add("instance=", "Name of the instance to create", lambda value: setattr(self, "instance", value))
        self.options.add("config=", "Path to configuration file to create", lambda value: setattr(self, "config", value))
        self.options.add(
            "home=",
            "[Optional] Path to the home directory - defaults to the same directory as the config file",
            lambda value: setattr(self, "home", value),
        )

    def run(self) -> None:
        """Make the file, index it unless neither name nor file was given, and set the home directory again."""
        paths = self.context.paths
        home = self.home
        if home is None:
            home = paths.directory(paths.full(self.config)) if self.config else "."
        config = paths.full(paths.join(home, self.config or f"{DEFAULT_NAME}.config"))
        self._make_file(config)
        if not self.context.request.is_dynamic:
            saved = self.context.index.save(self.instance if self.instance.strip() else DEFAULT_NAME, config)
            self.console.info(f"Saving instance: {saved}")
        self.console.info(f"Setting home directory to: {home}")
        self._writable().set(HOME, home)

    def _writable(self) -> Configuration:
        """Return the settings of the instance that the command line means; it is the one of before where there was one."""
        try:
            return self.context.configuration
        except UnexpectedError as error:
            raise unresolved(
                "An exception was thrown while activating Octopus.Tentacle.Configuration.WritableHomeConfiguration -> "
                "λ:Octopus.Tentacle.Configuration.IWritableKeyValueStore.",
                error,
            ) from error

    def _make_file(self, config: str) -> None:
        files = self.context.machine.files
        files.make_dirs(self.context.paths.directory(config))
        if files.exists(config):
            self.console.info(f"Configuration file at {config} already exists.")
        else:
            self.console.info(f"Creating empty configuration file: {config}")
            files.write(config, EMPTY)


class DeleteInstanceCommand(StandardCommand):
    name = "delete-instance"
    description = "Deletes an instance of the Tentacle service"

    def work(self) -> None:
        """Take the instance out of the index; its files and its service stay."""
        name = self.context.instance.name
        if name is not None:
            self.context.index.delete(name)
            self.console.info(f"Deleted instance: {name}")


class ListInstancesCommand(Command):
    name = "list-instances"
    description = "Lists all installed Tentacle instances"
    answers = True

    def __init__(self, context: Context) -> None:
        super().__init__(context)
        self.format = TEXT
        self.options.add("format=", FORMAT_DESCRIPTION, lambda value: setattr(self, "format", value))

    def run(self) -> None:
        chosen = check_format(self.format)
        instances = self.context.index.all()
        if chosen == JSON:
            records = [{"InstanceName": entry.name, "ConfigurationFilePath": entry.configuration_path} for entry in instances]
            self.console.write(json.dumps(records, indent=2, ensure_ascii=False))
        elif not instances:
            self.console.write("No instances installed")
        else:
            for entry in instances:
                self.console.write(f"Instance '{entry.name}' uses configuration '{entry.configuration_path}'.\n")
