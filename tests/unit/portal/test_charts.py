"""Where the parts of a drawing go."""

from itertools import pairwise

from comity.portal.charts import bars, radial, shortened


def test_neighbours_are_shared_out_between_right_and_left_within_the_drawing() -> None:
    drawing = radial([(f"/objects/{number}", "x" * 200, "indicates") for number in range(9)])

    assert [spoke.anchor for spoke in drawing.spokes] == ["start"] * 5 + ["end"] * 4
    assert all(0 < spoke.x < drawing.width and 12 <= spoke.y <= drawing.height - 12 for spoke in drawing.spokes)


def test_neighbours_on_one_side_are_far_enough_apart_to_be_hit() -> None:
    drawing = radial([(str(number), "x", "y") for number in range(16)])
    right = [spoke.y for spoke in drawing.spokes[:8]]

    assert min(later - earlier for earlier, later in pairwise(right)) >= 24


def test_an_object_without_neighbours_has_an_empty_drawing() -> None:
    assert radial([]).spokes == ()


def test_a_bar_is_as_high_as_its_count_over_zero() -> None:
    drawn = bars([("2027-01", 4), ("2027-02", 0), ("2027-03", 2)]).bars

    assert [round(bar.height / drawn[0].height, 2) for bar in drawn] == [1.0, 0.0, 0.5]


def test_a_long_text_keeps_its_start_and_its_end() -> None:
    assert shortened("a" * 30 + "b" * 30) == "a" * 18 + "…" + "b" * 18
    assert shortened("short") == "short"
