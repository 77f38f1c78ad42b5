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
            try common.json ? Output.json(["id": .string(id.rawValue)]) : Output.line("created tenant \(id)")
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List the tenants.")
        @OptionGroup var common: CommonOptions

        func run() async throws {
            let tenants = try await common.withCatalog { try await $0.tenants() }
            if common.json {
                try Output.json(
                    .array(
                        tenants.map {
                            [
                                "id": .string($0.id.rawValue), "name": .string($0.name), "documents": .init($0.documents),
                                "created_at": .string($0.createdAt.iso8601),
                            ]
                        }))
            } else {
                for tenant in tenants { try Output.line("\(tenant.id)\t\(tenant.name)\t\(tenant.documents) documents") }
            }
        }
    }

    struct Delete: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Delete a tenant with all its documents and keys.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "Tenant id.", transform: TenantID.argument) var id: TenantID

        func run() async throws {
            let isErased = try await common.withCatalog { catalog in
                try await catalog.deleteTenant(id)
                return try catalog.eraseDeleted()
            }
            if !isErased {
                StandardStream.notices(
                    CatalogNotice(.warning, "the deleted text is still in the write-ahead log; the running server will truncate it soon"))
            }
            // A running server may keep the files open but ignores them: they carry the deleted tenant's incarnation.
            try? FileManager.default.removeItem(at: common.directory.indexes.appending(path: id.rawValue))
            try common.json ? Output.json(["id": .string(id.rawValue), "deleted": true]) : Output.line("deleted tenant \(id)")
        }
    }
}

extension CommonOptions {
    /// Opens only the catalog, without locking the directory, for `tenant`, `key` and `usage`, which work beside a running server. Closes
    /// it even if `body` throws; the last process to close the catalog leaves a file that is complete without a log.
    func withCatalog<Value>(_ body: (CatalogStore) async throws -> Value) async throws -> Value {
        try directory.create(report: StandardStream.notices)
        let catalog = try CatalogStore(file: catalogFile(), ownership: .ifFree(directory), report: StandardStream.notices)
        do {
            let value = try await body(catalog)
            try? catalog.close()
            return value
        } catch {
            try? catalog.close()
            throw error
        }
    }
}
