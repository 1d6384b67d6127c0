"""Which encoder the settings choose: a shipped one or a model of others; its version is known without loading it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pipelines.language.model_files import read_model_version
from pipelines.settings import Settings

if TYPE_CHECKING:  # NumPy, which most commands do without
    from pipelines.language.encoder import Encoder

Shipped = Literal["static", "contextual"]
FOLDERS: dict[Shipped, str] = {"static": "encoder", "contextual": "contextual_encoder"}


def load_shipped_encoder(settings: Settings, model: Shipped) -> Encoder:
    """One of the encoders that come with the program.

    Raises
    ------
    ModelError
        A file is missing, cannot be read, or is not the file that belongs to the model.
    """
    folder = settings.shipped_models_dir / FOLDERS[model]
    if model == "static":
        from pipelines.language.static_encoder import load_encoder

        return load_encoder(folder)
    from pipelines.language.contextual_encoder import load_contextual_encoder

    return load_contextual_encoder(folder)


def load_chosen_encoder(settings: Settings) -> Encoder:
    """The encoder that search and topics stand on.

    Raises
    ------
    ModelError
        It is not there, cannot be read, or what it needs is not installed.
    """
    shipped = shipped_choice(settings)
    if shipped is not None:
        return load_shipped_encoder(settings, shipped)
    from pipelines.language.transformer_encoder import load_transformer_encoder

    return load_transformer_encoder(folder_of_others(settings))


def chosen_version(settings: Settings) -> str:
    """Version of the encoder that :func:`load_chosen_encoder` would load.

    Raises
    ------
    ModelError
        It is not there or cannot be read.
    """
    shipped = shipped_choice(settings)
    if shipped is not None:
        return read_model_version(settings.shipped_models_dir / FOLDERS[shipped])
    from pipelines.language.transformer_encoder import transformer_version

    return transformer_version(folder_of_others(settings))


def shipped_choice(settings: Settings) -> Shipped | None:
    """The shipped encoder that the settings choose; ``None`` where it is a model of others."""
    name = settings.encoder.strip() or "static"
    return name if name in FOLDERS else None  # type: ignore[return-value]


def folder_of_others(settings: Settings) -> Path:
    """Folder of the model of others that the settings choose.

    Raises
    ------
    ModelError
        It is not there.
    """
    from pipelines.language.transformer_encoder import find_model

    return find_model(settings.encoder.strip(), settings.workspace, download=settings.encoder_download)
