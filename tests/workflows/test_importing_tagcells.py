"""Columns that are tags, the modes of tag cells, labels that are rejected; and what sync never does."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from importing_project import OP, Project, adds_up

from tagctl import rules
from tagctl.errors import GuardStop, UsageProblem
from tagctl.io.marks import mark
from tagctl.store.undo import undo
from tagctl.workflows.importing import ImportOptions, propose


@pytest.fixture
def project(tmp_path):
    made = Project(tmp_path)
    made.taxonomy()
    return made


def roles(report):
    return {column.header: (column.role, column.field) for column in report.files[0].columns}


def held(project):
    return {(customer, tag) for customer, tag, _source in project.held()}


# ── one column per tag ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "text", ["yes", "Y", "1", "✓", "✔️", "√", "是", "true", "TRUE", "x", "Ｘ", " 是 ", "有"]
)
def test_cells_that_say_yes(text):
    assert mark(text) is True


@pytest.mark.parametrize("text", ["no", "N", "0", "×", "✗", "否", "false", "无", "-", "N/A"])
def test_cells_that_say_no(text):
    assert mark(text) is False


@pytest.mark.parametrize("text", ["maybe", "2", "待定", "2024-01-05", "是的吧"])
def test_cells_that_say_neither(text):
    assert mark(text) is None


@pytest.mark.parametrize(
    "header", ["VIP", "vip", "高价值客户", "是否VIP", "VIP（是/否）", "标签：VIP", "tag: VIP"]
)
def test_a_header_that_is_a_tag_over_marks_is_that_tag(project, header):
    report = project.customers(project.file("a.csv", f"客户编号,{header}", "1,✓", "2,", "3,否", "4,1"))
    assert roles(report)[header][0] == "tag"
    assert held(project) == {("1", "VIP"), ("4", "VIP")}
    assert "VIP" not in {name for (name,) in project.rows("SELECT name FROM fields")}


@pytest.mark.parametrize("cells", [("是", "2024-01-05"), ("A", "B"), ("12", "1")])
def test_other_cells_make_it_a_field(project, cells):
    report = project.customers(project.file("a.csv", "客户编号,VIP", f"1,{cells[0]}", f"2,{cells[1]}"))
    assert roles(report)["VIP"] == (None, "VIP")
    assert held(project) == set()


def test_a_tag_column_that_is_asked_for_rejects_what_says_neither(project):
    file = project.file("a.csv", "客户编号,铂金", "1,是", "2,待定", "3,")
    report = project.customers(file, map={"铂金": ("tag", None)})
    assert [(r.code, r.location.row, r.text, r.whole_row) for r in report.rejects] == [
        ("not-a-mark", 3, "待定", False)
    ]
    column = report.files[0].columns[1]
    assert (column.role, column.field, column.filled, column.bad) == ("tag", "铂金", 2, 1)
    assert report.unknown_labels == {"铂金": 1}
    assert adds_up(report)
    strict = project.customers(project.file("b.csv", "客户编号,铂金", "4,待定", "5,x"), strict=True,
                               map={"铂金": ("tag", None)})  # fmt: skip
    assert [r.whole_row for r in strict.rejects] == [True]
    assert adds_up(strict)


def test_a_mark_that_turns_to_no_ends_the_tag(project):
    for number, cell in enumerate(("是", "否")):
        project.customers(project.file(f"{number}.csv", "客户编号,VIP", f"1,{cell}"))
    assert held(project) == set()


def test_a_stored_field_and_a_declared_type_stay_fields_and_it_is_said(project):
    project.customers(project.file("a.csv", "客户编号,老客户", "1,是"), map={"老客户": (None, "bool")})
    report = project.customers(project.file("b.csv", "客户编号,老客户,VIP", "1,是,是"), types={"VIP": "bool"})
    assert roles(report)["老客户"] == (None, "老客户")
    assert roles(report)["VIP"] == (None, "VIP")
    assert any("--map '老客户=tag'" in note for note in report.files[0].notes)
    report = project.customers(
        project.file("c.csv", "客户编号,老客户", "1,是"), map={"老客户": ("tag", None)}
    )
    assert held(project) == {("1", "老客户")}


def test_a_column_with_a_role_of_its_own_keeps_it_and_it_is_said(project):
    project.taxonomy("dimensions: [{name: 来源, tags: [抖音, 门店]}]")
    file = project.file("a.csv", "客户编号,来源", "1,抖音", "2,门店")
    report = project.customers(file)
    assert roles(report)["来源"] == ("source", "来源")
    assert any("--map '来源=dimension'" in note for note in report.files[0].notes)
    project.customers(file, map={"来源": ("dimension", None)})
    assert held(project) == {("1", "抖音"), ("2", "门店")}


def test_a_type_by_map_keeps_it_a_field(project):
    report = project.customers(project.file("a.csv", "客户编号,VIP", "1,是"), map={"VIP": (None, "bool")})
    assert roles(report)["VIP"] == (None, "VIP")


# ── one column per dimension ─────────────────────────────────────────────────────────────────────


def test_a_header_that_is_a_dimension_over_its_tags_holds_them(project):
    report = project.customers(
        project.file(
            "a.csv", "客户编号,生命周期", "1,新客户", "2,生命周期：老客户", "3,未知", "4,VIP", "5,老客户"
        )
    )
    assert roles(report)["生命周期"] == ("dimension", "生命周期")
    assert held(project) == {("1", "新客户"), ("2", "老客户"), ("5", "老客户")}
    assert report.unknown_labels == {"生命周期:VIP": 1, "生命周期:未知": 1}, (
        "a tag of another dimension is not meant"
    )


def test_a_dimension_column_may_be_packed(project):
    project.customers(
        project.file("a.csv", "客户编号,价值", '1,"VIP,黑卡/白卡"', "2,高价值客户", "3,黑卡/白卡")
    )
    assert held(project) == {("1", "VIP"), ("1", "黑卡/白卡"), ("2", "VIP"), ("3", "黑卡/白卡")}


def test_other_texts_make_it_a_field(project):
    report = project.customers(project.file("a.csv", "客户编号,价值", "1,100", "2,250", "3,VIP"))
    assert roles(report)["价值"][0] is None


def test_a_column_that_is_no_dimension_by_name_can_be_said_to_be_one(project):
    file = project.file("a.csv", "客户编号,客户等级", "1,VIP", "2,老客户", "3,铂金")
    report = project.customers(file, map={"客户等级": ("dimension", None)})
    assert held(project) == {("1", "VIP"), ("2", "老客户")}
    assert report.unknown_labels == {"客户等级:铂金": 1}


def test_tag_columns_of_events_tag_the_customer(project):
    header = "订单编号,客户编号,下单时间,VIP,生命周期"
    project.events(
        "order", project.file("o.csv", header, "a,1,2026-01-05,是,新客户", "b,2,2026-01-06,,老客户")
    )
    assert held(project) == {("1", "VIP"), ("1", "新客户"), ("2", "老客户")}


def test_a_column_of_labels_stays_one_under_a_dimensions_name(project):
    project.taxonomy("dimensions: [{name: 标签, tags: [VIP]}, {name: 生命周期, tags: [老客户, 新客户]}]")
    report = project.customers(project.file("a.csv", "客户编号,标签", "1,VIP", "2,老客户", "3,VIP"))
    assert roles(report)["标签"][0] == "tags"
    assert report.files[0].notes == ()
    assert report.unknown_labels == {}


def test_what_is_shown_before_an_import_knows_a_taxonomy_that_is_not_applied_yet(project):
    file = project.file("a.csv", "客户编号,铂金,档次,价值", "1,是,一档,VIP", "2,,二档,VIP")
    text = "dimensions: [{name: 等级, tags: [{name: 白金, aliases: [铂金]}]}, {name: 档次, tags: [一档]}]"
    taxonomy, problems, _warnings = rules.read_taxonomy(text.encode(), "taxonomy.yaml")
    assert not problems
    for store in (None, project.store):
        (shown,) = propose(store, "customer", [file], ImportOptions(), taxonomy)
        assert [column.role for column in shown.columns] == ["key", "tag", "dimension", None]


# ── modes ────────────────────────────────────────────────────────────────────────────────────────


def import_tags(project, *cells, feed="", **options):
    lines = [f'{number},"{cell}"' for number, cell in enumerate(cells, 1)]
    name = f"{len(list(project.folder.glob('*.csv')))}.csv"
    return project.customers(
        project.file(name, f"客户编号,{feed}标签", *lines), **{"key": "客户编号"} | options
    )


def test_add_only_gains(project):
    import_tags(project, "VIP", "VIP,新客户")
    report = import_tags(project, "老客户", "", mode="add")
    assert (report.tags_gained, report.tags_lost, report.mode) == (1, 0, "add")
    assert held(project) == {("1", "VIP"), ("1", "老客户"), ("2", "VIP"), ("2", "新客户")}


def test_replace_leaves_no_other_imported_tags_but_those_of_people_and_rules(project):
    import_tags(project, "VIP", "VIP")
    import_tags(project, "新客户", "新客户", feed="会员")
    project.change(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) VALUES (?, ?, 'manual', ?, 5)",
        project.tag("黑卡/白卡"), project.customer("1"), OP,
    )  # fmt: skip
    report = import_tags(project, "老客户", mode="replace")
    assert (report.tags_gained, report.tags_lost) == (1, 2)
    assert held(project) == {("1", "老客户"), ("1", "黑卡/白卡"), ("2", "VIP"), ("2", "新客户")}
    again = import_tags(project, "新客户", "新客户 ", feed="会员")
    assert (again.tags_gained, again.tags_lost) == (0, 0), "unchanged cells bring nothing back"


def test_remove_takes_imported_tags_and_the_same_cells_do_not_bring_them_back(project):
    import_tags(project, "VIP,新客户", "VIP")
    project.change(
        "INSERT INTO assignments (tag, customer, source, gained_op, since) VALUES (?, ?, 'manual', ?, 5)",
        project.tag("老客户"), project.customer("2"), OP,
    )  # fmt: skip
    report = import_tags(project, "高价值客户", "老客户,铂金", mode="remove")
    assert (report.tags_gained, report.tags_lost, report.unknown_labels) == (0, 1, {"铂金": 1})
    assert held(project) == {("1", "新客户"), ("2", "VIP"), ("2", "老客户")}
    assert import_tags(project, "新客户,VIP", "VIP ").tags_gained == 0
    assert import_tags(project, "VIP", mode="add").tags_gained == 1, "add says what is to be"


def test_modes_other_than_sync_need_a_tag_column(project):
    with pytest.raises(UsageProblem) as caught:
        project.customers(project.file("a.csv", "客户编号,姓名", "1,王"), mode="replace")
    assert caught.value.problems[0].code == "needs-tags"
    assert project.rows("SELECT count(*) FROM customers") == [(0,)]


def test_the_same_file_in_another_mode_is_another_import(project):
    file = project.file("a.csv", "客户编号,标签", "1,VIP")
    project.customers(file)
    assert project.customers(file).unchanged_file
    assert project.customers(file, mode="remove").tags_lost == 1


@pytest.mark.parametrize("mode", ["sync", "add", "replace", "remove"])
def test_every_mode_can_be_undone(project, mode):
    import_tags(project, "VIP,新客户", "VIP")
    import_tags(project, "老客户", feed="会员")
    before = project.held()
    import_tags(project, "新客户,老客户,黑卡/白卡", "", mode=mode)
    assert project.held() != before
    number = project.operation
    with project.operate("undo") as op:
        undo(op, number)
    assert project.held() == before
    report = import_tags(project, "VIP,新客户 ", "VIP ")
    assert (report.tags_gained, report.tags_lost) == (0, 0), "the feed's readings are back, too"


# ── bans, rejects ────────────────────────────────────────────────────────────────────────────────


def test_what_a_ban_withholds_is_counted(project):
    import_tags(project, "", "", "")
    for key in ("1", "2"):
        project.change(
            "INSERT INTO overrides (kind, customer, tag, op) VALUES ('ban', ?, ?, ?)",
            project.customer(key), project.tag("VIP"), OP,
        )  # fmt: skip
    report = import_tags(project, "VIP", "VIP", "VIP")
    assert (report.tags_gained, report.tags_withheld) == (1, 2)


def test_unknown_labels_can_be_rejected_with_their_cells(project):
    file = project.file("a.csv", "客户编号,标签", "1,VIP、铂金", "2,铂金", "3,VIP、新客户", "4,VIP、铂金")
    report = project.customers(file, unknown="reject")
    assert [(r.code, r.location.row, r.text, r.whole_row) for r in report.rejects] == [
        ("unknown-label", 2, "VIP、铂金", False),
        ("unknown-label", 3, "铂金", False),
        ("unknown-label", 5, "VIP、铂金", False),
    ]
    assert report.files[0].columns[1].bad == 3
    assert held(project) == {("1", "VIP"), ("3", "VIP"), ("3", "新客户"), ("4", "VIP")}
    assert report.unknown_labels == {}
    assert project.rows("SELECT count(*) FROM unknown_labels") == [(0,)]
    assert report.rejects_file == "a.rejects.csv"


# ── sync over time ───────────────────────────────────────────────────────────────────────────────

LABELS = ("VIP", "高价值客户", "新客户", "老客户", "铂金")
MEANS = {"VIP": "VIP", "高价值客户": "VIP", "新客户": "新客户", "老客户": "老客户"}
MERGED = """
dimensions:
  - {name: 价值, kind: value, tags: [{name: VIP, aliases: [高价值客户]}, 黑卡/白卡]}
  - {name: 生命周期, kind: lifecycle, tags: [{name: 老客户, aliases: [新客户]}]}
