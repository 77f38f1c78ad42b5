import Index
import TestSupport
import Testing

/// Texts and queries that write the same words differently. The first groups are public bug reports of other search engines.
@Suite(.timeLimit(.minutes(10))) struct SpellingTests {
    struct Spelling: Sendable, CustomTestStringConvertible {
        let text: String
        let query: String
        var testDescription: String { "\(text.debugDescription) for \(query.debugDescription)" }

        init(_ text: String, _ query: String) { (self.text, self.query) = (text, query) }
    }

    private static let quiet = [
        "A kettle of copper stands on the stove.", "Die Lampe im Turm brennt die ganze Nacht.", "Le bateau quitte le port ce soir.",
        "港の船が出る。静かな海。", "The 12 keepers wrote 1,500 pages in 2019.", "Version 1.0.7 of the manual, page 44.",
    ]

    private func index(of text: String) throws -> CollectionIndex {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2).index
        let entries = (Self.quiet + [text]).enumerated().map { entry(Int64($0), text: $1, [1, 0]) }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        return index
    }

    private func expectFirst(_ spelling: Spelling) throws {
        let hits = try index(of: spelling.text).searchLexical(spelling.query, limit: 3, allowed: nil)
        #expect(hits.first?.chunk == Int64(Self.quiet.count), "\(spelling.testDescription)")
    }

    static let invisible: [Spelling] = [
        .init("Die Donau\u{AD}dampf\u{AD}schiff\u{AD}fahrt begann im Mai.", "Donaudampfschifffahrt"),
        .init("Use the hyper\u{2060}calibrator for this step.", "hypercalibrator"),
        .init("The mega\u{FEFF}calibrator is here.", "megacalibrator"),
        .init("Use the super\u{200B}calibrator for this step.", "supercalibrator"),
        .init("Die Krankenversicherung zahlt.", "Kranken\u{AD}versicherung"), .init("Code \u{200E}QZ77\u{200F} today", "QZ77"),
        .init("The re\u{200C}calibrator, and its wi\u{200D}dget", "recalibrator widget"), .init("\u{FEFF}Ozonator first", "ozonator"),
        .init("東\u{200B}京\u{2060}都の塔", "東京都"), .init("a flag\u{FE0F}pole here", "flagpole"), .init("max\u{AD}_flow", "max_flow"),
    ]

    @Test(arguments: invisible) func invisibleCharactersAreIgnored(_ spelling: Spelling) throws { try expectFirst(spelling) }

    static let digitGroups: [Spelling] = [
        .init("Total due: 5,871,234 euros, payable soon.", "5871234"), .init("Total due: 7340551 euros.", "7,340,551"),
        .init("Total due: 2.114.908 euros.", "2114908"), .init("Total due: 4\u{A0}920\u{A0}316 euros.", "4920316"),
        .init("Total due: 9’145’073 euros.", "9145073"), .init("Total due: 1_846_209 euros.", "1846209"),
        .init("Total due: 12,34,567 euros.", "1234567"), .init("Total due: 9,417 euros.", "9417"),
        .init("Total due: 3,918,264 euros.", "3,918,264"), .init("Total due: 3\u{202F}918\u{202F}264 euros.", "3918264"),
        .init("Total due: 3\u{2009}918\u{2009}264 euros.", "3,918,264"), .init("Total due: 3'918'264 euros.", "3.918.264"),
        .init("Total due: 3 918 264 euros.", "3918264"), .init("Total due: 3,918,264.50 euros.", "3918264.50"),
        .init("Total due: 3.918.264,50 euros.", "3918264"), .init("المبلغ ٣٬٩١٨٬٢٦٤ دينار", "3918264"),
        .init("Total due: 1,23,45,678 rupees.", "12345678"), .init("Total due: ５，８７１ euros, or ７,３４０.", "7340"),
        .init("Total due: 5.871.234,50 euros.", "5871234.50"), .init("Total due: 5 871 234,50 euros.", "5871234"),
        .init("Total due: ５，８７１ euros.", "5871"),
        .init("Total due: 7·890·123 euros.", "7890123"), .init("Total due: 5,871,234.50 euros.", "5871234"),
        .init("It weighs 3,5 kg.", "3.5"),
    ]

    @Test(arguments: digitGroups) func groupedDigitsAreOneNumber(_ spelling: Spelling) throws { try expectFirst(spelling) }

    static let versions: [Spelling] = [
        .init("Release notes: fixed in v2.14.3 of the tool.", "2.14.3"), .init("Release notes: fixed in 3.15.4 of the tool.", "v3.15.4"),
        .init("Release notes: fixed in 6.27.1 of the tool.", "6.27"), .init("It needs Python3.11 to run.", "python 3.11"),
        .init("The printer is at 192.168.17.4 in the hall.", "192.168.17"), .init("The net is 172.20.16.0/20 there.", "172.20.16.0"),
        .init("Seen in 4.19.2 and later.", "4.19.2"), .init("Fixed in V7.3.", "7.3"), .init("Fixed in version 8.6.", "v8.6"),
        .init("It needs Java17.0.2 to run.", "java 17.0"), .init("Fixed in v5.2.8-rc1.", "5.2"), .init("Needs Python3 here.", "python 3"),
        .init("Needs 3.12.0b4 here.", "3.12"),
        .init("Built with OpenSSL1.1.1w here.", "openssl 1.1.1w"), .init("Use log4j2.17.1 here.", "2.17.1"),
        .init("The API v9 is new.", "9"), .init("An iPhone 15 here.", "iphone15"),
        .init("Fixed in 10.4.2.1.", "10.4.2"),
    ]

    @Test(arguments: versions) func versionsAreFoundWithoutTheirMarks(_ spelling: Spelling) throws { try expectFirst(spelling) }

    static let elisions: [Spelling] = [
        .init("Il répare l'hélice du bateau.", "hélice"), .init("On jette l’ancre dans la vase.", "ancre"),
        .init("Il peint l'écluse en bleu.", "ecluse"), .init("La clef de l'armoire rouge.", "d'armoire"),
        .init("Un litro dell'acqua dolce.", "acqua"), .init("Mr O'Neill came by train.", "oneill"),
        .init("Sous l'orage du soir.", "l'orage"),
        .init("Une barre d'or fin.", "or"), .init("Puisqu'aujourd'hui il neige.", "aujourd'hui"), .init("Mrs O’Brien left.", "O'Brien"),
        .init("Mr ONeill came by train.", "O'Neill"), .init("Nell'isola c'era un faro.", "isola"), .init("Els homes d'Alacant.", "alacant"),
        .init("Lorsqu'Ivan arrive.", "Ivan"), .init("Jusqu’Arles en train.", "arles"), .init("Sant'Angelo dorme.", "Angelo"),
        .init("Lʼéglise est ouverte.", "eglise"),
        .init("Hawaiʻi is far.", "hawaii"), .init("L＇auberge est pleine.", "auberge"), .init("Quest'inverno nevica.", "inverno"),
    ]

    @Test(arguments: elisions) func elidedArticlesAreOptional(_ spelling: Spelling) throws { try expectFirst(spelling) }

    static let joined: [Spelling] = [
        .init("Send an e-mail to the office.", "email"), .init("Every commit needs a sign-off line.", "signoff"),
        .init("The Wi-Fi module resets.", "wifi"), .init("Install Node.js first.", "nodejs"),
        .init("Shipped from the U.S.A. by sea.", "USA"),
        .init("Order part AB-1234-X9 now.", "AB1234X9"), .init("Set max_retry_count to 4.", "maxretrycount"),
        .init("A dutch-made copper lid.", "dutch made"), .init("Send email to the office.", "e-mail"), .init("The wifi resets.", "Wi-Fi"),
        .init("The sign\u{2010}offs of both.", "signoff"), .init("Order part AB1234X9 now.", "AB-1234-X9"),
        .init("A decision on-line.", "online"),
        .init("Set maxRetryCount to 4.", "max_retry_count"), .init("The co\u{2011}operative wrote.", "cooperative"),
        .init("Il a pris son porte-monnaie.", "portemonnaie"), .init("The Wi–Fi module resets.", "wifi"),
    ]

    @Test(arguments: joined) func joinedAndHyphenatedWordsAreEqual(_ spelling: Spelling) throws { try expectFirst(spelling) }

    static let scripts: [Spelling] = [
        .init("ﾌﾞﾚｰｷの部品。", "ブレーキ"), .init("ポンプの弁。", "ﾎﾟﾝﾌﾟ"), .init("العدد ٤٥٦٧ هنا", "4567"), .init("كتـــاب جديد", "كتاب"),
        .init("مدرسة كبيرة", "مدرســة"), .init("型番 ＡＢＣ１２３ です", "ABC123"), .init("港の舟が出る。", "舟"),
        .init("संख्या ४५६७ यहाँ", "4567"), .init("รหัส ๔๕๖๗ ที่นี่", "4567"), .init("کد ۴۵۶۷ است", "4567"), .init("Nummer 4567.", "٤٥٦٧"),
    ]

    @Test(arguments: scripts) func widthsAndDigitsOfAllScriptsAreEqual(_ spelling: Spelling) throws { try expectFirst(spelling) }

    static let lists: [Spelling] = [
        .init("311892D1,311992D3,330180D|RULE-A002", "311992D3"), .init("RB711/RB722/RB733;RB744", "RB733"),
        .init("Pass --error-on-warnings here.", "\"--error-on-warnings\""), .init("A dutch copper lid.", "dutch \"lid"),
        .init("To be or not to be", "to be or not to be"),
    ]

    @Test(arguments: lists) func listsAndQuotedWordsAreFound(_ spelling: Spelling) throws { try expectFirst(spelling) }

    @Test func raisedNumbersAndFractionsAreNumbersOfTheirOwn() throws {
        let index = try index(of: "About 10⁶ units of 3½ cups each, in m²")
        for absent in ["106", "312"] { #expect(index.searchLexical(absent, limit: 3, allowed: nil).isEmpty, "\(absent)") }
        for present in ["10⁶", "10^6", "3 ½", "m2", "m²"] {
            #expect(!index.searchLexical(present, limit: 3, allowed: nil).isEmpty, "\(present)")
        }
    }

    @Test func anotherSpellingTakesNoPosition() throws {
        let index = try index(of: "Send an e-mail message to l'hélice v2.14.3 today")
        for phrase in ["mail message", "e mail message", "message to l'hélice v2.14.3 today", "email message"] {
            #expect(index.searchLexical("\"\(phrase)\"", limit: 3, allowed: nil).count == 1, "\(phrase)")
        }
    }

    @Test func spellingsThatNoRowHasCostNothing() throws {
        let index = try index(of: "Send mail to the office, e.g. today")
        let plain = index.searchLexical("mail office", limit: 3, allowed: nil)
        #expect(index.searchLexical("mail-office", limit: 3, allowed: nil) == plain)
    }

    /// Hundreds of invoices that differ in one number: the number decides.
    @Test func eachNumberFindsItsInvoice() throws {
        let index = openIndex(try TestPaths.scratch("index"), dimension: 2).index
        let numbers = (0..<300).map { 5_871_234 + $0 * 7_919 }
        let entries = numbers.enumerated().map { place, number in
            let digits = Array(String(number))
            let grouped = "\(String(digits[..<1])),\(String(digits[1..<4])),\(String(digits[4...]))"
            return entry(Int64(place), text: "Invoice of the harbour office. Total due: \(grouped) euros.", [1, 0])
        }
        try index.apply(removingDocuments: [], adding: entries, sequence: 1)
        for (place, number) in numbers.enumerated() {
            #expect(index.searchLexical("invoice \(number)", limit: 1, allowed: nil).first?.chunk == Int64(place))
        }
    }
}
