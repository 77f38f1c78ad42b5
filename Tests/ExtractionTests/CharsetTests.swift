import Extraction
import Foundation
import TestSupport
import Testing

/// Encodings other than Unicode's and windows-1252. The bytes were written with Python's codecs.
@Suite struct CharsetTests {
    static let declared: [(label: String, text: String, bytes: [UInt8])] = [
        (
            "koi8-r", "Все люди",
            [
                0xF7, 0xD3, 0xC5, 0x20, 0xCC, 0xC0, 0xC4, 0xC9,
            ]
        ),
        (
            "windows-1251", "Все люди",
            [
                0xC2, 0xF1, 0xE5, 0x20, 0xEB, 0xFE, 0xE4, 0xE8,
            ]
        ),
        (
            "cp866", "Все",
            [
                0x82, 0xE1, 0xA5,
            ]
        ),
        (
            "iso-8859-2", "zażółć gęślą",
            [
                0x7A, 0x61, 0xBF, 0xF3, 0xB3, 0xE6, 0x20, 0x67, 0xEA, 0xB6, 0x6C, 0xB1,
            ]
        ),
        (
            "windows-1250", "žluťoučký kůň",
            [
                0x9E, 0x6C, 0x75, 0x9D, 0x6F, 0x75, 0xE8, 0x6B, 0xFD, 0x20, 0x6B, 0xF9, 0xF2,
            ]
        ),
        (
            "iso-8859-5", "Все",
            [
                0xB2, 0xE1, 0xD5,
            ]
        ),
        (
            "windows-1253", "Όλοι",
            [
                0xBC, 0xEB, 0xEF, 0xE9,
            ]
        ),
        (
            "iso-8859-7", "Όλοι",
            [
                0xBC, 0xEB, 0xEF, 0xE9,
            ]
        ),
        (
            "windows-1254", "İıŞş",
            [
                0xDD, 0xFD, 0xDE, 0xFE,
            ]
        ),
        (
            "windows-1255", "שלום",
            [
                0xF9, 0xEC, 0xE5, 0xED,
            ]
        ),
        (
            "windows-1256", "مرحبا",
            [
                0xE3, 0xD1, 0xCD, 0xC8, 0xC7,
            ]
        ),
        (
            "windows-1257", "ąčęė",
            [
                0xE0, 0xE8, 0xE6, 0xEB,
            ]
        ),
        (
            "windows-1258", "ăâđơ",
            [
                0xE3, 0xE2, 0xF0, 0xF5,
            ]
        ),
        (
            "windows-874", "สวัสดี",
            [
                0xCA, 0xC7, 0xD1, 0xCA, 0xB4, 0xD5,
            ]
        ),
        (
            "iso-8859-15", "10 €",
            [
                0x31, 0x30, 0x20, 0xA4,
            ]
        ),
        (
            "macintosh", "été €",
            [
                0x8E, 0x74, 0x8E, 0x20, 0xDB,
            ]
        ),
        (
            "shift_jis", "後輩は猫である。ｱ①",
            [
                0x8C, 0xE3, 0x94, 0x79, 0x82, 0xCD, 0x94, 0x4C, 0x82, 0xC5, 0x82, 0xA0, 0x82, 0xE9, 0x81, 0x42, 0xB1, 0x87,
                0x40,
            ]
        ),
        (
            "euc-jp", "後輩は猫である。",
            [
                0xB8, 0xE5, 0xC7, 0xDA, 0xA4, 0xCF, 0xC7, 0xAD, 0xA4, 0xC7, 0xA4, 0xA2, 0xA4, 0xEB, 0xA1, 0xA3,
            ]
        ),
        (
            "iso-2022-jp", "後輩は猫である。 a",
            [
                0x1B, 0x24, 0x42, 0x38, 0x65, 0x47, 0x5A, 0x24, 0x4F, 0x47, 0x2D, 0x24, 0x47, 0x24, 0x22, 0x24, 0x6B, 0x21,
                0x23, 0x1B, 0x28, 0x42, 0x20, 0x61,
            ]
        ),
        (
            "euc-kr", "모든 사람",
            [
                0xB8, 0xF0, 0xB5, 0xE7, 0x20, 0xBB, 0xE7, 0xB6, 0xF7,
            ]
        ),
        (
            "cp949", "똠방각하",
            [
                0x8C, 0x63, 0xB9, 0xE6, 0xB0, 0xA2, 0xC7, 0xCF,
            ]
        ),
        (
            "gbk", "人人生而自由，「開」",
            [
                0xC8, 0xCB, 0xC8, 0xCB, 0xC9, 0xFA, 0xB6, 0xF8, 0xD7, 0xD4, 0xD3, 0xC9, 0xA3, 0xAC, 0xA1, 0xB8, 0xE9, 0x5F,
                0xA1, 0xB9,
            ]
        ),
        (
            "gb18030", "人人𠀀é",
            [
                0xC8, 0xCB, 0xC8, 0xCB, 0x95, 0x32, 0x82, 0x36, 0xA8, 0xA6,
            ]
        ),
        (
            "big5", "人人生而自由，",
            [
                0xA4, 0x48, 0xA4, 0x48, 0xA5, 0xCD, 0xA6, 0xD3, 0xA6, 0xDB, 0xA5, 0xD1, 0xA1, 0x41,
            ]
        ),
    ]

