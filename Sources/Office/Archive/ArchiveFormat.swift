public import Extraction

/// Detection of the document formats that are ZIP archives.
public enum ArchiveFormat {
    /// Returns the format of an archive by what is in it, whatever the file is called; `nil` if it is no document of a known format.
    public static func detect(_ file: FileBytes) -> DocumentFormat? {
        guard file.bytes(0..<2) == Array("PK".utf8), let archive = try? ZipArchive(file, limits: ExtractLimits()) else { return nil }
        return detect(archive)
    }

    static func detect(_ archive: ZipArchive) -> DocumentFormat? {
        if let type = (try? archive.contents("mimetype")) ?? nil, let format = format(mediaType: String(decoding: type, as: UTF8.self)) {
            return format
        }
        if let main = OfficePackage.mainPart(of: archive), let format = format(ofPart: main, in: archive) { return format }
        if archive.has("META-INF/container.xml") { return .epub }
        guard archive.has("content.xml"), let manifest = (try? archive.contents("META-INF/manifest.xml")) ?? nil,
            let root = (try? XMLElement.parse(manifest)) ?? nil
        else { return nil }
        let own = root.all("manifest:file-entry").first { $0["full-path"] == "/" }
        return own?["media-type"].flatMap(format(mediaType:))
    }

    private static func format(mediaType: String) -> DocumentFormat? {
        let type = mediaType.filter { !$0.isWhitespace && $0 != "\0" }
        if type == "application/epub+zip" { return .epub }
        guard type.hasPrefix(openDocument) else { return nil }
        switch type.dropFirst(openDocument.count) {
        case "text", "text-template", "text-master", "text-web": return .odt
        case "spreadsheet", "spreadsheet-template": return .ods
        case "presentation", "presentation-template", "graphics", "graphics-template": return .odp
        default: return nil
        }
    }

    private static let openDocument = "application/vnd.oasis.opendocument."

    private static func format(ofPart main: String, in archive: ZipArchive) -> DocumentFormat? {
        switch ArchivePath.folder(of: main).lowercased() {
        case "word": return .docx
        // A binary workbook has parts that are not XML.
        case "xl": return main.lowercased().hasSuffix(".bin") ? nil : .xlsx
        case "ppt": return .pptx
        default: break
        }
        guard let bytes = (try? archive.contents(main)) ?? nil, let root = (try? XMLElement.parse(bytes)) ?? nil else { return nil }
        switch root.name {
        case "w:document": return .docx
        case "x:workbook": return .xlsx
        case "p:presentation": return .pptx
        default: return nil
        }
    }
}
