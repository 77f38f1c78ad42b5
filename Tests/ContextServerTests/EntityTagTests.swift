import ContextServer
import TestSupport
import Testing

/// The grammar of `If-Match` and `If-None-Match`.
@Suite(.timeLimit(.minutes(5))) struct EntityTagTests {
    @Test(arguments: [
        (["*"], EntityTagList.any), ([" * "], .any), (["", "*"], .any), ([#""a""#], .tags([EntityTag("a")])),
        ([#""""#], .tags([EntityTag("")])),
        ([#"W/"a""#], .tags([EntityTag("a", isWeak: true)])),
        ([#" "a" , W/"b,c",,"d"  "#], .tags([EntityTag("a"), EntityTag("b,c", isWeak: true), EntityTag("d")])),
        ([#""a""#, #""b""#], .tags([EntityTag("a"), EntityTag("b")])), ([#""*""#], .tags([EntityTag("*")])),
        ([#""é""#], .tags([EntityTag("é")])), ([#""\""#], .tags([EntityTag("\\")])),
    ])
    func isParsed(lines: [String], list: EntityTagList) { #expect(EntityTagList(lines) == list) }

    @Test(arguments: [
        "", " ", ",", "a", "'a'", "\"a", "a\"", "\"a\"b", "\"a\" \"b\"", "\"a b\"", "w/\"a\"", "W/a", "W/ \"a\"", "* *", "*, \"a\"",
        "\"a\", *", "**",
        "\"a\"\"b\"", "\"a\u{7F}\"", "\"\"\"",
    ])
    func isMalformed(value: String) { #expect(EntityTagList([value]) == nil) }

    @Test func starAndTagsOnTwoLinesAreMalformed() { #expect(EntityTagList(["*", "\"a\""]) == nil) }

    @Test(arguments: ["\"a\",", ",", " ", "W/\"a\", ", "\"", "W/", "*,", "\"a\" "])
    func parsingIsLinear(piece: String) {
        let growth = Growth.ofEightfold(making: { String(repeating: piece, count: $0) }) { _ = EntityTagList([$0]) }
        #expect(growth < 24, "\(growth)")
    }
}
