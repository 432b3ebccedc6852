"""Files as clerks and their programs make them: understood, or refused in a sentence (N1, N7)."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from adapters.register.import_csv import ImportFailed, ImportRefused, ImportReport, import_register
from adapters.register.import_csv.findings import Hygiene, Rejection
from adapters.register.import_csv.headings import column_of, letters
from adapters.register.import_csv.strict import Fault, digits, symbols
from adapters.register.sqlite import SqliteRegister
from core.keys import Keyring, SecretKey
from core.voter import Numic

KEYRING = Keyring((SecretKey("k1", b"k" * 32),))
HEADER = "numic;identifier;email;phone"
VOTER = "00012345;K7WPQ2M4XN9B;zoé@example.org;+33612345678"


@pytest.fixture
def load(tmp_path: Path):
    def load(content: bytes | str, name: str = "voters.csv", **options: Any) -> ImportReport:
        source = tmp_path / name
        source.write_bytes(content.encode() if isinstance(content, str) else content)
        return import_register(
            source,
            tmp_path / "register.sqlite3",
            KEYRING,
            report=tmp_path / "report.csv",
            **options,
        )

    return load


@pytest.fixture
def named(tmp_path: Path):
    def named() -> list[tuple[str, ...]]:
        with (tmp_path / "report.csv").open(encoding="utf-8", newline="") as file:
            return [tuple(row[:3]) for row in csv.reader(file)][1:]

    return named


class TestNumbers:
    @pytest.mark.parametrize(
        ("cell", "number"),
        [
            ("12345", "00012345"), ("00012345", "00012345"), (" 12345 ", "00012345"),
            ("00 01 23 45", "00012345"), ("0001 2345", "00012345"), ("12 345", "00012345"),
            ("00.01.23.45", "00012345"), ("0001-2345", "00012345"), ("'00012345", "00012345"),
            ('="00012345"', "00012345"), ("١٢٣٤٥", "00012345"), ("\ufeff12345", "00012345"),
            ("1\u00a02345", "00012345"),
        ],
    )  # fmt: skip
    def test_digits_as_people_write_them(self, cell: str, number: str):
        """R35: spaces, and dots or hyphens that leave no doubt; what keeps a spreadsheet away."""
        assert digits(cell, 8) == number

    @pytest.mark.parametrize(
        "cell",
        ["12345.0", "12345,0", "12345.00", "12345.", "1234.5678", "1.2345E4", "1,2345e+4", "-1.0"],
    )
    def test_a_quantity_is_no_number(self, cell: str):
        """N1: 12345.0 is not 123450, and nobody's 00123450."""
        assert digits(cell, 8) is Fault.AS_FLOAT
        assert digits(cell, 9) is Fault.AS_FLOAT

    @pytest.mark.parametrize(
        "cell",
        ["-12345", "+12345", "12345-", "1-2345", "1.2.3", "12-345", "123456789", "12a", "12/34"],
    )
    def test_other_separators_make_no_number(self, cell: str):
        """N1: a sign, a fraction, a date, a digit too many."""
        assert digits(cell, 8) is Fault.INVALID

    @pytest.mark.parametrize(
        ("cell", "found"),
        [
            ("K7WPQ2M4XN9B", "K7WPQ2M4XN9B"), ("K7WP-Q2M4-XN9B", "K7WPQ2M4XN9B"),
            ("K7WP Q2M4 XN9B", "K7WPQ2M4XN9B"), ("K7WP.Q2M4.XN9B", "K7WPQ2M4XN9B"),
            ("12345678901.0", Fault.AS_FLOAT), ("1.23456789012E+11", Fault.AS_FLOAT),
            ("123456789012,0", Fault.AS_FLOAT), ("K7WP", Fault.INVALID), ("", Fault.MISSING),
            ("-K7WPQ2M4XN9B", Fault.INVALID), ("K7WPQ2M4XN-9B1", Fault.INVALID),
        ],
    )  # fmt: skip
    def test_identifiers_likewise(self, cell: str, found: str | Fault):
        """N1: eleven digits with a decimal point are not twelve."""
        assert symbols(cell, 12) == found

    async def test_the_true_owner_keeps_the_number(self, load, tmp_path: Path, named):
        """N1: the line that was exported as a quantity is rejected and named; the voter whose NUMIC
        it would have become is there, and is no duplicate."""
        lines = [HEADER, "12345.0;M9XK3FQ7ZB5L;a@example.org;", "123450" + VOTER[8:], VOTER]
        outcome = load("\n".join(lines), max_rejected=0.5)
        assert outcome.rejections == {Rejection.NUMBER_AS_FLOAT: 1}
        assert named()[0] == ("2", "numic", "NUMBER_AS_FLOAT")
        register = SqliteRegister(tmp_path / "register.sqlite3", KEYRING)
        assert await register.find(Numic("00123450")) is not None
        register.close()


