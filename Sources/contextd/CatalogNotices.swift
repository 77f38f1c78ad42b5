import Catalog
import Foundation
import Logging

extension Logger {
    /// Logs what the catalog tells its operator.
    var notices: CatalogNotice.Handler {
        { [self] notice in
            log(
                level: notice.level == .error ? .error : .warning, "\(notice.message)",
                metadata: notice.facts.mapValues { .string($0) })
        }
    }
}

extension StandardStream {
    /// Tells people on a terminal what the catalog tells its operator, a line each.
    static let notices: CatalogNotice.Handler = { notice in
        _ = StandardStream.errors.write(Array("contextd: \(notice.description.escapingControls)\n".utf8))
    }
}
