"""Turns what the attack tests found into a table, as text or as Markdown."""

COLUMNS = ("ordeal", "figure", "value", "wanted", "met")
MET = {True: "yes", False: "NO", None: ""}


def number(value):
    if isinstance(value, float):
        return f"{value:,.1f}" if value >= 10 else f"{value:.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def rows_of(result):
    name = result["ordeal"]
    for figure in result["figures"]:
        value = f"{number(figure['value'])} {figure['unit']}".strip()
        yield name, figure["name"], value, figure["wanted"], MET[figure["met"]]
    if "left_out" in result:
        yield name, "left out", result["left_out"], "", ""
    if "failure" in result:
        yield name, "failed", result["failure"].partition("\n")[0], "", "NO"


def rows(results):
    return [row for result in results for row in rows_of(result)]


def as_text(results):
    """One table; the whole text of what failed, which may have many lines, below it."""
    table = [COLUMNS, *rows(results)]
    widths = [min(60, max(len(row[column]) for row in table)) for column in range(len(COLUMNS))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]
    failures = [f"\n{each['ordeal']}: {each['failure']}" for each in results if "failure" in each]
    seconds = sum(each["seconds"] for each in results)
    missed = sum(row[-1] == MET[False] for row in table)
    return "\n".join([*lines, *failures, f"\n{len(results)} ordeals in {seconds:.0f} s, {missed} bounds missed"])


def as_markdown(results):
    table = [COLUMNS, ("---",) * len(COLUMNS)]
    before = None
    for row in rows(results):
        table.append(row if row[0] != before else ("", *row[1:]))
        before = row[0]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table)
