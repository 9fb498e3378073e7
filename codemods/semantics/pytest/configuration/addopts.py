"""What the options that pytest is always given say about this tool's questions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

_WITH_VALUE = {
    "-o": "-o",
    "--override-ini": "-o",
    "-p": "-p",
    "-W": "-W",
    "--pythonwarnings": "-W",
    "--asyncio-mode": "--asyncio-mode",
    "--timeout": "--timeout",
}


@dataclass(slots=True)
class Options:
    """The options that matter here; where one is given twice pytest takes the last."""

    asyncio_mode: str | None = None
    disabled: bool = False
    overrides: dict[str, str] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    """The filters of ``-W``, which come after those of the configuration and so go over them."""
    timeout: str | None = None
    plugins: list[str] = field(default_factory=list)
    """The modules that ``-p`` makes plugins."""
    without_warnings: bool = False
    """Whether the plugin that shows warnings, and makes errors of them, is turned off."""


def parse_options(arguments: Sequence[str]) -> Options:
    """The meaning of ``--asyncio-mode``, ``--timeout``, ``-o``, ``-W`` and ``-p`` in pytest's arguments."""
    options = Options()
    for option, value in _pairs(arguments):
        if option == "--asyncio-mode":
            options.asyncio_mode = value
        elif option == "--timeout":
            options.timeout = value
        elif option == "-o" and "=" in value:
            key, _, text = value.partition("=")
            options.overrides[key] = text
        elif option == "-W":
            options.warnings.append(value)
        elif option == "-p" and value.strip() in ("no:asyncio", "asyncio"):
            options.disabled = value.strip() == "no:asyncio"
        elif option == "-p" and value.strip() in ("no:warnings", "warnings"):
            options.without_warnings = value.strip() == "no:warnings"
        elif option == "-p" and not value.strip().startswith("no:"):
            options.plugins.append(value.strip())
    return options


def _pairs(arguments: Sequence[str]) -> Iterator[tuple[str, str]]:
    rest = iter(arguments)
    for argument in rest:
        name, equals, value = argument.partition("=")
        if argument in _WITH_VALUE:
            yield _WITH_VALUE[argument], next(rest, "")
        elif equals and name in _WITH_VALUE and name.startswith("--"):
            yield _WITH_VALUE[name], value
        elif argument[:2] in ("-o", "-p", "-W"):
            yield argument[:2], argument[2:]