class TestShapes:
    @pytest.mark.parametrize(
        "shape",
        [
            lambda text: text.replace(";", "\t"),
            lambda text: "sep=;\n" + text,
            lambda text: "sep=|\n" + text.replace(";", "|"),
            lambda text: "Liste électorale;;;\n\n;;;\n" + text,
            lambda text: "Export du 28/11/2026, poste de Genève\n" + text,
            lambda text: text.replace(HEADER, "N° NUMIC;Identifiant;Courriel;Téléphone portable"),
            lambda text: text.replace(HEADER, '"Numéro d’identification consulaire";IDENTIFIANT;'
                                      "Adresse électronique;Tél."),
            lambda text: text.replace(HEADER, HEADER + ";;").replace(VOTER, VOTER + ";;"),
            lambda text: text + ";;;\n" * 20 + " ; ; ; \n\n",
        ],
        ids=["tabs", "sep", "sep bar", "titles", "title with comma", "french", "long french",
             "empty columns", "empty rows"],
    )  # fmt: skip
    def test_a_clerks_file_is_read(self, load, shape):
        """N7: separators, titles, French headings, the empty rows and columns of a sheet."""
        outcome = load(shape(f"{HEADER}\n{VOTER}\n"))
        assert (outcome.lines, outcome.accepted, outcome.rejected) == (1, 1, 0)

    def test_line_numbers_are_those_of_the_file(self, load, named):
        """N7: under titles and blank lines, too."""
        load(f"sep=;\nListe;;;\n\n{HEADER}\n{VOTER}\n;;;\nnobody\n", force=True)
        assert named() == [("7", "", "WRONG_COLUMN_COUNT")]

    @pytest.mark.parametrize(
        ("content", "encoding"),
        [
            (f"{HEADER}\n{VOTER}\n".encode("utf-16"), None),
            (f"{HEADER}\n{VOTER}\n".encode("utf-16-le"), "utf-16-le"),
            (f"{HEADER}\n{VOTER}\n".encode("cp1252"), "cp1252"),
            (f"Numéro consulaire;{HEADER[6:]}\n{VOTER}\n".encode("cp1252"), "cp1252"),
            (f"\ufeff{HEADER}\n{VOTER}\n".encode(), None),
            (f"{HEADER}\n{VOTER}\n".encode(), "utf-8"),
        ],
        ids=[
            "utf-16 by its mark",
            "utf-16 told",
            "cp1252",
            "cp1252 heading",
            "utf-8 mark",
            "utf-8",
        ],
    )
    async def test_encodings_are_told(self, load, tmp_path: Path, content, encoding):
        """N7: by a mark or by the operator; addresses keep their accents."""
        assert load(content, encoding=encoding).accepted == 1
        register = SqliteRegister(tmp_path / "register.sqlite3", KEYRING)
        voter = await register.find(Numic("00012345"))
        register.close()
        assert voter is not None
        assert voter.email is not None
        assert voter.email.value == "zoé@example.org"

    def test_long_files_in_other_encodings_are_read_whole(self, load):
        """N7: block by block, whatever the blocks cut through."""
        lines = [f"{number};K7WPQ2M4XN9B;é{number}@example.org;" for number in range(40_000)]
        outcome = load("\n".join([HEADER, *lines]).encode("utf-16"))
        assert (outcome.accepted, outcome.rejected) == (40_000, 0)


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "options", "sentence"),
        [
            (f"{HEADER}\n{VOTER}\n".encode("utf-16-le"), {}, "--encoding utf-16-le"),
            (f"é{HEADER}\n{VOTER}\n".encode("cp1252"), {}, "--encoding cp1252"),
            (f"{HEADER}\n{VOTER}\n".encode("cp1252"), {}, "it is not UTF-8"),
            (f"{HEADER}\n{VOTER}\n".encode("utf-16") + b"\x00", {}, "not text in utf-16"),
            (f"{HEADER}\n{VOTER}\n", {"encoding": "klingon"}, "encodings that can be told"),
            ("Bonjour,\nvoici la liste\n", {}, "lacks the columns"),
            (f"{HEADER};Téléphone\n", {}, "look at column E"),
            (HEADER.replace("email", "civilité") + "\n", {}, "look at column C"),
            (f"{HEADER}\n12345.0;K7WPQ2M4XN9B;a@example.org;\n", {}, "decimal point"),
            (f"{HEADER}\n{VOTER};x\n", {}, "more or fewer columns"),
            (f"{HEADER}\n" + f"{VOTER}\n" * 3, {}, "all of them have .*is the file doubled"),
            (f"{HEADER}\n", {}, "the file holds no voter"),
            ('"numic;identifier\n', {}, "lacks the columns"),
        ],
    )  # fmt: skip
    def test_a_refusal_tells_a_clerk_what_to_do(self, load, content, options, sentence):
        """N7: a sentence, with the column's letter or the command's option in it."""
        with pytest.raises(ImportFailed, match=sentence) as refusal:
            load(content, **options)
        assert "12345" not in str(refusal.value)

    def test_different_reasons_get_no_advice(self, load):
        """N7: what most lines do not share is no advice."""
        lines = ["1;2", "x;K7WPQ2M4XN9B;a@example.org;", "7;K7;a@example.org;"]
        with pytest.raises(
            ImportRefused,
            match=r"holds no voter\. The register before stays; --force takes the file",
        ):
            load("\n".join([HEADER, *lines]))