    @Test(arguments: declared) func aDeclaredEncodingIsRead(_ label: String, _ text: String, _ bytes: [UInt8]) throws {
        #expect(try Extractor.extract(bytes, format: .plainText, declaredCharset: label).text == text)
    }

    struct Sample: Sendable, CustomTestStringConvertible {
        let charset: String, text: String, base64: String
        var bytes: [UInt8] { Array(Data(base64Encoded: base64) ?? Data()) }
        var testDescription: String { charset }
    }

    static let undeclared = [
        Sample(
            charset: "windows-1251",
            text: "Все люди рождаются свободными и ра"
                + "вными в своем достоинстве и правах"
                + ". Они наделены разумом и совестью "
                + "и должны поступать.",
            base64: "wvHlIOv+5Ogg8O7m5OD+8vH/IPHi7uHu5O377Ogg6CDw4OLt++zoIOIg8eLu5ewg5O7x8u7o7fHy4uUg6CDv8ODi4PUuIM7t6CDt4OTl6+Xt+y"
                + "Dw4Ofz7O7sIOgg8e7i5fHy/P4g6CDk7uvm7fsg7+7x8vPv4PL8Lg=="),
        Sample(
            charset: "koi8-r",
            text: "Все люди рождаются свободными и ра"
                + "вными в своем достоинстве и правах"
                + ". Они наделены разумом и совестью "
                + "и должны поступать.",
            base64: "99PFIMzAxMkg0s/WxMHA1NPRINPXz8LPxM7ZzckgySDSwdfO2c3JINcg09fPxc0gxM/T1M/JztPU18UgySDQ0sHXwcguIO/OySDOwcTFzMXO2S"
                + "DSwdrVzc/NIMkg08/XxdPU2MAgySDEz8zWztkg0M/T1NXQwdTYLg=="),
        Sample(
            charset: "windows-1253",
            text: "Όλοι οι άνθρωποι γεννιούνται ελεύθ"
                + "εροι και ίσοι στην αξιοπρέπεια και"
                + " τα δικαιώματα. Είναι προικισμένοι"
                + " με λογική.",
            base64: "vOvv6SDv6SDc7ejx+fDv6SDj5e3t6e/97fTh6SDl6+X96OXx7+kg6uHpIN/z7+kg8/Tn7SDh7unv8PHd8OXp4SDq4ekg9OEg5Onq4en+7OH04S"
                + "4gxd/t4ekg8PHv6erp8+zd7e/pIOzlIOvv4+nq3i4="),
        Sample(
            charset: "windows-1255",
            text: "כל בני האדם נולדו בני חורין ושווים"
                + " בערכם ובזכויותיהם. כולם חוננו בתב"
                + "ונה ובמצפון.",
            base64: "6+wg4fDpIOTg4+0g8OXs4+Ug4fDpIOfl+OnvIOX55eXp7SDh8vjr7SDl4ebr5enl+unk7S4g6+Xs7SDn5fDw5SDh+uHl8OQg5eHu9vTl7y4="),
        Sample(
            charset: "windows-1256",
            text: "يولد جميع الناس أحرارا متساوين في "
                + "الكرامة والحقوق. وقد وهبوا عقلا وض"
                + "ميرا وعليهم أن يعامل بعضهم بعضا بر"
                + "وح الإخاء.",
            base64: "7ebhzyDM4+3aIMfh5MfTIMPN0cfRxyDjytPH5u3kIN3tIMfh39HH48kg5sfhzd7m3i4g5t7PIOblyObHINre4ccg5tbj7dHHIOba4e3l4yDD5C"
                + "Dt2sfj4SDI2tbl4yDI2tbHIMjR5s0gx+HFzsfBLg=="),
        Sample(
            charset: "shift_jis",
            text: "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とにつ"
                + "いて平等である。人間は、理性と良心とを授けられている。",
            base64: "greC14LEgsyQbIrUgs2BQZC2gtyC6oLIgqqC54LJgrWCxI6pl1KCxYKgguiBQYKpgsKBQZG4jLWCxoygl5iCxoLJgsKCooLElb2TmYLFgqCC6Y"
                + "FCkGyK1ILNgUGXnZCrgsaXx5BTgsaC8I72gq+C54LqgsSCooLpgUI="),
        Sample(
            charset: "euc-jp",
            text: "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とにつ"
                + "いて平等である。人間は、理性と良心とを授けられている。",
            base64: "pLmk2aTGpM6/zbTWpM+hosC4pN6k7KTKpKyk6aTLpLekxryrzbOkx6SipOqhoqSrpMShosK6uLekyLiizfikyKTLpMSkpKTGyr/F+aTHpKKk66"
                + "Gjv8201qTPoaLN/cCtpMjOyb+0pMik8rz4pLGk6aTspMakpKTroaM="),
        Sample(
            charset: "euc-kr",
            text: "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 "
                + "동등하다. 인간은 천부적으로 이성과 양심을 부여받았으며 서로 "
                + "행동하여야 한다.",
            base64: "uPC15yDAzrCjwLogxcK+7rOvILanus7FzSDA2sCvt86/7LjnILHXIMG4vvaw+iCxx7iuv6EgwNa+7iC1v7Xux8+02S4gwM6wo8C6IMO1us7A+8"
                + "C4t84gwMy8urD6IL7nvcnAuyC6zr+pud6+0sC4uOcgvK23ziDH4LW/x8+/qb7fIMfRtNku"),
        Sample(
            charset: "gbk",
            text: "人人生而自由，在尊严和权利上一律平等。他们赋有理性和良心，并应以兄弟"
                + "关系的精神相对待。这是一个不能忘记的大国。",
            base64: "yMvIy8n6tvjX1NPJo6zU2tfw0c+6zciowPvJz9K7wsnGvbXIoaPL+8PHuLPT0MDt0NS6zcG80MSjrLKi06bS1NDWtdy52M+1tcS+q8nxz+C21L"
                + "T9oaPV4srH0ru49rK7xNzN/LzHtcS087n6oaM="),
        Sample(
            charset: "big5",
            text: "人人生而自由，在尊嚴和權利上一律平等。他們賦有理性和良心，並應以兄弟"
                + "關係的精神相對待。這是一個不能忘記的大國。",
            base64: "pEikSKXNptOm26XRoUGmYrRMxFmpTcV2p1GkV6RAq9+lrbWloUOlTK3MveGms7J6qcqpTah9pN+hQajDwLOlSKVTp8zD9qtZqrq666+rrNu576"
                + "vdoUOzb6xPpECt06Sjr+Cn0bBPqrqkarDqoUM="),
    ]

