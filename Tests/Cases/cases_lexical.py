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
        ('sibling-zero-width-joiner', 'The re\u200dcalibrator is here.', 'recalibrator'),
        ('sibling-non-joiner', '\u06a9\u062a\u0627\u0628\u200c\u0647\u0627 \u0631\u0648\u06cc \u0645\u06cc\u0632 \u0627\u0633\u062a', '\u06a9\u062a\u0627\u0628\u0647\u0627'),
        ('sibling-mongolian-separator', 'The me\u180egacode is here.', 'megacode'),
        ('sibling-variation-selector', 'A flag\ufe0fpole stands.', 'flagpole'),
        ('sibling-embedding-marks', 'The val\u202aue\u202cfinder is here.', 'valuefinder'),
        ('sibling-ideographs', '\u6771\u200b\u4eac\u2060\u90fd\u306e\u5854', '\u6771\u4eac\u90fd'),
        ('sibling-ligature', 'The o\ufb03cemaster file', 'officemaster'),
        ('sibling-shy-number', 'Part 77\xad88\xad99 fits.', '778899'),
        ('sibling-grapheme-joiner', 'The na\u034fmekeeper sleeps.', 'namekeeper'),
        ('sibling-query-mark-first', 'The ozonator hums.', '\ufeffozonator'),
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
        ('sibling-european-decimals', 'Rechnung: 5.871.234,50 Euro.', '5871234.50'),
        ('sibling-european-whole', 'Rechnung: 6.871.235,50 Euro.', '6871235'),
        ('sibling-spaces-decimals', 'Facture: 7 871 236,50 euros.', '7871236'),
        ('sibling-full-width-comma', '\u5408\u8a08 \uff15\uff0c\uff18\uff17\uff11\uff0c\uff12\uff13\uff17 \u5186', '5871237'),
        ('sibling-middle-dot', 'Total 7\xb7890\xb7123 lei.', '7890123'),
        ('sibling-arabic-separator', '\u0627\u0644\u0645\u0628\u0644\u063a \u0663\u066c\u0669\u0661\u0668\u066c\u0662\u0666\u0664 \u062f\u064a\u0646\u0627\u0631', '3918264'),
        ('sibling-thin-space', 'Total 8\u2009918\u2009265 kr.', '8,918,265'),
        ('sibling-currency-before', 'Total \u20ac4,871,238 now.', '4871238'),
        ('sibling-currency-after', 'Total 3.871.239\u20ac now.', '3871239'),
        ('sibling-negative', 'Balance -2,871,240 now.', '2871240'),
        ('sibling-crore', 'Rs 1,23,45,678 paid.', '12345678'),
        ('sibling-plain-asked-by-spaces', 'Total 1971241 now.', '1 971 241'),
        ('sibling-plain-asked-by-underscores', 'Total 1971242 now.', '1_971_242'),
        ('sibling-apostrophe-asked-by-commas', "Total 1'971'243 now.", '1,971,243'),
        ('sibling-decimal-comma', 'It weighs 91,5 kg.', '91.5'),
        ('sibling-end-of-sentence', 'We paid 4,871,245.', '4871245'),
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
        ('sibling-release-candidate', 'Fixed in v5.2.8-rc1 today.', '5.2.8'),
        ('sibling-pre-release-dots', 'Fixed in 5.2.9-rc.1 today.', '5.2.9'),
        ('sibling-python-beta', 'Fixed in 3.12.7b4 today.', '3.12.7'),
        ('sibling-letter-suffix', 'Fixed in 1.1.9w today.', '1.1.9'),
        ('sibling-openssl-letter', 'Linked with OpenSSL1.1.8w here.', 'openssl 1.1.8w'),
        ('sibling-digit-in-name', 'Use log4j2.17.6 here.', '2.17.6'),
        ('sibling-one-part', 'The API v97 is out.', '97'),
        ('sibling-one-part-query', 'The API 98 is out.', 'v98'),
        ('sibling-name-and-major', 'It needs Python37 to run.', 'python 37'),
        ('sibling-name-apart', 'It needs iPhone 85 to run.', 'iphone85'),
        ('sibling-build', 'Fixed in 4.0.7+build5 today.', '4.0.7'),
        ('sibling-in-parentheses', 'Fixed (v2.44.3) today.', '2.44.3'),
        ('sibling-file-name', 'Get tool-3.44.5.tar.gz here.', '3.44.5'),
        ('sibling-underscore', 'Get tool_3.44.6 here.', '3.44.6'),
        ('sibling-full-width', '\u7248 \uff12.\uff11\uff14.\uff17 \u3067\u3059', '2.14.7'),
        ('sibling-major-minor-query', 'Seen in 17.32.1 and later.', '17.32'),
        ('sibling-ios', 'It needs iOS 17.52.1 here.', '17.52'),
        ('sibling-four-parts', 'Chrome 120.0.6099.71 is out.', '120.0.6099'),
        ('sibling-go', 'It needs go1.77 here.', 'go 1.77'),
        ('sibling-end-of-sentence', 'It needs v3.88.2.', '3.88.2'),
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
        ('sibling-lorsqu', "Lorsqu'Ivan arrive, il pleut.", 'Ivan'),
        ('sibling-jusqu', 'Le train va jusqu\u2019Arles.', 'Arles'),
        ('sibling-puisqu', "Puisqu'Odile dort.", 'Odile'),
        ('sibling-modifier-apostrophe', 'L\u02bc\xe9glise est ouverte.', 'eglise'),
        ('sibling-full-width-apostrophe', 'L\uff07auberge est pleine.', 'auberge'),
        ('sibling-left-quote', 'L\u2018usine est vide.', 'usine'),
        ('sibling-sant', "La festa di Sant'Angelo.", 'Angelo'),
        ('sibling-quest', "Quest'inverno nevica.", 'inverno'),
        ('sibling-nell', "Nell\u2019isola c'era un faro.", 'isola'),
        ('sibling-gl', "Gl'ingegneri ridono.", 'ingegneri'),
        ('sibling-rocknroll', "They play rock'n'roll.", 'rocknroll'),
        ('sibling-obrien', 'Mrs O\u2019Brien left.', "O'Brien"),
        ('sibling-dangelo', "Mr D'Angelo left.", 'dangelo'),
        ('sibling-okina', 'Hawai\u02bbi is far.', 'hawaii'),
        ('sibling-catalan-de', "Els homes d'Alacant.", 'Alacant'),
        ('sibling-capitals', "L'H\xd4TEL DE VILLE", 'hotel'),
        ('sibling-asked-by-other-apostrophe', 'Sous l\u2019orme du parc.', "l'orme"),
        ('sibling-ukrainian', '\u041c\u2019\u044f\u0442\u0430 \u0440\u043e\u0441\u0442\u0435 \u0432 \u0441\u0430\u0434\u0443.', "\u043c'\u044f\u0442\u0430"),
        ('sibling-possessive', 'The keeper\u2019s lamp', 'keeper'),
        ('sibling-contraction', 'They don\u2019t swim.', 'dont'),
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
        ('sibling-en-dash', 'The Wi\u2013Fi lamp blinks.', 'wifi'),
        ('sibling-x-ray', 'The X-ray room', 'xray'),
        ('sibling-t-shirt', 'A T-shirt shop', 'tshirt'),
        ('sibling-covid', 'The COVID-19 ward', 'covid19'),
        ('sibling-gpt', 'The GPT-4o key', 'gpt4o'),
        ('sibling-asp-net', 'The ASP.NET page', 'aspnet'),
        ('sibling-h264', 'An H.264 stream', 'h264'),
        ('sibling-phd', 'She has a Ph.D. now.', 'phd'),
        ('sibling-camel', 'The maxRetryCount key', 'max_retry_count'),
        ('sibling-kebab-asked-by-camel', 'The max-retry-limit key', 'maxRetryLimit'),
        ('sibling-date', 'Due 2024-05-17 now.', '20240517'),
        ('sibling-ssn', 'Number 123-45-6789 here.', '123456789'),
        ('sibling-porte-monnaie', 'Il perd son porte-monnaie.', 'portemonnaie'),
        ('sibling-c-plus-plus', 'Written in C++ there.', 'c++'),
        ('sibling-c-sharp', 'Written in C# there.', 'c#'),
        ('sibling-dot-net', 'Written for .NET there.', '.net'),
        ('sibling-e-mail-address', 'Write to jane.doe@example.org soon.', 'jane.doe@example.org'),
        ('sibling-diaeresis', 'The co\xf6perative meets.', 'cooperative'),
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
        ('sibling-bengali-digits', '\u09ae\u09cb\u099f \u09ea\u09eb\u09ec\u09ed \u099f\u09be\u0995\u09be', '4567'),
        ('sibling-thai-digits', '\u0e2b\u0e49\u0e2d\u0e07 \u0e54\u0e55\u0e56\u0e58 \u0e1b\u0e34\u0e14', '4568'),
        ('sibling-voiced-half-width', '\uff76\uff9e\uff7d\u306e\u5f01', '\u30ac\u30b9'),
        ('sibling-decomposed-kana', '\u304b\u3099\u3089\u3059\u306e\u6238', '\u304c\u3089\u3059'),
        ('sibling-decomposed-hangul', '\u1112\u1161\u11ab\u1100\u1173\u11af \ucc45', '\ud55c\uae00'),
        ('sibling-arabic-points', '\u0643\u0650\u062a\u064e\u0627\u0628 \u062c\u062f\u064a\u062f', '\u0643\u062a\u0627\u0628'),
        ('sibling-hebrew-points', '\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd \u05dc\u05db\u05d5\u05dc\u05dd', '\u05e9\u05dc\u05d5\u05dd'),
        ('sibling-greek-accents', '\u1f41\u03b4\u03cc\u03c2 \u03ba\u03b1\u03b9 \u03c6\u03c9\u03c2', '\u03bf\u03b4\u03bf\u03c2'),
        ('sibling-cyrillic-yo', '\u0401\u043b\u043a\u0430 \u0441\u0442\u043e\u0438\u0442 \u0432 \u0437\u0430\u043b\u0435.', '\u0435\u043b\u043a\u0430'),
        ('sibling-polish', '\u0141\xf3d\u017a le\u017cy tam.', 'lodz'),
        ('sibling-vietnamese', 'Vi\u1ec7t Nam \u0111\u1eb9p l\u1eafm', 'viet nam'),
        ('sibling-sharp-s', 'Die Stra\xdfe ist leer.', 'strasse'),
        ('sibling-dotted-i', '\u0130zmir g\xfczel', 'izmir'),
        ('sibling-raised-number', 'It holds 10\u2076 cells.', '10\u2076'),
        ('sibling-rare-ideograph', '\U00020bb7\u91ce\u5bb6\u306e\u5e97', '\U00020bb7\u91ce\u5bb6'),
        ('sibling-full-width-asked', 'Part QX8123 fits.', '\uff31\uff38\uff18\uff11\uff12\uff13'),
        ('sibling-circled', 'See note \u2466 there.', '7'),
        ('sibling-roman', 'Chapter \u2163 begins.', 'iv'),
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
