"""What is asked of every page, whichever report it is."""

from playwright.sync_api import Page

AXE_RUN = """async () => (await axe.run(document, {resultTypes: ['violations']})).violations.map(
    found => [found.impact, found.id, found.nodes.slice(0, 3).map(node => node.target.join(' '))])"""


def serious_violations(page: Page, axe: str) -> list[list[str]]:
    """What axe-core, whose source ``axe`` is, finds serious or critical on the page."""
    page.evaluate(axe)
    return [entry for entry in page.evaluate(AXE_RUN) if entry[0] in ("serious", "critical")]


def fits_paper(page: Page) -> bool:
    """Whether no table of a page in print is cut off on A4, 680 pixels wide without its margins."""
    page.set_viewport_size({"width": 700, "height": 900})
    return page.evaluate(
        "[...document.querySelectorAll('table')].every(e => e.scrollWidth <= document.body.clientWidth + 1)"
    )
