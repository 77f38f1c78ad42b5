internal import CPDFium

/// The rules and images of a page, in page coordinates.
struct PageShapes {
    struct Rule {
        var isVertical: Bool
        var left: Float
        var bottom: Float
        var right: Float
        var top: Float
    }

    var rules: [Rule] = []
    /// Filled rectangles, such as the background of a cell.
    var fills: [Rule] = []
    /// Whether an image fills most of the page, and whether there is an image or a drawing at all.
    var isScan = false
    var hasImage = false

    private static let most = 20_000

    init(_ page: cp_page, visible: cp_rect) {
        let shapes = [cp_shape](unsafeUninitializedCapacity: Self.most) { $1 = cp_shapes(page, $0.baseAddress, Self.most) }
        let area = max(1, (visible.right - visible.left) * (visible.top - visible.bottom))
        var pictured: Float = 0
        for shape in shapes {
            let box = shape.box
            switch shape.kind {
            case 0, 1: rules.append(Rule(isVertical: shape.kind == 1, left: box.left, bottom: box.bottom, right: box.right, top: box.top))
            case 2: pictured += max(0, box.right - box.left) * max(0, box.top - box.bottom)
            default: fills.append(Rule(isVertical: false, left: box.left, bottom: box.bottom, right: box.right, top: box.top))
            }
        }
        hasImage = !shapes.isEmpty
        isScan = pictured > area * 0.5
    }
}
