import ArgumentParser
import Catalog
import ContextServer
import Foundation
import Index
import JSON
import Retrieval
import Tenancy

/// The `contextd index` command.
struct IndexFiles: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "index", abstract: "Show, verify and rebuild a tenant's index. No server may be running.",
        subcommands: [Stats.self, Verify.self, Rebuild.self])

    /// The options of all subcommands.
    struct Options: ParsableArguments {
        @OptionGroup var local: RuntimeOptions
        @Option(help: "Tenant id.", transform: TenantID.argument) var tenant: TenantID

        /// Opens the data directory, runs `body`, and closes the directory.
        func withIndexes<Value>(_ body: (IndexRegistry, TenantScope) async throws -> Value) async throws -> Value {
            try await local.withRuntime(of: tenant) { try await body($0.indexes, $1) }
        }

        private static func share(_ share: Double) -> String { share.formatted(.number.precision(.fractionLength(3))) }

        func print(_ statistics: IndexStatistics) throws {
            if local.common.json { return try Output.json(.object(statistics.json)) }
            let recall = statistics.recall.map {
                let (mean, lower, upper) = (Self.share($0.mean), Self.share($0.lower), Self.share($0.upper))
                return ", recall@10 \(mean) (95 % interval \(lower) to \(upper)) over \($0.sampleSize) searches"
            }
            try Output.line(
                """
                \(statistics.chunks) passages of \(statistics.documents) documents, \(statistics.mode.rawValue)\(recall ?? "")
                \(statistics.bytesInMemory) bytes in memory, \(statistics.bytesOnDisk) on disk; sequence number \(statistics.sequence)
                """)
        }
    }

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Show index contents, memory and disk use.")
        @OptionGroup var options: Options

        func run() async throws {
            try options.print(try await options.withIndexes { try await $0.statistics(in: $1) })
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Verify the index files; exits with 1 if they are corrupt or differ from the catalog. The next search rebuilds them."
        )
        @OptionGroup var options: Options

        func run() async throws {
            let found = try await options.withIndexes { await $0.verify(in: $1) }
            let (isSound, line, facts): (Bool, String, JSONObject) =
                switch found {
                case .sound(let sequence, let rows, let deletedRows, let bytes):
                    (
                        true, "sound: \(rows) rows, \(deletedRows) of them deleted, \(bytes) bytes; sequence number \(sequence)",
                        [
                            "status": "sound", "rows": .init(rows), "deleted_rows": .init(deletedRows), "bytes": .init(bytes),
                            "sequence": .init(Int(sequence)),
                        ]
                    )
                case .absent: (true, "no index files yet; the next search builds the index", ["status": "absent"])
                case .defective(let reason): (false, "defective: \(reason)", ["status": "defective", "reason": .string(reason)])
                }
            try Output.print(.object(facts), asJSON: options.local.common.json, [line])
            if !isSound { throw ExitCode(1) }
        }
    }

    struct Rebuild: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Rebuild the index from the catalog.")
        @OptionGroup var options: Options

        func run() async throws {
            try options.print(try await options.withIndexes { try await $0.rebuild(in: $1) })
        }
    }
}
