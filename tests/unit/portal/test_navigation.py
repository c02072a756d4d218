"""Where a page stands among the pages of its reader."""

import pytest
from comity.domain.desk import Role
from comity.portal.navigation import place_of


@pytest.mark.parametrize(
    ("path", "section", "page"),
    [
        ("/search", "Analysis", "/search"),
        ("/objects/indicator--1", "Analysis", ""),
        ("/operator", "Sharing", "/operator"),
        ("/operator/submissions", "Sharing", "/operator/submissions"),
        ("/operator/submissions/indicator--1/holders", "Sharing", "/operator/submissions"),
        ("/operator/duties", "Notification", "/operator/duties"),
        ("/operator/dutiesless", "Sharing", "/operator"),
        ("/operators", "Analysis", ""),
    ],
)
def test_a_page_stands_in_the_section_of_the_page_it_is_below(path: str, section: str, page: str) -> None:
    place = place_of(Role.CERT, path)

    assert (place.section.name, place.page) == (section, page)


@pytest.mark.parametrize("role", Role)
def test_every_role_has_sections_and_no_page_is_in_two_of_them(role: Role) -> None:
    pages = [page for section in place_of(role, "/").sections for page in section.pages]

    assert pages
    assert len(set(pages)) == len(pages)


@pytest.mark.parametrize("role", [Role.CII, Role.SOC, Role.REGULATOR])
def test_who_has_few_pages_has_one_section(role: Role) -> None:
    assert len(place_of(role, "/").sections) == 1
