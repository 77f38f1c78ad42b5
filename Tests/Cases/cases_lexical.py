"""Lexical search: a text among quiet ones must be found for another spelling of one of its words."""

import quiet
from harness import add, row


def first_hit(client, query, mode="lexical"):
    hits = client.search(query, mode=mode, limit=5)
    return hits[0]["document_id"] if hits else None


def lexical(kind, name, text, query):
    """Registers a row: among quiet documents, the one with `text` is first for `query`."""
    def check(world):
        client = world.tenant(f"{kind}-{name}")
        client.load([*quiet.documents(), {"id": "wanted", "text": text}])
        seen = first_hit(client, query)
        return seen == "wanted", f"{query!r} in {text!r}: first is {seen}"
    add(kind, name, check)


TABLE = {
    "06 invisible-characters": [
        ("soft-hyphen", "Die Donau\u00addampf\u00adschiff\u00adfahrt begann im Mai.", "Donaudampfschifffahrt"),
        ("word-joiner", "Use the hyper\u2060calibrator for this step.", "hypercalibrator"),
        ("feff", "The mega\ufeffcalibrator is here.", "megacalibrator"),
        ("zero-width-space", "Use the super\u200bcalibrator for this step.", "supercalibrator"),
        ("query-has-it", "Die Krankenversicherung zahlt.", "Kranken\u00adversicherung"),
        ("marks-around", "Code \u200eQZ77\u200f today", "QZ77"),
        ("sibling-query-zero-width", "The ultracalibrator is on the shelf.", "ultra\u200bcalibrator"),
        ("sibling-joiner-in-code", "Valve QK\u206088\u2060X7 is closed.", "QK88X7"),
        ("sibling-shy-russian", "Новый паро\u00adвоз стоит на пути.", "паровоз"),
        ("sibling-direction-isolates", "Order \u2066KX4411\u2069 came late.", "KX4411"),
    ],
    "07 digit-groups": [
        ("comma", "Invoice of the harbour office. Total due: 5,871,234 euros, payable soon.", "5871234"),
        ("reverse-comma", "Invoice of the harbour office. Total due: 7340551 euros, payable soon.", "7,340,551"),
        ("dot", "Invoice of the harbour office. Total due: 2.114.908 euros, payable soon.", "2114908"),
        ("nbsp", "Invoice of the harbour office. Total due: 4\u00a0920\u00a0316 euros, payable soon.", "4920316"),
        ("curly-apostrophe", "Invoice of the harbour office. Total due: 9\u2019145\u2019073 euros, payable soon.", "9145073"),
        ("underscore", "Invoice of the harbour office. Total due: 1_846_209 euros, payable soon.", "1846209"),
        ("indian", "Invoice of the harbour office. Total due: 12,34,567 euros, payable soon.", "1234567"),
        ("four-digits", "Invoice of the harbour office. Total due: 9,417 euros, payable soon.", "9417"),
        ("same", "Invoice of the harbour office. Total due: 3,918,264 euros, payable soon.", "3,918,264"),
        ("sibling-narrow-nbsp", "La facture du port: 6\u202f318\u202f775 euros.", "6318775"),
        ("sibling-straight-apostrophe", "Rechnung des Hafens: 8'240'119 Franken.", "8240119"),
        ("sibling-comma-asked-by-dots", "The harbour paid 3,562,880 crowns.", "3.562.880"),
        ("sibling-decimals", "The harbour paid 1,284,903.50 crowns.", "1284903.50"),
    ],
    "08 version-v": [
        ("without-v", "Release notes: fixed in v2.14.3 of the tool.", "2.14.3"),
        ("with-v", "Release notes: fixed in 3.15.4 of the tool.", "v3.15.4"),
        ("leading-parts", "Release notes: fixed in 6.27.1 of the tool.", "6.27"),
        ("glued-name", "It needs Python3.11 to run.", "python 3.11"),
        ("ip-prefix", "The printer is at 192.168.17.4 in the hall.", "192.168.17"),
        ("cidr", "The net is 172.20.16.0/20 there.", "172.20.16.0"),
        ("same", "Seen in 4.19.2 and later.", "4.19.2"),
        ("sibling-capital-v", "Firmware V7.33.1 is out.", "7.33.1"),
        ("sibling-two-parts", "Firmware v9.41 is out.", "9.41"),
        ("sibling-port", "The camera answers on 10.44.3.9:8554 now.", "10.44.3.9"),
        ("sibling-glued-openssl", "Linked with OpenSSL3.2 statically.", "openssl 3.2"),
    ],
    "09 elision": [
        ("l-straight", "Il répare l'hélice du bateau.", "hélice"),
        ("l-curly", "On jette l\u2019ancre dans la vase.", "ancre"),
        ("folded", "Il peint l'écluse en bleu.", "ecluse"),
        ("other-article", "La clef de l'armoire rouge.", "d'armoire"),
        ("italian", "Un litro dell'acqua dolce.", "acqua"),
        ("oneill", "Mr O'Neill came by train.", "oneill"),
        ("same", "Sous l'orage du soir.", "l'orage"),
        ("sibling-qu", "Il dit qu'Antoine arrive.", "Antoine"),
        ("sibling-aujourd-hui", "Le marché ferme aujourd\u2019hui.", "aujourd'hui"),
        ("sibling-catalan", "El color de l'oliva verda.", "oliva"),
        ("sibling-capital-curly", "L\u2019Écume des vagues.", "écume"),
    ],
    "10 hyphen-joined": [
        ("e-mail", "Send an e-mail to the office.", "email"),
        ("sign-off", "Every commit needs a sign-off line.", "signoff"),
        ("wi-fi", "The Wi-Fi module resets.", "wifi"),
        ("node-js", "Install Node.js first.", "nodejs"),
        ("usa-stops", "Shipped from the U.S.A. by sea.", "USA"),
        ("part-number", "Order part AB-1234-X9 now.", "AB1234X9"),
        ("snake", "Set max_retry_count to 4.", "maxretrycount"),
        ("parts", "A dutch-made copper lid.", "dutch made"),
        ("sibling-non-breaking-hyphen", "The co\u2011operative meets.", "cooperative"),
        ("sibling-joined-in-text", "Read the checkin rules.", "check-in"),
        ("sibling-kebab", "Pass dry-run-mode to the job.", "dryrunmode"),
        ("sibling-two-stops", "The U.K. office is open.", "UK"),
    ],
    "30 scripts-kana-digits": [
        ("half-width-kana", "ﾌﾞﾚｰｷの部品。", "ブレーキ"),
        ("reverse-half-width", "ポンプの弁。", "ﾎﾟﾝﾌﾟ"),
        ("arabic-digits", "العدد ٤٥٦٧ هنا", "4567"),
        ("tatweel", "كتـــاب جديد", "كتاب"),
        ("kashida-query", "مدرسة كبيرة", "مدرســة"),
        ("full-width", "型番 ＡＢＣ１２３ です", "ABC123"),
        ("cjk-one", "港の船が出る。", "船"),
        ("sibling-devanagari-digits", "कुल संख्या ७८३४ है", "7834"),
        ("sibling-persian-digits", "شماره ۵۶۹۱ اینجاست", "5691"),
        ("sibling-half-width-six-letters", "ﾊﾝﾄﾞﾙを右に回す。", "ハンドル"),
        ("sibling-reverse-arabic-digits", "الغرفة 8263 مغلقة", "٨٢٦٣"),
    ],
    "34 sku-list": [
        ("comma", "311892D1,311992D3,330180D|RULE-A002", "311992D3"),
        ("slash", "RB711/RB722/RB733;RB744", "RB733"),
        ("sibling-plus", "TK501+TK502+TK503", "TK502"),
        ("sibling-brackets", "[VX901](VX902){VX903}", "VX902"),
    ],
    "35 quotes-operators": [
        ("flag", "Pass --error-on-warnings here.", '"--error-on-warnings"'),
        ("unbalanced", "A dutch copper kettle.", 'copper "kettle'),
        ("sibling-parentheses", "A dutch copper kettle.", "(copper AND kettle) OR -lid"),
        ("sibling-unbalanced-curly", "A dutch copper kettle.", "\u201ccopper kettle"),
    ],
    "36 stop-words": [
        ("to-be", "To be or not to be", "to be or not to be"),
        ("sibling-the-who", "The Who", "the who"),
        ("sibling-it-is-what", "It is what it is", "it is what it is"),
    ],
}