class TestHeadings:
    @pytest.mark.parametrize(
        ("heading", "column"),
        [
            ("NUMIC", "numic"), ("Numéro consulaire", "numic"), ("identifier_renewed_in",
             "identifier_renewed_in"), ("Adresse e-mail", "email"), ("Mél.", "email"),
            ("TÉL. PORTABLE", "phone"), ("Pays de résidence", "country"), ("Nom", None), ("", None),
        ],
    )  # fmt: skip
    def test_names_are_known(self, heading: str, column: str | None):
        """N7: without regard to case, accents and dots."""
        assert column_of(heading) == column

    def test_letters_are_a_spreadsheets(self):
        """N7: the 27th column is AA."""
        assert [letters(place) for place in (0, 25, 26, 701, 702)] == ["A", "Z", "AA", "ZZ", "AAA"]


class TestCountry:
    async def test_it_wins_over_the_region(self, load, tmp_path: Path, named):
        """N2: a national number is read by the voter's country; each is remarked on and counted."""
        lines = [
            HEADER + ";pays",
            "1;K7WPQ2M4XN9B;a@example.org;079 123 45 67;CH",
            "2;K7WPQ2M4XN9B;b@example.org;06 12 34 56 78;",
            "3;K7WPQ2M4XN9B;c@example.org;+41 79 123 45 68;fr",
            "4;K7WPQ2M4XN9B;d@example.org;06 12 34 56 79;Suisse",
        ]
        outcome = load("\n".join(lines), default_region="FR")
        register = SqliteRegister(tmp_path / "register.sqlite3", KEYRING)
        found = [await register.find(Numic(f"{each:08}")) for each in range(1, 5)]
        register.close()
        numbers = [each and each.phone and each.phone.value for each in found]
        assert numbers == ["+41791234567", "+33612345678", "+41791234568", None]
        assert found[3] is not None
        assert found[3].has_unusable_phone
        assert outcome.hygiene[Hygiene.PHONE_WITHOUT_COUNTRY_CODE] == 3
        assert outcome.hygiene[Hygiene.COUNTRY_UNKNOWN] == 1
        assert ("5", "country", "COUNTRY_UNKNOWN") in named()


