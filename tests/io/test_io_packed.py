"""Tag cells: one separator per column, nothing split that is one label."""

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tagctl.io import packed
from tagctl.normalise import identity

KNOWN = {identity(t) for t in ["VIP", "老客户", "A/B测试", "C++", "沉睡客户", "90,000+俱乐部"]}


def known(label):
    return identity(label) in KNOWN


# cells of a column, separator, labels of the first cell
COLUMNS = [
    (["VIP, 老客户", "VIP", "大客户,VIP"], ",", ["VIP", "老客户"]),
    (["VIP，老客户", "VIP"], ",", ["VIP", "老客户"]),
    (["VIP;老客户", "a；b"], ";", ["VIP", "老客户"]),
    (["VIP|老客户"], "|", ["VIP", "老客户"]),
    (["VIP、老客户", "新客, 重要"], "、", ["VIP", "老客户"]),
    (["VIP\n老客户"], "\n", ["VIP", "老客户"]),
    (["VIP/老客户", "沉睡客户"], "/", ["VIP", "老客户"]),
    (["VIP+老客户"], "+", ["VIP", "老客户"]),
    (["VIP/新面孔", "沉睡客户"], None, ["VIP/新面孔"]),
    (["A/B测试", "VIP"], None, ["A/B测试"]),
    (["90,000+俱乐部", "VIP, 老客户"], ",", ["90,000+俱乐部"]),
    (['"VIP","Blog"', '"VIP"'], ",", ["VIP", "Blog"]),
    (['"A, B",VIP', "VIP,老客户"], ",", ["A, B", "VIP"]),
    (["“VIP, newsletter”", "“VIP ”"], ",", ["VIP", "newsletter"]),
    (["[Horror;Action]", "[]"], ";", ["Horror", "Action"]),
    (['["a b", "c"]', '["c"]'], ",", ["a b", "c"]),
    (["【VIP】【老客户】"], None, ["VIP", "老客户"]),
    (["价值:VIP, 来源：抖音", "价值:VIP"], ",", ["价值:VIP", "来源：抖音"]),
    (["VIP,,  , vip,ＶＩＰ,老客户"], ",", ["VIP", "老客户"]),
    (["VIP", "老客户"], None, ["VIP"]),
    (["VIP, 老客户、沉睡客户", "VIP, 老客户"], ",", ["VIP", "老客户", "沉睡客户"]),
    (["", "  "], None, []),
]


@pytest.mark.parametrize(("cells", "separator", "labels"), COLUMNS)
def test_columns(cells, separator, labels):
    found = packed.separator(cells, known)
    assert found == separator
    assert packed.split(cells[0], found, known) == labels


@pytest.mark.parametrize(
    ("cell", "labels"),
    [
        ("羊毛党;团长", ["羊毛党", "团长"]),
        ("羊毛党，VIP；团长", ["羊毛党", "VIP", "团长"]),
        ("羊毛党、团长;VIP", ["羊毛党", "团长", "VIP"]),
        ("羊毛党;没见过", ["羊毛党;没见过"]),
        ("羊毛党/团长", ["羊毛党/团长"]),  # a slash splits known tags only
    ],
)
def test_other_separators_split_labels_that_the_column_holds_alone(cell, labels):
    cells = [cell, "羊毛党、团长", "团长、VIP", "团长"]
    found = packed.separator(cells, known)
    assert found == "、"
    assert packed.split(cell, found, known, packed.alone(cells, found)) == labels


CASES = yaml.safe_load((Path(__file__).parents[1] / "cases" / "tag_cells.yaml").read_text("utf-8"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["cell"])
def test_cells_and_their_labels(case):
    def known(label):
        return identity(label) in {identity(name) for name in case.get("known", ())}

    cells = [case["cell"], *case.get("beside", ())]
    found = packed.separator(cells, known)
    assert packed.split(case["cell"], found, known, packed.alone(cells, found)) == case["labels"]


def test_a_list_of_values_keeps_words_for_nothing_and_hashes():
    assert packed.items("0;1;#a #b;无", None, None) == ["0", "1", "#a #b", "无"]
    assert packed.items("['0', '1']", None, None) == ["0", "1"]


def test_without_a_taxonomy_only_plain_separators_split():
    assert packed.separator(["VIP/老客户", "VIP"]) is None
    assert packed.separator(["VIP, 老客户", "VIP"]) == ","


labels = st.lists(
    st.text(alphabet="aVB老客户无,;|、/+\"'“[]{}( 09#＃-\n，", min_size=1, max_size=6), min_size=1, max_size=5
)


@given(labels)
def test_what_is_joined_splits_again(names):
    wanted = list({identity(n.strip()): n.strip() for n in reversed(names) if identity(n.strip())}.values())[
        ::-1
    ]
    cell = packed.join(wanted)
    assert packed.split(cell, ",") == wanted
