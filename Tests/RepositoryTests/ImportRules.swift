/// Checks the rules of the target graph with a manifest and the imports found in files.
struct ImportRules {
    struct File {
        let target: String
        /// Used in the message.
        let path: String
        let imports: [String]
    }

    /// Modules of the toolchain, which no manifest declares.
    static let toolchain: Set<String> = [
        "Swift", "Foundation", "FoundationEssentials", "FoundationNetworking", "Dispatch", "Synchronization", "Glibc", "Musl",
        "Darwin", "RegexBuilder", "Observation", "_Concurrency",
    ]

    /// External and C modules, with the only targets that may import them. HTTP has two client targets: one for providers, and one for our
    /// own server and model hubs on the command line.
    static let importers: [String: Set<String>] = [
        "Hummingbird": ["ContextServer"], "CFaiss": ["Index"], "CKernels": ["Kernels"], "COpenBLAS": ["bench-encoder"],
        "CAllocator": ["Memory"], "CZlib": ["Gzip"],
        "CLibXML2": ["Extraction"], "CPageGuard": ["Catalog"], "CPDFium": ["PDF"], "GRDB": ["Catalog"], "AsyncHTTPClient": ["Upstream", "Commands"],
    ]

    let manifest: Manifest
    let files: [File]

    /// Returns imports that the file's target does not declare.
    func undeclared() -> [String] {
        violations { file, module in
            guard let target = manifest.targets.first(where: { $0.name == file.target }) else { return "does not belong to a target" }
            let declared = target.dependencies.contains(module) || Self.toolchain.contains(module)
            return declared ? nil : "\(file.target) does not declare \(module)"
        }
    }

    /// Returns imports of a module that only another target may import; `HummingbirdCore` counts as `Hummingbird`.
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
