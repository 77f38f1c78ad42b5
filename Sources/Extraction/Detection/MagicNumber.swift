/// The magic numbers of unsupported formats.
enum MagicNumber {
    /// Returns the name of the unsupported binary or page description format that `bytes` begin with, or `nil`.
    static func name(of bytes: [UInt8]) -> String? {
        if let known = table.first(where: { bytes.starts(with: $0.bytes) }) { return known.name }
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

    private static let riffKinds: [[UInt8]] = ["WAVE", "AVI "].map { Array($0.utf8) }

    private static let table: [(bytes: [UInt8], name: String)] = [
        ([0x50, 0x4B, 0x05, 0x06], "an empty ZIP archive"),
        ([0x50, 0x4B, 0x07, 0x08], "a split ZIP archive"),
        (Array("%!PS-Adobe".utf8), "PostScript"),
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
