"""`ovos-voice-agent models`: what is recommended, what is here; fetch it, remove it, tell where it lies."""

from __future__ import annotations

import argparse
import asyncio
import sys
import textwrap
from collections.abc import Iterator
from typing import TextIO

from ovos_voice_agent.cli.configured import Commands, add_command, add_config_option, configuration
from ovos_voice_agent.config import Config
from ovos_voice_agent.errors import VoiceAgentError
from ovos_voice_agent.weights.catalogue import Model, find, recommended
from ovos_voice_agent.weights.download import Mirror, fetch
from ovos_voice_agent.weights.store import Store, megabytes, store_in

EXAMPLES = """\
  ovos-voice-agent models list --language de
  ovos-voice-agent models pull zipformer-en piper-en_US-ljspeech-medium
  ovos-voice-agent models remove whisper-tiny
  ovos-voice-agent models path                     the folder to carry to a machine without a network
  ovos-voice-agent models path zipformer-en        where one of them lies

A model that is here is used by its name, [engines.stt] model = "zipformer-en", or found by name = "auto".
"""

HERE, BEGUN, NOT_HERE = "*", "~", " "
TITLES = {"stt": "Recognition", "tts": "Voices", "turn": "Ends of turns"}
WIDTH = 100
BAR = 30


def register(commands: Commands) -> None:
    summary = "fetch better ears and voices, see what is here, remove it"
    command = add_command(commands, "models", summary=summary, examples=EXAMPLES, run=run)
    actions = command.add_subparsers(title="actions", required=True, metavar="ACTION")
    listing = _action(actions, "list", "show the recommended models and what each needs", list_models)
    listing.add_argument("--language", metavar="CODE", help="only those that know it, such as de")
    pulling = _action(actions, "pull", "fetch models; a download that broke off goes on", pull)
    pulling.add_argument("ids", nargs="+", metavar="MODEL")
    pulling.add_argument("--mirror", metavar="URL", help="fetch from there (default: models.mirror, or the origin)")
    removing = _action(actions, "remove", "delete models", remove)
    removing.add_argument("ids", nargs="+", metavar="MODEL")
    path = _action(actions, "path", "print the folder of all models, or of one", show_path)
    path.add_argument("id", nargs="?", metavar="MODEL")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, summary: str, do: object
) -> argparse.ArgumentParser:
    action = actions.add_parser(name, help=summary, description=summary[:1].upper() + summary[1:] + ".")
    action.set_defaults(do=do)
    add_config_option(action)
    return action


def run(args: argparse.Namespace) -> int:
    config = configuration(args)
    code: int = args.do(args, config, store_in(config.models.folder))
    return code


def list_models(args: argparse.Namespace, _: Config, store: Store) -> int:
    for kind, title in TITLES.items():
        print(title)
        for model in recommended():
            if model.kind == kind and (not args.language or model.speaks(args.language)):
                print(_paragraph(model, store))
    print(f"\n{HERE} on this machine, {BEGUN} begun. Fetch one: ovos-voice-agent models pull MODEL")
    return 0


def pull(args: argparse.Namespace, config: Config, store: Store) -> int:
    mirror = Mirror(args.mirror or config.models.mirror)
    for model in _named(args.ids):
        print(f"{model.id}: {megabytes(model.size)}, licence {model.licence}, from {model.origin}")
        bar = _Bar(model, sys.stderr)
        try:
            folder = asyncio.run(fetch(model, store, mirror, bar.show))
        finally:
            bar.end()
        print(f"{model.id} is whole and lies in {folder}")
        for line in _how_to_use(model):
            print(line)
    return 0


def remove(args: argparse.Namespace, _: Config, store: Store) -> int:
    for model in _named(args.ids):
        freed = store.remove(model)
        print(f"{model.id}: {megabytes(freed)} are free again" if freed else f"{model.id} was not here")
    return 0


def show_path(args: argparse.Namespace, _: Config, store: Store) -> int:
    if args.id is None:
        print(store.folder)
        return 0
    (model,) = _named([args.id])
    if not store.is_installed(model):
        raise VoiceAgentError(f"{model.id} is not on this machine: ovos-voice-agent models pull {model.id}")
    print(store.folder_of(model))
    return 0


def _named(ids: list[str]) -> list[Model]:
    """The models of these names. Raises VoiceAgentError for the first that is none."""
    models = []
    for model_id in ids:
        model = find(model_id)
        if model is None:
            known = ", ".join(model.id for model in recommended())
            raise VoiceAgentError(f"There is no model {model_id} in the catalogue. There are: {known}")
        models.append(model)
    return models


def _paragraph(model: Model, store: Store) -> str:
    mark = HERE if store.is_installed(model) else BEGUN if store.begun(model) else NOT_HERE
    languages = ", ".join(model.languages) if model.languages else "many languages"
    machine = {"any": "", "4 cores": " on 4 cores or more", "gpu": " on a GPU"}[model.machine]
    words = (
        f"{model.title} [{languages}]. {model.engine}, {megabytes(model.size)}, {model.memory_mb} MB of memory"
        f"{machine}. {model.licence}. {model.origin}"
    )
    first = f"  {mark} {model.id:<27} "
    return textwrap.fill(
        words, WIDTH, initial_indent=first, subsequent_indent=" " * len(first), break_on_hyphens=False,
        break_long_words=False,
    )  # fmt: skip


def _how_to_use(model: Model) -> Iterator[str]:
    if model.kind == "turn":
        return
    yield "Use it in the configuration, here or with any other model that is on this machine:"
    yield f"  [engines.{model.kind}]"
    yield f'  name = "{model.engine}"'
    yield f'  model = "{model.id}"'


class _Bar:
    """A bar for the whole model, on a terminal only: in a log it would be noise."""

    def __init__(self, model: Model, stream: TextIO) -> None:
        self._model = model
        self._stream = stream
        self._here: dict[str, int] = {}
        self._shown = ""

    def show(self, name: str, here: int, _size: int) -> None:
        """Told by the download."""
        self._here[name] = here
        total = sum(self._here.values())
        part = min(1.0, total / self._model.size)
        line = f"[{'#' * int(part * BAR):<{BAR}}] {part:4.0%}  {megabytes(total)} of {megabytes(self._model.size)}"
        if self._stream.isatty() and line != self._shown:
            self._shown = line
            print(f"\r{line:<79}", end="", file=self._stream, flush=True)

    def end(self) -> None:
        if self._shown:
            print(file=self._stream)
