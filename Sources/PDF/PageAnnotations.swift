internal import CPDFium

/// The values of a page's form fields, and the text of its notes.
struct PageAnnotations {
    /// A value and the box of its field, in page coordinates.
    struct Field {
        var text: String
        var box: cp_rect
    }

    var fields: [Field] = []
    var notes: [String] = []

    private static let most: Int32 = 20_000
    private static let longest = 1 << 20

    init(_ page: cp_page, form: cp_form?) {
        for index in 0..<max(0, min(cp_annotation_count(page), Self.most)) {
            guard let annotation = cp_annotation_open(page, index) else { continue }
            defer { cp_annotation_close(annotation) }
            guard cp_annotation_shown(annotation) else { continue }
            switch cp_annotation_kind(annotation) {
            case 20: if let form, let field = Self.field(form, annotation) { fields.append(field) }
            // A note, free text, marks of text and drawings, a stamp, a caret.
            case 1, 3, 4, 5, 6, 9, 10, 11, 12, 13, 14, 15:
                if let text = Text16.read(limit: Self.longest, { cp_annotation_text(annotation, "Contents", $0, $1) }) {
                    notes.append(text)
                }
            default: break
            }
        }
    }

    private static func field(_ form: cp_form, _ annotation: cp_handle) -> Field? {
        var box = cp_rect()
        guard cp_annotation_box(annotation, &box), box.right > box.left, box.top > box.bottom else { return nil }
        switch cp_field_kind(form, annotation) {
        case 2, 3: return cp_field_checked(form, annotation) ? Field(text: "☒", box: box) : nil
        case 4, 5, 6:
            return Text16.read(limit: longest) { cp_field_value(form, annotation, $0, $1) }.map { Field(text: $0, box: box) }
        default: return nil
        }
    }
}
