"""Asking the store of alerts from a command: opened, asked, closed."""

import asyncio
from typing import TYPE_CHECKING, Final, TypeVar

from streams.cli.console import tell
from streams.settings import Settings, SettingsError, redis_url

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from alerts.redis_store import RedisStore

T = TypeVar("T")

_PAUSE_S: Final = 1.0


def open_store(settings: Settings) -> "RedisStore":
    """Return the store that *settings* name; raises :class:`alerts.store.StoreError` for an address that is none."""
    from alerts.redis_store import RedisStore
    from alerts.store import StoreError

    try:
        return RedisStore(redis_url(settings), settings.redis_namespace)
    except SettingsError:
        raise
    except ValueError as error:
        message = f"{error}: give Redis as redis://[user:password@]host:port/db"
        raise StoreError(message) from error


def ask_store(settings: Settings, ask: "Callable[[RedisStore], Awaitable[T]]") -> T:
    """Return what *ask* finds in the store; raises :class:`alerts.store.StoreError` where it cannot be asked."""

    async def asked() -> T:
        store = open_store(settings)
        try:
            return await ask(store)
        finally:
            await store.aclose()

    return asyncio.run(asked())


def wait_for_store(settings: Settings, patience_s: float) -> None:
    """
    Return once Redis answers, telling of each try; refused users and passwords are raised at once.

    Raises :class:`alerts.store.StoreUnavailableError` after *patience_s* seconds.
    """
    from alerts.store import StoreUnavailableError

    async def waited() -> None:
        store = open_store(settings)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        try:
            while True:
                try:
                    await store.last_offset()
                except StoreUnavailableError as error:
                    if loop.time() + _PAUSE_S > deadline:
                        raise
                    tell(f"{error}; trying again in {_PAUSE_S:g} s")
                    await asyncio.sleep(_PAUSE_S)
                else:
                    return
        finally:
            await store.aclose()

    asyncio.run(waited())
