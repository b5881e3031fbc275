"""
A small sound file of every format, made by hand: what sniffing, explaining and spoiling are tried on.

The figures are nobody's; the names and the order of columns are the publishers'.
"""

import gzip
import io
import json
import zipfile
from datetime import date
from typing import Any, Final, NamedTuple

import openpyxl

from streams.records import Flow, PriceTick, Trade, encode_record


class Sample(NamedTuple):
    """A file and what is in it."""

    format: str
    content: bytes
    rows: int
    """How many rows it has: records, days of rates, or rows passed over."""
    flow: Flow | None = None
    """What has to be declared."""


TRADE: Final = Trade(
    id="GB-1", source="hmrc", event_date=date(2025, 12, 31), origin="CN", destination="GB", product="silicon|metal",
    quantity="20000", value="30320.5", currency="USD", incoterm="CIF",
)  # fmt: skip
TICK: Final = PriceTick(
    instrument="spot", source="assessor", event_date=date(2025, 12, 30), product="silicon|metal", price="1.5",
    currency="USD",
)  # fmt: skip

_OWN_CSV: Final = (
    "# made by hand\n"
    "type,id,instrument,source,event_date,origin,destination,product,quantity,value,price,currency,incoterm,description\n"
    'trade,GB-1,,hmrc,2025-12-31,CN,GB,silicon|metal,20000,30320.5,,USD,CIF,"lumps, grade 441"\n'
    "trade,GB-2,,hmrc,2025-12-31,BR,GB,silicon|metal,1000,2750,,USD,CIF,\n"
    "price-tick,,spot,assessor,2025-12-30,,,silicon|metal,,,1.5,USD,,\n"
)
_ECB: Final = "Date,USD,JPY,GBP,CNY,\n2025-12-31,1.0850,168.20,0.8420,7.6310,\n2025-12-30,1.0842,168.11,N/A,7.6290,\n"
_OTS: Final = (
    '{"@odata.context":"OTS","value":['
    '{"MonthId":202512,"FlowTypeId":3,"CommodityId":28046900,"CountryId":720,"PortId":7,"Value":30320.0,"NetMass":20000},'
    '{"MonthId":202512,"FlowTypeId":4,"CommodityId":28046900,"CountryId":720,"PortId":7,"Value":11.0,"NetMass":5.0}]}'
)
_OTS_CSV: Final = (
    "MonthId,FlowTypeId,CommodityId,CountryId,PortId,Value,NetMass\n202512,3,28046900,720,7,30320,20000\n"
    "202512,1,28046900,001,7,120,30\n202512,2,28046900,001,7,60,15\n"
)
_COMEX: Final = (
    '"CO_ANO";"CO_MES";"CO_NCM";"CO_UNID";"CO_PAIS";"SG_UF_NCM";"CO_VIA";"CO_URF";"QT_ESTAT";"KG_LIQUIDO";"VL_FOB";'
    '"VL_FRETE";"VL_SEGURO"\n'
    '"2025";"03";"28046900";"10";"160";"SP";"01";"0817800";25000;25000;41250;1830;57\n'
    '"2025";"04";"28046900";"10";"160";"MG";"01";"0817800";5000;5000;8250;300;9\n'
)
_COMEX_EXPORTS: Final = (
    '"CO_ANO";"CO_MES";"CO_NCM";"CO_UNID";"CO_PAIS";"SG_UF_NCM";"CO_VIA";"CO_URF";"QT_ESTAT";"KG_LIQUIDO";"VL_FOB"\n'
    '"2025";"03";"28046900";"10";"249";"MG";"01";"0817800";24000;24000;62400\n'
    '"2025";"03";"28046900";"10";"023";"MG";"01";"0817800";12000;12000;30600\n'
)
_FLOWS: Final = (
    "source,period,reporter,partner,flow,hs6,native_code,material,value_usd,qty_kg,via_entrepot,confidential\n"
    "hmrc,202507,GBR,CHN,import,280469,28046900,silicon,1260134.03,520000.0,True,False\n"
    "hmrc,202507,GBR,CHN,export,280469,28046900,silicon,10.5,5.0,True,False\n"
)
_COMTRADE: Final = (
    "typeCode,freqCode,refPeriodId,refYear,refMonth,period,reporterCode,reporterISO,flowCode,partnerCode,partnerISO,"
    "partner2Code,classificationCode,cmdCode,aggrLevel,customsCode,mosCode,motCode,qtyUnitCode,qty,isQtyEstimated,"
    "netWgt,isNetWgtEstimated,cifvalue,fobvalue,primaryValue\n"
    "C,M,20240301,2024,3,202403,842,USA,M,156,CHN,0,H6,250410,6,C00,0,0,8,184000,false,184000,false,202400.5,,202400.5\n"
    "C,M,20240301,2024,3,202403,842,USA,M,0,W00,0,H6,250410,6,C00,0,0,8,184000,false,184000,false,202400.5,,202400.5\n"
    "C,M,20240301,2024,3,202403,156,CHN,X,842,USA,0,H6,250410,6,C00,0,0,8,99000,false,99000,false,,91000,91000\n"
)
_COMTRADE_OLD: Final = (
    "Classification,Year,Period,Period Desc.,Aggregate Level,Is Leaf Code,Trade Flow Code,Trade Flow,Reporter Code,"
    "Reporter,Reporter ISO,Partner Code,Partner,Partner ISO,2nd Partner Code,Customs Proc. Code,Mode of Transport Code,"
    "Commodity Code,Commodity,Qty Unit Code,Qty Unit,Qty,Netweight (kg),Gross weight (kg),Trade Value (US$),"
    "CIF Trade Value (US$),FOB Trade Value (US$),Flag\n"
    "H5,2020,202003,March,6,1,1,Import,842,USA,USA,156,China,CHN,,,,250410,Flake,8,kg,184000,184000,,202400,,,0\n"
    "H5,2020,202003,March 2020,6,1,1,Import,842,USA,USA,156,China,CHN,,,,380110,Graphite,8,kg,9000,9000,,12400,,,6\n"
)
_COMTRADE_API: Final = json.dumps(
    {
        "elapsedTime": "0.2 secs",
        "count": 1,
        "data": [
            {
                "typeCode": "C", "freqCode": "A", "refYear": 2024, "refMonth": 52, "period": "2024",
                "reporterCode": 276, "flowCode": "M", "partnerCode": 156, "partner2Code": 0, "classificationCode": "H6",
                "cmdCode": "280469", "customsCode": "C00",
                "mosCode": "0", "motCode": 0, "qtyUnitCode": 8, "qty": 5000, "netWgt": 5000.5,
                "isNetWgtEstimated": False, "cifvalue": 9000.25, "fobvalue": None, "primaryValue": 9000.25,
            }
        ],
        "error": "",
    }
)  # fmt: skip
_CENSUS: Final = json.dumps(
    [
        ["I_COMMODITY", "CTY_CODE", "CTY_NAME", "GEN_VAL_MO", "GEN_CHA_MO", "GEN_QY1_MO", "UNIT_QY1", "time"],
        ["2504105000", "5700", "CHINA", "81250", "5310", "50000", "KG", "2025-03"],
        ["2504105000", "-", "TOTAL FOR ALL COUNTRIES", "81250", "5310", "50000", "KG", "2025-03"],
    ]
)
_CENSUS_CSV: Final = (
    "I_COMMODITY,CTY_CODE,CTY_NAME,CON_VAL_MO,CON_QY1_MO,UNIT_QY1,YEAR,MONTH\n"
    "2504105000,5700,CHINA,81250,50000,KG,2025,03\n"
)
_DATAWEB: Final = (
    "HTS Number,Country,Year,Month,Quantity Description,Customs Value,First Unit of Quantity\n"
    '"2504105000",China,2025,March,kilograms,"81,250","50,000"\n'
    '"2504105000",Total,2025,March,kilograms,"81,250","50,000"\n'
)
_COMEXT: Final = (
    "REPORTER,PARTNER,TRADE_TYPE,PRODUCT_NC,PRODUCT_SITC,PRODUCT_CPA21,FLOW,STAT_PROCEDURE,SUPPL_UNIT,PERIOD,VALUE_EUR,"
    "VALUE_NAC,QUANTITY_KG,QUANTITY_SUPPL_UNIT\n"
    "DE,CN,E,28046900,52222,201321,1,1,NO_SU,202503,33000,33000,20000,0\n"
    "DE,CN,E,28XXXXXX,52222,201321,1,1,NO_SU,202503,33000,33000,20000,0\n"
)
_COMEXT_SDMX: Final = (
    "DATAFLOW,LAST UPDATE,freq,reporter,partner,product,flow,indicators,TIME_PERIOD,OBS_VALUE,OBS_FLAG\n"
    "ESTAT:DS-045409(1.0),15/05/25,M,DE,CN,28046900,1,VALUE_IN_EUROS,2025-03,33000,\n"
    "ESTAT:DS-045409(1.0),15/05/25,M,DE,CN,28046900,1,QUANTITY_IN_100KG,2025-03,200.00,\n"
)
_BACI: Final = "t,i,j,k,v,q\n2023,156,842,250410,41.25,20.5\n2023,156,251,250410,1.25,0.5\n"
_BACI_UNIT_VALUES: Final = (
    "year,material,title,world_uv_usd_per_t,china_uv_usd_per_t,row_uv_usd_per_t,china_value_share_pct\n"
    "2021,silicon,Silicon,2510.5,2380,2600.1,41.0\n"
)
_PAIRS: Final = (
    "month,origin,destination,hs6,value_usd,net_weight_kg,unit_value_usd_per_kg,qty_quality\n"
    "2024-03-01,China,South Korea,380110,5000.5,2000.0,2.5,reported\n"
    "2024-03-01,China,Japan,380110,500.5,200.0,2.5,imputed\n"
)
_PINK_TABLE: Final = "month,commodity,price,unit\n2024-02-01,Aluminum,2200.5,USD/mt\n2024-02-01,Urea,300,USD/mt\n"
_MCS: Final = (
    "MCS chapter,Section,Commodity,Country,Statistics,Statistics_detail,Unit,Year,Value,Notes\n"
    'SILICON,Salient,Silicon,United States,Price,"Price: Silicon metal",cents per pound,2023,"1,180.25",\n'
    "SILICON,Salient,Silicon,United States,Production,Production,metric tons,2023,W,\n"
)


