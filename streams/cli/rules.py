"""``floorwatch rules``: what is looked for, by which thresholds, and files that set them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from streams.cli.console import fail, number_of, out, print_json, print_lines, table
from streams.cli.options import AsJson, RuleFile, settings_of

if TYPE_CHECKING:
    from streams.market import Rules
    from streams.rules.rule import Rule

app = typer.Typer(help="The rules: what they find, their thresholds, and files that set them.", no_args_is_help=True)


@app.command("list")
def list_rules(
    *,
    rules: RuleFile = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Write the whole handbook.")] = False,
    as_json: AsJson = False,
) -> None:
    """
    List the rules and what each finds, as shipped or as a file (--rules) sets them.

    Example: [bold]floorwatch rules list --rules our-rules.toml[/]
    """
    from streams.rules.handbook import handbook, page

    found = _rules(rules)
    if markdown:
        print_lines("".join(f"{line}\n" for line in handbook(found.rules)))
        return
    pages = [page(rule) for rule in found.rules]
    if as_json:
        print_json({"rule_set": found.digest, "rules": [each._asdict() for each in pages]})
        return
    rows = [(each.name, each.what, each.judged) for each in pages]
    out.print(table(f"{number_of(len(rows), 'rule')}, rule set {found.digest}", ["rule", "finds", "judged"], rows))


@app.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A rule file.", exists=True, dir_okay=False)],
    *,
    as_json: AsJson = False,
) -> None:
    """
    Check a rule file; everything that is wrong is said at once, each with its line. Exit 1 on any error.

    Example: [bold]floorwatch rules check our-rules.toml[/]
    """
    found = _rules(file)
    if as_json:
        print_json({"file": str(file), "rule_set": found.digest, "rules": [rule.name for rule in found.rules]})
    else:
        out.print(f"{file}: {number_of(len(found.rules), 'rule')}, rule set {found.digest}", markup=False)


@app.command()
def explain(
    name: Annotated[str, typer.Argument(metavar="RULE", help="A rule, as floorwatch rules list names it.")],
    *,
    rules: RuleFile = None,
    as_json: AsJson = False,
) -> None:
    """
    Say what a rule finds, why, and by which thresholds.

    Example: [bold]floorwatch rules explain undercutting[/]
    """
    from streams.rules.handbook import page

    rule = _named(_rules(rules).rules, name)
    found = page(rule)
    if as_json:
        print_json(found._asdict() | {"settings": [each._asdict() for each in found.settings]})
        return
    out.print(found.what, style="bold", markup=False)
    if found.why:
        out.print(f"\n{found.why}\n", markup=False)
    rows = [(each.name, each.value, each.meaning, each.basis) for each in found.settings]
    out.print(table(f"{found.name}, judged {found.judged}", ["setting", ("value", "right"), "meaning", "basis"], rows))


def _rules(file: Path | None) -> "Rules":
    from streams.assembly import rules_of

    return rules_of(settings_of(rules=None if file is None else str(file)))


def _named(rules: "tuple[Rule, ...]", name: str) -> "Rule":
    found = next((rule for rule in rules if rule.name == name), None)
    if found is None:
        fail(f"no rule {name!r}: floorwatch rules list shows those there are")
    return found
