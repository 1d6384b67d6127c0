"""What the tasks of one scan share: settings, workspace, models, the pool of readers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from flows.encoders import chosen_version, load_chosen_encoder, shipped_choice
from flows.model_version import remember_version, remembered_version
from flows.workspace import open_settings_workspace
from pipelines import __version__
from pipelines.domain.evidence_table import EvidenceTable
from pipelines.settings import Settings
from pipelines.store import Workspace

if TYPE_CHECKING:  # models and readers take seconds to import, and not every command needs them
    from flows.computing import Computing
    from flows.label import LabelKit
    from flows.reading import Reader
    from pipelines.ingest.tesseract import Tesseract
    from pipelines.language.concepts import ConceptMatcher
    from pipelines.language.encoder import Encoder
    from pipelines.second_opinion.client import Endpoint

_MEGABYTE = 2**20


@dataclass
class ScanContext:
    """Made once a scan; models and readers are loaded when first needed."""

    settings: Settings
    workspace: Workspace

    @cached_property
    def table(self) -> EvidenceTable:
        """The newest version of the table."""
        table = self.workspace.tables.current()
        assert table is not None  # open_settings_workspace stored one
        return table

    @cached_property
    def kit(self) -> LabelKit:
        """The models for labels, with the static encoder that they were trained with."""
        from flows.label import load_label_kit

        kit = load_label_kit(self.settings.shipped_models_dir, self.settings.models_dir, self.table)
        remember_version(self.settings, kit.version)
        return kit

    @property
    def model_version(self) -> str:
        """Version of the models; they are loaded only where it is not known from before."""
        known = None if "kit" in self.__dict__ else remembered_version(self.settings)
        return known or self.kit.version

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder that search and topics stand on."""
        if shipped_choice(self.settings) == "static" and "kit" in self.__dict__:
            return self.kit.encoder
        return load_chosen_encoder(self.settings)

    @cached_property
    def encoder_version(self) -> str:
        """Version of :attr:`encoder`, without loading it."""
        return chosen_version(self.settings)

    @cached_property
    def endpoint(self) -> Endpoint | None:
        """The endpoint for second opinions; ``None`` where they are off."""
        from flows.second_opinion import chosen_endpoint

        return chosen_endpoint(self.settings)

    @cached_property
    def reader(self) -> Reader:
        """Worker processes that read files."""
        from flows.reading import Reader
        from pipelines.ingest.parser import IngestLimits
        from pipelines.passages.rules import PassageRules

        limits = IngestLimits(max_file_bytes=self.settings.max_file_megabytes * _MEGABYTE)
        return Reader(self.settings.workers, self.settings.parse_timeout_seconds, limits, PassageRules())

    @cached_property
    def tesseract(self) -> Tesseract | None:
        """The program for text recognition; ``None`` where it is not installed or not wanted."""
        if not self.settings.recognition_minutes:
            return None
        from pipelines.ingest.tesseract import find_tesseract

        return find_tesseract()

    @cached_property
    def computing(self) -> Computing:
        """Where batches are computed: here, until the flow says otherwise."""
        from flows.computing import Here

        return Here(self)

    def versions(self) -> dict[str, str]:
        """All that the outcome of a scan depends on; loads all models, so that one that fails is told at once."""
        from flows.reading import passages_version
        from pipelines.passages.rules import PassageRules

        kit, encoder = self.kit, self.encoder
        return {
            "program": __version__,
            "encoder": encoder.version,
            "model": kit.version,
            "table": self.table.version,
            "passages": passages_version(PassageRules()),
        }

    @cached_property
    def matcher(self) -> ConceptMatcher:
        """Finds the concepts of the lexicon; knows the words that it has looked up for labels."""
        return self.kit.space.matcher

    def release_models(self) -> None:
        """Let go of the models for labels, but not of encoder and lexicon; they are loaded again where asked for."""
        if "kit" in self.__dict__:
            _ = self.encoder, self.matcher
            del self.__dict__["kit"]

    def release_reader(self) -> None:
        """End the processes that read; where there is more to be read later on, others are started."""
        if (reader := self.__dict__.pop("reader", None)) is not None:
            reader.close()

    def close(self) -> None:
        """End the readers."""
        self.release_reader()


_contexts: dict[str, ScanContext] = {}


@contextmanager
def shared(run_id: str, context: ScanContext) -> Iterator[None]:
    """Let the tasks of ``run_id`` find ``context``; Prefect would try to serialise it as a parameter."""
    _contexts[run_id] = context
    try:
        yield
    finally:
        del _contexts[run_id]


def context_of(run_id: str) -> ScanContext:
    """The context of a run that is going on in this process."""
    return _contexts[run_id]


@contextmanager
def context_for(run_id: str, settings: Settings) -> Iterator[ScanContext]:
    """The context that the starter of the run shares, or else one of its own."""
    if run_id in _contexts:
        yield _contexts[run_id]
        return
    context = ScanContext(settings, open_settings_workspace(settings))
    try:
        with shared(run_id, context):
            yield context
    finally:
        context.close()
        context.workspace.close()
