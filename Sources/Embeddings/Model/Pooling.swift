internal import Foundation
internal import JSON

/// The method that combines the vectors of a text's tokens into one vector.
enum Pooling: String, Sendable {
    /// The mean over all tokens, [CLS] and [SEP] included.
    case mean
    /// The vector of the first token, which is [CLS].
    case cls

    /// Returns the pooling that `modules.json` and the pooling module's `config.json` name; `.mean` if they name none.
    ///
    /// Vectors are L2-normalised whether or not the last module is `Normalize`: the index computes cosines.
    /// - Throws: `.unsupported` for other modules and other pooling methods.
    static func reading(
        _ folder: URL, prompts: Prompts, fingerprint: inout ModelFingerprint
    ) throws(EmbeddingError) -> Pooling {
        guard let modules = try ModelFile.ifPresent("modules.json", in: folder) else { return .mean }
        guard let list = modules.root.arrayValue else { throw .invalid(modules.name, "file", "not an array") }
        var pooling = Pooling.mean
        for (position, module) in list.enumerated() {
            guard let type = module["type"]?.stringValue else {
                throw .invalid(modules.name, "[\(position)].type", "not a string")
            }
            switch type.split(separator: ".").last {
            case "Transformer", "Normalize": continue
            case "Pooling":
                guard let path = module["path"]?.stringValue, !path.hasPrefix("/"), !path.contains("..") else {
                    throw .invalid(modules.name, "[\(position)].path", "must be a folder inside the model folder")
                }
                let file = try ModelFile(path.isEmpty ? "config.json" : "\(path)/config.json", in: folder)
                pooling = try Pooling(file)
                if try !file.flag("include_prompt", default: true), pooling == .mean, !prompts.isEmpty {
                    throw .unsupported(file.name, "include_prompt", "must be true, because \(Prompts.file) has prompts")
                }
            default: throw .unsupported(modules.name, "[\(position)].type", "unsupported module \"\(type)\"")
            }
        }
        fingerprint.add(pooling.rawValue)
        return pooling
    }

    private init(_ file: ModelFile) throws(EmbeddingError) {
        if let mode = file.value("pooling_mode") {
            guard let known = mode.stringValue.flatMap(Pooling.init(rawValue:)) else {
                throw .unsupported(file.name, "pooling_mode", "must be \"mean\" or \"cls\"")
            }
            self = known
            return
        }
        for field in [
            "pooling_mode_max_tokens", "pooling_mode_mean_sqrt_len_tokens", "pooling_mode_weightedmean_tokens",
            "pooling_mode_lasttoken",
        ] where try file.flag(field, default: false) {
            throw .unsupported(file.name, field, "must be false: only mean and cls pooling are supported")
        }
        let mean = try file.flag("pooling_mode_mean_tokens", default: true)
        let cls = try file.flag("pooling_mode_cls_token", default: false)
        switch (mean, cls) {
        case (true, false): self = .mean
        case (false, true): self = .cls
        case (true, true): throw .unsupported(file.name, "pooling_mode_cls_token", "cannot be combined with mean pooling")
        case (false, false): throw .invalid(file.name, "pooling_mode_mean_tokens", "no pooling mode is enabled")
        }
    }
}
