import Catalog
import Foundation
import Logging

extension Logger {
    /// A handler that logs the catalog's notices to the operator.
    var notices: CatalogNotice.Handler {
        { [self] notice in
            log(
                level: notice.level == .error ? .error : .warning, "\(notice.message)",
                metadata: notice.facts.mapValues { .string($0) })
        }
    }
}

extension StandardStream {
    /// A handler that writes the catalog's notices to standard error, one line each.
    static var notices: CatalogNotice.Handler { { [console = Console.current] in console.complain($0.description) } }
}