for kind, rows in TABLE.items():
    for name, text, query in rows:
        lexical(kind, name, text, query)


def found_page(kind, name, html, query):
    def check(world):
        client = world.tenant(f"{kind}-{name}")
        client.load(quiet.documents())
        client.put("wanted", html, "text/html")
        seen = first_hit(client, query)
        return seen == "wanted", f"{query!r}: first is {seen}; text {client.content('wanted')!r}"
    add(kind, name, check)


found_page("06 invisible-characters", "html-shy", "<p>Die Gesamt&shy;kosten&shy;rechnung liegt bei.</p>", "Gesamtkostenrechnung")
found_page("06 invisible-characters", "sibling-html-zero-width-entity", "<p>Der Haus&#8203;meister&#173;dienst kommt.</p>", "Hausmeisterdienst")
found_page("11 superscript", "water-found", "<p>A glass of H<sub>2</sub>O stands here.</p>", "H2O")


# Hybrid search for one of many documents that differ in a number


def share(world, tenant, documents, asked, needed):
    """Returns whether at least `needed` of `asked` (query, id) find their document first."""
    client = world.tenant(tenant)
    client.load(documents)
    wrong = [(query, seen) for query, wanted in asked if (seen := first_hit(client, query, "hybrid")) != wanted]
    return len(asked) - len(wrong) >= needed, f"{len(asked) - len(wrong)} of {len(asked)} first; wrong: {wrong[:3]}"


