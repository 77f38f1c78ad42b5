import Catalog
import HTTPTypes
import Hummingbird

/// The entity tag of a document's representation.
struct DocumentTag: Sendable {
    let version: VersionTag
    /// The tag of the representation: other than the version's if the representation shows something else that changes.
    let entityTag: EntityTag

    /// Creates the tag of a representation that depends on the version alone.
    init(_ version: VersionTag) { (self.version, entityTag) = (version, EntityTag(version.rawValue)) }

    /// Creates the tag of a document's state, which shows the last upload too while it waits, or if it failed.
    init(_ version: VersionTag, showing job: JobRecord?) {
        self.version = version
        let upload =
            switch job {
            case let job? where !job.stage.isFinal: ".\(job.id)"
            case let job? where job.errorCode != nil: ".\(job.id).error.\(String(job.updatedAt.milliseconds, radix: 36))"
            default: ""
            }
        entityTag = EntityTag(version.rawValue + upload)
    }
}

extension VersionTag {
    /// The tag as headers and JSON have it, with quotes.
    var entityTag: String { EntityTag(rawValue).text }
}

extension Response {
    /// Returns the response with its entity tag. Caches may keep it, but must ask before they use it: a document can change at any time.
    func tagged(_ tag: DocumentTag) -> Response {
        var response = self
        response.headers[.eTag] = tag.entityTag.text
        response.headers[.cacheControl] = "private, no-cache"
        return response
    }

    /// Returns the response of a write that stored `version`, or that is followed at `location`.
    func written(_ version: VersionTag?, at location: String) -> Response {
        var response = self
        response.headers[.location] = location
        response.headers[.eTag] = version?.entityTag
        return response
    }
}
