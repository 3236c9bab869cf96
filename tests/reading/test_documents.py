"""The text of files, whole, broken and hostile."""

from __future__ import annotations

import base64
import io
import signal
import struct
import subprocess
import sys
import time
import zipfile
import zlib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from crawler.document_reader import Limits, read_document
from crawler.reading import documents
from crawler.reading.documents import read_text

# A workbook of Excel 97 as a spreadsheet library writes it: a head and two rows, one number with a decimal place.
OLD_WORKBOOK = zlib.decompress(
    base64.b85decode(
        "c-rk)O=uHA6#izDP12C2Nlk@DDWPE1+KYM-q+Kg$@L+7}p(;X~*nrZIN>oIJT3Z8N1VvC3FNK15sfyqadeEDo7^w$A5EAvICqcnO"
        "oAu4hZcQ~v16ow(TjtH1H}mbh-8b|0=S4nPn79=#;s<oWfs$DVSA|Vbsk0jaP`_zP)vi5MOoe|6bsh?&OUHxyXKooo8Sf%A+;l!B"
        "3B0AU7Y7j=&ZHuXh|TOnLP#GvNeWygiyzJGRU^xNESIpn!6P5C+{Bi%EIVmzLF_@^h_!F9R`D*amHYgV=e^6E*KApfCOna=_~bcJ"
        "9;>4}dmxeiJ3CsOK1_n*7ENVR*+ja45Cw1&U(5*b+1{y-BFetFb^)?~oo{znv0u=fz$nZCUf?<S@ZKSNG!ad29GF43j4c=H7dyf+"
        "s<xfDHbT{<epjy!@x1R){6lR2nX#P$V%-t4ERWqz=g%LFvt@V8D|0sQ@xZ)2Ue9aaM{*DitOt1q1SpHoT>mt^J=tUQvt^X?dO7>A"
        "kPgGdDajzRpL-m0vYi=gSdQ^om$4pZ8KQMdbz4u9rEDGNF{in=jpkX;cxkMx&{vV3`xw91l6z;YCVeVeJRX{QWlW%zo<@Vjm&Z6d"
        "M2EO?S>nE7*TTvaZ&)_}lr=nB!1CR+9&rtrg_qSJ%W_NJ9WmF^ta~Ndq6%9u+hL6t%$E0UM3XJaetNOY)~c{IX6qKa92u9z)|j27"
        "3A(gK+>t{m+kJ-@3JMAe3JMAe3JSl1;P=_`+q-;6)vfOXxAk9VmP$$eCi!pCi(xtr(}(F6WT?*KSWW9^DRg0<ODvFM|1Xs2quH|<"
        "LX!O$s(Jm=_noM`o&^&Fzi$iGI)AAaKmYLj-vFbM(Z>"
    )
)


def test_pdf_in_an_old_chinese_encoding_is_read(make_file: Any) -> None:
    found = read_text(make_file.pdf("城关区质量强区建设方案", "第一条 总则。", pages=2), "pdf")
    assert (found.state, found.detail) == ("read", "")
    assert found.text == "\n".join(["城关区质量强区建设方案", "第一条 总则。"] * 2)


def test_pdf_of_too_many_pages_is_read_in_part_and_says_so(make_file: Any) -> None:
    found = read_text(make_file.pdf("第某页", pages=30), "pdf", max_pages=10)
    assert found.text == "\n".join(["第某页"] * 10)
    assert found.detail == "only the first 10 of 30 pages were read"


def test_locked_files_say_so(make_file: Any) -> None:
    assert read_text(make_file.pdf("页", encrypt=True), "pdf").state == "encrypted"
    assert read_text(make_file.doc("页", flags=0x0300), "doc").state == "encrypted"
    assert read_text(b"", "encrypted").state == "encrypted"
    locked = bytearray(make_file.docx("页"))
    for mark, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = locked.find(mark)
        while at >= 0:
            locked[at + place] |= 1
            at = locked.find(mark, at + 4)
    assert read_text(bytes(locked), "docx").state == "encrypted"


def test_scan_has_no_text_and_no_error(make_file: Any) -> None:
    found = read_text(make_file.pdf(), "pdf")
    assert (found.text, found.state) == (None, "empty")


