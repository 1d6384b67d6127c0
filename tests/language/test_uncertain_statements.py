"""Which fundamental uncertainties the uncertain statements of the table bear on."""

from __future__ import annotations

import pytest

from pipelines.domain.evidence_table import Column, Statement
from pipelines.domain.instruments import Uncertainty
from pipelines.language.uncertain_statements import statements_on, uncertainties_of
from pipelines.table.starting import starting_table


def _statement(nl: str = "", en: str = "", column: Column = Column.UNCERTAIN) -> Statement:
    return Statement(id="X1.u1", column=column, nl=nl, en=en)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (_statement("Hoe snel de adoptie verloopt weten we niet."), [Uncertainty.EXTENT]),
        (_statement(en="Which tasks AI can take over is unclear."), [Uncertainty.CAPABILITY]),
        (
            _statement("Of AI werk ondersteunt of vervangt, en hoe ver dat gaat."),
            [Uncertainty.EXTENT, Uncertainty.MANNER],
        ),
        (_statement("Wat dit met lonen doet is onduidelijk."), []),
        (_statement("De adoptie groeit.", column=Column.KNOWN), []),
    ],
)
def test_a_statement_bears_on_what_its_words_name(statement: Statement, expected: list[Uncertainty]) -> None:
    assert list(uncertainties_of(statement)) == expected


def test_each_uncertainty_has_statements_of_the_starting_table_in_both_languages() -> None:
    table = starting_table()
    for uncertainty in Uncertainty:
        found = statements_on(table, uncertainty)
        assert found
        assert all(one.column is Column.UNCERTAIN for one in found)
        for one in found:
            alone = [one.model_copy(update={"nl": ""}), one.model_copy(update={"en": ""})]
            assert all(uncertainty in uncertainties_of(part) for part in alone), one.id
