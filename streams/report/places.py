"""Countries and goods in English, for headings and labels; a code that is not here is shown as it is."""

from typing import Final

_NAMES: Final = """
AE Emirates|AO Angola|AR Argentina|AT Austria|AU Australia|BE Belgium|BG Bulgaria|BO Bolivia|BR Brazil
BY Belarus|CA Canada|CD DR Congo|CH Switzerland|CL Chile|CN China|CO Colombia|CU Cuba|CY Cyprus|CZ Czechia|DE Germany
DK Denmark|EE Estonia|EG Egypt|ES Spain|EU European Union|FI Finland|FR France|GA Gabon|GB United Kingdom|GE Georgia
GH Ghana|GR Greece|HK Hong Kong|HR Croatia|HU Hungary|ID Indonesia|IE Ireland|IL Israel|IN India|IR Iran|IS Iceland
IT Italy|JP Japan|KE Kenya|KH Cambodia|KR South Korea|KZ Kazakhstan|LA Laos|LT Lithuania|LU Luxembourg|LV Latvia
MA Morocco|MG Madagascar|MK North Macedonia|MM Myanmar|MN Mongolia|MT Malta|MX Mexico|MY Malaysia|MZ Mozambique
NA Namibia|NG Nigeria|NL Netherlands|NO Norway|NZ New Zealand|OM Oman|PE Peru|PH Philippines|PK Pakistan|PL Poland
PT Portugal|QA Qatar|RO Romania|RS Serbia|RU Russia|RW Rwanda|SA Saudi Arabia|SE Sweden|SG Singapore|SI Slovenia
SK Slovakia|TH Thailand|TJ Tajikistan|TR Türkiye|TW Taiwan|TZ Tanzania|UA Ukraine|UG Uganda|US United States
UZ Uzbekistan|VN Vietnam|ZA South Africa|ZM Zambia|ZW Zimbabwe
"""
_MINERALS: Final = {"rare-earths-ndpr": "NdPr", "coal-metallurgical": "metallurgical coal"}
_STAGES: Final = {"apt": "APT", "mhp": "MHP", "natural-other": "other natural"}
_BEFORE: Final = frozenset({"artificial", "natural", "other natural", "prepared"})
"""Stages that stand before the mineral."""
_BY_CODE: Final = {entry[:2]: entry[3:] for line in _NAMES.strip().splitlines() for entry in line.split("|")}


def place_name(code: str) -> str:
    """Return a country's English name, *code* itself where it has none here."""
    return _BY_CODE.get(code, code)


def goods_name(product: str) -> str:
    """Return ``mineral|stage`` as people say it: ``silicon metal``, ``natural graphite``, ``NdPr oxide``."""
    mineral, _, stage = product.partition("|")
    name = _MINERALS.get(mineral) or mineral.removeprefix("rare-earths-")
    stage = _STAGES.get(stage, stage.replace("-", " "))
    if stage in _BEFORE:
        return f"{stage} {name}"
    return name if stage in ("", name) else f"{name} {stage}"


def goods_title(product: str) -> str:
    """Return :func:`goods_name` as a heading begins."""
    name = goods_name(product)
    return name[:1].upper() + name[1:]
