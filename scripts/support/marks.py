"""The part of a document that a script writes: what stands between two marks."""

BEGIN, END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


def replace_between_marks(path, text):
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise SystemExit(f"{path} has no marks to put the table between")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + BEGIN + text + END + after)
