"""Writes docs/conformance-cases.md: every case of the conformance command, from the case files.

Usage: `python scripts/document_cases.py`. A test compares the page with the files.
"""

from __future__ import annotations

from pathlib import Path

from ovos_voice_agent.conformance.suite import DIALECTS, Case, Suite, load

PAGE = Path(__file__).parents[1] / "docs" / "conformance-cases.md"
HEAD = """# Cases of the conformance command

Made by `scripts/document_cases.py` from `src/ovos_voice_agent/conformance/cases/`. How to read and run them:
[conformance.md](conformance.md). Clause: section of the protocol reference. Marks: S declared by the official SDK,
R recorded from the hosted service, D documented, W seen in the wild, P a choice of this project (advice only).
"""


def page(suite: Suite) -> str:
    """The whole page."""
    parts = [HEAD]
    for group, title in suite.groups.items():
        parts.append(f"\n## {title}\n")
        exchanges = [one for one in suite.exchanges if one.name.startswith(f"{group}.")]
        parts += [f"- `{one.name}`: {one.about}{' (--heavy)' if one.heavy else ''}" for one in exchanges] or [
            "Judged on all exchanges."
        ]
        parts.append("\n| case | what must be so | clause | marks |\n|---|---|---|---|")
        parts += [row(case) for case in suite.cases if case.group == group]
    return "\n".join(parts) + "\n"


def row(case: Case) -> str:
    """One line of a table."""
    where = "" if case.dialects == DIALECTS else f" ({', '.join(case.dialects)})"
    return f"| `{case.name}` | {case.says.replace('|', '/')}{where} | {case.clause} | {case.marks} |"


if __name__ == "__main__":
    PAGE.write_text(page(load()), encoding="utf-8")
