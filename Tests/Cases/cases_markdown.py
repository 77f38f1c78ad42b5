"""Markdown: which lines are headings, what they say, and the title in front matter."""

from harness import add

LIST, BLOCK = "01 list-fence", "02 md-html-block"
FIRST = "The operator checks the gauge and writes the value into the book each morning. "
SECOND = "Close the valve slowly, wait for the needle to fall, and lock the cover again. "


def filler(sentence, size=1000):
    return (sentence * (size // len(sentence) + 1))[:size].rstrip() + "."


def manual(block):
    return f"# Manual\n\n## Start\n\n{block}\n\n{filler(FIRST)}\n\n## Stop\n\n{filler(SECOND)}\n"


def framed(kind, name, block, ghost=None, real=None):
    """Registers a row on the headings of a manual with the block: none holds `ghost`, and the last passage is below Stop alone.

    A `real` heading is one of level 1, so Stop is below it.
    """
    def check(world):
        client = world.tenant(f"{kind}-{name}")
        answer = client.put("manual.md", manual(block), "text/markdown")
        if answer.status != 200:
            return False, str(answer)
        headings = [hit["headings"] for hit in client.passages()]
        holds = bool(headings) and headings[-1] == ([real, "Stop"] if real else ["Stop"])
        if ghost:
            holds = holds and not any(ghost in heading for path in headings for heading in path)
        if real:
            holds = holds and any(real in path for path in headings)
        return holds, headings
    add(kind, name, check)


def item(marker, fence="```", line="# note"):
    indent = " " * len(marker)
    return f"{marker}{fence}sh\n{indent}{line}\n{indent}make all\n{indent}{fence}"


framed(LIST, "numbered", item("1. "), "note")
framed(LIST, "bullet", item("- "), "note")
framed(LIST, "star-tilde", item("* ", "~~~"), "note")
framed(LIST, "no-hash", item("- ", line="note here"), "note")
framed(LIST, "paren-marker", item("1) "), "note")
framed(LIST, "own-line", "1. Run this:\n\n   ```sh\n   # note\n   make all\n   ```", "note")
framed(LIST, "sibling-plus", item("+ "), "note")
framed(LIST, "sibling-two-digits", item("12. "), "note")
framed(LIST, "sibling-nested-bullet", "- outer\n  - ```sh\n    # note\n    make all\n    ```", "note")
framed(LIST, "sibling-four-backticks", item("3. ", "````"), "note")

for name, block in [
    ("two-steps", "1. ```sh\n   # note\n   ```\n2. ```sh\n   # note\n   ```"), ("three-markers", "- - - ```\n      # note\n      ```"), ("number-in-bullet", "- a\n  1. ~~~\n     # note\n     ~~~"),
    ("indented-code", "- step\n\n      # note"), ("code-after-marker", "1.     # note"), ("tab", "-\t```sh\n\t# note\n\tmake\n\t```"), ("not-indented", "- ```sh\n# note\nmake all\n```"),
    ("quote-in-list", "- > ```\n  > # note\n  > ```"), ("list-in-quote", "> - ```sh\n>   # note\n>   ```"), ("quote", "> ```\n> # note\n> ```"), ("closing-indented", "```\n    ```\n# note\n```"),
    ("tilde-holds-backticks", "~~~\n```\n# note\n~~~"), ("longer-fence", "- `````\n  ```\n  # note\n  `````"), ("info-words", "1. ```sh title=\"a b\" {1,3}\n   # note\n   ```"),
    ("blank-lines", "- ```sh\n\n  # note\n\n  # note two\n  ```"), ("unclosed", "- ```sh\n  # note\n  make all"), ("unclosed-own-line", "1. Run this:\n\n   ```sh\n   # note\n   make all"),
    ("setext-in-code", "- ```\n  note\n  ----\n  ```"), ("crlf", "1. ```sh\r\n   # note\r\n   ```"), ("nine-digits", "123456789. ```\n           # note\n           ```"), ("spaces-before", "  * ```\n    # note\n    ```"),
]:
    framed(LIST, f"sibling-{name}", block, "note")
framed(LIST, "sibling-shell-comment-outside", "1. Run `make`:\n\n# real\n\ntext", real="real")

framed(BLOCK, "comment", "<!-- first\n# ghost\nlast -->", "ghost")
framed(BLOCK, "comment-setext", "<!-- first\nghost\n---\nlast -->", "ghost")
framed(BLOCK, "comment-blank", "<!--\n\n# ghost\n\nlast\n-->", "ghost")
framed(BLOCK, "pre", "<pre>\n# ghost\n</pre>", "ghost")
framed(BLOCK, "div", "<div>\n# ghost\n</div>", "ghost")
framed(BLOCK, "details-real", "<details>\n\n# ghost\n\nInside.\n\n</details>", real="ghost")
framed(BLOCK, "fence", "```\n# ghost\n```", "ghost")
framed(BLOCK, "sibling-script-blank", "<script>\n\n# ghost\n\n</script>", "ghost")
framed(BLOCK, "sibling-processing", "<?php\n\n# ghost\n\n?>", "ghost")
framed(BLOCK, "sibling-table", "<table>\n<tr><td>\n# ghost\n</td></tr>\n</table>", "ghost")
framed(BLOCK, "sibling-cdata", "<![CDATA[\n\n# ghost\n\n]]>", "ghost")


for name, block in [
    ("style-blank", "<style>\n\n# ghost\n\n</style>"), ("textarea-blank", "<textarea>\n\n# ghost\n\n</textarea>"), ("pre-capitals", "<PRE class='a'>\n\n# ghost\n</pre>"),
    ("declaration", "<!DOCTYPE html\n# ghost\n>"), ("section", "<section>\n# ghost\n</section>"), ("closing-tag", "</div>\n# ghost"), ("custom-element", "<my-note a='>'>\n# ghost\n</my-note>"),
    ("attributes", "<div class=\"x\"\n     id=\"y\">\n# ghost\n</div>"), ("indented", "   <div>\n# ghost\n</div>"), ("after-text", "words\n<table>\n# ghost\n</table>"), ("in-item", "- <!--\n  # ghost\n  -->"),
    ("pre-in-item", "- <pre>\n\n  # ghost\n  </pre>"), ("in-quote", "> <!--\n> # ghost\n> -->"), ("comment-in-comment", "<!-- <!-- \n# ghost\n-->"), ("one-line-then-code", "<!-- a -->\n\n    # ghost"),
    ("iframe", "<iframe>\n# ghost\n</iframe>"), ("script-src", "<script src='a'>\n\n# ghost\n\n</script>"), ("details-tight", "<details>\n<summary>x</summary>\n# ghost\n</details>"),
]:
    framed(BLOCK, f"sibling-{name}", block, "ghost")
for name, block in [
    ("comment-one-line", "<!-- x -->\n# real"), ("pre-one-line", "<pre>x</pre>\n# real"), ("inline-tag", "<b>bold</b> words\n\n# real"), ("span-then-blank", "<span>\n\n# real"),
    ("comment-in-text", "a <!-- b\n\n# real"), ("less-than", "3 < 4 and <\n\n# real"), ("div-then-blank", "<div>\n\n# real\n\n</div>"), ("not-a-tag", "<3 words\n\n# real"),
]:
    framed(BLOCK, f"sibling-real-{name}", block, real="real")


def right_section(name, step):
    def check(world):
        client = world.tenant(f"{LIST}-{name}")
        text = (f"# Pump manual\n\n## Fill the pump\n\nOpen the upper tap before you start.\n\n{step}\n\n{filler(FIRST)}\n\n"
                f"## Drain the pump\n\nTo drain the pump, open the lower tap and let the water run out. {filler(SECOND, 600)}\n\n"
                f"## Store the pump\n\nKeep it dry and cover it. {filler(FIRST, 600)}\n")
        client.put("pump.md", text, "text/markdown")
        hits = client.search("how do I drain the pump")
        return hits and hits[0]["headings"] == ["Drain the pump"], [hit["headings"] for hit in hits[:3]]
    add(LIST, name, check)


right_section("right-section", item("1. "))
right_section("sibling-right-section-tilde", item("- ", "~~~"))


# Titles and headings


def titled(kind, name, text, title, media_type="text/markdown"):
    def check(world):
        client = world.tenant(kind)
        answer = client.put(f"{name}.md", text, media_type)
        seen = client.document(f"{name}.md").get("title")
        return answer.status == 200 and seen == title, f"{answer.status} title {seen!r}, wanted {title!r}"
    add(kind, name, check)


ENTITY = "55 md-title-entity"
titled(ENTITY, "amp", "# A &amp; B\n\nText.\n", "A & B")
titled(ENTITY, "lt-gt", "# Use &lt;raw&gt; mode\n\nText.\n", "Use <raw> mode")
titled(ENTITY, "setext", "Salt &amp; pepper\n=====\n\nText.\n", "Salt & pepper")
titled(ENTITY, "bare", "# A & B\n\nText.\n", "A & B")
titled(ENTITY, "sibling-numeric", "# Caf&#233; &#x26; bar\n\nText.\n", "Café & bar")
titled(ENTITY, "sibling-named", "# Prices in &euro; &mdash; 2026\n\nText.\n", "Prices in € — 2026")
for name, heading, title in [
    ("html5", "A &check; list", "A \u2713 list"), ("null", "a &#0; b", "a \ufffd b"), ("sign", "a &#+38; b", "a &#+38; b"), ("eight-digits", "a &#xFFFFFFFF; b", "a &#xFFFFFFFF; b"), ("no-semicolon", "&copy 2020", "&copy 2020"),
    ("unknown", "a &nope; b", "a &nope; b"), ("escaped", "a \\&amp; b", "a &amp; b"), ("two-backticks", "`` a ` &lt; ``", "a ` &lt;"), ("emphasis", "**Q &amp; A** _now_", "Q & A now"), ("star", "2 * 3 = 6", "2 * 3 = 6"),
    ("link", "[Q &amp; A](http://x/(y) \"t\")", "Q & A"), ("autolink", "See <http://x.org/a>", "See http://x.org/a"), ("closing-hashes", "Q &amp; A ##", "Q & A"), ("amp-amp", "&amp;amp;", "&amp;"),
    ("snake", "The max_retry_count key", "The max_retry_count key"), ("image", "![Salt &amp; oil](a.png) here", "Salt & oil here"),
]:
    titled(ENTITY, f"sibling-{name}", f"# {heading}\n\nText.\n", title)
titled(ENTITY, "sibling-code-keeps", "# Write `&amp;` here\n\nText.\n", "Write &amp; here")


def section(name, heading, wanted):
    def check(world):
        client = world.tenant(f"{ENTITY}-{name}")
        client.put("s.md", f"# Manual\n\n{filler(FIRST)}\n\n## {heading}\n\n{filler(SECOND)}\n", "text/markdown")
        seen = [hit["headings"] for hit in client.passages()]
        return seen and seen[-1] == [wanted], seen
    add(ENTITY, name, check)


section("section", "Q &amp; A", "Q & A")
section("sibling-section-quot", "The &quot;red&quot; lamp", 'The "red" lamp')

FRONT = "56 front-matter-title"
titled(FRONT, "folded", "---\ntitle: >\n  Kettle care\n  in winter\n---\n\nText.\n", "Kettle care in winter")
titled(FRONT, "folded-strip", "---\ntitle: >-\n  Kettle care\n  in winter\n---\n\n# Other\n\nText.\n", "Kettle care in winter")
titled(FRONT, "literal", "---\ntitle: |\n  Kettle care\n  in winter\n---\n\nText.\n", "Kettle care in winter")
titled(FRONT, "single-quote", "---\ntitle: 'The captain''s log'\n---\n\nText.\n", "The captain's log")
titled(FRONT, "comment", "---\ntitle: Kettle care # for winter\n---\n\nText.\n", "Kettle care")
titled(FRONT, "quoted-colon", '---\ntitle: "Kettle: care"\n---\n\nText.\n', "Kettle: care")
titled(FRONT, "sibling-plain-two-lines", "---\ntitle: Kettle care\n  in winter\ntags: [a]\n---\n\n# Other\n\nText.\n", "Kettle care in winter")
titled(FRONT, "sibling-double-quote-escape", '---\ntitle: "The \\"red\\" kettle"\n---\n\nText.\n', 'The "red" kettle')
titled(FRONT, "sibling-comment-after-quote", "---\ntitle: 'Kettle # care' # note\n---\n\nText.\n", "Kettle # care")
titled(FRONT, "sibling-literal-strip", "---\nauthor: B\ntitle: |-\n  Kettle care\n  in winter\n---\n\n# Other\n\nText.\n", "Kettle care in winter")

for name, matter, title in [
    ("folded-keep", "title: >+\n  Kettle care\n\n  in winter\n\ntags: a", "Kettle care in winter"), ("indent-digit", "title: |2-\n  Kettle care", "Kettle care"), ("key-quoted", '"title": Kettle care', "Kettle care"),
    ("space-before-colon", "title : Kettle care", "Kettle care"), ("capital-key", "Title: Kettle care", "Kettle care"), ("hash-in-word", "title: C# and F#", "C# and F#"), ("colon-inside", "title: Kettle: care", "Kettle: care"),
    ("double-over-lines", 'title: "Kettle\n  care"', "Kettle care"), ("unicode-escape", 'title: "Caf\\u00e9"', "Caf\u00e9"), ("nested-first", "author:\n  title: Dr\ntitle: Kettle care", "Kettle care"),
    ("list-before", "tags:\n  - a\n  - b\ntitle: Kettle care", "Kettle care"), ("comment-lines", "# note\ntitle: Kettle care\n# end", "Kettle care"), ("double-single", "title: 'It''s'", "It's"),
]:
    titled(FRONT, f"sibling-{name}", f"---\n{matter}\n---\n\n# Other\n\nText.\n", title)
for name, matter, title in [
    ("basic", 'title = "Kettle \\"care\\"" # note', 'Kettle "care"'), ("literal", "title = 'C:\\kettle'", "C:\\kettle"), ("multi-line", 'title = """\nKettle\ncare"""', "Kettle care"),
    ("table", 'title = "Kettle care"\n[author]\ntitle = "Dr"', "Kettle care"), ("only-in-table", '[author]\ntitle = "Dr"', "Other"),
]:
    titled(FRONT, f"sibling-toml-{name}", f"+++\n{matter}\n+++\n\n# Other\n\nText.\n", title)
titled(FRONT, "sibling-null", "---\ntitle: null\n---\n\n# Other\n\nText.\n", "Other")
titled(FRONT, "sibling-tilde", "---\ntitle: ~\n---\n\n# Other\n\nText.\n", "Other")
titled(FRONT, "sibling-json", '{\n  "tags": ["a"],\n  "title": "Kettle care"\n}\n\n# Other\n\nText.\n', "Kettle care")

BEFORE = "50 before-first-heading"
titled(BEFORE, "bom-front-matter", "\ufeff---\ntitle: Kettle care\n---\n\nText before.\n\n# Other\n", "Kettle care")
titled(BEFORE, "sibling-crlf-front-matter", "---\r\ntitle: Kettle care\r\n---\r\n\r\nText before.\r\n\r\n# Other\r\n", "Kettle care")
titled(BEFORE, "sibling-bom-dots", "\ufeff---\ntitle: Kettle care\n...\n\nText before.\n", "Kettle care")

titled("18 json-bom", "file-md", "\ufeff# Kettle\n\nText.\n", "Kettle")
titled("18 json-bom", "sibling-file-md-octet", "\ufeff# Kettle\r\n\r\nText.\r\n", "Kettle", "application/octet-stream")
