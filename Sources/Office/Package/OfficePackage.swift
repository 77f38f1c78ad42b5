import Extraction

/// A document of Office Open XML: parts in an archive, and relationships between them.
final class OfficePackage {
    let archive: ZipArchive
    /// The part that the package is about, such as `word/document.xml`.
    let main: String
    private var relationships: [String: Relations] = [:]

    private struct Relations {
        let list: [Relationship]
        let byID: [String: Relationship]

        init(_ list: [Relationship]) {
            self.list = list
            byID = Dictionary(list.map { ($0.id, $0) }, uniquingKeysWith: { first, _ in first })
        }
    }

    struct Relationship {
        let id: String
        /// The last segment of the type's URI, such as `styles`.
        let type: String
        /// The path of the part in the archive; for an external one, its URI.
        let target: String
        let isExternal: Bool
    }

    /// - Throws: `.malformed` if there is no main part.
    init(_ archive: ZipArchive) throws(ExtractError) {
        self.archive = archive
        guard let main = Self.mainPart(of: archive) else {
            if archive.hasEncryptedEntries { throw ExtractError(.encrypted, "the archive has encrypted entries") }
            throw ExtractError(.malformed, "the archive has no main part of an Office document")
        }
        self.main = main
    }

    /// Returns the target of the package's relationship to its document, or one of the usual names.
    static func mainPart(of archive: ZipArchive) -> String? {
        let relations = read("_rels/.rels", of: "", archive)
        if let relation = relations.first(where: { $0.type == "officeDocument" }), let name = archive.name(relation.target) { return name }
        let usual = ["word/document.xml", "xl/workbook.xml", "ppt/presentation.xml", "word/document2.xml", "xl/workbook.bin"]
        return usual.lazy.compactMap(archive.name).first
    }

    private func relations(of part: String) -> Relations {
        if let known = relationships[part] { return known }
        let folder = ArchivePath.folder(of: part)
        let path = (folder.isEmpty ? "" : folder + "/") + "_rels/" + ArchivePath.fileName(of: part) + ".rels"
        let found = Relations(Self.read(path, of: part, archive))
        relationships[part] = found
        return found
    }

    /// Returns the part to which a part has a relationship with this id.
    func target(_ id: String?, of part: String) -> String? {
        guard let id, let relation = relations(of: part).byID[id], !relation.isExternal else { return nil }
        return archive.name(relation.target)
    }

    /// Returns the first part of a type: by relationship, or, where that is missing, by its usual name in the same folder.
    func part(_ type: String, of part: String, usually name: String? = nil) -> String? {
        if let relation = relations(of: part).list.first(where: { $0.type == type && !$0.isExternal }) {
            if let found = archive.name(relation.target) { return found }
        }
        return name.flatMap { archive.name(ArchivePath.resolved($0, from: part)) }
    }

    func parts(_ type: String, of part: String) -> [String] {
        relations(of: part).list.filter { $0.type == type && !$0.isExternal }.compactMap { archive.name($0.target) }
    }

    /// Returns a part as a tree; `nil` if it is missing or damaged.
    ///
    /// - Throws: `.tooLarge` and `.encrypted`.
    func tree(_ part: String?) throws(ExtractError) -> XMLElement? {
        guard let part else { return nil }
        do throws(ExtractError) {
            guard let source = try archive.source(part) else { return nil }
            return try XMLElement.parse(source)
        } catch {
            if error.code == .malformed { return nil }
            throw error
        }
    }

    /// Returns the title in the document's properties.
    func title() -> String? {
        let properties = Self.read("_rels/.rels", of: "", archive).first { $0.type == "core-properties" }?.target ?? "docProps/core.xml"
        guard let bytes = (try? archive.contents(properties)) ?? nil, let root = (try? XMLElement.parse(bytes)) ?? nil else { return nil }
        guard let title = root.first("dc:title")?.text.trimmed else { return nil }
        // Only a short title is looked up: a long run of combining marks takes quadratic time.
        return title.utf8.count < 60 && Self.meaningless.contains(title.lowercased()) ? nil : title
    }

    /// Titles that programs give to new documents.
    private static let meaningless: Set<String> = [
        "powerpoint presentation", "powerpoint-präsentation", "présentation powerpoint", "presentación de powerpoint", "slide 1",
        "untitled", "document", "document1", "word document", "title",
    ]

    private static func read(_ path: String, of part: String, _ archive: ZipArchive) -> [Relationship] {
        guard let bytes = (try? archive.contents(path)) ?? nil, let root = (try? XMLElement.parse(bytes)) ?? nil else { return [] }
        return root.children.compactMap { element in
            guard let id = element["Id"], let type = element["Type"], let target = element["Target"] else { return nil }
            let isExternal = element["TargetMode"]?.lowercased() == "external"
            let name = type.split(separator: "/").last.map(String.init) ?? type
            return Relationship(
                id: id, type: name, target: isExternal ? target : ArchivePath.resolved(ArchivePath.decoded(target), from: part),
                isExternal: isExternal)
        }
    }
}
