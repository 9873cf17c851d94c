"""Text as it is kept (净化): one form of Unicode, without what cannot be seen or turns the lines around it."""

import unicodedata

# Signs that turn the direction of writing would turn the lines around them as well.
_TURNING = frozenset({"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"})


def _is_text(sign: str) -> bool:
    return unicodedata.category(sign) not in ("Cc", "Cs", "Co") and unicodedata.bidirectional(sign) not in _TURNING


def cleaned(text: str, *, one_line: bool = False) -> str:
    """`text` in NFC without control and direction signs (line breaks stay, unless `one_line`), trimmed."""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    kept = "".join(sign for sign in text if sign in "\n\t" or _is_text(sign))
    return " ".join(kept.split()) if one_line else kept.strip()


def file_name(sent: str, suffixes: tuple[str, ...], *, most: int) -> str:
    """The last part of the path that was `sent`, of at most `most` characters, ending in one of `suffixes`.

    The first of `suffixes` is put where it ends otherwise: a name must not promise what the content is not.
    """
    name = cleaned(sent.replace("\\", "/").rpartition("/")[2], one_line=True).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    ending = f".{suffix.lower()}" if dot and f".{suffix.lower()}" in suffixes else ""
    if not ending:
        # What looks like a suffix of another kind goes; "报告v1.2 终稿" keeps its dot.
        stem = stem if dot and len(suffix) <= 4 and suffix.isascii() and suffix.isalnum() else name
        ending = suffixes[0]
    return f"{stem.rstrip('. ')[: most - len(ending)] or 'file'}{ending}"
