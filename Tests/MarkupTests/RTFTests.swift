import Extraction
import Markup
import TestSupport
import Testing

@Suite struct RTFTests {
    @Test func paragraphsAndCharacters() throws {
        let document = try rtf(
            #"{\rtf1\ansi{\fonttbl{\f0 Arial;}}{\info{\title My title}{\author Nobody}}\pard One\tab two\par Three\'e9\emdash{"#
                + #"\b bold} \{x\}\line next\par}"#
        )
        #expect(document.title == "My title")
        #expect(document.outline == ["p: One two", "p: Threeé—bold {x}\nnext"])
        #expect(document.mediaType.essence == "application/rtf")
    }

    @Test(arguments: [
        (#"{\rtf1\ansicpg1250 \'bf\'f3\'b3w}"#, "żółw"), (#"{\rtf1{\fonttbl{\f0\fcharset238 A;}}\f0\'bf\'f3\'b3w}"#, "żółw"),
        (#"{\rtf1{\fonttbl{\f0\fcharset128 A;}{\f1\fcharset0 B;}}\f0\'83]\'83\'8b\f1\'e9}"#, "ゾルé"),
        (#"{\rtf1\ansicpg936 \'d6\'d0\'ce\'c4}"#, "中文"), (#"{\rtf1{\fonttbl{\f0\fcharset204 A;}}\plain\f0\'c2\'f1\'e5}"#, "Все"),
        (#"{\rtf1\uc1\u20013?\u25991?}"#, "中文"), (#"{\rtf1\uc2\u20013\'d6\'d0x}"#, "中x"), (#"{\rtf1\uc0\u233 e}"#, "ée"),
        (#"{\rtf1\u-10240?\u-8398?}"#, "𐌲"), (#"{\rtf1\u-10240?x}"#, "\u{FFFD}x"), (#"{\rtf1{\uc1\u8364 {?}}x}"#, "€?x"),
        (#"{\rtf1\ansi a\~b\_c\-d}"#, "a b-cd"), (#"{\rtf1\mac \'8e}"#, "é"), (#"{\rtf1{\fonttbl{\f3\fcharset2 S;}}\f3\'b7\'e1}"#, "•"),
        (#"{\rtf1{\upr{ignored}{\*\ud{Gr\u252?n}}}}"#, "Grün"),
    ]) func encodings(_ source: String, _ want: String) throws {
        #expect(try rtf(source).text == want)
    }

    @Test(arguments: [
        #"{\rtf1 kept{\*\unknown gone}{\pict\bin3 }}}}{\header gone}{\footer gone}{\v gone}{\deleted gone}}"#,
        #"{\rtf1{\fonttbl{\f0 gone;}}{\colortbl;\red0;}{\stylesheet{\s0 gone;}}{\object{\*\objdata 6162}{\result kept}}}"#,
        #"{\rtf1{\field{\*\fldinst HYPERLINK "http://gone"}{\fldrslt kept}}}"#,
        #"{\rtf1{\shp{\*\shpinst{\sp{\sn gone}{\sv gone}}{\shptxt kept}}{\shprslt gone}}}"#,
    ]) func whatIsNotShownIsLeftOut(_ source: String) throws {
        #expect(try rtf(source).text == "kept")
    }

    @Test func headingsListsAndNotes() throws {
        let document = try rtf(
            #"{\rtf1{\stylesheet{\s0 Normal;}{\s1\outlinelevel0 heading 1;}{\s7\outlinelevel1 Mine;}}\pard\s1 First\par\pard\s0 "#
                + #"Text{\footnote\pard A note.} goes on.\par"#
                + #"\pard\s7 Second\par\pard{\listtext\'b7\tab}one\par{\listtext 2.\tab}two\par\pard\outlinelevel9 end\par}"#)
        #expect(
            document.outline == ["h1: First", "p: Text goes on.", "p: A note.", "h2: Second", "li: · one", "li: 2. two", "p: end"])
        #expect(document.title == "First")
    }

    @Test func tablesHaveRows() throws {
        let row = { (a: String, b: String) in #"\trowd\cellx1\cellx2\pard\intbl "# + a + #"\cell "# + b + #"\cell\row "# }
        let document = try rtf(#"{\rtf1 Before\par "# + row("Name", "Size") + row(#"Big\par box"#, "12") + #"\pard After\par}"#)
        #expect(document.outline == ["p: Before", "row: Name | Size", "row+: Big box | 12", "p: After"])
        let numbers = try rtf(#"{\rtf1 "# + row("1", "2") + row("3", "4") + "}")
        #expect(numbers.outline == ["row: 1 | 2", "row: 3 | 4"])
    }

    @Test func deepNestingIsBounded() throws {
        let open = String(repeating: "{", count: 200_000), close = String(repeating: "}", count: 200_000)
        #expect(try rtf(#"{\rtf1 a"# + open + "b" + close + "c}").text == "abc")
        #expect(try rtf(#"{\rtf1 a\bin999999999999999999999 b}"#).text == "a")
    }

    @Test func limitsAndOtherFiles() {
        for (source, code) in [("no rtf", ExtractError.Code.malformed), (#"{\rtf1 }"#, .empty), (#"{\rtf1 a\par b\par c}"#, .tooLarge)] {
            let error = #expect(throws: ExtractError.self) { try rtf(source, limits: ExtractLimits(maxBlocks: 2)) }
            #expect(error?.code == code)
        }
    }

    @Test func encapsulatedHTMLIsFound() throws {
        let source =
            #"{\rtf1\ansi\ansicpg1251\fromhtml1 \deff0{\fonttbl{\f0 Arial;}}{\*\generator x;}{\*\htmltag19 <html>}{\*\htmltag64 "#
                + #"<p>}\htmlrtf {\htmlrtf0 "#
            + #"\'c2\'f1\'e5 {\*\htmltag84 &amp;}\htmlrtf &\htmlrtf0  more\htmlrtf\par}\htmlrtf0 {\*\htmltag72 </p>}{\*\mhtmltag1 gone}}"#
        let html = try #require(EncapsulatedHTML.html(in: Array(source.utf8)))
        #expect(String(decoding: html, as: UTF8.self) == "<html><p>Все &amp; more</p>")
        #expect(EncapsulatedHTML.html(in: Array(#"{\rtf1 plain}"#.utf8)) == nil)
    }

    static let corpus = [
        #"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset128 A;}}{\stylesheet{\s1 heading 1;}}\pard\s1 A\'83]\par{\footnote n}"#
            + #"\u20013?x\par}"#,
        #"{\rtf1\trowd\cellx1\intbl a\cell b\cell\row{\listtext 1.\tab}x\par{\*\shpinst{\shptxt t}}\bin2 ab\v0 y}"#,
        #"{\rtf1\fromhtml1{\*\htmltag1 <p>}\htmlrtf x\htmlrtf0 y}"#,
    ].map { Array($0.utf8) }

    @Test func everyFileIsADocumentOrAnError() throws {
        let tokens = [
            "{", "}", "\\", "\\'", "\\*", "\\par ", "\\cell ", "\\row ", "\\u-1?", "\\uc9999 ", "\\bin5 ", "{\\footnote ", "{\\pict ",
            "\\trowd ",
            "\\dbch\\af0 ", "{\\*\\ud ", "\\f0\\'81", "{\\stylesheet{\\s1 ", "{\\fonttbl{\\f1\\fcharset134 ", "{\\listtext ", "\\v ",
        ]
        let fuzzing = Fuzzing("rtf")
        try fuzzing.run(corpus: Self.corpus, tokens: tokens) { input, number in
            if let document = try? RTFReader.read(FileBytes(input), ReadingContext(limits: ExtractLimits())) {
                expectSound(document, fuzzing.note(number))
            }
            _ = EncapsulatedHTML.html(in: input)
        }
    }
}
