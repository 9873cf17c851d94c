"""The table that a director reads is the one that the tests hold the product to."""

from tests.matrix import printing


def test_the_printed_matrix_is_the_one_that_is_asserted(in_english):
    assert printing.FILE.read_text(encoding="utf-8") == printing.text(), "python -m tests.matrix"
