"""Writes the docs of the rules from the rules: ``python -m codemods.docs [--check]`` in a checkout."""

from __future__ import annotations

import sys
from pathlib import Path

from codemods.guidelines import SECTIONS
from codemods.model import Safety, Sight
from codemods.report.page import page
from codemods.rules import Rule, all_rules
from codemods.rules.registry import concerns_async

_MODULE = '''\
"""What is known of each rule before its module is imported: written by ``make docs``."""

from codemods.model import Safety, Sight
from codemods.rules.registry import Registration

# fmt: off
TABLE = (
{}
)
'''
_START, _END = "<!-- rules -->", "<!-- /rules -->"


def documents(root: Path) -> dict[Path, str]:
    """Return what the generated files should hold: the rules' pages, their tables, and the README with one."""
    docs, readme = root / "docs", root / "README.md"
    pages = {docs / "rules" / f"{rule.code}.md": page(rule) for rule in all_rules()}
    rules = f"# Rules\n\n{rules_table('rules/')}\n{guidelines_tables('rules/')}"
    return {
        **pages,
        docs / "rules.md": rules,
        readme: _with_table(readme.read_text(encoding="utf-8")),
        root / "codemods" / "rules" / "_table.py": registrations(),
    }


def registrations() -> str:
    """Return the module that says what is known of each rule before its own is imported."""
    return _MODULE.format("\n".join(map(_registration, all_rules())))


def _registration(rule: Rule) -> str:
    fields = (rule.code, rule.name, rule.summary, rule.safety, rule.default, rule.sight, rule.triggers, rule.pattern)
    texts = [str(each) if isinstance(each, Safety | Sight) else repr(each) for each in (*fields, type(rule).__module__)]
    texts += ["by_code_only=True"] if rule.by_code_only else []
    texts += ["in_async_files=True"] if concerns_async(rule) else []
    return f"    Registration({', '.join(texts)}),"


def rules_table(folder: str) -> str:
    """Return the table of all rules, with links to their pages in ``folder``."""
    rows = ["| Code | Name | Safety | Default | What it does |", "|---|---|---|---|---|"]
    for rule in all_rules():
        link = f"[{rule.code}]({folder}{rule.code}.md)"
        default = "on" if rule.default else "off"
        rows.append(f"| {link} | `{rule.name}` | {rule.safety.value} | {default} | {rule.summary} |")
    return "\n".join(rows) + "\n"


def guidelines_tables(folder: str) -> str:
    """Return which rules see to each guideline, a table for each section, with links to their pages in ``folder``."""
    blocks = ["## Guidelines and their rules", "What guides to async testing ask for, and the rules that see to it."]
    for title, guidelines in SECTIONS.items():
        rows = ["| Guideline | Rules |", "|---|---|"]
        for each in guidelines:
            links = ", ".join(f"[{code}]({folder}{code}.md)" for code in each.codes)
            rows.append(f"| {each.text} | {links} |")
        blocks += [f"### {title}", "\n".join(rows)]
    return "\n\n".join(blocks) + "\n"


def _with_table(readme: str) -> str:
    before, start, rest = readme.partition(_START)
    _, end, after = rest.partition(_END)
    return f"{before}{start}\n\n{rules_table('docs/rules/')}\n{end}{after}"


def stale(root: Path) -> list[Path]:
    """Return the generated files that are missing, differ from what they should be, or shouldn't be there."""
    wanted = documents(root)
    different = [path for path, text in wanted.items() if not path.exists() or path.read_text("utf-8") != text]
    surplus = [path for path in (root / "docs" / "rules").glob("*.md") if path not in wanted]
    return sorted((*different, *surplus))


def main() -> int:
    """Write the stale files of the checkout, or with ``--check`` only name them and return 1."""
    root = Path.cwd()
    wanted, found = documents(root), stale(root)
    sys.stdout.writelines(f"{path.relative_to(root)}\n" for path in found)
    if "--check" in sys.argv:
        return 1 if found else 0
    for path in found:
        if path not in wanted:
            path.unlink()
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(wanted[path], encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
