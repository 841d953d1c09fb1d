"""Fifty ways to get the law wrong: a machine looks where it can, and lists the rest for people."""

import json
import re
from pathlib import Path

import pytest
from realname import data, law

ROOT = Path(__file__).resolve().parents[1]
TRAPS = data.load("traps").fillna("").to_dict("records")
PATTERNS = [trap for trap in TRAPS if trap["looks_for"]]
HOLD_WRONG_WORDS = {"traps", "misreports"}  # tables that hold wrong statements on purpose

PLANTED = {
    "t01": "The app sold faces for 10 yuan each.",
    "t02": "He sued a safari park in Beijing.",
    "t03": "Guo Bing won a refund of the card.",
    "t05": "It was China's first lawsuit on faces.",
    "t06": "The case was docketed on 3 November.",
    "t07": "From that Sunday all phone users must be scanned.",
    "t08": "In China a law requires a face scan for every phone.",
    "t09": "Until then only a copy of their ID was needed.",
    "t10": "Real names for phones began in 2013.",
    "t11": "China was the first country with biometrics for SIM cards.",
    "t12": "Order 24 asks for true identity.",
    "t13": "Weibo asked for real names in November 2012.",
    "t15": "GB/T 35273 is legally binding.",
    "t16": "Under PIPL one must always ask for consent.",
    "t18": "Guo Bing shows a breach of the PIPL.",
    "t20": "Filing is due at 10,000 people.",
    "t21": "The Measures ban forced face scans.",
    "t22": "The Measures apply to training of algorithms.",
    "t24": "A rule orders five-year storage of biometric data.",
    "t25": "The notice is 工信厅网安〔2019〕88号.",
    "t27": "A photograph is always biometric data.",
    "t28": "The school was fined 200,000 euro.",
    "t29": "Bridges banned police face recognition.",
    "t30": "Illinois passed SB 2980.",
    "t31": "Damages are due for each scan.",
    "t32": "BIPA asks whether the scan is needed.",
    "t33": "The bans of the AI Act were postponed.",
    "t34": "Breyer struck down the register.",
    "t35": "India's top court banned SIM registration.",
    "t36": "Mexico still has PANAUT.",
    "t37": "Korea made face checks compulsory.",
    "t38": "Korea abolished all real names.",
    "t39": "Kenya collects DNA for SIM cards.",
    "t40": "GSMA lists 35 biometric countries.",
    "t41": "At China Pharmaceutical University children were filmed.",
    "t42": "A group of 27 companies wrote the standard.",
    "t43": "AENA was fined 1.8 million euro.",
    "t44": "The broadcaster showed it on Saturday.",
    "t45": "The Ministry of Education banned face recognition in schools.",
    "t47": "The seller had the faces of 5,000 people.",
    "t48": "The check wrongly blocked 26 million people.",
    "t49": "Bridges and Thompson state EU law.",
}


def sentences(text):
    """Rough sentences: what ends in . ! or ?, a line of its own, a table cell."""
    flat = re.sub(r"(?m)^\s*([-*#>]|\d+\.)\s+", "\n\n", text)
    flat = re.sub(r"\n\s*\n", "\u2029", flat).replace("\n", " ")
    return [each.strip() for each in re.split(r"\u2029|(?<=[.!?])\s+|\|", flat) if each.strip()]


def quoted(sentence):
    """A statement set in quotation marks, or listed as `"key"`: a claim shown to be judged."""
    return re.match(r"[`*]*[\"'“‘]", sentence) is not None


def falls_in(trap, sentence):
    if not re.search(trap["looks_for"], sentence, re.IGNORECASE):
        return False
    return not (trap["unless"] and re.search(trap["unless"], sentence, re.IGNORECASE))


