"""The part of a document that a script writes: what stands between two marks."""



def replace_between_marks(path, text, name="measured"):
    begin, end = (f"<!-- {name}: {mark} -->\n" for mark in ("begin", "end"))
    with open(path, encoding="utf-8") as file:
        before, _, rest = file.read().partition(begin)
    _, mark, after = rest.partition(end)
    if not mark:
        raise SystemExit(f"{path} has no marks to put the table between")
    with open(path, "w", encoding="utf-8") as file:
        file.write(before + begin + text + end + after)