def test_word_file_gives_paragraphs_and_rows_and_nothing_deleted_or_doubled(make_file: Any) -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    markup = (
        "<w:tbl><w:tr>"
        + cell.format("项目")
        + cell.format("分值")
        + "</w:tr><w:tr>"
        + cell.format("领导")
        + "<w:tc><w:tbl><w:tr>"
        + cell.format("一百")
        + "</w:tr></w:tbl><w:p/></w:tc></w:tr></w:tbl>"
        "<w:p><w:r><w:t>保留</w:t></w:r><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>"
        "<w:r><w:tab/><w:t>之后</w:t><w:br/><w:t>次行</w:t></w:r></w:p>"
        "<w:p><w:r><mc:AlternateContent><mc:Choice><w:p><w:r><w:t>框内</w:t></w:r></w:p></mc:Choice>"
        "<mc:Fallback><w:p><w:r><w:t>框内</w:t></w:r></w:p></mc:Fallback></mc:AlternateContent><w:t>框外</w:t></w:r></w:p>"
    )
    body = make_file.docx("第一段\u200b。", markup=markup)
    assert read_text(body, "docx").text == "第一段。\n项目 分值\n领导 一百\n保留 之后\n次行\n框内\n框外"


def test_old_word_file_gives_its_text_without_codes_and_page_heads(make_file: Any) -> None:
    text = '申报表\r单位\x07名称\x07\x07\r详见\x13 HYPERLINK "http://a.cn" \x14网站\x15。\r'
    found = read_text(make_file.doc(text, head="页眉\r"), "doc")
    assert found.text == "申报表\n单位 名称\n详见网站。"
    assert read_text(make_file.doc("页", magic=0xA5DC), "doc").state == "unsupported"


def test_sheets_old_and_new_give_a_line_a_row(make_file: Any) -> None:
    new = make_file.xlsx(("企业", "等级", "得分"), ("城关仪表厂", "甲", 96.5), ("东河量具厂", "乙", 88))
    rows = "企业 等级 得分\n城关仪表厂 甲 96.5\n东河量具厂 乙 88"
    assert read_text(new, "xlsx").text == rows
    assert read_text(OLD_WORKBOOK, "xls").text == rows


def test_slides_and_ofd_pages_are_read_in_reading_order(make_file: Any) -> None:
    space = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
    slide = "<s {}><a:p><a:r><a:t>第{}张</a:t></a:r></a:p></s>"
    slides = {f"ppt/slides/slide{n}.xml": slide.format(space, n) for n in (10, 2, 1)}
    assert read_text(make_file.zipped(slides), "pptx").text == "第1张\n第2张\n第10张"
    found = read_text(make_file.ofd("城关区公文一号", "关于质量月活动的通知"), "ofd")
    assert found.text == "城关区公文一号\n关于质量月活动的通知"


