"""How fast a text is classified (quality.md): python -m tests.bench.classify --format json

In a process that has learned nothing: what a web process needs to load and to answer.
"""

import argparse
import json
import os
import resource
import statistics
import sys
from time import perf_counter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

BARS = {
    "microseconds_per_text": 1500,
    "load_seconds": 1,
    "load_memory_mb": 150,
    "batch_texts_per_second": 2000,
}


def measure() -> dict:
    from routing import corpus
    from routing.classification import predict, predict_many
    from routing.versions import champion

    # The seed's: how long a text takes depends on its length, not on whether it was learned from.
    texts = [(text.title, text.description) for text in corpus.seed_texts()]
    before = peak_mb()
    started = perf_counter()
    version, model = champion()
    predict(model, *texts[0])
    loaded = perf_counter() - started
    if version is None:
        raise SystemExit("Nothing to measure yet: run manage.py train_classifier first.")
    return {
        "version": version,
        "texts": len(texts),
        "mean_characters": round(statistics.mean(len(title) + len(text) for title, text in texts), 1),
        "load_seconds": round(loaded, 3),
        "load_memory_mb": round(peak_mb() - before, 1),
        "microseconds_per_text": round(1e6 * best(lambda: [predict(model, *text) for text in texts]) / len(texts), 1),
        "batch_texts_per_second": round(len(texts) / best(lambda: predict_many(model, texts))),
    }


def with_servers(work):
    import django
    from django.conf import settings

    from config import embedded

    with embedded.running(settings.DATA_DIR, postgres=settings.EMBEDDED_POSTGRES, valkey=settings.EMBEDDED_REDIS):
        django.setup()
        return work()


def best(work, times: int = 3) -> float:
    """Seconds of the fastest run: what the machine can do when nobody else wants it."""
    return min(timed(work) for _ in range(times))


def timed(work) -> float:
    started = perf_counter()
    work()
    return perf_counter() - started


def peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--format", choices=["text", "json"], default="text")
    measures = with_servers(measure)
    missed = [name for name, bar in BARS.items() if (measures[name] < bar) == (name == "batch_texts_per_second")]
    if parser.parse_args().format == "json":
        sys.stdout.write(json.dumps(measures | {"bars": BARS, "missed": missed}) + "\n")
    else:
        for name, value in measures.items():
            sys.stdout.write(f"{name:24} {value}  {f'bar {BARS[name]}' if name in BARS else ''}\n")
    raise SystemExit(1 if missed else 0)


if __name__ == "__main__":
    main()
