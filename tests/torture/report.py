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


def aligned(table, widths):
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in table]


def as_text(results):
    """One table; below it the whole text of what failed, which may have many lines, and once more what was missed, for
    those who see the end of it alone."""
    table = [COLUMNS, *rows(results)]
    widths = [min(60, max(len(row[column]) for row in table)) for column in range(len(COLUMNS))]
    failures = [f"\n{each['ordeal']}: {each['failure']}" for each in results if "failure" in each]
    missed = [row for row in table if row[-1] == MET[False]]
    seconds = sum(each["seconds"] for each in results)
    summary = f"\n{len(results)} ordeals in {seconds:.0f} s, {len(missed)} bounds missed"
    return "\n".join([*aligned(table, widths), *failures, summary, *aligned(missed, widths)])


def as_markdown(results):
    table = [COLUMNS, ("---",) * len(COLUMNS)]
    before = None
    for row in rows(results):
        table.append(row if row[0] != before else ("", *row[1:]))
        before = row[0]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in table)