@pytest.mark.parametrize("kind", ["pdf", "doc", "docx", "xls", "xlsx", "pptx", "ofd"])
def test_broken_files_are_damaged_and_raise_nothing(kind: str, make_file: Any) -> None:
    whole = {
        "pdf": make_file.pdf("页"), "doc": make_file.doc("页"), "docx": make_file.docx("页"), "xls": OLD_WORKBOOK,
        "xlsx": make_file.xlsx(("页", 1)), "pptx": make_file.docx("页"), "ofd": make_file.ofd("页页"),
    }[kind]  # fmt: skip
    for body in (b"", b"\0" * 600, whole[: len(whole) // 2], whole[:64] + b"\xff" * 400):
        found = read_text(body, kind)
        assert found.state in ("damaged", "empty", "read"), (kind, found)
        assert found.detail or found.text


def test_unknown_kinds_and_missing_libraries_say_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_text(b"{\\rtf", "rtf").state == "unsupported"
    monkeypatch.setattr(documents, "find_spec", lambda name: None if name == "pypdfium2" else find_spec(name))
    found = read_document(b"%PDF-", "pdf", Limits())
    assert (found.state, "pypdfium2" in found.detail) == ("no_reader", True)


def test_text_is_cut_at_the_limit_and_holds_no_control_characters(make_file: Any) -> None:
    found = read_text(make_file.docx(*["一二三四五"] * 100), "docx", max_chars=60)
    assert found.text == "\n".join(["一二三四五"] * 10)
    assert found.detail == "only the first 60 characters were taken"
    codes = read_text(make_file.doc("\x01\x02甲\x1b[31m乙\x9b\r"), "doc").text
    assert codes == "甲[31m乙"


def test_bombs_are_refused(make_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    entity = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "笑" * 10}">' for n in range(9))
    laughs = make_file.docx(head=f"<!DOCTYPE w:document [{entity}]>", markup="<w:p><w:r><w:t>&e8;</w:t></w:r></w:p>")
    assert len(read_text(laughs, "docx").text or "") < 100
    outside = '<!DOCTYPE w:document [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    found = read_text(make_file.docx(head=outside, markup="<w:p><w:r><w:t>&x;甲</w:t></w:r></w:p>"), "docx")
    assert (found.text or "甲") == "甲"
    monkeypatch.setattr(documents, "MAX_UNPACKED", 1_000_000)
    assert read_text(make_file.docx("0" * 1_100_000), "docx").state == "too_large"
    assert read_text(make_file.docx("甲", **{"word/media/big.bin": "0" * 9_000_000}), "docx").state == "too_large"
    assert read_text(make_file.xlsx(("0" * 9_000_000, 1)), "xlsx").state == "too_large"
    many = make_file.zipped({f"word/{n}": b"" for n in range(20_001)} | {"word/document.xml": b"<w/>"})
    assert read_text(many, "docx").state == "too_large"
    liar = bytearray(make_file.docx("0" * 1_100_000))
    at = liar.rfind(b"PK\x01\x02")
    while liar[at + 46 : at + 63] != b"word/document.xml":
        at = liar.rfind(b"PK\x01\x02", 0, at)
    struct.pack_into("<I", liar, at + 24, 100)
    assert read_text(bytes(liar), "docx").state in ("too_large", "damaged")


def test_reading_happens_in_a_process_with_limits(make_file: Any) -> None:
    found = read_document(make_file.docx("第一段。"), "docx", Limits())
    assert (found.text, found.state) == ("第一段。", "read")


def test_file_that_takes_too_long_or_too_much_is_given_up(make_file: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # A sheet whose one cell in the far corner makes every cell before it be made.
    sheet = make_file.xlsx(("甲", 1))
    parts = {}
    with zipfile.ZipFile(io.BytesIO(sheet)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>2</v></c></row>'
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    parts["xl/worksheets/sheet1.xml"] = f'<worksheet xmlns="{main}"><sheetData>{cells}</sheetData></worksheet>'.encode()
    found = read_document(make_file.zipped(parts), "xlsx", Limits(seconds=5, memory_mb=512))
    assert (found.text, found.state) == (None, "too_large"), found


def test_reader_that_never_ends_is_ended(make_file: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    endless = tmp_path / "endless"
    endless.write_text("#!/bin/sh\nexec sleep 60\n")
    endless.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(endless))
    started = time.monotonic()
    assert read_document(make_file.docx("甲"), "docx", Limits(seconds=-1)).state == "timeout"
    assert time.monotonic() - started < 20
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    assert read_document(b"", "docx", Limits()).state == "damaged"
    breaking = tmp_path / "breaking"
    breaking.write_text("#!/bin/sh\necho broke >&2; exit 3\n")
    breaking.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(breaking))
    found = read_document(b"", "docx", Limits())
    assert (found.state, found.detail) == ("damaged", "the reader broke on it: broke")


def test_processor_time_is_limited_in_the_reading_process_itself() -> None:
    # An endless loop inside the process: its own limit ends it, whoever started it.
    code = (
        "import crawler.reading.documents as d\n"
        "def forever(*_):\n"
        "    while True: pass\n"
        "d._READERS['docx'] = forever\n"
        "d.main(['docx', '1', '512', '1', '1000'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], input=b"", capture_output=True, timeout=60, check=False)
    assert done.returncode in (-signal.SIGXCPU, -signal.SIGKILL)