def pages():
    """Everything a reader sees: (where, text)."""
    kept = ["course", "assignments/source", "assignments/rubrics", "assignments/invigilator"]
    for folder in kept:
        for file in sorted((ROOT / folder).rglob("*")):
            if file.suffix in (".md", ".yml"):
                yield file, file.read_text(encoding="utf-8")
            elif file.suffix == ".ipynb" and ".ipynb_checkpoints" not in file.parts:
                book = json.loads(file.read_text(encoding="utf-8"))
                for cell in book["cells"]:
                    yield file, "".join(cell["source"])
    for file in sorted(ROOT.glob("*.md")):
        yield file, file.read_text(encoding="utf-8")
    for name in data.names():
        if data.descriptor(name)["path"].startswith("law/") and name not in HOLD_WRONG_WORDS:
            table = data.load(name)
            for column in table.select_dtypes(["object", "string"]):
                for cell in table[column].dropna():
                    yield f"data/law {name}.{column}", str(cell)


@pytest.mark.parametrize("trap", PATTERNS, ids=lambda trap: trap["id"])
def test_each_pattern_catches_the_slip_and_lets_the_right_words_pass(trap):
    assert falls_in(trap, PLANTED[trap["id"]])
    for other in TRAPS:
        for sentence in sentences(other["right"]):
            assert not falls_in(trap, sentence), sentence


def test_no_page_of_the_course_falls_into_a_trap():
    found = [
        f"{where}: {trap['id']} {sentence!r}. Better: {trap['right']}"
        for where, text in pages()
        for sentence in sentences(text)
        for trap in PATTERNS
        if falls_in(trap, sentence) and not quoted(sentence)
    ]
    assert not found, "\n".join(found)


def test_every_trap_is_looked_for_by_a_machine_or_listed_for_a_person():
    assert [trap["id"] for trap in TRAPS] == [f"t{n:02d}" for n in range(1, 51)]
    for trap in TRAPS:
        if trap["check"] == "review":
            assert trap["review"] and not trap["looks_for"] and not trap["data_check"]
        else:
            assert trap["looks_for"] or trap["data_check"], trap["id"]
            assert not trap["data_check"] or trap["id"] in ASKED, trap["id"]
    assert set(PLANTED) == {trap["id"] for trap in PATTERNS}
    assert {trap["id"] for trap in TRAPS if trap["check"] == "review"} == {"t04", "t26"}


# ---- what the tables themselves must say


def instrument(name):
    return data.load("instruments").set_index("id").loc[name]


def holdings(case, kind=None):
    table = data.load("case_holdings")
    table = table[table["case"] == case]
    return " ".join((table if kind is None else table[table["kind"] == kind])["text"])


def binding_from(table, kind, value):
    """First day of a duty or safeguard among texts that bind, in China."""
    found = data.load(table)
    found = found[(found[kind] == value) & found["instrument"].str.startswith("cn-")]
    ranks = data.load("ranks").set_index("id")["binding"]
    rank = data.load("instruments").set_index("id")["rank"]
    return min(row["since"] for row in found.to_dict("records") if ranks[rank[row["instrument"]]])


def day_of(event):
    table = data.load("case_events")
    return table.loc[table["event"].str.contains(event), "date"].tolist()


def comparison_ranks():
    return {
        rank
        for day in ("2019-12-01", "2023-01-01", "2026-06-01")
        for rank in law.governing(day, "comparison")["rank"]
    }


