// swift-tools-version: 6.2
import Foundation
import PackageDescription

// The targets and the arrows between them are explained in ARCHITECTURE.md, in the order a request meets them.

/// Warnings stop the build in CI only: a later compiler's new warning must not stop a user's.
let inCI = Context.environment["CI"] != nil

let swift6: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ] + (inCI ? [.treatAllWarnings(as: .error)] : [])

/// Tests that compute little are compiled without optimisation: what they test is optimised, and optimising them takes longer than running them.
let untunedTests = swift6 + [.unsafeFlags(["-Onone"])]

/// Kernels, Embeddings and Index touch memory that Swift does not check: there every unsafe use is marked.
let touchesC = swift6 + [.strictMemorySafety()]

/// Checks of the stack and of buffers whose size is known, in our C and C++, and marks where jumps may land.
let hardening: [String] = {
    var flags = ["-fstack-protector-strong", "-U_FORTIFY_SOURCE", "-D_FORTIFY_SOURCE=2"]
    #if arch(x86_64)
        flags.append("-fcf-protection=full")
    #elseif arch(arm64)
        flags.append("-mbranch-protection=standard")
    #endif
    return flags
}()

/// The kernels and the FAISS shim are optimised in debug builds too, or the tests crawl.
let optimisedC: [CSetting] = [.unsafeFlags(["-O3"] + hardening)]

/// The program's relocations are done at the start and read-only from then on, and its stack is no code. The Swift runtime is linked into it:
/// so it runs where no Swift is installed, and no path to a toolchain is built in. The thread sanitizer wants the runtime beside the program.
let hardenedLink: [LinkerSetting] = {
    let hardened = LinkerSetting.unsafeFlags(["-z", "relro", "-z", "now", "-z", "noexecstack"].flatMap { ["-Xlinker", $0] })
    guard Context.environment["CONTEXTD_SHARED_RUNTIME"] == nil else { return [hardened] }
    let foundation = [
        "Foundation", "FoundationInternationalization", "FoundationEssentials", "CoreFoundation", "_FoundationICU", "_FoundationCShims",
        "_FoundationCollections", "swiftSynchronization", "swiftDispatch",
    ]
    return [hardened, .unsafeFlags(["-static-stdlib"])] + foundation.map { .linkedLibrary($0) }
}()

/// FAISS 1.7.3 includes <omp.h>, which clang finds in gcc's own include folder.
let openMPInclude: [String] = {
    let base = "/usr/lib/gcc"
    let files = FileManager.default
    for triple in (try? files.contentsOfDirectory(atPath: base))?.sorted() ?? [] {
        let versions = (try? files.contentsOfDirectory(atPath: "\(base)/\(triple)")) ?? []
        for version in versions.sorted(by: { $0.compare($1, options: .numeric) == .orderedDescending }) {
            let folder = "\(base)/\(triple)/\(version)/include"
            if files.fileExists(atPath: "\(folder)/omp.h") { return ["-idirafter", folder] }
        }
    }
    return []
}()

