"""What happened, stage by stage, as a table on the terminal."""

from typing import Any

from rich.console import Console
from rich.table import Table


def print_summary(state: dict[str, Any]) -> None:
    """Print the state of a month (see ``state.period_state``) and the paths to open."""
    console = Console()
    table = Table(title=f"batang {state['period']}", title_justify="left", title_style="bold")
    table.add_column("stage")
    table.add_column("what happened")
    for stage, text in _rows(state):
        table.add_row(stage, text)
    console.print(table)
    paths = dict(state["reports"])
    if state["smdata"].get("package"):
        paths["smdata"] = state["smdata"]["package"]
    for name, path in paths.items():
        console.print(f"  {name}: ", path, soft_wrap=True, highlight=False)


def _rows(state: dict[str, Any]) -> list[tuple[str, str]]:
    rows = []
    for dataset, n in state["raw"].items():
        rows.append(
            (
                f"extract {dataset}",
                f"{n['seen']:,} shown, {n['new_versions']:,} new versions, {n['stored']:,} stored",
            )
        )
    for drop in state["drops"]["refused"]:
        rows.append(("drop set aside", f"{drop['file']}: {drop['reason']}"))
    rows.append(("vault", f"{state['vault']['sealed']:,} identities sealed"))
    quality = state["quality"]
    gates = quality["gates"]
    failed = [dataset for dataset, verdict in gates.items() if verdict != "pass"]
    rows.append(
        (
            "quality",
            f"{quality['rows_checked']:,} rows checked, {quality['rows_quarantined']:,} quarantined",
        )
    )
    rows.append(("scores", ", ".join(_score(word, score) for word, score in quality["scores"].items())))
    rows.append(("gates", f"closed: {', '.join(failed)}" if failed else f"{len(gates)} open"))
    for override in quality.get("overrides", []):
        rows.append(("override", f"{override['dataset']}: {override['by']}: {override['reason']}"))
    rows.append(("approval", _approval(state["approval"])))
    for domain, n in state["siapkerja"].items():
        rows.append((f"SIAPkerja {domain}", _counted(n)))
    if state["undelivered"]:
        rows.append(("SIAPkerja", state["undelivered"]["reason"]))
    ledger = state["ledger"]
    rows.append(
        (
            "ledger",
            f"{ledger['entries']:,} entries, {'verified' if ledger['verified'] else 'BROKEN'}",
        )
    )
    for domain, n in state["consolidation"].items():
        counts = {
            name: number for name, number in n.items() if isinstance(number, int) and name != "residual"
        }
        rest = f"; {n['residual']:,} UNEXPLAINED" if n["residual"] else ""
        rows.append((f"consolidation {domain}", _counted(counts) + rest))
    for table, verdict in state["ipk"].items():
        published = "provisional" if verdict["revision"] is None else f"revision {verdict['revision']}"
        rows.append((f"IPK {table}", f"{'balanced' if verdict['balanced'] else 'NOT balanced'}, {published}"))
    smdata = state["smdata"]
    rows.append(
        ("SMData", f"manifest {smdata['manifest_sha256'][:16]}…" if smdata["package"] else "no package")
    )
    for run in state["runs"][:3]:
        wall = f"{run['wall_s']} s" if run["wall_s"] is not None else "no end"
        rows.append((f"run {run['job']}", f"{run['status']}, {wall}, {run['run_id'][:8]}"))
    return rows


def _approval(given: dict[str, Any]) -> str:
    if given["demo"]:
        return "the demo approved itself (synthetic people; a real month needs two persons)"
    if given["state"] == "approved":
        return f"prepared by {given['prepared_by']}, approved by {given['approved_by']}"
    if given["state"] == "waiting":
        return f"prepared by {given['prepared_by']}, waiting for a second person: batang approve"
    return "not prepared: nothing leaves (batang run --prepared-by NAME)"


def _score(word: str, score: float | None) -> str:
    return f"{word} {'no data' if score is None else score}"


def _counted(counts: dict[str, int]) -> str:
    """``{"accepted": 24410, "rejected": 0}`` → ``24,410 accepted``; zeros are left out, unless all are."""
    words = [f"{count:,} {word}" for word, count in counts.items() if count]
    return ", ".join(words) or "nothing"
