"""`feuerwache adapters`: the list and its page, samples, recorded calls with their proof, tables; the pages."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner, Result

from feuerwache.common.config.community import Communities, Community
from feuerwache.common.http.signature import hex_hmac
from feuerwache.ingest.adapters.profile import Feature, Profile
from feuerwache.ingest.adapters.registry import OWN, UnknownKind, kinds, load
from feuerwache.ingest.adapters.sample import NoSample, folder, read_sample, samples
from feuerwache.ingest.adapters.table import TableSettings
from feuerwache.ingest.commands import app
from feuerwache.ingest.envelope import MAX_ITEMS
from feuerwache.ingest.integration import load_integrations

ROOT = Path(__file__).parents[4]
PLATFORMS = ROOT / "docs/platforms"
SAMPLE = folder("mapper") / "own-forum.json"

CONFIG = """\
integrations:
  - id: shop
    platform: shop
    communities: [one]
    adapter:
      kind: mapper
      secrets: {webhook: [{env: SHOP_SECRET}]}
      settings:
        proof: {hmac: {header: x-sig, timestamp: {header: x-time}, signed: "{timestamp}.{body}"}}
        rules:
          - kind: post
            fields: {post_id: item.id, author.id: item.who, text: item.text, created_at: item.at}
  - {id: bare, platform: bare, communities: [one]}
