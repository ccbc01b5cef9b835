"""Judging a server rule by rule, and the report in Indonesian."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

from batang_assets.errors import ConfigurationError
from batang_assets.sandbox.conformance import reading, records, sending, sign_on
from batang_assets.sandbox.conformance.caller import Broken, Caller
from batang_assets.sandbox.conformance.samples import Samples

Rule = Callable[[Caller, Samples], None]


@dataclass(frozen=True)
class Finding:
    """One rule: section of the contract, short name, what it asks (Indonesian), what is broken (empty: kept)."""

    section: str
    name: str
    asks: str
    broken: str


@dataclass(frozen=True)
class Report:
    """All findings in the contract's order."""

    url: str
    findings: tuple[Finding, ...]

    @property
    def broken(self) -> list[Finding]:
        """What the server does not keep."""
        return [finding for finding in self.findings if finding.broken]

    @property
    def ok(self) -> bool:
        """Whether the server keeps everything that was judged."""
        return not self.broken


SECTIONS: tuple[tuple[str, dict[str, Rule]], ...] = (
    ("Sign-on", sign_on.RULES),
    ("Sending", sending.RULES),
    ("Reading back", reading.RULES),
    ("Records", records.RULES),
)


def judge(url: str, client_id: str, secret: str, region: str = "3325") -> Report:
    """Judge the server at ``url`` by every rule; raises ConfigurationError if ``url`` is no http(s) address."""
    if not url.startswith(("http://", "https://")):
        raise ConfigurationError("--url must start with http:// or https://")
    findings = []
    with Caller(url.rstrip("/"), client_id, secret, region) as caller:
        samples = Samples()
        for section, rules in SECTIONS:
            for name, rule in rules.items():
                broken = _judge_one(rule, caller, samples)
                findings.append(Finding(section, name, _asks(rule), broken))
        cleaned = _judge_one(lambda caller, _: caller.withdraw_all(), caller, samples)
        findings.append(
            Finding("Sending", "bersih", "Catatan uji dapat ditarik kembali seluruhnya.", cleaned)
        )
    return Report(url, tuple(findings))


def _judge_one(rule: Rule, caller: Caller, samples: Samples) -> str:
    try:
        rule(caller, samples)
    except Broken as broken:
        return str(broken)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        # An answer of a shape that the rule cannot even read.
        return f"bentuk jawaban tidak seperti kontrak ({type(error).__name__})"
    return ""


def _asks(rule: Rule) -> str:
    return (rule.__doc__ or "").strip().splitlines()[0]


def print_report(report: Report, file: TextIO) -> None:
    """What the server does not keep, with the contract's section; then the count."""
    for finding in report.broken:
        file.write(f"TIDAK DIPENUHI [{finding.section}] {finding.name}: {finding.asks} — {finding.broken}.\n")
    kept = len(report.findings) - len(report.broken)
    file.write(f"{report.url}: {kept} dari {len(report.findings)} ketentuan kontrak SIAPkerja dipenuhi\n")
