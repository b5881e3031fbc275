"""Options that say how feed files are read where their content cannot."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from streams.feeds import FeedOptions

FileFormat = Annotated[str | None, typer.Option("--format", help="The format, where the content leaves it open.")]
Encoding = Annotated[str, typer.Option("--encoding", help="utf-8, or cp1252 for what older spreadsheets write.")]
Decimal = Annotated[str | None, typer.Option("--decimal", help="The decimal mark of the file's numbers: . or ,")]
DeclaredFlow = Annotated[
    str | None,
    typer.Option("--flow", metavar="FLOW", help="import or export, where a table of statistics does not say."),
]
HsCodes = Annotated[
    list[str] | None,
    typer.Option("--hs", metavar="CODE", help="Statistics: only codes that begin so. Repeat for several."),
]
HsEdition = Annotated[
    str | None,
    typer.Option("--hs-edition", metavar="EDITION", help="Edition of the codes, as HS2017, where a file does not say."),
]
Member = Annotated[
    str | None, typer.Option("--member", metavar="NAME", help="Which file of an archive that holds several.")
]
Revision = Annotated[
    int, typer.Option("--revision", metavar="N", min=1, help="Statistics: 2 and above for revised figures.")
]


def feed_options(
    *,
    file_format: str | None = None,
    encoding: str = "utf-8",
    decimal: str | None = None,
    flow: str | None = None,
    hs_codes: list[str] | None = None,
    hs_edition: str | None = None,
    member: str | None = None,
    revision: int = 1,
) -> "FeedOptions":
    """Return the declaration; raises :class:`streams.feeds.FeedError` where a part of it is none."""
    from streams.feeds import FeedError, FeedOptions, Flow

    if flow is not None and flow not in tuple(Flow):
        message = f"--flow must be import or export, was {flow!r}"
        raise FeedError(message)
    return FeedOptions(
        format=file_format,
        encoding=encoding,
        decimal=decimal,
        flow=None if flow is None else Flow(flow),
        hs_codes=tuple(hs_codes or ()),
        hs_edition=hs_edition,
        member=member,
        revision=revision,
    )
