/// The encodings other than Unicode's and windows-1252 that texts come in.
package enum Charset: Sendable, Hashable, CaseIterable {
    case windows1250, windows1251, windows1253, windows1254, windows1255, windows1256, windows1257, windows1258, windows874
    case iso2, iso3, iso4, iso5, iso6, iso7, iso8, iso10, iso13, iso14, iso15, iso16
    case koi8r, koi8u
    case cp437, cp737, cp775, cp850, cp852, cp855, cp857, cp862, cp866
    case macRoman, macCyrillic, macCentralEurope, macGreek, macTurkish
    case shiftJIS, eucJP, iso2022JP, korean, iso2022KR, gb18030, big5

    /// - Parameter label: a name of the encoding, in lower case.
    package init?(label: String) {
        guard let charset = Self.labels[label] else { return nil }
        self = charset
    }

    /// - Parameter codePage: a number of Microsoft's, such as 932.
    package init?(codePage: Int) {
        guard let charset = Self.codePages[codePage] else { return nil }
        self = charset
    }

    /// Returns the text as UTF-8, or `nil` if the bytes are not of this encoding.
    package func utf8(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
        var decoder = CharsetDecoder(self)
        let text = decoder.decode(bytes)
        return decoder.errors == 0 ? text : nil
    }

    /// Returns the text as UTF-8, with U+FFFD for bytes that are not of this encoding.
    package func utf8Replacing(_ bytes: ArraySlice<UInt8>) -> [UInt8] {
        var decoder = CharsetDecoder(self)
        return decoder.decode(bytes)
    }

    /// - Source: WHATWG Encoding Standard, section 4.2, and names that mail programs write.
    private static let names: [(charset: Charset, labels: String)] = [
        (.windows1250, "windows-1250 cp1250 x-cp1250"), (.windows1251, "windows-1251 cp1251 x-cp1251"),
        (.windows1253, "windows-1253 cp1253 x-cp1253"),
        (.windows1254, "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 latin5 l5 iso_8859-9"),
        (.windows1255, "windows-1255 cp1255 x-cp1255"), (.windows1256, "windows-1256 cp1256 x-cp1256"),
        (.windows1257, "windows-1257 cp1257 x-cp1257"), (.windows1258, "windows-1258 cp1258 x-cp1258"),
        (.windows874, "windows-874 tis-620 iso-8859-11 iso8859-11 cp874 dos-874"),
        (.iso2, "iso-8859-2 iso8859-2 latin2 l2 iso_8859-2"), (.iso3, "iso-8859-3 iso8859-3 latin3 l3"),
        (.iso4, "iso-8859-4 iso8859-4 latin4 l4"), (.iso5, "iso-8859-5 iso8859-5 cyrillic iso_8859-5"),
        (.iso6, "iso-8859-6 iso8859-6 arabic iso-8859-6-e iso-8859-6-i asmo-708"), (.iso7, "iso-8859-7 iso8859-7 greek iso_8859-7"),
        (.iso8, "iso-8859-8 iso8859-8 hebrew iso-8859-8-i iso-8859-8-e iso_8859-8 logical visual"),
        (.iso10, "iso-8859-10 iso8859-10 latin6"), (.iso13, "iso-8859-13 iso8859-13"), (.iso14, "iso-8859-14 iso8859-14"),
        (.iso15, "iso-8859-15 iso8859-15 latin9 latin-9 l9"), (.iso16, "iso-8859-16"),
        (.koi8r, "koi8-r koi8 koi8_r koi cskoi8r"), (.koi8u, "koi8-u koi8-ru"),
        (.cp437, "cp437 ibm437 437"), (.cp737, "cp737 ibm737"), (.cp775, "cp775 ibm775"), (.cp850, "cp850 ibm850 850"),
        (.cp852, "cp852 ibm852 852"), (.cp855, "cp855 ibm855"), (.cp857, "cp857 ibm857"), (.cp862, "cp862 ibm862 dos-862"),
        (.cp866, "cp866 ibm866 866 csibm866"), (.macRoman, "macintosh mac macroman x-mac-roman"),
        (.macCyrillic, "x-mac-cyrillic x-mac-ukrainian maccyrillic"), (.macCentralEurope, "x-mac-ce maccentraleurope"),
        (.macGreek, "x-mac-greek"), (.macTurkish, "x-mac-turkish"),
        (.shiftJIS, "shift_jis shift-jis sjis x-sjis ms_kanji csshiftjis windows-31j cp932 ms932"),
        (.eucJP, "euc-jp x-euc-jp eucjp ujis cseucpkdfmtjapanese"), (.iso2022JP, "iso-2022-jp csiso2022jp iso-2022-jp-1 iso-2022-jp-2"),
        (.iso2022JP, "iso-2022-jp-ms cp50220 cp50221"),
        (.korean, "euc-kr euckr ks_c_5601-1987 ks_c_5601-1989 ksc5601 ksc_5601 korean windows-949 cp949 ms949 uhc cseuckr ks_c_5601"),
        (.iso2022KR, "iso-2022-kr csiso2022kr"),
        (.gb18030, "gb2312 gb_2312-80 gb_2312 gbk x-gbk gb18030 chinese csgb2312 euc-cn cp936 windows-936 ms936"),
        (.big5, "big5 big5-hkscs cn-big5 csbig5 x-x-big5 cp950 windows-950 big5hkscs"),
    ]

    private static let labels: [String: Charset] = names.reduce(into: [:]) { table, row in
        for label in row.labels.split(separator: " ") { table[String(label)] = row.charset }
    }

    private static let codePages: [Int: Charset] = [
        1250: .windows1250, 1251: .windows1251, 1253: .windows1253, 1254: .windows1254, 1255: .windows1255, 1256: .windows1256,
        1257: .windows1257, 1258: .windows1258, 874: .windows874, 437: .cp437, 737: .cp737, 775: .cp775, 850: .cp850, 852: .cp852,
        855: .cp855, 857: .cp857, 862: .cp862, 866: .cp866, 932: .shiftJIS, 936: .gb18030, 949: .korean, 950: .big5, 1361: .korean,
        10000: .macRoman, 10001: .shiftJIS, 10002: .big5, 10003: .korean, 10006: .macGreek, 10007: .macCyrillic, 10008: .gb18030,
        10029: .macCentralEurope, 10081: .macTurkish, 20866: .koi8r, 21866: .koi8u, 20932: .eucJP, 28592: .iso2, 28593: .iso3, 28594: .iso4,
        28595: .iso5, 28596: .iso6, 28597: .iso7, 28598: .iso8, 28599: .windows1254, 28603: .iso13, 28605: .iso15, 38598: .iso8,
        50220: .iso2022JP, 50221: .iso2022JP, 50222: .iso2022JP, 50225: .iso2022KR, 51932: .eucJP, 51949: .korean, 51936: .gb18030,
        52936: .gb18030, 54936: .gb18030, 20936: .gb18030, 20949: .korean,
    ]
}
