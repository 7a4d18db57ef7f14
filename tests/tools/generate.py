"""Write what is made from other files of the checkout; with `--check`, write nothing and exit with 1 when something is stale."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path

from tests.tools.checkout import ROOT


def wanted(root: Path = ROOT) -> dict[str, str]:
    """Return what each generated file shall hold, by its path in the checkout."""
    if (collections := str(ROOT / "collections")) not in sys.path:
        sys.path.append(collections)  # where the collection has the name that Ansible gives it
    from tests.tools import contract, tables

    return {
        tables.DEFAULTS: tables.defaults(),
        tables.ARGUMENT_SPECS: tables.argument_specs(root),
        tables.README: tables.readme((root / tables.README).read_text(encoding="utf-8"), root),
        contract.FILE: contract.as_text(),
    }


def stale(root: Path = ROOT) -> dict[str, str]:
    """Return the files that do not hold what they shall, and what they shall hold."""
    return {path: text for path, text in wanted(root).items() if not (root / path).is_file() or (root / path).read_text("utf-8") != text}


def main(arguments: list[str] | None = None, root: Path = ROOT) -> int:
    """Write what is stale, or name it; return the exit code."""
    parser = ArgumentParser(prog="python -m tests.tools.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 when something is stale")
    check = parser.parse_args(arguments).check
    found = stale(root)
    for path, text in found.items():
        print(f"{path} is stale: run make generate" if check else f"{path} is written")
        if not check:
            (root / path).write_text(text, encoding="utf-8")
    return int(check and bool(found))


if __name__ == "__main__":
    sys.exit(main())
