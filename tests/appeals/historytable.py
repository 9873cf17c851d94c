"""A table of another system, as its officers would hand it over."""

import csv
import io

from tests.factory import credit_code

CODE, OTHER = credit_code(990_000_001), credit_code(990_000_002)
HEADER = "工单编号,标题,诉求内容,统一社会信用代码,企业名称,受理时间,办结时间,承办单位,分类,满意度,是否解决"
ROW = "HZ-1,电价太高,我公司电价太高,{code},,2025-03-03 09:30,2025-03-10 16:00,市科技局,N01,满意,已解决"


def table(*rows, header=HEADER):
    return "\n".join([header, *rows]) + "\n"


def changed(**cells):
    """ROW with other cells, named as in HEADER."""
    names = HEADER.split(",")
    found = dict(zip(names, ROW.split(","), strict=True)) | cells
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow([found[name] for name in names])
    return text.getvalue()