    @Test(arguments: undeclared) func aLongerTextTellsItsEncoding(_ sample: Sample) throws {
        #expect(try Extractor.extract(sample.bytes, format: .plainText).text == sample.text)
        let page = Array("<meta charset=utf-8><p>".utf8) + sample.bytes
        #expect(try Extractor.extract(page, format: .html).text == sample.text)
    }

    /// A short text, a random one, and one that says what it is not are rejected.
    @Test(arguments: undeclared) func inDoubtNothingIsGuessed(_ sample: Sample) {
        #expect(outcome(Array(sample.bytes.prefix(12)), .plainText)?.code == .undecodable)
        #expect(outcome(sample.bytes, .plainText, charset: "utf-8")?.code == .undecodable)
    }

    @Test func everyBytesAreTextOrNone() throws {
        let corpus = Self.declared.map(\.bytes)
        try Fuzzing("charsets").run(
            corpus: corpus, tokens: ["\u{1B}$B", "\u{1B}(B", "\u{1B}(I", "\u{E}", "\u{F}", "0", "\n"], maximumBytes: 256
        ) { input, _ in
            for charset in Charset.allCases {
                let text = charset.utf8Replacing(input[...])
                #expect(String(validating: text, as: UTF8.self) != nil)
                if let strict = charset.utf8(input[...]) { #expect(strict == text) }
            }
        }
    }
}
