"""The file of providers: what is right is read, and every mistake is a sentence at the start."""

import json
from pathlib import Path

import pytest
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, RSAKey

from participation.people.oidc import is_enough
from participation.providers import Kind, Logout, is_safe_address
from participation.settings import Settings, SettingsError, from_environment

GOOD = {
    "host": "medvirkning.lillevik.example",
    "code": "id-porten",
    "name": "ID-porten",
    "kind": "resident",
    "issuer": "https://idporten.no",
    "client_id": "0f4c",
    "key_file": "key.pem",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys good and bad, under names that say which."""
    folder = tmp_path_factory.mktemp("providers")
    good, ec = RSAKey.generate_key(2048), ECKey.generate_key("P-256")
    with pytest.warns(SecurityWarning):
        small = RSAKey.generate_key(1024)
    (folder / "key.pem").write_bytes(good.as_pem(private=True))
    (folder / "key.jwk").write_text(json.dumps(good.as_dict(private=True)))
    (folder / "ec.pem").write_bytes(ec.as_pem(private=True))
    (folder / "public.pem").write_bytes(good.as_pem(private=False))
    (folder / "small.pem").write_bytes(small.as_pem(private=True))
    (folder / "curve.pem").write_bytes(ECKey.generate_key("P-384").as_pem(private=True))
    (folder / "shared.jwk").write_text(json.dumps(OctKey.generate_key(256).as_dict()))
    (folder / "no.jwk").write_text("{}")
    (folder / "noise.pem").write_text("secret noise")
    (folder / "secret").write_text("a secret of a good length\n")
    (folder / "short").write_text("short")
    return folder


def settings_of(folder: Path, *entries: dict[str, object], text: str | None = None) -> Settings:
    file = folder / "providers.toml"
    lines = (
        "\n".join(["[[provider]]", *(f"{name} = {json.dumps(value)}" for name, value in entry.items())])
        for entry in entries
    )
    file.write_text("\n".join(lines) if text is None else text)
    return from_environment({"PROVIDERS": str(file), "DATA_DIR": str(folder)})


def problems_of(folder: Path, *entries: dict[str, object], text: str | None = None) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        settings_of(folder, *entries, text=text)
    assert all(problem.endswith(".") for problem in caught.value.problems)
    return caught.value.problems


def test_without_a_file_nobody_vouches_for_anybody(tmp_path: Path) -> None:
    assert from_environment({"DATA_DIR": str(tmp_path)}).providers == ()


def test_the_three_examples_of_the_operations_manual_are_read(folder: Path) -> None:
    manual = (Path(__file__).parents[2] / "docs" / "operations.md").read_text(encoding="utf-8")
    example = manual.split("```toml\n")[1].split("```")[0]
    for name, kept in (
        ("id-porten.pem", "key.pem"),
        ("ansattporten.pem", "key.pem"),
        ("entra.secret", "secret"),
    ):
        assert name in example
        example = example.replace(f"/etc/participation/{name}", str(folder / kept))
    found = settings_of(folder, text=example).providers
    assert [one.kind for one in found] == [Kind.RESIDENT, Kind.STAFF, Kind.STAFF]
    assert all("pid" not in " ".join(one.scopes) for one in found)


@pytest.mark.parametrize("key", ["key.pem", "key.jwk", "ec.pem"])
def test_keys_in_each_form(folder: Path, key: str) -> None:
    [provider] = settings_of(folder, GOOD | {"key_file": key}).providers
    assert provider.key and provider.key.is_private
    assert provider.logout is Logout.BOTH
    assert provider.frame_ancestors == ("https://idporten.no",)
    assert "key" not in repr(provider).replace("key_id", "")


def test_a_secret_instead_of_a_key(folder: Path) -> None:
    entry = {name: value for name, value in GOOD.items() if name != "key_file"}
    [provider] = settings_of(folder, entry | {"client_secret_file": "secret", "kind": "staff"}).providers
    assert provider.secret == "a secret of a good length"
    assert provider.secret not in repr(provider)


@pytest.mark.parametrize(
    ("change", "about"),
    [
        ({"issuer": "http://idporten.no"}, "issuer"),
        ({"issuer": "https://idporten.no?x"}, "issuer"),
        ({"issuer": "https://user@idporten.no"}, "issuer"),
        ({"issuer": 7}, "issuer"),
        ({"host": "https://lillevik"}, "host"),
        ({"host": ""}, "host"),
        ({"code": "email"}, "code"),
        ({"code": "ID porten"}, "code"),
        ({"name": "x" * 61}, "name"),
        ({"kind": "robot"}, "kind"),
        ({"client_id": ""}, "client_id"),
        ({"scopes": ["profile"]}, "scopes"),
        ({"scopes": ["openid", 'a"b']}, "scopes"),
        ({"acr_values": 4}, "acr_values"),
        ({"ui_locales": "nb"}, "ui_locales"),
        ({"logout": "never"}, "logout"),
        ({"frame_ancestors": ["https://a.example/path"]}, "frame_ancestors"),
        ({"frame_ancestors": ["https://a.example; script-src *"]}, "frame_ancestors"),
        ({"colour": "red"}, "colour"),
        ({"key_file": "missing.pem"}, "missing.pem"),
        *(({"key_file": name}, "key_file") for name in (
            "public.pem", "small.pem", "curve.pem", "shared.jwk", "no.jwk", "noise.pem")),
        ({"client_secret_file": "secret"}, "either key_file or client_secret_file"),
        ({"client_secret_file": "short"}, "client_secret_file"),
        ({"certificate_file": "noise.pem"}, "certificate_file"),
    ],
)  # fmt: skip
def test_a_mistake_stops_the_start(folder: Path, change: dict[str, object], about: str) -> None:
    problems = problems_of(folder, GOOD | change)
    assert any(about in problem and "entry 1" in problem for problem in problems)
    assert not any("noise" in problem and "secret" in problem for problem in problems), (
        "contents are not told"
    )


def test_mistakes_are_told_together(folder: Path) -> None:
    assert len(problems_of(folder, GOOD | {"kind": "x", "code": "code"}, {"host": "a"})) > 6


def test_no_two_entries_for_one_address_or_issuer(folder: Path) -> None:
    assert len(problems_of(folder, GOOD, GOOD)) == 2
    assert settings_of(folder, GOOD, GOOD | {"host": "other.example"}).providers


@pytest.mark.parametrize(
    "text", ["", "[[provider", "x = 1", "[provider]\nhost='a'", "provider = [1]", "\x00"]
)
def test_what_is_no_file_of_providers(folder: Path, text: str) -> None:
    assert problems_of(folder, text=text)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="Cannot read"):
        from_environment({"PROVIDERS": str(tmp_path / "none.toml"), "DATA_DIR": str(tmp_path)})


@pytest.mark.parametrize(
    ("reached", "asked", "enough"),
    [
        ("idporten-loa-substantial", ("idporten-loa-substantial",), True),
        ("idporten-loa-high", ("idporten-loa-substantial",), True),
        ("idporten-loa-substantial", ("idporten-loa-high",), False),
        ("idporten-loa-low", ("idporten-loa-substantial", "idporten-loa-high"), False),
        ("urn:other", ("urn:other",), True),
        ("idporten-loa-high", ("urn:other",), False),
        (None, (), True),
        (None, ("urn:other",), False),
        (["urn:other"], ("urn:other",), False),
    ],
)
def test_levels(reached: object, asked: tuple[str, ...], enough: bool) -> None:
    assert is_enough(reached, asked) is enough


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://idporten.no/authorize?x=1", True),
        ("http://127.0.0.1:9400/token", True),
        ("http://idporten.no/", False),
        ("file:///etc/passwd", False),
        ("https://", False),
        ("https://a@b.example/", False),
        ("https://a.example:port/", False),
        ("https://a.example/\n", False),
        (None, False),
    ],
)
def test_addresses(address: object, safe: bool) -> None:
    assert is_safe_address(address) is safe
