/// The magic numbers of formats that are not text.
enum MagicNumber {
    /// Returns the name of the known binary or page description format that `bytes` begin with, or `nil`.
    static func name(of bytes: [UInt8]) -> String? {
        if let known = table.first(where: { bytes.starts(with: $0.bytes) }) { return known.name }
        if startsWithPDFMark(bytes) { return "PDF" }
        if bytes.starts(with: Array("RIFF".utf8)), riffKinds.contains(Array(bytes.dropFirst(8).prefix(4))) {
            return "RIFF media"
        }
        if bytes.dropFirst(4).starts(with: Array("ftyp".utf8)), bytes[0] == 0 { return "MP4 or HEIF media" }
        if bytes.starts(with: Array("MZ".utf8)), bytes.prefix(64).contains(0) { return "a Windows program" }
        if bytes.starts(with: Array("ID3".utf8)), bytes.dropFirst(3).first.map({ $0 < 0x10 }) == true {
            return "MP3 audio"
        }
        return nil
    }

    /// Returns whether the bytes begin with `%PDF-`, after an optional byte order mark and white space, which PDF readers accept.
    private static func startsWithPDFMark(_ bytes: [UInt8]) -> Bool {
        var start = bytes.prefix(1024)
        if start.starts(with: [0xEF, 0xBB, 0xBF]) { start = start.dropFirst(3) }
        return start.drop(while: Ascii.isWhite).starts(with: Array("%PDF-".utf8))
    }

    private static let riffKinds: [[UInt8]] = ["WEBP", "WAVE", "AVI "].map { Array($0.utf8) }

    private static let table: [(bytes: [UInt8], name: String)] = [
        ([0x50, 0x4B, 0x03, 0x04], "a ZIP archive (the container of Office and EPUB files)"),
        ([0x50, 0x4B, 0x05, 0x06], "an empty ZIP archive"),
        ([0x50, 0x4B, 0x07, 0x08], "a split ZIP archive"),
        ([0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1], "an OLE container (legacy or encrypted Office)"),
        (Array("{\\rtf".utf8), "RTF"),
        (Array("%!PS-Adobe".utf8), "PostScript"),
        ([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], "PNG"),
        ([0xFF, 0xD8, 0xFF], "JPEG"),
        (Array("GIF87a".utf8), "GIF"),
        (Array("GIF89a".utf8), "GIF"),
        ([0x49, 0x49, 0x2A, 0x00], "TIFF"),
        ([0x4D, 0x4D, 0x00, 0x2A], "TIFF"),
        ([0x1F, 0x8B], "gzip"),
        (Array("BZh9".utf8) + [0x31, 0x41, 0x59, 0x26], "bzip2"),
        ([0xFD, 0x37, 0x7A, 0x58, 0x5A, 0x00], "xz"),
        ([0x28, 0xB5, 0x2F, 0xFD], "Zstandard"),
        ([0x37, 0x7A, 0xBC, 0xAF, 0x27, 0x1C], "7-Zip"),
        (Array("Rar!".utf8) + [0x1A, 0x07], "RAR"),
        ([0x7F, 0x45, 0x4C, 0x46], "ELF"),
        ([0xCF, 0xFA, 0xED, 0xFE], "Mach-O"),
        ([0xCE, 0xFA, 0xED, 0xFE], "Mach-O"),
        ([0xCA, 0xFE, 0xBA, 0xBE], "a Java class or universal binary"),
        ([0x00, 0x61, 0x73, 0x6D], "WebAssembly"),
        (Array("SQLite format 3".utf8) + [0x00], "SQLite"),
        (Array("OggS".utf8) + [0x00], "Ogg media"),
        (Array("fLaC".utf8) + [0x00], "FLAC audio"),
        ([0x1A, 0x45, 0xDF, 0xA3], "Matroska media"),
        (Array("wOFF".utf8), "a font"),
        (Array("wOF2".utf8), "a font"),
        (Array("PAR1".utf8) + [0x15], "Parquet"),
    ]
}