"""
BODY = {"id": 1, "who": 2, "text": "gut", "at": "2026-11-14T12:00:00Z"}


def call(*words: str, config: Path | None = None, **environment: str) -> Result:
    env = {**environment, **({"FEUERWACHE_CONFIG_DIR": str(config)} if config is not None else {})}
    return CliRunner().invoke(app, ["adapters", *words], env=env)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "communities.yaml").write_text("communities:\n  - {id: one, title: T, brand: b, rules: r, policy: p}\n")
    (tmp_path / "integrations.yaml").write_text(CONFIG)
    return tmp_path


def test_every_adapter_that_comes_along_is_there() -> None:
    assert kinds() == sorted(OWN) == ["discourse", "mapper", "mastodon", "meta", "table", "telegram", "youtube"]
    for name in OWN:
        assert load(name).profile.name == name
        assert samples(name)


def test_the_list_says_what_each_one_takes() -> None:
    found = {one["name"]: one for one in json.loads(call("list", "--json").stdout)}
    assert found.keys() == OWN.keys()
    assert found["table"]["missing"].keys() == {"signature"}
    assert found["mapper"]["secrets"] == {"webhook": True}
    assert found["mapper"]["samples"] == len(samples("mapper"))
    shown = call("list").stdout
    assert all(f"{name}  {one['title']}  ({one['way']}, " in shown for name, one in found.items())


def test_the_page_of_the_platforms_is_that_of_the_profiles() -> None:
    """Red? feuerwache adapters list --markdown > docs/platforms/README.md"""
    assert (PLATFORMS / "README.md").read_text("utf-8") == call("list", "--markdown").stdout


@pytest.mark.parametrize("kind", sorted(OWN))
def test_every_adapter_has_a_page_of_its_own(kind: str) -> None:
    page = (PLATFORMS / f"{kind}.md").read_text("utf-8")
    assert page.startswith("# ")
    assert "rivacy" in page


def test_a_sample_is_run_and_its_differences_are_told(tmp_path: Path) -> None:
    right = call("test", str(SAMPLE))
    assert right.exit_code == 0, right.stderr
    assert right.stdout.count("item      {") == 3
    wrong = json.loads(SAMPLE.read_text())
    wrong["expect"]["items"][0]["reach"] = 41
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps(wrong))
    found = call("test", str(file), "--kind", "mapper")
    assert found.exit_code == 1
    assert "differs: items: expected" in found.stderr


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"expct": {}}, "expct: Extra inputs are not permitted"),
        ({"features": ["flying"]}, "features.0: Input should be 'create'"),
        ({"settings": {"proof": {"token": {}}, "rules": []}}, "`rules` is empty"),
        ({"secrets": {}}, "there is no secret for {hmac:webhook:<now>.}"),
        ({"file": ["x"]}, "give `request` or `file`"),
    ],
)
def test_a_sample_that_is_none_is_told(tmp_path: Path, change: dict[str, Any], reason: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(json.dumps({**json.loads(SAMPLE.read_text()), **change}))
    found = call("test", str(file), "--kind", "mapper")
    assert found.exit_code == 1
    assert reason in found.stderr
    assert "Traceback" not in found.stderr


def test_a_missing_or_broken_sample_says_so(tmp_path: Path) -> None:
    with pytest.raises(NoSample, match="No such file"):
        read_sample(tmp_path / "nowhere.json")
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(NoSample, match="Invalid JSON"):
        read_sample(tmp_path / "x.json")


def recorded(folder: Path, secret: bytes, **change: str) -> Path:
    body = json.dumps({**BODY, **change})
    signature = hex_hmac(secret, f"1794657600.{body}".encode())
    file = folder / "recorded.json"
    file.write_text(json.dumps({"headers": {"X-Sig": signature, "X-Time": "1794657600"}, "body": body}))
    return file


def test_a_recorded_call_is_proved_with_the_secret_of_its_integration(config: Path) -> None:
    file = recorded(config, b"the-secret")
    words = ("test", str(file), "--integration", "shop", "--json", "--at")
    right = call(*words, "2026-11-14T12:00:10Z", config=config, SHOP_SECRET="the-secret")
    assert right.exit_code == 0, right.stdout + right.stderr
    assert [item["post_id"] for item in json.loads(right.stdout)["items"]] == ["1"]
    wrong = call(*words, "2026-11-14T12:00:10Z", config=config, SHOP_SECRET="another")
    assert (wrong.exit_code, json.loads(wrong.stdout)["refused"]) == (1, "wrong_signature")
    late = call(*words, "2026-11-14T12:06:00Z", config=config, SHOP_SECRET="the-secret")
    assert (late.exit_code, json.loads(late.stdout)["refused"]) == (1, "stale")
    unproved = call(*words, "2026-11-14T12:00:10Z", config=config)
    assert unproved.exit_code == 0
    assert json.loads(unproved.stdout)["proof"].startswith("not looked at")


def test_a_bare_body_takes_its_headers_from_the_line_and_problems_are_told(config: Path) -> None:
    file = config / "body.json"
    file.write_text(json.dumps({**BODY, "at": "gestern", "text": ""}))
    found = call("test", str(file), "--integration", "shop", "--header", "X-Time: 1", config=config)
    assert found.exit_code == 1
    assert "problem blank text" in found.stdout or "problem text_invisible text" in found.stdout
    assert "problem wrong_value created_at" in found.stdout or "created_at" in found.stdout
    assert call("test", str(file), "--integration", "shop", "--header", "nonsense", config=config).exit_code == 1


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("--integration", "shpo"), "no integration 'shpo'"),
        (("--integration", "bare"), "bare has no adapter in config/integrations.yaml; say --kind"),
        (("--integration", "shop", "--kind", "meta"), "shop has the adapter mapper, not meta"),
        (("--kind", "maper"), "there is no adapter 'maper'; did you mean 'mapper'?"),
        (("--kind", "mapper"), "settings"),
    ],
)
def test_what_cannot_be_tried_is_said(config: Path, words: tuple[str, ...], reason: str) -> None:
    file = config / "body.json"
    file.write_text(json.dumps(BODY))
    found = call("test", str(file), *words, config=config)
    assert found.exit_code == 1
    assert "Traceback" not in found.stderr
    assert reason in found.stderr or "proof: Field required" in found.stderr


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[" * 100_000, b"nonsense", b"null"])
def test_no_body_breaks_the_command(config: Path, raw: bytes) -> None:
    file = config / "body.bin"
    file.write_bytes(raw)
    found = call("test", str(file), "--integration", "shop", config=config)
    assert found.exit_code == 1
    assert found.exception is None or isinstance(found.exception, SystemExit)


def test_a_table_is_looked_through_without_sending_it(config: Path) -> None:
    file = config / "export.csv"
    file.write_text("post_id,author.id,text,created_at\n1,a,gut,2024-07-01T10:00:00Z\n2,a,gut,gestern\n")
    found = call("test", str(file), "--kind", "table", "--integration", "bare", "--json", config=config)
    assert json.loads(found.stdout) == {"good": 1, "wrong": 1, "skipped": 0, "stopped": None}
    assert found.exit_code == 1
    assert found.stderr.startswith("line 3: created_at")
    file.write_text('post_id,author.id,text,created_at\n1,a,"offen')
    assert "line 2: " in call("test", str(file), "--kind", "table").stderr


def test_an_import_needs_a_token_and_a_mapping_that_is_right(config: Path) -> None:
    file = config / "export.csv"
    file.write_text("x\n")
    words = ("import", str(file), "--integration", "bare")
    assert "no token: set FEUERWACHE_TOKEN" in call(*words, config=config, FEUERWACHE_TOKEN="").stderr
    mapping = config / "map.yaml"
    mapping.write_text("columns:\n  post_id: Nr\n  txt: Text\n")
    found = call(*words, "--map", str(mapping), config=config, FEUERWACHE_TOKEN="x")
    assert f"{mapping}:3:3: columns.txt" in found.stderr


def yaml_of(page: str, containing: str) -> Any:
    blocks = re.findall(r"^```yaml\n(.*?)^```$", (PLATFORMS / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)
    [found] = [block for block in blocks if containing in block]
    return found


def test_the_settings_on_the_pages_load(tmp_path: Path) -> None:
    (tmp_path / "integrations.yaml").write_text(yaml_of("mapper.md", "kind: mapper"), "utf-8")
    one = Community(id="morgenrot-forum", title="T", brand="b", rules="r", policy="p")
    [integration] = load_integrations(tmp_path, Communities(communities=(one,))).integrations
    assert integration.adapter is not None
    TableSettings.model_validate(YAML(typ="safe").load(yaml_of("table.md", "delimiter")))


def test_the_functions_and_limits_on_the_page_are_those_of_the_code() -> None:
    from feuerwache.ingest.adapters import expression, mapper  # noqa: PLC0415 - what this test alone looks at

    page = (PLATFORMS / "mapper.md").read_text("utf-8")
    assert set(re.findall(r"`([a-z_]+)\(", page.partition("| function | gives |")[2])) == set(expression.FUNCTIONS)
    for number in (f"{mapper.MAX_BODY // 1000} kB", f"{MAX_ITEMS:,} items", f"{expression.MOST_NODES:,} values"):
        assert number in page
    assert f"{expression.DEEPEST} levels" in page
    assert f"an expression {expression.LONGEST:,} characters" in page


def test_a_profile_must_speak_of_every_feature_once() -> None:
    def profile(**more: Any) -> Profile:
        return Profile(**{"name": "x", "title": "X", "way": "webhook", "docs": ("https://x.example",), **more})

    everything = dict.fromkeys(Feature, "")
    assert profile(features=everything).features == everything
    wrongs: tuple[dict[str, Any], ...] = (
        {"features": {}},
        {"features": everything, "missing": {Feature.EDIT: "no"}},
        {"features": {name: "" for name in Feature if name is not Feature.EDIT}},
    )
    for wrong in wrongs:
        with pytest.raises(ValueError, match="the profile of x must say of every feature"):
            profile(**wrong)


def test_an_adapter_that_is_not_there_is_told_with_the_nearest_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UnknownKind, match=r"there is no adapter 'discurse'; did you mean 'discourse'\?"):
        load("discurse")
    with pytest.raises(UnknownKind, match=r"there are discourse, mapper"):
        load("x")
    monkeypatch.setattr("feuerwache.ingest.adapters.registry.OWN", {"odd": "json:dumps"})
    with pytest.raises(UnknownKind, match="json:dumps is no AdapterKind"):
        load("odd")
