import ArgumentParser
import Catalog
import Foundation
import JSON
import Tenancy

struct Tenant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create, list and delete tenants, and set their quotas. Works beside a running server.",
        subcommands: [Create.self, List.self, Delete.self, Quota.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a tenant.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "Tenant id: \(TenantID.rule).", transform: TenantID.argument) var id: TenantID
        @Option(help: "Display name (default: the id).") var name: String?

        func validate() throws {
            guard name?.unicodeScalars.contains(where: { $0.properties.generalCategory == .control }) != true else {
                throw ValidationError("--name must not contain control characters")
            }
        }

        func run() async throws {
            try await common.withCatalog { try await $0.createTenant(id, name: name ?? id.rawValue) }
            try Output.print(["id": .string(id.rawValue)], asJSON: common.json, ["created tenant \(id)"])
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tenants.")
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let tenants = try await common.withCatalog { try await $0.tenants() }
            let rows = tenants.map { tenant -> JSONValue in
                [
                    "id": .string(tenant.id.rawValue), "name": .string(tenant.name), "documents": .init(tenant.documents),
                    "created_at": .string(tenant.createdAt.iso8601),
                ]
            }
            try Output.print(.array(rows), asJSON: common.json, tenants.map { "\($0.id)\t\($0.name)\t\($0.documents) documents" })
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a tenant with all its documents and keys.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "Tenant id.", transform: TenantID.argument) var id: TenantID

        func run() async throws {
            let (isErased, incarnation) = try await common.withCatalog { catalog in
                let incarnation = try await catalog.deleteTenant(id)
                return (try catalog.eraseDeleted(), incarnation)
            }
            if !isErased {
                StandardStream.notices(
                    CatalogNotice(.warning, "the deleted text is still in the write-ahead log; the running server will truncate it soon"))
            }
            // A running server may keep the files open but ignores them: they carry the deleted tenant's incarnation.
            try? FileManager.default.removeItem(at: common.directory.indexes.appending(path: id.rawValue))
            try? FileManager.default.removeItem(at: common.directory.originals.appending(path: incarnation))
            try Output.print(["id": .string(id.rawValue), "deleted": true], asJSON: common.json, ["deleted tenant \(id)"])
        }
    }
}

extension CommonOptions {
    /// Opens only the catalog, without locking the directory, for `tenant`, `key` and `usage`, which work beside a running server. Closes
    /// it even if `body` throws; the last process to close the catalog leaves a file that is complete without a log.
    func withCatalog<Value>(_ body: (CatalogStore) async throws -> Value) async throws -> Value {
        try directory.create(report: StandardStream.notices)
        let catalog = try CatalogStore(file: catalogFile(), ownership: .ifFree(directory), report: StandardStream.notices)
        return try await withCleanup {
            try await body(catalog)
        } cleanUp: {
            try? catalog.close()
        }
    }
}