def _workbook(sheet: str, rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    page.title = sheet
    for row in rows:
        page.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _pink_sheet() -> bytes:
    return _workbook(
        "Monthly Prices",
        [["Pink Sheet"], [None, "Urea", "Aluminum", "Tin"], [None, "($/mt)", "($/mt)", "($/mt)"],
         ["2024M02", 300, 2200.5, "…"], ["2024M03", 301, 2210.25, 25000]],
    )  # fmt: skip


def _ds140() -> bytes:
    return _workbook(
        "Lithium statistics",
        [["LITHIUM STATISTICS1"], ["U.S. GEOLOGICAL SURVEY"], ["Year", "Production", "Unit value ($/t)"],
         [2020, "W", 6400], [2021, "W", "NA"], ["NA Not available."]],
    )  # fmt: skip


def _parquet() -> bytes | None:
    try:
        import pyarrow as pa  # noqa: PLC0415 - an extra
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError:
        return None
    columns = {
        "id": ["GB-1", "GB-2"], "source": ["hmrc"] * 2, "event_date": [date(2025, 12, 31)] * 2, "origin": ["CN", "BR"],
        "destination": ["GB"] * 2, "product": ["silicon|metal"] * 2, "quantity": ["20000", "1000"],
        "value": ["30320.5", "2750"], "currency": ["USD"] * 2,
    }  # fmt: skip
    file = io.BytesIO()
    parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def _zipped(name: str, content: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return file.getvalue()


def samples() -> dict[str, Sample]:
    """Return the samples by name; Parquet only where its extra is installed."""
    found = {
        "csv": Sample("csv", _OWN_CSV.encode(), 3),
        "csv-gzip": Sample("csv", gzip.compress(_OWN_CSV.encode(), mtime=0), 3),
        "jsonl": Sample("jsonl", encode_record(TRADE) + b"\n" + encode_record(TICK) + b"\n", 2),
        "ecb": Sample("ecb", _ECB.encode(), 2),
        "ecb-zip": Sample("ecb", _zipped("eurofxref-hist.csv", _ECB.encode()), 2),
        "hmrc-json": Sample("hmrc-ots", _OTS.encode(), 2),
        "hmrc-csv": Sample("hmrc-ots", _OTS_CSV.encode(), 3),
        "comex-stat": Sample("comex-stat", _COMEX.encode(), 2),
        "comex-stat-exports": Sample("comex-stat", _COMEX_EXPORTS.encode(), 2, Flow.EXPORT),
        "customs-flows": Sample("customs-flows", _FLOWS.encode(), 2),
        "comtrade": Sample("comtrade", _COMTRADE.encode(), 3),
        "comtrade-old": Sample("comtrade", _COMTRADE_OLD.encode(), 2),
        "comtrade-api": Sample("comtrade", _COMTRADE_API.encode(), 1),
        "us-census": Sample("us-census", _CENSUS.encode(), 2),
        "us-census-csv": Sample("us-census", _CENSUS_CSV.encode(), 1),
        "us-dataweb": Sample("us-dataweb", _DATAWEB.encode(), 2),
        "comext-bulk": Sample("comext-bulk", _COMEXT.encode(), 2),
        "comext-sdmx": Sample("comext-sdmx", _COMEXT_SDMX.encode(), 2),
        "baci": Sample("baci", _BACI.encode(), 2),
        "baci-unit-values": Sample("baci-unit-values", _BACI_UNIT_VALUES.encode(), 3),
        "country-pairs": Sample("country-pairs", _PAIRS.encode(), 2, Flow.EXPORT),
        "pink-sheet": Sample("pink-sheet", _pink_sheet(), 5),
        "pink-sheet-table": Sample("pink-sheet-table", _PINK_TABLE.encode(), 2),
        "usgs-mcs": Sample("usgs-mcs", _MCS.encode(), 2),
        "usgs-ds140": Sample("usgs-ds140", _ds140(), 2),
    }
    table = _parquet()
    if table is not None:
        found["parquet"] = Sample("parquet", table, 2)
    return found
