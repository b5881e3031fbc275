"""
Countries by the English names that publishers give them.

The names of the United Nations, of the United States Census Bureau and of everyday use, compared without case,
accents and punctuation, and without what stands in brackets.
"""

import re
import unicodedata
from functools import lru_cache
from types import MappingProxyType
from typing import Final

_NAMES: Final = """
AF Afghanistan|AL Albania|DZ Algeria|AD Andorra|AO Angola|AG Antigua and Barbuda|AR Argentina|AM Armenia|AW Aruba|
AU Australia|AT Austria|AZ Azerbaijan|BS Bahamas/The Bahamas|BH Bahrain|BD Bangladesh|BB Barbados|BY Belarus|
BE Belgium|BZ Belize|BJ Benin|BM Bermuda|BT Bhutan|BO Bolivia/Plurinational State of Bolivia|
BA Bosnia and Herzegovina/Bosnia Herzegovina/Bosnia|BW Botswana|BR Brazil|BN Brunei/Brunei Darussalam|BG Bulgaria|
BF Burkina Faso|BI Burundi|KH Cambodia|CM Cameroon|CA Canada|CV Cabo Verde/Cape Verde|KY Cayman Islands|
CF Central African Republic/Central African Rep|TD Chad|CL Chile|CN China/China mainland/Peoples Republic of China|
CO Colombia|KM Comoros|CG Congo/Republic of the Congo/Congo Brazzaville|
CD Democratic Republic of the Congo/Dem Rep of the Congo/DR Congo/DRC/Congo Kinshasa|CR Costa Rica|
CI Cote dIvoire/Ivory Coast|HR Croatia|CU Cuba|CW Curacao|CY Cyprus|CZ Czechia/Czech Republic|DK Denmark|DJ Djibouti|
DM Dominica|DO Dominican Republic/Dominican Rep|EC Ecuador|EG Egypt|SV El Salvador|GQ Equatorial Guinea|ER Eritrea|
EE Estonia|SZ Eswatini/Swaziland|ET Ethiopia|FO Faroe Islands|FJ Fiji|FI Finland|FR France|PF French Polynesia|
GA Gabon|GM Gambia/The Gambia|GE Georgia|DE Germany/Federal Republic of Germany|GH Ghana|GI Gibraltar|GR Greece|
GL Greenland|GD Grenada|GT Guatemala|GN Guinea|GW Guinea Bissau|GY Guyana|HT Haiti|HN Honduras|
HK Hong Kong/China Hong Kong SAR/Hong Kong SAR|HU Hungary|IS Iceland|IN India|ID Indonesia|
IR Iran/Islamic Republic of Iran|IQ Iraq|IE Ireland|IL Israel|IT Italy|JM Jamaica|JP Japan|JO Jordan|
KZ Kazakhstan|KE Kenya|KI Kiribati|KP North Korea/Korea North/Dem Peoples Rep of Korea|
KR South Korea/Korea/Korea South/Republic of Korea/Rep of Korea|XK Kosovo|KW Kuwait|KG Kyrgyzstan|
LA Laos/Lao PDR/Lao Peoples Dem Rep|LV Latvia|LB Lebanon|LS Lesotho|LR Liberia|LY Libya|LI Liechtenstein|
LT Lithuania|LU Luxembourg|MO Macao/Macau/China Macao SAR|MG Madagascar|MW Malawi|MY Malaysia|MV Maldives|ML Mali|
MT Malta|MH Marshall Islands|MR Mauritania|MU Mauritius|MX Mexico|FM Micronesia|MD Moldova/Republic of Moldova|
MC Monaco|MN Mongolia|ME Montenegro|MA Morocco|MZ Mozambique|MM Myanmar/Burma|NA Namibia|NR Nauru|NP Nepal|
NL Netherlands/The Netherlands|NC New Caledonia|NZ New Zealand|NI Nicaragua|NE Niger|NG Nigeria|
MK North Macedonia/Macedonia|NO Norway|OM Oman|PK Pakistan|PW Palau|PS Palestine/State of Palestine|PA Panama|
PG Papua New Guinea|PY Paraguay|PE Peru|PH Philippines|PL Poland|PT Portugal|PR Puerto Rico|QA Qatar|RO Romania|
RU Russia/Russian Federation|RW Rwanda|WS Samoa|SM San Marino|ST Sao Tome and Principe|SA Saudi Arabia|SN Senegal|
RS Serbia|SC Seychelles|SL Sierra Leone|SG Singapore|SX Sint Maarten|SK Slovakia/Slovak Republic|SI Slovenia|
SB Solomon Islands|SO Somalia|ZA South Africa|SS South Sudan|ES Spain|LK Sri Lanka|
KN Saint Kitts and Nevis/St Kitts and Nevis|LC Saint Lucia/St Lucia|
VC Saint Vincent and the Grenadines/St Vincent and the Grenadines|SD Sudan|SR Suriname|SE Sweden|CH Switzerland|
SY Syria|TW Taiwan/Chinese Taipei/Other Asia nes|TJ Tajikistan|TZ Tanzania/United Rep of Tanzania|TH Thailand|
TL Timor Leste/East Timor|TG Togo|TO Tonga|TT Trinidad and Tobago|TN Tunisia|TR Turkey/Turkiye|TM Turkmenistan|
TC Turks and Caicos Islands|TV Tuvalu|UG Uganda|UA Ukraine|AE United Arab Emirates/UAE|
GB United Kingdom/UK/Great Britain|US United States/United States of America/USA/US|UY Uruguay|UZ Uzbekistan|
VU Vanuatu|VA Holy See/Vatican City|VE Venezuela|VN Vietnam/Viet Nam|VG British Virgin Islands|YE Yemen|ZM Zambia|
ZW Zimbabwe
"""

_MARKS: Final = re.compile(r"[.,\u2019`-]")
_BRACKETS: Final = re.compile(r"\([^)]*\)")


def _plain(name: str) -> str:
    bare = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().replace("&", " and ")
    return " ".join(_MARKS.sub(" ", bare.replace("'", "")).lower().split())


_BY_NAME: Final = MappingProxyType(
    {
        _plain(name): entry.strip()[:2]
        for entry in _NAMES.replace("\n", "").split("|")
        for name in entry.strip()[3:].split("/")
    }
)


@lru_cache(maxsize=4096)
def alpha2_of_name(name: str) -> str | None:
    """Return the alpha-2 code of a country's English name, None where it is none known here."""
    # What is in brackets may tell two countries apart: Congo (Kinshasa).
    whole = _plain(name.replace("(", " ").replace(")", " "))
    return _BY_NAME.get(whole) or _BY_NAME.get(_plain(_BRACKETS.sub(" ", name)))
