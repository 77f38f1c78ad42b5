import ByteText
import Catalog
import Failure
import HTTPTypes
import Hummingbird

/// The conditions of a request on the version of a document: `If-Match` and `If-None-Match`.
///
/// A tag of this server is the version's `VersionTag`, after which there may be a dot and a description of the representation, and a hyphen
/// and a content coding. A write depends on the version alone; a read depends on the representation too.
///
/// - Source: RFC 9110, section 13.
struct Preconditions: Sendable {
    private let match: EntityTagList?
    private let noneMatch: EntityTagList?

    /// - Throws: `Failure` 400 if a header is malformed.
    init(_ headers: HTTPFields) throws {
        match = try Self.list(headers, .ifMatch)
        noneMatch = try Self.list(headers, .ifNoneMatch)
    }

    /// The condition of a write; `nil` if there is none. A weak tag in `If-Match` never matches.
    var ofWrite: WriteCondition? {
        guard match != nil || noneMatch != nil else { return nil }
        return WriteCondition(
            required: match.map { Self.versions($0, includingWeak: false) },
            excluded: noneMatch.map { Self.versions($0, includingWeak: true) })
    }

    /// Returns the response of a read whose representation the client has already; `nil` if the client gets the representation.
    ///
    /// - Throws: `Failure` 412 if `If-Match` does not name the version.
    func notModified(_ tag: DocumentTag) throws -> Response? {
        if let match, case .tagged(let versions) = Self.versions(match, includingWeak: false), !versions.contains(tag.version.rawValue) {
            throw Failure(
                .preconditionFailed, code: "precondition_failed",
                "the stored version is \"\(tag.version.rawValue)\", which If-Match does not name")
        }
        switch noneMatch {
        case nil: return nil
        case .tags(let tags)? where !tags.contains { Self.withoutCoding($0.opaque).hasSameBytes(as: tag.entityTag.opaque) }: return nil
        case .any?, .tags?: return Response(status: .notModified).tagged(tag)
        }
    }

    /// - Throws: `Failure` 400 if there is a condition, which the route does not check.
    static func refuse(_ headers: HTTPFields) throws {
        guard let name = [HTTPField.Name.ifMatch, .ifNoneMatch].first(where: { headers.contains($0) }) else { return }
        throw Failure.invalid("this route has no conditional requests; omit \(name.rawName), or upload the documents one by one")
    }

    private static func list(_ headers: HTTPFields, _ name: HTTPField.Name) throws -> EntityTagList? {
        let lines = headers[values: name]
        guard !lines.isEmpty else { return nil }
        guard let list = EntityTagList(lines) else {
            throw Failure.invalid("\(name.rawName) must be * or a comma-separated list of entity tags in double quotes")
        }
        if case .tags(let tags) = list, tags.count > maximumTags {
            throw Failure.invalid("\(name.rawName) has more than \(maximumTags) tags")
        }
        return list
    }

    /// Maximum number of tags in a header: a client knows a few versions of a document, and an upload's are stored with its job.
    private static let maximumTags = 64

    private static func versions(_ list: EntityTagList, includingWeak: Bool) -> WriteCondition.Versions {
        guard case .tags(let tags) = list else { return .any }
        return .tagged(tags.compactMap { includingWeak || !$0.isWeak ? version($0.opaque) : nil })
    }

    /// Returns the version in a tag; `nil` if the tag is not one of this server's.
    private static func version(_ opaque: String) -> String? {
        let version = opaque.utf8.prefix { $0 != UInt8(ascii: ".") && $0 != UInt8(ascii: "-") }
        return !version.isEmpty && version.count <= 64 && version.allSatisfy(isOfVersion) ? String(Substring(version)) : nil
    }

    private static func isOfVersion(_ byte: UInt8) -> Bool {
        (0x30...0x39).contains(byte) || (0x61...0x7A).contains(byte) || byte == UInt8(ascii: "_")
    }

    private static func withoutCoding(_ opaque: String) -> Substring {
        Substring(opaque.utf8.prefix { $0 != UInt8(ascii: "-") })
    }
}