"""
cell = st.frozensets(st.sampled_from(LABELS), max_size=3)
step = st.one_of(
    st.tuples(st.just("import"), st.tuples(cell, cell)),
    st.tuples(
        st.just("remove"), st.tuples(st.sampled_from("12"), st.sampled_from(sorted(set(MEANS.values()))))
    ),
    st.tuples(st.just("merge"), st.none()),
)


@settings(max_examples=16, deadline=None)
@given(steps=st.lists(step, min_size=2, max_size=8))
def test_sync_ends_where_the_last_file_says_and_brings_nothing_back(tmp_path_factory, steps):
    """Against a model: what is held changes only by what changed in the cell, or by a person or a merge."""
    project = Project(tmp_path_factory.mktemp("sync"))
    project.taxonomy()
    means = dict(MEANS)
    was: dict[str, set[str]] = {"1": set(), "2": set()}
    has: dict[str, set[str]] = {"1": set(), "2": set()}
    for number, (kind, what) in enumerate(steps):
        if kind == "import":
            lines = [
                f"{key},{number},{'、'.join(sorted(labels))}" for key, labels in zip("12", what, strict=True)
            ]
            project.customers(project.file(f"{number}.csv", "客户编号,积分,标签", *lines), key="客户编号")
            for key, labels in zip("12", what, strict=True):
                now = {means[label] for label in labels if label in means}
                has[key] = (has[key] - (was[key] - now)) | (now - was[key])
                was[key] = now
        elif kind == "remove":
            key, tag = what
            tag = means[tag]
            project.change(
                "UPDATE assignments SET lost_op = ? WHERE lost_op IS NULL AND tag = ? AND customer = "
                "(SELECT tagctl_id FROM customers WHERE tagctl_key = ?)",
                OP, project.tag(tag), key,
            )  # fmt: skip
            has[key].discard(tag)
        else:
            project.taxonomy(MERGED)
            means["新客户"] = "老客户"
            for sets in (was, has):
                for key in sets:
                    sets[key] = {means[tag] for tag in sets[key]}
        assert held(project) == {(key, tag) for key, tags in has.items() for tag in tags}
    project.store.close()


CURRENT = (
    "SELECT c.tagctl_key, r.feed, l.text FROM readings r JOIN customers c ON c.tagctl_id = r.customer "
    "JOIN labels l ON l.id = r.label WHERE r.gone_op IS NULL ORDER BY 1, 2, 3"
)
file = st.tuples(
    st.sampled_from(["", "会员"]), st.sampled_from(["sync", "add", "replace", "remove"]), cell, cell
)


@settings(max_examples=16, deadline=None)
@given(files=st.lists(file, min_size=2, max_size=5), data=st.data())
def test_any_import_can_be_undone_and_had_back(tmp_path_factory, files, data):
    """The last import undone: as before it. Any import undone, and that undone: as it was."""
    project = Project(tmp_path_factory.mktemp("modes"))
    project.taxonomy()
    states, numbers = [], []
    for number, (feed, mode, *labels) in enumerate(files):
        states.append((project.held(), project.rows(CURRENT)))
        lines = [f"{key},{number},{'、'.join(sorted(each))}" for key, each in zip("12", labels, strict=True)]
        made = project.file(f"{number}.csv", f"客户编号,积分,{feed}标签", *lines)
        project.customers(made, key="客户编号", mode=mode, tags=(f"{feed}标签",))
        numbers.append(project.operation)
    states.append((project.held(), project.rows(CURRENT)))

    def take_back(number):
        with project.operate("undo") as op:
            undo(op, number)
        return op.result

    last = take_back(numbers[-1])
    assert (project.held(), project.rows(CURRENT)) == states[-2]
    take_back(last)
    assert (project.held(), project.rows(CURRENT)) == states[-1]
    number = data.draw(st.sampled_from(numbers))
    try:
        taken = take_back(number)
    except GuardStop:
        project.store.close()
        return  # customers of the first import that later ones have tagged
    take_back(taken)
    assert (project.held(), project.rows(CURRENT)) == states[-1]
    project.store.close()


# ── cells without labels ─────────────────────────────────────────────────────────────────────────


def test_words_for_nothing_are_no_labels_and_counted_as_blank(project):
    lines = ["1,VIP", "2,-", "3,无", "4,0", "5,VIP、暂无", "6,", "7,\"['VIP', '老客户']\"", "8,#VIP #新客户"]
    report = project.customers(project.file("a.csv", "客户编号,标签", *lines))
    assert report.unknown_labels == {}
    assert held(project) == {
        ("1", "VIP"), ("5", "VIP"), ("7", "VIP"), ("7", "老客户"), ("8", "VIP"), ("8", "新客户"),
    }  # fmt: skip
    adds_up(report)
    assert report.files[0].cells.row() == (16, 12, 0, 0, 4)


def test_a_tag_that_is_called_so_is_one(project):
    project.taxonomy("dimensions:\n  - name: 车\n    kind: value\n    tags: [无, 有]\n")
    report = project.customers(project.file("a.csv", "客户编号,标签,车", "1,车:无,有", "2,-,无", "3,无,-"))
    assert held(project) == {("1", "无"), ("1", "有"), ("2", "无"), ("3", "无")}
    assert report.files[0].cells.row() == (9, 7, 0, 0, 2)


def test_a_word_for_nothing_takes_the_tag_away_as_an_empty_cell_does(project):
    project.customers(project.file("a.csv", "客户编号,标签", "1,VIP", "2,VIP"))
    report = project.customers(project.file("a.csv", "客户编号,标签", "1,无", "2,VIP"))
    assert (report.tags_lost, held(project)) == (1, {("2", "VIP")})
