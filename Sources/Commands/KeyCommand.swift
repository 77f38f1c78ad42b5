import ArgumentParser
import Catalog
import JSON
import Tenancy

struct Key: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create, list and revoke keys. Works beside a running server.", subcommands: [Create.self, List.self, Revoke.self])

    struct Create: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Create a key. It is shown only once.")
        @OptionGroup var common: CommonOptions
        @Option(help: "Tenant that the key gives access to.", transform: TenantID.argument) var tenant: TenantID
        @Option(help: "Display name.") var name = ""
        @Option(help: "Permissions of the key: read, write or read,write.") var scopes = "read,write"

        func run() async throws {
            let key = try await common.withCatalog { try await $0.createKey(for: tenant, name: name, permissions: permissions()) }
            let result: JSONValue = [
                "key_id": .string(key.id.rawValue), "key": .string(key.text), "tenant": .string(tenant.rawValue),
                "scopes": .init(try permissions().sorted().map(\.rawValue)),
            ]
            try Output.print(result, asJSON: common.json, [key.text])
        }

        func validate() throws { _ = try permissions() }

        private func permissions() throws -> Set<Permission> {
            do {
                return try Permission.parse(scopes)
            } catch {
                throw ValidationError("--scopes must be read, write or read,write, got \"\(error.word)\"")
            }
        }
    }

    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "List a tenant's keys, without their secrets.")
        @OptionGroup var common: CommonOptions
        @Option(help: "Tenant id.", transform: TenantID.argument) var tenant: TenantID

        func run() async throws {
            let keys = try await common.withCatalog { try await $0.keys(of: tenant) }
            try Output.print(.array(keys.map { .object($0.json) }), asJSON: common.json, keys.map(\.line))
        }
    }

    struct Revoke: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Revoke a key. Later requests with it are rejected.")
        @OptionGroup var common: CommonOptions
        @Argument(help: "Key id, as shown by `key list`, or the whole key.") var keyID: String

        func run() async throws {
            guard let id = KeyID(keyID) ?? APIKey(keyID)?.id else { throw ValidationError("invalid key id; `key list` shows the ids") }
            try await common.withCatalog { try await $0.revokeKey(id) }
            try Output.print(["key_id": .string(id.rawValue), "revoked": true], asJSON: common.json, ["revoked \(id)"])
        }
    }
}

extension KeyRecord {
    fileprivate var line: String {
        let scopes = permissions.sorted().map(\.rawValue).joined(separator: ",")
        return "\(id)\t\(scopes)\t\(revokedAt == nil ? "valid" : "revoked")\t\(name)"
    }

    fileprivate var json: JSONObject {
        [
            "key_id": .string(id.rawValue), "tenant": .string(tenant.rawValue), "name": .string(name),
            "scopes": .init(permissions.sorted().map(\.rawValue)), "created_at": .string(createdAt.iso8601),
            "revoked_at": revokedAt.map { .string($0.iso8601) } ?? .null,
        ]
    }
}
