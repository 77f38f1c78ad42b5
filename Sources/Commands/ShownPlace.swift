import JSON

extension JSONValue {
    /// The place that a search result or a citation names, in words, such as `page 3` or `sheet Prices`; `nil` if it names none.
    var shownPlace: String? {
        if let page = self["page"]?.intValue {
            return self["page_end"]?.intValue.map { "pages \(page)–\($0)" } ?? "page \(page)"
        }
        if let sheet = self["sheet"]?.stringValue { return "sheet \(sheet)" }
        if let slide = self["slide"]?.intValue { return "slide \(slide)" }
        return self["attachment"]?.stringValue.map { "attachment \($0)" }
    }
}
