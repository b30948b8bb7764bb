"""The store is chosen by its URL; what is no store URL is refused with a sentence, and without the URL."""

import sys
from pathlib import Path

import pytest

from server.storage.connect import StoreUrlRefused, connect
from tests.contract.places import Place, a_document

clock = Place("").clock


async def test_a_path_is_relative_with_three_slashes_and_absolute_with_four(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    relative = connect("sqlite:///my%20cases.db", mongodb_driver="pymongo", clock=clock)
    absolute = connect(f"sqlite:///{tmp_path}/my%20cases.db", mongodb_driver="pymongo", clock=clock)

    await relative.start()
    await relative.create(a_document())
    await absolute.start()

    assert await absolute.get("case", "1") == a_document()
    assert (tmp_path / "my cases.db").exists()
    await relative.close()
    await absolute.close()


@pytest.mark.parametrize(
    "url",
    [
        "",
        "passage.db",
        "sqlite:passage.db",
        "sqlite://",
        "sqlite:///",
        "sqlite://s3cret/passage.db",
        "sqlite:///folder/",
        "sqlite:///a%00b",
        "postgresql://user:s3cret@host/passage",
        "mongodb://",
        "mongodb://user:s3cret@",
        "mongodb://user:s3cret:@@host/passage",
        "mongodb://user:s3cret@host:port/passage",
        "mongodb+pool://user:s3cret@host/passage",
    ],
)
def test_what_is_no_store_url_is_refused_without_telling_it(url: str) -> None:
    with pytest.raises(StoreUrlRefused) as refused:
        connect(url, mongodb_driver="pymongo", clock=clock)

    assert str(refused.value).endswith(".")
    assert "s3cret" not in str(refused.value)
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


@pytest.mark.parametrize(("driver", "extra"), [("pymongo", "mongo"), ("motor", "motor")])
def test_a_driver_that_is_not_installed_is_named_with_its_extra(
    driver: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in [name for name in sys.modules if name.split(".")[0] == driver or ".storage.mongo" in name]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, driver, None)

    with pytest.raises(StoreUrlRefused) as refused:
        connect("mongodb://localhost/passage", mongodb_driver=driver, clock=clock)

    assert f"driver {driver}, which is not installed" in str(refused.value)
    assert f"passage[{extra}]" in str(refused.value)