let package = Package(
    name: "contextd",
    products: [
        .executable(name: "contextd", targets: ["contextd"]),
        // JSON and Failure are part of its interface: arguments, results and errors of tools.
        .library(name: "MCP", targets: ["MCP", "JSON", "Failure"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
    ],
    targets: [
        // C and C++, and the system's libraries: one Swift importer each.
        .target(name: "CKernels", cSettings: optimisedC, linkerSettings: [.linkedLibrary("m")]),
        .systemLibrary(name: "COpenBLAS", pkgConfig: "openblas", providers: [.apt(["libopenblas-dev"])]),
        .target(
            name: "CFaiss", dependencies: ["CKernels"],
            cxxSettings: [.unsafeFlags(["-O3"] + hardening + openMPInclude)],
            linkerSettings: [
                .linkedLibrary("faiss"), .linkedLibrary("openblas"), .linkedLibrary("gomp"),
                .unsafeFlags(openMPInclude.dropFirst().map { "-L" + $0.dropLast("/include".count) }),
            ]),
        .target(name: "CPageGuard", cSettings: optimisedC, linkerSettings: [.linkedLibrary("sqlite3")]),
        .target(name: "CTesseract", cSettings: optimisedC, linkerSettings: [.linkedLibrary("dl")]),
        .target(name: "CSandbox", cSettings: optimisedC),
        // It loads PDFium with dlopen.
        .target(name: "CPDFium", cSettings: optimisedC, linkerSettings: [.linkedLibrary("dl"), .linkedLibrary("m")]),
        .systemLibrary(name: "CZlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CLibXML2", pkgConfig: "libxml-2.0", providers: [.apt(["libxml2-dev"])]),
        .systemLibrary(name: "CArchive", pkgConfig: "libarchive", providers: [.apt(["libarchive-dev"])]),

        // Leaves.
        .target(name: "ByteText", swiftSettings: swift6),
        .target(name: "JSON", dependencies: ["ByteText"], swiftSettings: swift6),
        .target(name: "Failure", dependencies: ["JSON"], swiftSettings: swift6),
        .target(name: "Tenancy", dependencies: ["ByteText", "Failure"], swiftSettings: swift6),
        .target(name: "Citing", dependencies: ["ByteText", .product(name: "Crypto", package: "swift-crypto")], swiftSettings: swift6),
        .target(name: "Caching", swiftSettings: swift6),
        .target(name: "Gzip", dependencies: ["CZlib"], swiftSettings: swift6),
        .target(name: "Scheduling", dependencies: ["Failure"], swiftSettings: swift6),
        .target(name: "Originals", dependencies: ["Scheduling"], swiftSettings: swift6),
        .target(name: "CAllocator"),
        .target(name: "Memory", dependencies: ["Failure", "CAllocator"], swiftSettings: swift6),
        .target(name: "Telemetry", swiftSettings: swift6),
        .target(name: "Kernels", dependencies: ["CKernels"], swiftSettings: touchesC),
        .target(
            name: "Upstream",
            dependencies: [
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: swift6),

        .target(
            name: "S3Originals", dependencies: ["Originals", "Upstream", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: swift6),

        // Tenant-blind machinery.
        .target(
            name: "Embeddings", dependencies: ["Failure", "ByteText", "Kernels", "Caching", "Scheduling", "Telemetry", "JSON"],
            swiftSettings: touchesC),
        .target(name: "RemoteEmbeddings", dependencies: ["Scheduling", "Embeddings", "Upstream", "JSON"], swiftSettings: swift6),
        .target(name: "Index", dependencies: ["ByteText", "Kernels", "CFaiss"], swiftSettings: touchesC),
        .target(
            name: "Completions", dependencies: ["Failure", "ByteText", "Citing", "Caching", "Scheduling", "Telemetry", "Upstream", "JSON"],
            swiftSettings: swift6),
        .target(name: "Extraction", dependencies: ["Failure", "ByteText", "Citing", "CLibXML2"], swiftSettings: swift6),
        .target(name: "PDF", dependencies: ["Extraction", "CPDFium"], swiftSettings: swift6),
        .target(name: "Office", dependencies: ["Extraction", "CArchive"], swiftSettings: swift6),
        .target(name: "Markup", dependencies: ["Extraction", "JSON"], swiftSettings: swift6),
        .target(name: "Mail", dependencies: ["Extraction", "Markup"], swiftSettings: swift6),
        .target(name: "Recognition", dependencies: ["Extraction", "CTesseract"], swiftSettings: swift6),
        .target(
            name: "Readers", dependencies: ["Extraction", "PDF", "Office", "Markup", "Mail", "Recognition"], swiftSettings: swift6),
        .target(
            name: "Workers",
            dependencies: [
                "Failure", "Scheduling", "Telemetry", "Extraction", "Readers", "CSandbox", .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: swift6),
        .target(name: "WebSockets", dependencies: ["Memory", .product(name: "NIOCore", package: "swift-nio")], swiftSettings: swift6),
        .target(name: "MCP", dependencies: ["Failure", "ByteText", "JSON"], swiftSettings: swift6),

        // Tenants' data.
        .target(
            name: "Catalog",
            dependencies: [
                "Failure", "ByteText", "Citing", "Tenancy", "Scheduling", "JSON", "CPageGuard",
                .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: swift6),
        .target(
            name: "Accounting",
            dependencies: ["JSON", "Failure", "Tenancy", "Catalog", "Telemetry", .product(name: "Logging", package: "swift-log")],
            swiftSettings: swift6),
        .target(
            name: "Retrieval",
            dependencies: [
                "Failure", "ByteText", "Citing", "Tenancy", "Scheduling", "Telemetry", "JSON", "Embeddings", "Index", "Catalog", "Caching",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: swift6),
        .target(
            name: "Ingest",
            dependencies: [
                "Failure", "ByteText", "Citing", "Tenancy", "Scheduling", "Telemetry", "JSON", "Embeddings", "Catalog", "Extraction",
                "Originals", "Workers", .product(name: "Logging", package: "swift-log"),
                .product(name: "Crypto", package: "swift-crypto"),
            ], swiftSettings: swift6),
        .target(
            name: "Answers",
            dependencies: [
                "ByteText", "Citing", "Failure", "JSON", "Tenancy", "Scheduling", "Telemetry", "Catalog", "Accounting", "Completions",
                "Embeddings", "Extraction", "Retrieval",
            ], swiftSettings: swift6),
        .target(
            name: "ContextServer",
            dependencies: [
                "Answers", "Failure", "ByteText", "Citing", "Tenancy", "Scheduling", "JSON", "Embeddings", "Index", "Catalog", "Retrieval",
                "Extraction", "Ingest", "MCP", "Originals", "Workers",
                "WebSockets", "Completions", "Accounting", "Telemetry", "Memory", "Gzip",
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "HummingbirdCore", package: "hummingbird"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
            ], swiftSettings: swift6),
        .target(
            name: "Commands",
            dependencies: [
                "Answers", "ByteText", "Tenancy", "Scheduling", "JSON", "Embeddings", "RemoteEmbeddings", "Upstream", "Index", "Catalog",
                "Retrieval",
                "Extraction", "Readers", "Workers", "Ingest", "Citing", "MCP", "Completions", "Accounting", "ContextServer", "Memory", "Originals",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Crypto", package: "swift-crypto"),
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: swift6),
        .executableTarget(name: "contextd", dependencies: ["Commands"], swiftSettings: swift6, linkerSettings: hardenedLink),

        // Benchmarks are executables of this package, so that nothing is built twice.
        .target(name: "BenchSupport", path: "Benchmarks/Support", swiftSettings: swift6),
        .executableTarget(
            name: "bench-encoder", dependencies: ["Embeddings", "Kernels", "JSON", "COpenBLAS"], path: "Benchmarks/Encoder",
            swiftSettings: swift6),
        .executableTarget(
            name: "bench-index", dependencies: ["Index", "Kernels", "BenchSupport"], path: "Benchmarks/Index",
            swiftSettings: swift6),
        .executableTarget(
            name: "bench-hybrid", dependencies: ["Catalog", "Index", "Retrieval", "BenchSupport"], path: "Benchmarks/Hybrid",
            swiftSettings: swift6),

        .executableTarget(
            name: "bench-completions",
            dependencies: [
                "JSON", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Benchmarks/Completions", swiftSettings: swift6),

        .executableTarget(
            name: "bench-tenants",
            dependencies: [
                "Catalog", "Citing", "Retrieval", "Tenancy", "JSON", "BenchSupport", .product(name: "Logging", package: "swift-log"),
            ], path: "Benchmarks/Tenants", swiftSettings: swift6),

        // An example of how others use the product MCP: it sees only what is public.
        .executableTarget(
            name: "notes-server", dependencies: ["Failure", "JSON", "MCP"], path: "Examples/NotesServer", packageAccess: false,
            swiftSettings: swift6),

        // Tests mirror the sources.
        .target(name: "CSpawn", path: "Tests/CSpawn"),
        .target(name: "TestSupport", dependencies: ["CSpawn", "Tenancy", "JSON"], path: "Tests/TestSupport", swiftSettings: swift6),
        .target(
            name: "CommandSupport", dependencies: ["Commands", "Scheduling", "TestSupport"], path: "Tests/CommandSupport",
            swiftSettings: swift6),
        .testTarget(name: "KernelsTests", dependencies: ["Kernels", "CKernels", "TestSupport"], swiftSettings: swift6),
        .testTarget(name: "ByteTextTests", dependencies: ["ByteText", "TestSupport"], swiftSettings: swift6),
        .testTarget(name: "JSONTests", dependencies: ["JSON", "TestSupport"], swiftSettings: swift6),
        .testTarget(
            name: "EmbeddingsTests", dependencies: ["Embeddings", "Kernels", "JSON", "TestSupport"],
            swiftSettings: swift6),
        .target(
            name: "ScriptedUpstream",
            dependencies: [
                "JSON", .product(name: "NIOCore", package: "swift-nio"), .product(name: "NIOPosix", package: "swift-nio"),
            ], path: "Tests/ScriptedUpstream", swiftSettings: swift6),
        .testTarget(
            name: "UpstreamTests", dependencies: ["Upstream", "ScriptedUpstream", "JSON", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(
            name: "RemoteEmbeddingsTests",
            dependencies: ["RemoteEmbeddings", "Upstream", "Embeddings", "ScriptedUpstream", "JSON", "TestSupport"],
            swiftSettings: untunedTests),
        .testTarget(name: "IndexTests", dependencies: ["Index", "Kernels", "TestSupport"], swiftSettings: swift6),
        .testTarget(name: "GzipTests", dependencies: ["Gzip", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(name: "CachingTests", dependencies: ["Caching", "TestSupport"], swiftSettings: swift6),
        .testTarget(name: "CitingTests", dependencies: ["Citing", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(
            name: "CompletionsTests",
            dependencies: ["Completions", "Citing", "Scheduling", "Upstream", "ScriptedUpstream", "JSON", "TestSupport"],
            swiftSettings: untunedTests
        ),
        .testTarget(
            name: "MCPTests",
            dependencies: ["Failure", "Catalog", "Citing", "ContextServer", "MCP", "Retrieval", "Tenancy", "JSON", "TestSupport"],
            swiftSettings: untunedTests),
        .testTarget(
            name: "WebSocketsTests",
            dependencies: [
                "WebSockets", "Memory", "TestSupport", .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
            ], swiftSettings: untunedTests),
        .testTarget(name: "SchedulingTests", dependencies: ["Scheduling", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(
            name: "S3OriginalsTests",
            dependencies: ["S3Originals", "Originals", "Upstream", "TestSupport", .product(name: "Crypto", package: "swift-crypto")],
            swiftSettings: untunedTests),
        .testTarget(name: "OriginalsTests", dependencies: ["Originals", "Scheduling", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(name: "MemoryTests", dependencies: ["Memory", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(name: "TelemetryTests", dependencies: ["Telemetry", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(name: "TenancyTests", dependencies: ["Tenancy", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(
            name: "CatalogTests",
            dependencies: [
                "Catalog", "Citing", "Tenancy", "Scheduling", "JSON", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
            ], swiftSettings: untunedTests),
        .testTarget(
            name: "AccountingTests",
            dependencies: [
                "Accounting", "Catalog", "Tenancy", "TestSupport", .product(name: "GRDB", package: "GRDB.swift"),
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: untunedTests),
        .testTarget(name: "ExtractionTests", dependencies: ["Citing", "Extraction", "JSON", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(name: "RecognitionTests", dependencies: ["Extraction", "Recognition"], swiftSettings: untunedTests),
        .testTarget(name: "MarkupTests", dependencies: ["Extraction", "Markup", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(name: "MailTests", dependencies: ["Extraction", "Mail", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(
            name: "WorkersTests",
            dependencies: [
                "Workers", "Readers", "Extraction", "Scheduling", "Telemetry", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ], swiftSettings: untunedTests),
        .testTarget(name: "OfficeTests", dependencies: ["Extraction", "Office", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(name: "PDFTests", dependencies: ["Extraction", "PDF", "TestSupport"], swiftSettings: untunedTests),
        .testTarget(
            name: "IngestTests",
            dependencies: [
                "Ingest", "Catalog", "Citing", "Embeddings", "Extraction", "Failure", "Tenancy", "Scheduling", "Workers", "JSON",
                "Originals", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: untunedTests),
        .testTarget(
            name: "RetrievalTests",
            dependencies: [
                "Citing", "Retrieval", "Index", "Catalog", "Embeddings", "Telemetry", "Tenancy", "Scheduling", "JSON", "TestSupport",
                .product(name: "Logging", package: "swift-log"),
            ],
            swiftSettings: swift6),
        .testTarget(
            name: "ContextServerTests",
            dependencies: [
                "Answers", "ByteText", "Citing", "ContextServer", "Index", "WebSockets", "MCP", "Ingest", "Retrieval", "Catalog",
                "Embeddings", "PDF", "Tenancy",
                "JSON", "ScriptedUpstream",
                "Gzip", "Memory", "CommandSupport", "TestSupport",
                .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOEmbedded", package: "swift-nio"),
                .product(name: "NIOHTTP1", package: "swift-nio"),
                .product(name: "NIOPosix", package: "swift-nio"),
            ], swiftSettings: untunedTests),
        .testTarget(
            name: "CommandsTests",
            dependencies: [
                "CommandSupport", "JSON", "TestSupport", .product(name: "AsyncHTTPClient", package: "async-http-client"),
                .product(name: "NIOCore", package: "swift-nio"),
            ], swiftSettings: untunedTests),
        .testTarget(name: "RepositoryTests", dependencies: ["JSON", "TestSupport"], swiftSettings: untunedTests),
    ],
    cxxLanguageStandard: .cxx17
)
