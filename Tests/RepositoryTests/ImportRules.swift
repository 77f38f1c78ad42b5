/// The rules of the target graph, over a manifest and the imports found in files.
struct ImportRules {
    struct File {
        let target: String
        /// For the message.
        let path: String
        let imports: [String]
    }

    /// Modules of the toolchain, which no manifest declares.
    static let toolchain: Set<String> = [
        "Swift", "Foundation", "FoundationEssentials", "FoundationNetworking", "Dispatch", "Synchronization", "Glibc", "Musl",
        "Darwin", "RegexBuilder", "Observation", "_Concurrency",
    ]

    /// Modules that come from outside, or are C, and who alone may import them. HTTP has two clients: of providers, and of our own
    /// server and model hubs on the command line.
    static let importers: [String: Set<String>] = [
        "Hummingbird": ["ContextServer"], "CFaiss": ["Index"], "CKernels": ["Kernels"], "COpenBLAS": ["Kernels"], "CAllocator": ["Memory"],
        "CLibXML2": ["Ingest"], "CPageGuard": ["Catalog"], "GRDB": ["Catalog"], "AsyncHTTPClient": ["Upstream", "contextd"],
    ]

    let manifest: Manifest
    let files: [File]

    /// Imports that the file's target does not declare.
    func undeclared() -> [String] {
        violations { file, module in
            guard let target = manifest.targets.first(where: { $0.name == file.target }) else { return "is in no target" }
            let declared = target.dependencies.contains(module) || Self.toolchain.contains(module)
            return declared ? nil : "\(file.target) does not declare \(module)"
        }
    }

    /// Imports of a module that belongs to another target; `HummingbirdCore` counts as `Hummingbird`.
    func misplaced() -> [String] {
        violations { file, module in
            let family = module.hasPrefix("Hummingbird") ? "Hummingbird" : module
            guard let owners = Self.importers[family], !owners.contains(file.target), !file.path.hasPrefix("Tests/") else { return nil }
            return "only \(owners.sorted().joined(separator: " and ")) may import \(module)"
        }
    }

    private func violations(_ complaint: (File, String) -> String?) -> [String] {
        files.flatMap { file in
            file.imports.compactMap { module in complaint(file, module).map { "\(file.path): \($0)" } }
        }
    }
}
