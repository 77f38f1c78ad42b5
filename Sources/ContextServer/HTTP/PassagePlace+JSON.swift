import Catalog
import Citing
import JSON

extension PassagePlace {
    /// The members that name the place in a search result, a citation and a list of passages. Each is absent where it does not apply.
    var json: JSONObject {
        var object = JSONObject()
        object["page"] = page.map { .init($0) }
        object["page_end"] = pageEnd.map { .init($0) }
        object["page_label"] = pageLabel.map(JSONValue.string)
        object["sheet"] = sheet.map(JSONValue.string)
        object["slide"] = slide.map { .init($0) }
        object["attachment"] = attachment.map(JSONValue.string)
        return object
    }
}

extension JSONObject {
    /// Adds the members that name the place of a passage; none if its document has no pages, sheets, slides or attachments there.
    mutating func add(_ place: PassagePlace?) {
        guard let place else { return }
        for (name, value) in place.json { self[name] = value }
    }

    /// Adds the numbers of pages and slides, and the names of sheets and attachments.
    mutating func add(_ parts: DocumentParts) {
        self["pages"] = parts.counts[.page].map { .init($0) }
        self["sheets"] = parts.names[.sheet].map { .init($0) }
        self["slides"] = parts.counts[.slide].map { .init($0) }
        self["attachments"] = parts.names[.attachment].map { .init($0) }
    }
}
