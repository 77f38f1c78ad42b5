/// The format that a file name extension indicates.
enum FileExtension: Equatable {
    case format(DocumentFormat)
    /// A known but unsupported extension, in lower case.
    case foreign(String)
    case unknown

    /// Returns `nil` if the name has no extension.
    init?(fileName: String) {
        guard let dot = fileName.utf8.lastIndex(of: Ascii.period), dot != fileName.startIndex else { return nil }
        let bytes = fileName.utf8[fileName.utf8.index(after: dot)...]
        let name = String(decoding: bytes.prefix(Self.longestName + 1).map(Ascii.lowercased), as: UTF8.self)
        if name.utf8.count > Self.longestName {
            self = .unknown
        } else if let format = Self.formats[name] {
            self = .format(format)
        } else if Self.foreignNames.contains(name) {
            self = .foreign(name)
        } else {
            self = .unknown
        }
    }

    /// Maximum length of a known extension, in bytes.
    private static let longestName = 16

    private static let names: [(format: DocumentFormat, names: String)] = [
        (.markdown, "md markdown mdown mkd mdx"), (.html, "html htm"), (.xhtml, "xhtml xht"),
        (.csv, "csv tsv tab"), (.json, "json jsonl ndjson geojson"),
        (.pdf, "pdf"), (.docx, "docx docm dotx dotm"), (.xlsx, "xlsx xlsm xltx xltm"), (.pptx, "pptx pptm potx potm ppsx ppsm"),
        (.odt, "odt ott"), (.ods, "ods ots"), (.odp, "odp otp"), (.epub, "epub"), (.rtf, "rtf"),
        (.eml, "eml mht mhtml"), (.mbox, "mbox mbx"), (.msg, "msg oft"), (.notebook, "ipynb"), (.svg, "svg"),
        (.xml, "xml rss atom xsd xsl xslt wsdl rdf opml kml gpx dita docbook dbk jats nxml tei xlf xliff"),
        (.doc, "doc dot"), (.xls, "xls xlt"), (.ppt, "ppt pps pot"), (.image, "png jpg jpeg jpe gif bmp tif tiff webp"),
        (.plainText, "txt text log rst adoc org tex srt vtt diff patch yaml yml toml ini cfg conf env"),
        (.plainText, "properties sql graphql proto swift rs py rb go c h cc cpp cxx hpp m mm java kt kts scala js mjs cjs jsx ts tsx"),
        (.plainText, "css scss less vue svelte php pl pm lua r jl sh bash zsh fish ps1 bat cmd cs fs hs ml ex exs erl clj dart zig"),
        (.plainText, "nim v vhd f90 asm s cmake mk gradle dockerfile tf"),
    ]

    private static let formats: [String: DocumentFormat] = names.reduce(into: [:]) { table, row in
        for name in row.names.split(separator: " ") { table[String(name)] = row.format }
    }

    private static let foreignNames: Set<String> = [
        "mobi", "pages", "numbers", "key", "odg", "vsd", "vsdx", "pub", "xlsb", "zip", "gz", "tgz", "bz2", "xz", "zst", "7z", "rar", "tar",
        "jar", "heic", "ico", "psd", "mp3", "mp4", "wav", "ogg", "flac", "avi", "mov", "mkv", "webm", "exe", "dll", "so", "dylib", "o",
        "a", "class", "wasm", "bin", "iso", "dmg", "sqlite", "db", "parquet", "pst", "ps", "eps", "woff", "woff2", "ttf", "otf",
    ]

    var format: DocumentFormat? { if case .format(let format) = self { format } else { nil } }

    /// Returns the format of a text whose name is that of one; `nil` for other names.
    func text(_ content: TextLook) -> DocumentFormat? {
        guard let format, format.isMarkup else { return nil }
        return content.refined(format)
    }
}