ASKED = {
    "t03": lambda: (
        "refund" not in holdings("case-guo-bing", "ordered")
        and "no ruling that the face clause is void" in holdings("case-guo-bing", "rejected")
    ),
    "t06": lambda: (
        day_of("Files suit") == ["2019-10-28"] and day_of("dockets the case") == ["2019-11-01"]
    ),
    "t08": lambda: comparison_ranks() == {"normative"},
    "t10": lambda: (
        binding_from("duties", "duty", "document") <= "2010-09-01"
        and "cn-2010-sim" in set(law.governing("2010-09-01", "document")["instrument"])
    ),
    "t11": lambda: (
        max(instrument("pk")["in_force"], instrument("th")["in_force"])
        < instrument("cn-2019-miit")["in_force"]
    ),
    "t12": lambda: (
        "Order 24" in instrument("cn-2013-miit24")["title_en"]
        and "Protecting Personal Information" in instrument("cn-2013-miit24")["title_en"]
        and "Registration of True Identity" in instrument("cn-2013-miit25")["title_en"]
        and instrument("cn-2013-miit24")["in_force"] == instrument("cn-2013-miit25")["in_force"]
    ),
    "t13": lambda: (
        instrument("cn-2011-beijing-weibo")["in_force"] == "2011-12-16"
        and "16 March 2012" in instrument("cn-2011-beijing-weibo")["date_note"]
    ),
    "t14": lambda: binding_from("safeguards", "safeguard", "separate consent") == "2021-08-01",
    "t15": lambda: not data.load("ranks").set_index("id").loc["standard", "binding"],
    "t17": lambda: "SEPARATE" in law.article("cn-2021-pipl", "26", "2022-01-01")["text"],
    "t18": lambda: max(day_of("judgment")) < instrument("cn-2021-pipl")["in_force"],
    "t19": lambda: instrument("cn-2021-spc")["in_force"] < instrument("cn-2021-pipl")["in_force"],
    "t20": lambda: "100,000" in law.article("cn-2025-fr", "15", "2025-06-01")["text"],
    "t21": lambda: (
        "state provisions to the contrary prevail"
        in law.article("cn-2025-fr", "10", "2025-06-01")["text"]
    ),
    "t22": lambda: "NOT to research" in law.article("cn-2025-fr", "2", "2025-06-01")["text"],
    "t23": lambda: (
        [
            law.article("cn-2016-csl", old, "2025-12-31")["renumbered"]
            for old in ("24", "41", "44", "61", "64")
        ]
        == ["26", "43", "46", "64", "71"]
    ),
    "t25": lambda: "号" not in instrument("cn-2019-miit")["title_zh"],
    "t28": lambda: "SEK" in instrument("se-skelleftea")["requires"],
    "t29": lambda: "no ban" in holdings("uk-bridges", "rejected"),
    "t30": lambda: "2979" in instrument("us-sb2979")["title_en"],
    "t31": lambda: "one recovery" in law.article("us-bipa", "20", "2024-08-02")["text"],
    "t32": lambda: (
        not any(
            "necess" in fact
            for rule in law.rules()
            if rule.regime == "BIPA"
            for fact in rule.when.facts()
        )
    ),
    "t33": lambda: law.article("eu-aiact", "5(1)(f)", "2025-02-02")["since"] == "2025-02-02",
    "t34": lambda: (
        "No violation" in data.load("cases").set_index("id").loc["echr-breyer", "result"]
    ),
    "t36": lambda: instrument("mx-panaut")["status"] == "annulled",
    "t37": lambda: "one of three options" in instrument("kr-2025")["date_note"],
    "t40": lambda: (
        data.load("sim_registration").query("counted_by == 'GSMA'")["biometric_words"].isna().all()
    ),
    "t46": lambda: (
        {"cn-2012-npcsc"}
        <= set(data.load("duties").query("since == '2012-12-28'")["instrument"])
        & set(data.load("safeguards").query("since == '2012-12-28'")["instrument"])
    ),
    "t49": lambda: (
        {instrument(each)["jurisdiction"] for each in ("uk-bridges", "uk-thompson")} == {"UK"}
    ),
    "t50": lambda: instrument("cn-2018-pilot")["in_force"] < instrument("cn-2019-miit")["in_force"],
}


@pytest.mark.parametrize("name", ASKED)
def test_the_tables_do_not_fall_into_a_trap(name):
    assert {trap["id"]: trap["data_check"] for trap in TRAPS}[name]
    assert ASKED[name]()
