import ArgumentParser
import Catalog
import Foundation
import JSON
import Originals

/// The `contextd catalog` command.
struct CatalogFiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "catalog", abstract: "Verify, back up and restore the catalog.",
        subcommands: [Verify.self, Backup.self, Restore.self])

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify the whole catalog; exits with 1 if anything is damaged. Works beside a running server.")
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let originals = common.directory.originals
            let check = try CatalogCheck(file: common.catalogFile()) { owner, digest, bytes in
                OriginalKey(owner: owner, digest: digest).map { FileOriginalStore.has($0, bytes: bytes, in: originals) } ?? false
            }
            let damage = check.findings.map { "damaged \($0.kind.rawValue): \($0.detail.escapingControls)" }
            try Output.print(.object(check.json), asJSON: common.json, damage + (check.isSound ? ["sound: \(check.line)"] : []))
            if !check.isSound { throw ExitCode(1) }
        }
    }

    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Write a consistent copy of the catalog to a new file. Works beside a running server.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "Backup file to write; must not exist.") var file: String

        func run() async throws {
            let copy = URL(filePath: file)
            let check = try CatalogBackup.write(common.catalogFile(), to: copy)
            try Output.print(.object(check.json(file: copy)), asJSON: common.json, ["wrote \(copy.path): \(check.line)"])
        }
    }

    struct Restore: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Replace the catalog with a backup. No server may be running.",
            discussion: "The backup is verified first; then the catalog is replaced atomically. Indexes that do not match it are rebuilt.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "Backup file written by `catalog backup`.") var file: String

        func run() async throws {
            try common.directory.create(report: StandardStream.notices)
            let lock = try DataDirectoryLock(common.directory)
            let catalog = try common.catalogFile()
            let check = try withExtendedLifetime(lock) { try CatalogBackup.restore(URL(filePath: file), to: catalog) }
            try Output.print(.object(check.json(file: catalog)), asJSON: common.json, ["restored \(catalog.path): \(check.line)"])
        }
    }
}

extension CatalogCheck {
    fileprivate var json: JSONObject {
        [
            "status": .string(isSound ? "sound" : "damaged"), "pages": .init(pages), "page_checksums": .bool(hasChecksums),
            "tenants": .init(tenants), "documents": .init(documents), "passages": .init(passages),
            "findings": .array(findings.map { ["kind": .string($0.kind.rawValue), "detail": .string($0.detail)] }),
        ]
    }

    fileprivate func json(file: URL) -> JSONObject {
        var object = json
        object["file"] = .string(file.path)
        return object
    }

    fileprivate var line: String {
        let checksums = hasChecksums ? "" : ", without checksums"
        return "\(pages) pages\(checksums); \(documents) documents and \(passages) passages of \(tenants) tenants"
    }
}
