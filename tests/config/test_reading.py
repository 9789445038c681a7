"""The configuration: where values come from, who wins, and how mistakes are told."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import pytest

from ovos_voice_agent.config import Config, EngineConfig, ModelsConfig, Quota, is_loopback, known_keys, load
from ovos_voice_agent.engines.interface import Kind
from ovos_voice_agent.engines.registry import installed
from ovos_voice_agent.errors import ConfigError

DOCUMENT = Path(__file__).parents[2] / "docs" / "configuration.md"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "voice.toml"


def load_text(file: Path, text: str, environ: dict[str, str] | None = None) -> Config:
    file.write_text(text, encoding="utf-8")
    return load(file, environ)


def problems_of(file: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        load_text(file, text, environ)
    return list(caught.value.problems)


def test_nothing_configured_is_an_offline_server_on_loopback() -> None:
    config = load()
    assert (config.server.host, config.server.port, config.server.api_keys) == ("127.0.0.1", 8000, ())
    assert config.session.silence_duration_ms == 500
    engines = config.engines
    names = [engine.name for engine in (engines.vad, engines.stt, engines.llm, engines.tts)]
    assert names == ["dual", "pocketsphinx", "offline", "espeak-ng"]


def test_the_file_the_environment_and_the_command_line_win_in_this_order(file: Path) -> None:
    file.write_text("[server]\nport = 1\nhost = '127.0.0.2'\nmax_sessions = 3\n")
    config = load(
        file, {"OVOS_VOICE_AGENT_SERVER__PORT": "2", "OVOS_VOICE_AGENT_SERVER__HOST": "127.0.0.3"}, {"server.port": 4}
    )
    assert (config.server.port, config.server.host, config.server.max_sessions) == (4, "127.0.0.3", 3)


def test_engine_options_are_handed_on_unread(file: Path) -> None:
    config = load_text(
        file, "[engines.llm]\nname = 'openai'\nbase_url = 'http://127.0.0.1:1/v1'\nheaders = {a = 'b'}\n"
    )
    assert config.engines.llm.name == "openai"
    assert config.engines.llm.options == {"base_url": "http://127.0.0.1:1/v1", "headers": {"a": "b"}}


@pytest.mark.parametrize(
    ("text", "option"),
    [("http://a/v1", "http://a/v1"), ("5", 5), ("0.5", 0.5), ("true", True), ('["a"]', ["a"]), ('"5"', "5"), ("", "")],
)
def test_engine_options_from_the_environment_are_json_or_text(text: str, option: object) -> None:
    config = load(environ={"OVOS_VOICE_AGENT_ENGINES__LLM__BASE_URL": text})
    assert config.engines.llm.options == {"base_url": option}


def test_an_engine_name_from_the_environment_is_always_text() -> None:
    assert load(environ={"OVOS_VOICE_AGENT_ENGINES__TTS__NAME": "5"}).engines.tts.name == "5"


def test_lists_tables_and_flags_from_the_environment() -> None:
    config = load(
        environ={
            "OVOS_VOICE_AGENT_SERVER__API_KEYS": "sk-one, sk-two",
            "OVOS_VOICE_AGENT_SERVER__ALLOWED_ORIGINS": '["https://a", "https://b"]',
            "OVOS_VOICE_AGENT_SERVER__SEND_RATE_LIMITS": "false",
            "OVOS_VOICE_AGENT_SERVER__SESSION_LIMIT_MINUTES": "0.5",
            "OVOS_VOICE_AGENT_SESSION__MODELS": '{"fast": "llama3.2"}',
        }
    )
    assert [(key.name, key.key) for key in config.server.api_keys] == [("key-1", "sk-one"), ("key-2", "sk-two")]
    assert config.server.allowed_origins == ("https://a", "https://b")
    assert config.server.send_rate_limits is False
    assert config.server.session_limit_minutes == 0.5
    assert config.session.models == {"fast": "llama3.2"}


def test_keys_may_have_names(file: Path) -> None:
    config = load_text(file, "[server]\napi_keys = [{name = 'kitchen', key = 'sk-1'}, 'sk-2']\n")
    assert [key.name for key in config.server.api_keys] == ["kitchen", "key-2"]


def test_secrets_are_not_shown() -> None:
    environ = {"OVOS_VOICE_AGENT_SERVER__API_KEYS": "sk-secret", "OVOS_VOICE_AGENT_ENGINES__LLM__API_KEY": "sk-secret"}
    assert "sk-secret" not in repr(load(environ=environ))


def test_all_mistakes_are_told_at_once_and_by_key(file: Path) -> None:
    text = """
    listen = 1
    [server]
    port = "8000"
    prot = 1
    default_dialect = "gamma"
    path_prefix = "voice/"
    [servr]
    host = "::1"
    [session]
    silence_duration_ms = -1
    voice = 3
    [engines.lmm]
    name = "openai"
    [engines.stt]
    name = 3
    [other]
    tts = "espeak-ng"
    """
    problems = problems_of(file, text, {"OVOS_VOICE_AGENT_SERVER__MAX_SESSIONS": "many"})
    assert sorted(problems) == [
        "engines.lmm: there is no such table; did you mean engines.llm?",
        "engines.stt.name: must be the name of an engine, in quotes",
        "listen: there is no such key",
        "other.tts: there is no such key",
        'server.default_dialect: must be one of "ga", "beta"',
        "server.max_sessions (from OVOS_VOICE_AGENT_SERVER__MAX_SESSIONS): must be a whole number of at least 0",
        "server.path_prefix: must be empty, or begin with a slash and not end with one, like /voice",
        "server.port: must be a whole number from 0 to 65535",
        "server.prot: there is no such key; did you mean server.port?",
        "servr.host: there is no such key; did you mean server.host?",
        "session.silence_duration_ms: must be a whole number of milliseconds from 0 to 10000",
        "session.voice: must be a text in quotes",
    ]


def test_mistakes_inside_of_engines_join_the_others(file: Path) -> None:
    file.write_text("[server]\nport = -1\n[engines.stt]\nname = 3\nodd = 1\n[engines.llm]\nname = 'x'\nodd = 2\n")
    judged: list[Mapping[str, EngineConfig]] = []

    def judge(engines: Mapping[str, EngineConfig], _: ModelsConfig) -> list[str]:
        judged.append(engines)
        return ["engines.llm.odd: is odd"]

    with pytest.raises(ConfigError) as caught:
        load(file, judge_engines=judge)
    assert [problem.split(":")[0] for problem in caught.value.problems] == [
        "server.port",
        "engines.stt.name",
        "engines.llm.odd",
    ]
    assert list(judged[0]) == [
        "vad",
        "llm",
        "tts",
        "frontend",
        "turn",
    ]  # whose options the nameless one's are, nobody knows
    assert judged[0]["llm"] == EngineConfig("x", {"odd": 2})


def test_an_engine_must_be_a_table(file: Path) -> None:
    assert problems_of(file, "[engines]\ntts = 'espeak-ng'\n") == [
        "engines.tts: must be a table with a name and the engine's options"
    ]


@pytest.mark.parametrize(
    "name", ["OVOS_VOICE_AGENT_SERVER__PROT", "OVOS_VOICE_AGENT_PORT", "OVOS_VOICE_AGENT_ENGINES__LLM"]
)
def test_an_unknown_variable_is_a_mistake(name: str) -> None:
    with pytest.raises(ConfigError, match=f"from {name}\\): there is no such key"):
        load(environ={name: "1"})


def test_variables_of_others_and_the_one_that_names_the_file_are_left_alone() -> None:
    assert load(environ={"PATH": "/bin", "OVOS_VOICE_AGENT_CONFIG": "x.toml"}) == load()


def test_broken_json_in_the_environment() -> None:
    with pytest.raises(ConfigError, match="must be JSON when it comes from the environment"):
        load(environ={"OVOS_VOICE_AGENT_SESSION__VOICES": "{"})


@pytest.mark.parametrize("key", ["1", "[1]", "[{key = 'a'}]", "[{name = 'a', key = 'b', role = 'c'}]"])
def test_keys_of_the_wrong_shape(file: Path, key: str) -> None:
    [problem] = problems_of(file, f"[server]\napi_keys = {key}\n")
    assert problem.startswith("server.api_keys: must be a list of keys")


def test_keys_that_cannot_be_told_apart(file: Path) -> None:
    problems = problems_of(file, "[server]\napi_keys = [{name='a', key='1'}, {name='a', key='2'}, 'ek_3']\n")
    assert problems == [
        "server.api_keys: two keys have the name a",
        "server.api_keys: key-3 begins with ek_, the mark of short-lived secrets",
    ]


def test_a_server_without_keys_stays_on_this_machine(file: Path) -> None:
    [problem] = problems_of(file, "[server]\nhost = '0.0.0.0'\n")
    assert problem.startswith("server.host: 0.0.0.0 can be reached from other machines")
    assert load_text(file, "[server]\nhost = '0.0.0.0'\napi_keys = ['sk']\n").server.host == "0.0.0.0"
    assert load_text(file, "[server]\nhost = '0.0.0.0'\nallow_insecure_network = true\n").server.host == "0.0.0.0"


def test_a_wrong_value_is_told_once_and_not_again_as_if_it_were_not_there(file: Path) -> None:
    text = "[server]\nhost = '0.0.0.0'\napi_keys = 'sk'\ntls_cert = 1\ntls_key = 'k.pem'\n"
    keys = [problem.split(":")[0] for problem in problems_of(file, text)]
    assert keys == ["server.tls_cert", "server.api_keys"]


def test_what_is_switched_off_cannot_be_the_default(file: Path) -> None:
    file.write_text('[server]\ndefault_dialect = "beta"\npreview_dialects = false\n')
    with pytest.raises(ConfigError) as caught:
        load(file)
    assert caught.value.problems == ("server.default_dialect: beta is switched off by server.preview_dialects = false",)


def test_a_certificate_is_given_whole_or_made(file: Path) -> None:
    assert problems_of(file, "[server]\ntls_cert = 'c.pem'\n") == ["server.tls_key: is needed with server.tls_cert"]
    [missing, both] = problems_of(file, "[server]\ntls_key = 'k.pem'\ntls_self_signed = true\n")
    assert missing == "server.tls_cert: is needed with server.tls_key"
    assert both.startswith("server.tls_self_signed: makes a certificate")
    assert load_text(file, "[server]\ntls_cert = 'c.pem'\ntls_key = 'k.pem'\n").server.tls_key == "k.pem"


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("[::1]", True),
        ("localhost", True),
        ("127.9.9.9", True),
        ("0.0.0.0", False),
        ("::", False),
        ("box.lan", False),
    ],
)
def test_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_a_file_that_is_not_there_or_not_toml(file: Path) -> None:
    with pytest.raises(ConfigError, match=r"voice\.toml: cannot be read: No such file"):
        load(file)
    assert "is not TOML" in problems_of(file, "port = = 1")[0]


@pytest.mark.parametrize(
    "key", ["[{name = 'key-1'}]", "['']", f"[{{name = 'key-1', key = 'a', hash = 'sha256:{'0' * 64}'}}]"]
)
def test_a_key_has_a_text_or_a_hash_and_not_both(file: Path, key: str) -> None:
    [problem] = problems_of(file, f"[server]\napi_keys = {key}\n")
    assert problem == "server.api_keys: key-1 needs either key or hash"


def test_keys_have_scopes_and_limits(file: Path) -> None:
    text = f"""
        [[server.api_keys]]
        name = "car"
        hash = "sha256:{"0" * 64}"
        scopes = ["audio"]
        limits = {{requests = "10/minute", sessions = 2}}
        [limits]
        tokens = "1000/day"
    """
    config = load_text(file, text)
    [key] = config.server.api_keys
    assert (key.name, key.key, key.scopes) == ("car", "", ("audio",))
    assert key.limits == Quota(requests="10/minute", sessions=2)
    assert config.limits == Quota(tokens="1000/day")
    assert load(None, {"OVOS_VOICE_AGENT_LIMITS__REQUESTS": "5/second"}).limits.requests == "5/second"


@pytest.mark.parametrize("amount", ["100", "0/minute", "-1/day", "1/week", "many/day"])
def test_amounts_per_time_are_written_in_one_way(file: Path, amount: str) -> None:
    [problem] = problems_of(file, f"[limits]\ntokens = '{amount}'\n")
    assert problem.startswith("limits.tokens: must be an amount per second, minute, hour or day")


def table_rows() -> list[list[str]]:
    lines = DOCUMENT.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line.startswith("| ") and "`" in line]


def test_every_key_is_documented() -> None:
    documented = {row[0].strip("`") for row in table_rows() if row[0].startswith("`") and len(row) == 3}
    assert documented == set(known_keys())


@pytest.mark.parametrize(
    ("kind", "name"),
    [("vad", "dual"), ("stt", "pocketsphinx"), ("llm", "offline"), ("tts", "espeak-ng")]
    + [(kind, "openai") for kind in ("stt", "llm", "tts")],
)
def test_every_option_of_an_engine_is_documented(kind: Kind, name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        installed().create(kind, name, {"no_such_option": 1})
    options = set(re.findall(r"[a-z_]+", " ".join(caught.value.problems).split("(it has: ")[1].split(")")[0]))
    if name == "openai":
        documented = {row[0].strip("`") for row in table_rows() if len(row) == 4 and row[1] in (kind, "all")}
    else:
        documented = {row[1].strip("`") for row in table_rows() if row[0] == f"{kind} `{name}`"}
    assert documented == options
