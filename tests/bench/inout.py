"""History in and lists out (quality.md, issue 3): python -m tests.bench.inout [--rows 10000] [--export 100000]

In a database of its own that is gone afterwards. The table holds one broken row in a hundred.
"""

import argparse
import csv
import io
import json
import os
import subprocess
import sys
import tempfile
import threading
from datetime import timedelta
from pathlib import Path
from time import perf_counter, process_time, sleep

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

BARS = {"dry_run_seconds": 60, "run_seconds": 60, "first_byte_seconds": 1, "export_memory_mb": 80}
HEADER = (
    "工单编号 标题 诉求内容 统一社会信用代码 受理时间 交办时间 反馈时间 办结时间 承办单位 分类 满意度 是否解决".split()
)
FIRMS = 2000


def measure(rows: int, exported: int) -> dict:
    from appeals.models import Appeal
    from tests import factory, ground

    ground.lay()
    codes = [factory.make_enterprise().credit_code for _firm in range(FIRMS)]
    with tempfile.TemporaryDirectory() as folder:
        table = Path(folder) / "history.csv"
        write_history(table, codes, rows)
        found = {"rows": rows, "table_mb": round(table.stat().st_size / 2**20, 1)}
        found |= timed("dry_run", lambda: imported(table, "--dry-run"))
        found |= timed("run", lambda: imported(table))
        found |= timed("second_run", lambda: imported(table))
        multiply(Appeal, exported)
        return found | {"exported": Appeal.objects.count()} | in_a_process_of_its_own()


def write_history(file: Path, codes: list[str], rows: int) -> None:
    from tests.factory import at

    text = "我公司在园区内有一条生产线,因变压器容量不足经常停电,申请增容已三个月仍无答复,请协调供电部门尽快办理。" * 3
    with file.open("w", encoding="utf-8", newline="") as target:
        sheet = csv.writer(target)
        sheet.writerow(HEADER)
        for n in range(rows):
            filed = at(1, 6, 9, year=2025) + timedelta(minutes=37 * n)
            moments = [filed + timedelta(hours=hours) for hours in (0, 3, 60, 90)]
            lead = "无此单位" if n % 100 == 7 else ("科技局", "市人社局", "柯城区经信局")[n % 3]
            words = ("满意", "已解决") if n % 9 else ("不满意", "未解决")
            cells = [f"{moment:%Y-%m-%d %H:%M}" for moment in moments]
            sheet.writerow([f"HZ{n:07d}", f"用电增容 {n}", text, codes[n % len(codes)], *cells, lead, "N01", *words])


def imported(table: Path, *options: str) -> str:
    from django.core.management import CommandError, call_command

    out = io.StringIO()
    try:
        call_command("import_appeals", table, *options, stdout=out)
    except CommandError as broken:
        return f"{out.getvalue().strip()}; {str(broken).splitlines()[0]}"
    return out.getvalue().strip()


def timed(name: str, work) -> dict:
    started, worked = perf_counter(), process_time()
    said = work()
    return {
        f"{name}_seconds": round(perf_counter() - started, 1),
        f"{name}_cpu_seconds": round(process_time() - worked, 1),  # ours, whatever else the machine does
        f"{name}_says": said,
    }


def multiply(model, wanted: int) -> None:
    """Copies under other numbers, until there are `wanted`."""
    rows, made = list(model.objects.order_by("pk")[:5000]), model.objects.count()
    while made < wanted:
        copies = rows[: wanted - made]
        for n, row in enumerate(copies):
            row.pk, row.number, row.external_number = None, f"QY9{made + n:014d}", None
        model.objects.bulk_create(copies, batch_size=1000)
        made += len(copies)


def in_a_process_of_its_own() -> dict:
    """One that has no memory left over from earlier work."""
    from django.db import connection

    place = connection.settings_dict
    url = f"postgresql://{place['USER']}:{place['PASSWORD']}@{place['HOST']}:{place['PORT']}/{place['NAME']}"
    command = [sys.executable, "-m", "tests.bench.inout", "--only-export"]
    said = subprocess.run(command, env={**os.environ, "DATABASE_URL": url}, check=True, capture_output=True)
    return json.loads(said.stdout)


def export() -> dict:
    from chains.taxonomy import Role
    from tests.factory import CENTRE, make_user
    from tests.pages import signed_in

    client = signed_in(make_user(Role.DIRECTOR, CENTRE))
    client.get("/exports/")
    watch = Watch()
    started = perf_counter()
    pieces = iter(client.get("/appeals/export/").streaming_content)
    next(pieces)
    first = perf_counter() - started
    size = sum(len(piece) for piece in pieces)
    return {
        "first_byte_seconds": round(first, 2),
        "export_seconds": round(perf_counter() - started, 1),
        "export_mb": round(size / 2**20, 1),
        "export_memory_mb": round(watch.stop(), 1),
    }


class Watch:
    """The most memory of this process above what it has now, looked at a hundred times a second."""

    def __init__(self):
        self.idle, self.most, self.goes_on = memory_mb(), 0.0, True
        self.thread = threading.Thread(target=self._look, daemon=True)
        self.thread.start()

    def _look(self):
        while self.goes_on:
            self.most = max(self.most, memory_mb() - self.idle)
            sleep(0.01)

    def stop(self) -> float:
        self.goes_on = False
        self.thread.join()
        return self.most


def memory_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000)
    parser.add_argument("--export", type=int, default=100_000)
    parser.add_argument("--only-export", action="store_true", help="of the database that is there")
    parser.add_argument("--format", choices=["json"], default="json")
    options = parser.parse_args()
    if options.only_export:
        import django

        django.setup()
        sys.stdout.write(json.dumps(export()))
        return 0
    found = with_database(lambda: measure(options.rows, options.export))
    sys.stdout.write(json.dumps(found | {"bars": BARS}, ensure_ascii=False, indent=2) + "\n")
    return int(any(found[name] > bar for name, bar in BARS.items()))


def with_database(work):
    import django
    from django.conf import settings

    from config import embedded

    with embedded.running(settings.DATA_DIR, postgres=settings.EMBEDDED_POSTGRES, valkey=settings.EMBEDDED_REDIS):
        django.setup()
        from django.test.utils import setup_databases, teardown_databases

        made = setup_databases(verbosity=0, interactive=False)
        try:
            return work()
        finally:
            teardown_databases(made, verbosity=0)


if __name__ == "__main__":
    sys.exit(main())
