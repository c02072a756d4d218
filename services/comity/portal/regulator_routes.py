"""What a regulator sees: counts. No route of this role returns the id or the value of any object."""

from fastapi import APIRouter, Request, Response

from comity.portal.access import OVERSIGHT, Caller
from comity.portal.answers import Page, Table
from comity.portal.charts import bars
from comity.portal.figures import Choice, Figures, Report, figures_of, month, report_in
from comity.portal.site import Site
from comity.taxii.filters import Query

_AT_A_TIME = 1_000
_INCIDENTS = Query(types=frozenset({"incident"}))


def add_regulator_routes(router: APIRouter, site: Site) -> None:
    """Add the route."""

    @router.get("/regulator")
    def summary(request: Request) -> Response:
        """Show the cross-border summary."""
        caller = site.gate.caller(request, OVERSIGHT)
        given = request.query_params
        choice = Choice(
            first=month(given.get("from", ""), "from"),
            last=month(given.get("to", ""), "to"),
            member=given.get("member", "")[:64],
            sector=given.get("sector", "")[:64],
        )
        bloc = site.services.engine.bloc
        figures = figures_of(
            _reports(site, caller),
            choice,
            members=tuple(bloc.members),
            sectors=bloc.sectors,
            now=site.services.clock(),
        )
        return site.renderer.page(request, _page(site, figures, choice), caller)


def _reports(site: Site, caller: Caller) -> list[Report]:
    """Return what is counted of every incident that the desk is served."""
    store = site.services.store
    connection = store.read()
    reports: list[Report] = []
    after: int | None = None
    while True:
        page = store.pages.page(connection, caller.viewer, _INCIDENTS, after=after, limit=_AT_A_TIME)
        told = (report_in(row.body, member=row.space, tick=row.tick) for row in page.rows)
        reports.extend(one for one in told if one is not None)
        if not page.more:
            return reports
        after = page.rows[-1].tick


def _page(site: Site, figures: Figures, choice: Choice) -> Page:
    bloc = site.services.engine.bloc
    rows = [
        [sector, member, count] for sector, row in figures.by_sector_and_member.items() for member, count in row.items()
    ]
    return Page(
        template="regulator.html",
        title="Cross-border summary",
        data=figures,
        table=Table(header=("sector", "member", "reports"), rows=rows),
        more={
            "choice": choice,
            "members": tuple(bloc.members),
            "sectors": bloc.sectors,
            "months": bars(list(figures.by_month.items())),
        },
    )
