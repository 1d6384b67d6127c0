"""Confidence in plain words, for the page and the note."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from pipelines.domain.appraisal import (
    Confidence,
    ConfidenceLevel,
    Design,
    Merge,
    Setting,
    Stance,
    StatementAppraisal,
    Study,
    WeighedStudy,
)
from pipelines.domain.evidence import Direction
from pipelines.strings import Language, text


def explain(appraised: StatementAppraisal, language: Language) -> list[str]:
    """Why the confidence in a statement, or in a new point, is what it is: some short sentences."""
    confidence = appraised.confidence
    if confidence.level is ConfidenceLevel.UNDETERMINED:
        return [text("appraisal.explain.nothing", language)]
    return [
        explain_level(confidence, language),
        *([_answer_sentence(confidence.answer, language)] if confidence.answer is not None else []),
        _studies_sentence(appraised.studies, confidence, language),
        *_stance_sentences(appraised.studies, confidence, language),
        *_cap_sentences(appraised.studies, confidence, language),
        *_confirmed_sentence(appraised.studies, language),
    ]


def explain_level(confidence: Confidence, language: Language) -> str:
    """One sentence: the level with the evidence and the agreement that it is made of."""
    if confidence.level is ConfidenceLevel.UNDETERMINED:
        return text("appraisal.explain.nothing", language)
    return text(
        "appraisal.explain.level",
        language,
        level=text(f"appraisal.level.{confidence.level}", language),
        evidence=text(f"appraisal.evidence.{confidence.evidence}", language),
        agreement=text(f"appraisal.agreement.{confidence.agreement}", language),
    )


def explain_study(study: WeighedStudy, language: Language) -> str:
    """One study in a line: what it is, and the factors that its weight is made of."""
    parts = [
        text(
            "appraisal.explain.part",
            language,
            part=text(f"appraisal.part.{name}", language),
            factor=number(factor, language),
        )
        for name, factor in study.parts.items()
    ]
    described = describe_study(study.study, language)
    return text(
        "appraisal.explain.study",
        language,
        name=study.study.name,
        described=described,
        stance=text(f"appraisal.stance.{study.stance}", language),
        weight=number(study.weight, language),
        parts=" × ".join(parts),
    )


def describe_study(study: Study, language: Language) -> str:
    """Design, setting, groups and size of a study, as far as these are told."""
    told: list[str] = []
    told.append(text(f"appraisal.design.{study.design}", language))
    if study.setting is not Setting.UNSTATED:
        told.append(text(f"appraisal.setting.{study.setting}", language))
    told += [text(f"appraisal.population.{group}", language) for group in study.population]
    if study.sample_size is not None:
        told.append(text("appraisal.explain.size", language, n=whole(study.sample_size, language)))
    return ", ".join(told)


def explain_merge(merge: Merge, language: Language) -> str:
    """Why two pieces are taken for one study, with what they share."""
    reason = text(f"appraisal.merge.{merge.reason}", language)
    return text("appraisal.explain.merge", language, reason=reason, shared=merge.shared) if merge.shared else reason


def number(value: float, language: Language) -> str:
    """A number with at most two decimals, with the decimal sign of the language."""
    # What is small is not shown as nothing.
    shown = f"{value:.2f}".rstrip("0").rstrip(".") if value >= 0.005 or value == 0 else "0.01"
    return shown.replace(".", ",") if language == "nl" else shown


def whole(value: int, language: Language) -> str:
    """A whole number with the signs between thousands of the language."""
    return f"{value:,}".replace(",", ".") if language == "nl" else f"{value:,}"


def _count(key: str, n: int, language: Language, **values: object) -> str:
    return text(f"appraisal.explain.{key}.{'one' if n == 1 else 'many'}", language, n=n, **values)


def _answer_sentence(answer: Direction, language: Language) -> str:
    return text(f"appraisal.explain.answer.{answer}", language)


def _studies_sentence(studies: Sequence[WeighedStudy], confidence: Confidence, language: Language) -> str:
    """``3 independent studies, of which 2 experiments; together they weigh 1.8``."""
    designs = Counter(study.study.design for study in studies)
    told = [
        _count(f"designs.{design}", designs[design], language)
        for design in Design
        if design is not Design.UNSTATED and designs[design]
    ]
    total = confidence.weight_for + confidence.weight_against + confidence.weight_nuance
    counted = _count("studies", confidence.n_studies, language)
    if told and confidence.n_studies == 1:
        counted = text("appraisal.explain.single", language, studies=counted, design=told[0])
    elif told:
        counted = text("appraisal.explain.of_which", language, studies=counted, designs=", ".join(told))
    return _count("weigh", confidence.n_studies, language, studies=counted, weight=number(total, language))


def _stance_sentences(studies: Sequence[WeighedStudy], confidence: Confidence, language: Language) -> list[str]:
    """What speaks against, and what holds within bounds; of an open question in other words."""
    stances = Counter(study.stance for study in studies)
    weights = {Stance.AGAINST: confidence.weight_against, Stance.NUANCE: confidence.weight_nuance}
    kind = "stance" if confidence.answer is None else "stance_on_answer"
    if not stances[Stance.FOR] and confidence.answer is None and not stances[Stance.NUANCE]:
        return [text("appraisal.explain.only_against", language)]
    found = [
        _count(f"{kind}.{stance}", stances[stance], language, weight=number(weight, language))
        for stance, weight in weights.items()
        if stances[stance]
    ]
    if not found:
        return [text("appraisal.explain.all_for", language)] if stances[Stance.FOR] > 1 else []
    return found


def _cap_sentences(studies: Sequence[WeighedStudy], confidence: Confidence, language: Language) -> list[str]:
    """Why confidence cannot be higher with so few studies in favour."""
    n_for = sum(study.stance is Stance.FOR for study in studies)
    if n_for == 1 and confidence.level is ConfidenceLevel.LOW:
        return [text("appraisal.explain.one_study", language)]
    if n_for == 2 and confidence.level is ConfidenceLevel.MEDIUM:
        return [text("appraisal.explain.two_studies", language)]
    return []


def _confirmed_sentence(studies: Sequence[WeighedStudy], language: Language) -> list[str]:
    n = sum(study.confirmed for study in studies)
    return [_count("confirmed", n, language)] if n else []
