import ArgumentParser
import Catalog
import JSON
import Tenancy

struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create, list and revoke keys; also beside a running server.", subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a key; it is shown once.")
        @OptionGroup var common: CommonOptions
        @Option(help: "The tenant that the key opens.", transform: TenantID.argument) var tenant: TenantID
        @Option(help: "A name for people.") var name = ""
        @Option(help: "What the key may do: read, write, or both.") var scopes = "read,write"

        func run() async throws {
            let key = try await common.withCatalog { try await $0.createKey(for: tenant, name: name, permissions: permissions()) }
            if common.json {
                try Output.json([
                    "key_id": .string(key.id.rawValue), "key": .string(key.text), "tenant": .string(tenant.rawValue),
                    "scopes": .init(try permissions().sorted().map(\.rawValue)),
                ])
            } else {
                try Output.line(key.text)
            }
        }

        func validate() throws { _ = try permissions() }

        private func permissions() throws -> Set<Permission> {
            do {
                return try Permission.parse(scopes)
            } catch {
                throw ValidationError("--scopes takes read, write or read,write, not \"\(error.word)\"")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a tenant's keys, without their secrets.")
        @OptionGroup var common: CommonOptions
        @Option(help: "The tenant.", transform: TenantID.argument) var tenant: TenantID

        func run() async throws {
            let keys = try await common.withCatalog { try await $0.keys(of: tenant) }
            if common.json {
                try Output.json(.array(keys.map { .object($0.json) }))
            } else {
                for key in keys {
                    let scopes = key.permissions.sorted().map(\.rawValue).joined(separator: ",")
                    try Output.line("\(key.id)\t\(scopes)\t\(key.revokedAt == nil ? "valid" : "revoked")\t\(key.name)")
                }
            }
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a key, from the next request on.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "The key's id, as `key list` shows it; the whole key will do.") var keyID: String

        func run() async throws {
            guard let id = KeyID(keyID) ?? APIKey(keyID)?.id else { throw ValidationError("this is no key id") }
            try await common.withCatalog { try await $0.revokeKey(id) }
            try common.json ? Output.json(["key_id": .string(id.rawValue), "revoked": true]) : Output.line("revoked \(id)")
        }
    }
}

extension KeyRecord {
    fileprivate var json: JSONObject {
        [
            "key_id": .string(id.rawValue), "tenant": .string(tenant.rawValue), "name": .string(name),
            "scopes": .init(permissions.sorted().map(\.rawValue)), "created_at": .string(createdAt.iso8601),
            "revoked_at": revokedAt.map { .string($0.iso8601) } ?? .null,
        ]
    }
}
