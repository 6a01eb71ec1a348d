"""``doctor``: what is wrong or weak, and which setting changes it."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from custaccount.cli.doors import Host

if TYPE_CHECKING:
    from custaccount.doctor import Finding, Severity


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Write JSON instead of a table.")
@click.option("--strict", is_flag=True, help="Fail for what is only to consider, too.")
@click.pass_obj
def doctor(host: Host, *, as_json: bool, strict: bool) -> None:
    """Say what is wrong or weak, and which setting changes it.

    Nothing is changed, no mail is sent. Exits with 1 if something is wrong (✗).
    """
    from custaccount.doctor import Severity

    accounts = host.accounts()
    findings = (*accounts.examine(), *host.door.findings())
    counts = Counter(finding.severity for finding in findings)
    if as_json:
        click.echo(_json(findings, counts))
    else:
        _print(findings, counts)
    if counts[Severity.ERROR] or (strict and counts[Severity.WARNING]):
        click.get_current_context().exit(1)


def _json(findings: "Sequence[Finding]", counts: "Counter[Severity]") -> str:
    from custaccount.doctor import Severity

    told = [
        {
            "check": finding.check,
            "severity": finding.severity.value,
            "text": finding.text,
            "setting": finding.setting or None,
            "docs": finding.docs,
        }
        for finding in findings
    ]
    totals = {severity.value: counts[severity] for severity in Severity}
    return json.dumps({"counts": totals, "findings": told}, ensure_ascii=False, indent=2)


def _print(findings: "Sequence[Finding]", counts: "Counter[Severity]") -> None:
    from rich.text import Text

    from custaccount.cli.printing import console, marks, table
    from custaccount.doctor import Severity

    fine, warning, error, unknown = marks()
    looks = {
        Severity.FINE: (fine, "green"),
        Severity.WARNING: (warning, "yellow"),
        Severity.ERROR: (error, "bold red"),
        Severity.UNKNOWN: (unknown, "dim"),
    }
    table(
        ("", "check", "found", "change"),
        [
            (Text(*looks[one.severity]), one.check, Text(one.text), Text(one.setting, "cyan"))
            for one in findings
        ],
    )
    said = (
        (Severity.ERROR, "wrong"),
        (Severity.WARNING, "to consider"),
        (Severity.UNKNOWN, "not looked at"),
        (Severity.FINE, "fine"),
    )
    out = console()
    out.print(", ".join(f"{counts[one]} {word}" for one, word in said if counts[one]) + ".")
    asking = [one for one in findings if one.severity in {Severity.ERROR, Severity.WARNING}]
    for docs in dict.fromkeys(one.docs for one in asking):
        out.print(f"  {docs}", style="dim")
