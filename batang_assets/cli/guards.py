"""``batang source accept``: an operator takes responsibility for a source that lost rows."""

from batang_assets.contracts import all_contracts
from batang_assets.database import connect
from batang_assets.errors import ConfigurationError
from batang_assets.partitions import Period
from batang_assets.raw.refusals import CENTRE, accept
from batang_assets.settings import Settings


def accept_source(settings: Settings, dataset: str, period: str, by: str, reason: str) -> list[str]:
    """Record the acceptance of what stands refused for ``dataset`` in ``period`` (YYYY-MM); lines to print.

    ``dataset``: one of Batang Career, or ``siapkerja/<domain>`` for a snapshot of the centre.

    It holds for exactly the loss that was observed: the next run reads on, and refuses again if the source
    has lost still more. Raises ConfigurationError if the dataset is unknown or nothing waits for acceptance.
    """
    known = [contract.dataset for contract in all_contracts("batang_career")]
    known += [f"{CENTRE}{contract.dataset}" for contract in all_contracts("siapkerja")]
    if dataset not in known:
        raise ConfigurationError(f"no dataset {dataset!r}: known are {', '.join(known)}")
    with connect(settings) as connection:
        accepted = accept(connection, Period.parse(period), dataset, by, reason)
    return [
        f"{dataset} {period}: {refusal.lost} of {refusal.known} known rows gone is accepted by {by.strip()}; "
        "the next run reads on"
        for refusal in accepted
    ]
