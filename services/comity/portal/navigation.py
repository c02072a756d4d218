"""The pages that each role begins at, in sections, and where among them a page stands."""

from collections.abc import Mapping
from dataclasses import dataclass

from comity.domain.desk import Role


@dataclass(frozen=True, slots=True)
class Section:
    """Pages for one kind of work, by address; the first of them stands for the section."""

    name: str
    pages: Mapping[str, str]

    @property
    def first(self) -> str:
        """The address of the first page."""
        return next(iter(self.pages))


_READING = {"/search": "Search", "/lookup": "Bulk look-up", "/saved": "Saved"}
_INFRASTRUCTURE = {"/infrastructure": "Infrastructure"}
_SHARING = {
    "/operator": "Operations",
    "/operator/submissions": "Submissions",
    "/operator/withdrawals": "Withdrawals",
    "/operator/preview": "Preview",
    "/operator/feeds": "Feeds",
}
_DUTIES = {"/operator/duties": "Duties", "/operator/returns": "Returns"}
_OVERSIGHT = {"/regulator": "Summary", "/regulator/own": "Own figures"}
_SECTIONS = {
    Role.CERT: (
        Section("Analysis", {**_READING, **_INFRASTRUCTURE, "/operator/hunt": "Hunt"}),
        Section("Sharing", _SHARING),
        Section("Notification", _DUTIES),
    ),
    Role.CII: (Section("Analysis", {**_READING, **_INFRASTRUCTURE}),),
    Role.SOC: (Section("Analysis", _READING),),
    Role.REGULATOR: (Section("Oversight", _OVERSIGHT),),
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands: the sections of its reader, the one it is in, and the page of it that is shown."""

    sections: tuple[Section, ...]
    section: Section
    page: str


def place_of(role: Role, path: str) -> Place:
    """Return where *path* stands among the pages of *role*; what belongs to no section is read in the first."""
    sections = _SECTIONS[role]
    # The overview is above every page of its section and of the next: the longest address that fits counts.
    above = [page for section in sections for page in section.pages if f"{path}/".startswith(f"{page}/")]
    page = max(above, key=len, default="")
    section = next((each for each in sections if page in each.pages), sections[0])
    return Place(sections, section, page)