def amount(number):
    return 5871234 + number * 130_517


@row("07 digit-groups", "hybrid-60")
def hybrid_invoices(world):
    documents = [{"id": f"i{n}", "text": f"Invoice of the harbour office. Total due: {amount(n):,} euros, payable soon."} for n in range(60)]
    return share(world, "07-hybrid-60", documents, [(f"invoice {amount(n)}", f"i{n}") for n in range(0, 60, 3)], 20)


@row("07 digit-groups", "sibling-hybrid-dots")
def hybrid_bills(world):
    documents = [{"id": f"i{n}", "text": f"Rechnung der Werft. Summe: {amount(n):,} Euro.".replace(",", ".")} for n in range(40)]
    return share(world, "07-hybrid-dots", documents, [(f"Rechnung {amount(n)}", f"i{n}") for n in range(0, 40, 2)], 20)


@row("08 version-v", "hybrid-100")
def hybrid_releases(world):
    subjects = ["the import", "the export", "the login page", "the search box", "the log file"]
    documents = [{"id": f"r{a}-{b}", "text": f"Release v2.{a}.{b}: this version repairs {subjects[(a + b) % 5]}."} for a in range(10) for b in range(10)]
    pairs = [(a, (3 * a + 7 * extra + 1) % 10) for extra in range(2) for a in range(10)][:12]
    return share(world, "08-hybrid-100", documents, [(f"what changed in 2.{a}.{b}", f"r{a}-{b}") for a, b in pairs], 12)


@row("08 version-v", "sibling-hybrid-with-v")
def hybrid_tags(world):
    documents = [{"id": f"r{a}-{b}", "text": f"Notes on 5.{a}.{b}: smaller changes to the viewer."} for a in range(6) for b in range(10)]
    pairs = [(a, (3 * a + 2) % 10) for a in range(6)]
    return share(world, "08-hybrid-with-v", documents, [(f"changes of v5.{a}.{b}", f"r{a}-{b}") for a, b in pairs], 6)