def sheet(*sheets: list[list[object]]) -> bytes:
    """A small .ods: strings, and numbers as a spreadsheet keeps them."""

    def cell(value: object) -> str:
        number = isinstance(value, int | float)
        kind = f'"float" office:value="{value}"' if number else '"string"'
        return (
            f"<table:table-cell office:value-type={kind}>"
            f"<text:p>{value}</text:p></table:table-cell>"
        )

    body = ""
    for place, rows in enumerate(sheets):
        lines = (f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        body += f'<table:table table:name="Feuille{place}">{"".join(lines)}</table:table>'
    names = "urn:oasis:names:tc:opendocument:xmlns"
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        f'xmlns:office="{names}:office:1.0" xmlns:table="{names}:table:1.0" '
        f'xmlns:text="{names}:text:1.0"><office:body><office:spreadsheet>{body}'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", content)
        manifest = f'<manifest:manifest xmlns:manifest="{names}:manifest:1.0"/>'
        archive.writestr("META-INF/manifest.xml", manifest)
    return file.getvalue()


class TestSpreadsheets:
    async def test_a_sheet_is_read_row_by_row(self, load, tmp_path: Path, named):
        """N7: a cell that is a number is one without decimal point; rows are lines."""
        rows: list[list[object]] = [
            ["Liste électorale", "", "", ""],
            ["NUMIC", "Identifiant", "Courriel", "Téléphone"],
            [12345, "K7WPQ2M4XN9B", "zoé@example.org", "+33 6 12 34 56 78"],
            ["", "", "", ""],
            ["x", "K7WPQ2M4XN9B", "b@example.org", ""],
        ]
        outcome = load(sheet(rows), "voters.ods", force=True)
        assert (outcome.accepted, outcome.rejected) == (1, 1)
        assert named()[-1] == ("5", "numic", "NUMIC_INVALID")
        register = SqliteRegister(tmp_path / "register.sqlite3", KEYRING)
        assert await register.find(Numic("00012345")) is not None
        register.close()

    async def test_a_constituency_is_often_a_number(self, load, tmp_path: Path):
        """R49: the cell itself says that it is whole; under a French heading."""
        rows: list[list[object]] = [
            ["NUMIC", "Identifiant", "Courriel", "Téléphone", "Circonscription", "Poste"],
            [12345, "K7WPQ2M4XN9B", "zoé@example.org", "", 2, "São Paulo"],
        ]
        load(sheet(rows), "voters.ods")
        register = SqliteRegister(tmp_path / "register.sqlite3", KEYRING)
        found = await register.find(Numic("00012345"))
        register.close()
        assert found is not None
        assert (found.constituency, found.post) == ("2", "São Paulo")

    def test_several_sheets_with_voters_are_refused(self, load):
        """N7: nobody guesses which one is the register."""
        rows: list[list[object]] = [["NUMIC", "Identifiant", "Courriel", "Téléphone"]]
        with pytest.raises(ImportFailed, match="several sheets"):
            load(sheet(rows, rows), "voters.ods")

    def test_other_sheets_do_not_count(self, load):
        """N7: notes beside the voters' sheet; a phone that is a quantity has lost its plus sign."""
        rows: list[list[object]] = [
            ["NUMIC", "Identifiant", "Courriel", "Téléphone"],
            [12345, "K7WPQ2M4XN9B", "a@example.org", 33612345678],
        ]
        outcome = load(sheet([["Notes"], ["2026"]], rows), "voters.ods", default_region="FR")
        assert outcome.hygiene == {Hygiene.PHONE_WITHOUT_COUNTRY_CODE: 1}

    def test_a_broken_one_is_refused_in_a_sentence(self, load):
        """N7: cut short, or under a password."""
        with pytest.raises(ImportFailed, match="is it whole, and without a password"):
            load(sheet([["numic"]])[:200], "voters.ods")

    def test_without_the_extra_the_sentence_names_it(self, load, monkeypatch):
        """N7: and the other way, CSV."""
        monkeypatch.setitem(__import__("sys").modules, "python_calamine", None)
        with pytest.raises(ImportFailed, match="extra `spreadsheets`"):
            load(sheet([["numic"]]), "voters.ods")
