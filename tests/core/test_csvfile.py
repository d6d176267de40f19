"""Files as people send them: encodings, packing, column order, malformed rows, files beyond reading."""

import csv
import gzip
from pathlib import Path

import pytest

from apps.core.csvfile import BadFile, Rejects, neutral, open_rows, rejects_path

TEXT = "ref,name\n1,张伟\n2,欧阳娜\n"


@pytest.fixture
def write(tmp_path):
    def _write(content: bytes | str, name: str = "in.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return _write


def read(path, required=("ref",), known=("ref", "name"), rejects=None):
    with open_rows(path, required=required, known=known, rejects=rejects) as rows:
        return list(rows)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-8-sig"),
        TEXT.encode("gb18030"),
        TEXT.encode("gbk"),
        TEXT.encode("utf-16"),
        gzip.compress(TEXT.encode(), mtime=0),
        gzip.compress(TEXT.encode("gb18030"), mtime=0),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace(",", "\t").encode(),
        TEXT.replace(",", ";").encode(),
        TEXT.replace("ref,name", " REF , Name ").encode(),
        TEXT.rstrip("\n").encode(),
    ],
)
def test_the_same_rows_come_out_of_every_packing(write, content):
    assert read(write(content)) == [(2, {"ref": "1", "name": "张伟"}), (3, {"ref": "2", "name": "欧阳娜"})]


def test_unknown_columns_are_named_and_kept(write):
    with open_rows(write("x,ref\n9,1\n"), required=["ref"], known=["ref", "name"]) as rows:
        assert rows.unknown_columns == ["x"]
        assert list(rows) == [(2, {"x": "9", "ref": "1"})]


def test_cells_are_the_rows_in_the_order_of_the_columns(write):
    text = "rejected_row, x ,ref,\n7, 9 ,1,\n8,8,2,\n"
    with open_rows(write(text), required=["ref"], known=["ref"]) as rows:
        found = list(rows.cells())
        assert (rows.columns, found) == (["x", "ref"], [(2, ["9", "1"]), (3, ["8", "2"])])
        assert rows.row(found[0][1]) == {"x": "9", "ref": "1"}


def test_rows_are_numbered_as_a_spreadsheet_shows_them(write):
    rows = read(write('ref,name\n1,"two\nlines"\n\n,,\n2,b\n'), rejects=Rejects("unused"))
    assert rows == [(2, {"ref": "1", "name": "two\nlines"}), (5, {"ref": "2", "name": "b"})]


@pytest.mark.parametrize(
    ("content", "row", "column"),
    [
        (b"", 1, ""),
        (b"name\nx\n", 1, "ref"),
        (b"ref,ref\n1,2\n", 1, "ref"),
        (b"PK\x03\x04rest of a spreadsheet", None, ""),
        (b"ref\n\x80\xff\xff\x81", None, ""),
        (gzip.compress(TEXT.encode() * 50, mtime=0)[:-20], None, ""),
        (b'ref,name\n1,"never closed\n2,x\n3,y\n', 2, ""),
    ],
)
def test_a_file_beyond_reading_is_refused_with_its_place(write, content, row, column):
    with pytest.raises(BadFile) as refusal:
        read(write(content), rejects=Rejects("unused"))
    assert (refusal.value.row, refusal.value.column) == (row, column)
    assert refusal.value.reason


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    for path in (tmp_path / "none.csv", tmp_path):
        with pytest.raises(BadFile):
            read(path)


def test_malformed_rows_go_to_the_rejects_and_the_rest_is_read(write, tmp_path):
    path = write('ref,name\n1,a\n2\n3,c,d\n4,x\0y\n5,"q"z\n6,ok\n')
    seen = []
    with Rejects(tmp_path / "out.csv", lambda *fact: seen.append(fact)) as rejects:
        assert [number for number, _ in read(path, rejects=rejects)] == [2, 7]
    assert rejects.count == 4
    assert [(row, column) for row, column, _ in seen] == [(3, ""), (4, ""), (5, ""), (6, "")]


def test_a_malformed_row_without_rejects_refuses_the_file(write):
    with pytest.raises(BadFile) as refusal:
        read(write("ref,name\n1,a\n2\n"))
    assert refusal.value.row == 3


def test_a_rejects_file_can_be_corrected_and_imported_again(write, tmp_path):
    with Rejects(tmp_path / "out.csv") as rejects:
        rejects.add(7, "name", "too long", {"ref": "1", "name": "张,伟"})
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert list(csv.DictReader(file)) == [
            {
                "rejected_row": "7",
                "rejected_column": "name",
                "rejected_reason": "too long",
                "ref": "1",
                "name": "张,伟",
            }
        ]
    with open_rows(tmp_path / "out.csv", required=["ref"], known=["ref", "name"]) as rows:
        assert rows.unknown_columns == []
        assert list(rows) == [(2, {"ref": "1", "name": "张,伟"})]


def test_a_rejects_file_runs_no_formula_and_comes_back_as_it_was(tmp_path):
    row = {"ref": "=1+1", "name": "@SUM(A1)", "phone": "+8613800138000", "note": "-5+2", "=cmd": "'quoted"}
    with Rejects(tmp_path / "out.csv") as rejects:
        rejects.add(7, "name", "=bad", row)
    written = (tmp_path / "out.csv").read_text(encoding="utf-8-sig")
    assert not any(cell.startswith(("=", "+", "-", "@")) for cell in written.replace("\r\n", ",").split(","))
    back = [row for _number, row in read(tmp_path / "out.csv", known=("ref", "name", "phone", "note"))]
    assert back == [{**{name: row[name] for name in list(row)[:4]}, "'=cmd": "'quoted"}]


def test_a_quote_in_an_ordinary_file_is_the_customers_own(write):
    assert read(write("ref,name\n1,'=x\n")) == [(2, {"ref": "1", "name": "'=x"})]


def test_no_rejects_file_without_rejected_rows(tmp_path):
    with Rejects(tmp_path / "out.csv") as rejects:
        pass
    assert rejects.count == 0
    assert not (tmp_path / "out.csv").exists()


def test_an_unwritable_rejects_file_is_refused_clearly(tmp_path):
    with Rejects(tmp_path / "no" / "out.csv") as rejects, pytest.raises(BadFile):
        rejects.add(2, "", "x", {"a": "1"})


@pytest.mark.parametrize(
    ("name", "expected"),
    [("m.csv", "m.rejected.csv"), ("m.csv.gz", "m.rejected.csv"), ("m.txt", "m.txt.rejected.csv")],
)
def test_rejected_rows_go_beside_the_file(name, expected):
    assert rejects_path(Path("/d") / name) == Path("/d") / expected


@pytest.mark.parametrize("cell", ["=1+1", "+8613", "-A1", "@x", "\tx"])
def test_formulas_are_neutralised(cell):
    assert neutral(cell) == "'" + cell
    assert neutral("张伟") == "张伟"
    assert neutral("") == ""


def test_a_negative_number_is_no_formula():
    assert (neutral("-1"), neutral("-12.50")) == ("-1", "-12.50")
    assert (neutral("-1+1"), neutral("-A1")) == ("'-1+1", "'-A1")
