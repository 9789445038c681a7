"""`ovos-voice-agent serve`: run the server until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse

from ovos_voice_agent.cli.configured import Commands, add_command, add_config_option, configuration, engine_problems

EXAMPLES = """\
  ovos-voice-agent serve
  ovos-voice-agent serve --port 9000 --config voice.toml
  ovos-voice-agent serve --tls-self-signed
  ovos-voice-agent serve --workers 4
  OVOS_VOICE_AGENT_SERVER__API_KEYS=sk-mine ovos-voice-agent serve --host 0.0.0.0 --tls-self-signed
"""


def register(commands: Commands) -> None:
    command = add_command(commands, "serve", summary="run the server", examples=EXAMPLES, run=run)
    command.add_argument("--host", metavar="H", help="address to listen on (default: 127.0.0.1, this machine only)")
    command.add_argument("--port", metavar="N", type=int, help="port to listen on; 0 takes a free one (default: 8000)")
    command.add_argument(
        "--tls-self-signed",
        action="store_true",
        default=None,
        help="serve https and wss with a certificate made and kept here: for phones, and for clients that insist",
    )
    command.add_argument("--tls-cert", metavar="FILE", help="serve https and wss with this certificate (PEM)")
    command.add_argument("--tls-key", metavar="FILE", help="the certificate's private key (PEM)")
    command.add_argument(
        "--workers",
        metavar="N",
        type=int,
        help="processes that share the port and the engines' worker processes, one for each core (default: 1)",
    )
    add_config_option(command)


def run(args: argparse.Namespace) -> int:
    config = configuration(args, engine_problems)
    from ovos_voice_agent.app import serve  # imports every part of the server: only when it is going to run

    return serve(config)
