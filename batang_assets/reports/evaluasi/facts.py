"""What twelve months left in the database and the outputs folder: the evidence behind the evaluation.

Counts, codes, run ids, ledger numbers, digests and times only; never a person's value, and no official's name or
remark. A table of a part that has not been set up yet counts as no evidence, never as a fault.
"""

from dataclasses import dataclass, field
from datetime import datetime

from batang_assets.partitions import Period

# Domain on the wire → title, and the dataset whose records it exchanges.
DOMAINS: dict[str, tuple[str, str]] = {
    "pencari-kerja": ("Pencari kerja", "pencari-kerja"),
    "pemberi-kerja": ("Pemberi kerja", "pemberi-kerja"),
    "lowongan": ("Lowongan", "lowongan"),
    "penduduk-bekerja": ("Penduduk yang bekerja", "penduduk-bekerja"),
    "pelatihan": ("Pelatihan (peserta)", "peserta-pelatihan"),
    "penempatan": ("Penempatan", "penempatan"),
}


@dataclass(frozen=True)
class Gate:
    """The newest verdict on one dataset in one month. ``overridden``: closed, and opened by name "
    "and reason."""

    dataset: str
    passed: bool
    overridden: bool
    rows: int
    fit: int
    failed: tuple[str, ...]
    run_id: str


@dataclass(frozen=True)
class Sent:
    """The month's deliveries to SIAPkerja and the numbers of their receipts in the ledger."""

    batches: int = 0
    acknowledged: int = 0
    failed: int = 0
    first: datetime | None = None
    last: datetime | None = None
    receipts: int = 0
    first_receipt: int | None = None
    last_receipt: int | None = None


@dataclass(frozen=True)
class Package:
    """One SMData package on disk, and whether its manifest carries the signature of its key."""

    name: str
    period: str
    made_at: datetime
    manifest_sha256: str
    signed: bool


@dataclass(frozen=True)
class Handover:
    """One handover of a package as recorded; ``number`` of the receipt is None for a folder."""

    period: str
    revision: int
    how: str
    number: str | None
    at: datetime


@dataclass(frozen=True)
class Bridge:
    """One month's consolidation as kept: records on both sides, and what each cause adds to daerah "
    "− pusat."""

    daerah: int
    pusat: int
    apbd: int
    causes: tuple[tuple[str, int], ...]
    run_ids: tuple[str, ...]

    @property
    def difference(self) -> int:
        """daerah − pusat (records)."""
        return self.daerah - self.pusat


@dataclass(frozen=True)
class MonthFacts:
    """Everything of one month. ``outcomes``: domain → (taken, refused) record versions by SIAPkerja's answers.

    ``read``: when all datasets were wholly in; ``balances``: (held, checked) rules of the consolidation.
    """

    period: Period
    gates: dict[str, Gate] = field(default_factory=dict)
    scores: dict[str, float | None] = field(default_factory=dict)
    read: datetime | None = None
    datasets_read: int = 0
    extraction_runs: tuple[str, ...] = ()
    refusals: tuple[int, int] = (0, 0)
    approved_at: datetime | None = None
    approved_by_two: bool = False
    approval_digest: str = ""
    sent: Sent = Sent()
    outcomes: dict[str, tuple[int, int]] = field(default_factory=dict)
    packages: tuple[Package, ...] = ()
    handovers: tuple[Handover, ...] = ()
    bridge: Bridge | None = None
    balances: tuple[int, int] = (0, 0)

    @property
    def judged(self) -> int:
        """How many datasets have a verdict."""
        return len(self.gates)

    def volume(self, domain: str) -> int | None:
        """Records of the domain judged in the month; None where nobody judged it."""
        gate = self.gates.get(DOMAINS[domain][1])
        return gate.rows if gate else None


@dataclass(frozen=True)
class Alert:
    """One trouble that was told: its key, when it began, and when it ended (None: not yet)."""

    key: str
    began: datetime
    ended: datetime | None


@dataclass(frozen=True)
class Opening:
    """Openings of the vault for one recipient and purpose: how often, of how many records."""

    recipient: str
    purpose: str
    times: int
    records: int


@dataclass(frozen=True)
class Chain:
    """The ledger's chain of digests: entries, and how many do not follow from the one before."""

    entries: int
    broken: int


@dataclass(frozen=True)
class Quarantine:
    """Records that went into quarantine in the twelve months, that left it mended, and that stand "
    "in it now."""

    entered: int
    mended: int
    standing: int


@dataclass(frozen=True)
class Request:
    """Requests of data subjects of one kind: how many, answered within 72 hours, and the longest in hours."""

    kind: str
    received: int
    in_time: int
    longest_h: float | None


@dataclass(frozen=True)
class Facts:
    """The twelve months up to ``until``, oldest first, and what does not belong to one month.

    None instead of a list: this version keeps no such register, which is not the same as an empty one.
    """

    until: Period
    now: datetime
    months: list[MonthFacts]
    alerts: list[Alert]
    openings: list[Opening]
    sealed: int
    chain: Chain
    quarantine: Quarantine
    requests: list[Request]

    @property
    def full_months(self) -> int:
        """Months that are over and wholly judged: twelve make a yearly evaluation, fewer a draft."""
        return sum(month.judged == 8 and month.period.end <= self.now for month in self.months)

    @property
    def draft(self) -> bool:
        """Whether twelve full months are not there yet."""
        return self.full_months < len(self.months)
