"""Ansible's semantic markup, for readers who set variables and not options: of a role's documentation, and of README.

The markup is described at https://docs.ansible.com/ansible/latest/dev_guide/ansible_markup.html.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

Variables = Mapping[str, str]
"""The variable that fills an option, for those that have one."""

_SEMANTIC = re.compile(r"\b(O|RV|V|E)\(((?:[^\\)]|\\.)*)\)")
_PLAIN = re.compile(r"\b(C|M|U|B|I)\(([^)]*)\)")
_OPTION = re.compile(r"(?P<plugin>[\w.]+#\w+:)?(?P<name>\w+)(?P<rest>.*)", re.DOTALL)
_SENTENCE = re.compile(r"(?<=\.)\s+(?=[A-Z])")


def paragraphs(description: str | Iterable[str]) -> list[str]:
    """Return a description's paragraphs, each in one line."""
    said = [description] if isinstance(description, str) else description
    return [" ".join(text.split()) for text in said]


def sentences(paragraph: str) -> list[str]:
    """Return the sentences of a paragraph."""
    return _SENTENCE.split(paragraph)


def for_role(paragraph: str, variables: Variables) -> str:
    """Return a paragraph as a role says it, with variables for options.

    Sentences about results, and about options that tasks alone say, are left out: a role has neither. All may go.
    """
    kept = (sentence for sentence in sentences(paragraph) if not _of_tasks(sentence, variables))
    return " ".join(_SEMANTIC.sub(lambda found: _role(found, variables), sentence) for sentence in kept)


def for_readme(paragraph: str, variables: Variables) -> str:
    """Return a paragraph as Markdown says it, with variables for options."""
    text = _SEMANTIC.sub(lambda found: f"`{_named(found, variables)}`", paragraph)
    return _PLAIN.sub(_markdown, text)


def code(text: str) -> str:
    """Return a few words that are said in code: each that has no blank in it."""
    return ", ".join(word if " " in word else f"`{word}`" for word in text.split(", "))


def _of_tasks(sentence: str, variables: Variables) -> bool:
    return any(
        kind == "RV" or (kind == "O" and not _option(content)["plugin"] and _option(content)["name"] not in variables)
        for kind, content in _SEMANTIC.findall(sentence)
    )


def _role(found: re.Match[str], variables: Variables) -> str:
    if found[1] != "O" or _option(found[2])["plugin"]:
        return found[0]
    return f"C({_named(found, variables)})"


def _named(found: re.Match[str], variables: Variables) -> str:
    kind, content = found[1], re.sub(r"\\(.)", r"\1", found[2])
    if kind in ("V", "E"):
        return content
    option = _option(content)
    own = kind == "O" and not option["plugin"]
    return f"{variables.get(option['name'], option['name']) if own else option['name']}{option['rest']}"


def _option(content: str) -> re.Match[str]:
    """Take `ns.collection.plugin#module:name=value` apart."""
    found = _OPTION.fullmatch(content)
    if found is None:
        raise ValueError(f"'{content}' is not the name of an option")
    return found


def _markdown(found: re.Match[str]) -> str:
    kind, content = found.groups()
    wrapped = {"C": f"`{content}`", "M": f"`{content.rsplit('.', 1)[-1]}`", "U": f"<{content}>", "B": f"**{content}**", "I": f"*{content}*"}
    return wrapped[kind]
