"""The one layout of errors."""

from tagctl.errors import Location, Problem
from tagctl.render.problems import lines, show_problems
from tagctl.render.terminal import Styled
from tagctl.render.width import width


def text(problem, **options):
    return [
        "".join(p.text if isinstance(p, Styled) else p for p in line) for line in lines(problem, **options)
    ]


def test_the_layout():
    problem = Problem(
        "unknown-field",
        "There is no field “spnd”.",
        "Did you mean “spend”?",
        Location("rules.yaml", 12, 17),
        excerpt="  when: {field: spnd, at_least: 500}",
        width=4,
    )
    assert text(problem) == [
        "rules.yaml:12:17: error[unknown-field]: There is no field “spnd”.",
        "   12 |   when: {field: spnd, at_least: 500}",
        "      |                 ^^^^",
        "  next: Did you mean “spend”?",
    ]


def test_the_caret_stands_under_full_width_characters():
    excerpt = "  - tag: 忠实客户 {field: 消费额}"
    column = excerpt.index("消费额") + 1
    _first, line, caret = text(Problem("x", "y", location=Location("f", 1, column), excerpt=excerpt, width=3))
    assert width(caret.rstrip("^")) == width(line[: line.index("消费额")])
    assert caret.count("^") == 6


def test_the_caret_stands_right_behind_shown_control_characters():
    excerpt = "\ttag: VIP"
    _first, line, caret = text(Problem("x", "y", location=Location("f", 1, 2), excerpt=excerpt, width=3))
    assert line == "    1 | \\u0009tag: VIP"
    assert caret == "      |       ^^^"


def test_a_long_line_is_shown_around_the_place():
    excerpt = "x: {" + "a: 1, " * 100 + "bad: 2}"
    column = excerpt.index("bad") + 1
    _first, line, caret = text(Problem("x", "y", location=Location("f", 1, column), excerpt=excerpt, width=3))
    assert width(line) < 140
    assert line[caret.index("^") :].startswith("bad")


def test_a_cell_has_sheet_row_and_header():
    problem = Problem(
        "bad-date", "Not a date.", location=Location("客户.xlsx", sheet="会员", row=7, header="生日")
    )
    assert text(problem) == ["客户.xlsx/会员/7/生日: error[bad-date]: Not a date."]


def test_no_place_and_a_warning_and_two_lines_of_advice():
    assert text(Problem("usage", "No.", "This.\nThat."), warning=True) == [
        "warning[usage]: No.",
        "  next: This.",
        "        That.",
    ]


def test_all_problems_go_to_stderr(capsys):
    show_problems([Problem("a", "one", "do"), Problem("b", "two \x1b[1m")])
    found = capsys.readouterr()
    assert found.out == ""
    assert found.err == "error[a]: one\n  next: do\nerror[b]: two \\u001b[1m\n"
